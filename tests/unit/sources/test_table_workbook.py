"""Excel workbooks: what is read of a real one, and what a hostile one cannot do."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from openpyxl import Workbook

from builders.workbooks import SHEET, SMALL, of_rows, repacked
from hansei.errors import InvalidInput
from hansei.sources.table import is_large, read


def made_by_excel() -> bytes:
    """Return a team's workbook as a spreadsheet program writes it: two sheets, dates, percent, a formula, a remark."""
    book = Workbook()
    book.remove(book.worksheets[0])
    book.create_sheet("Vera Beispiel")["A1"] = "Team Heron"
    sheet = book.create_sheet("Zahlen")
    rows: list[list[object]] = [
        ["Team Heron", None, None],
        [],
        ["Sprint", "Start", "Ende", "Commitment", "Completed", "Unplanned work", "Vera", "Kommentar"],
        ["Sprint 9", datetime(2025, 1, 6), datetime(2025, 1, 17), 30, 28.5, 0.85, 12, "Otto war krank"],  # noqa: DTZ001
        ["Sprint 10", datetime(2025, 1, 20), datetime(2025, 1, 31), 31, None, 0.1, 11, ""],  # noqa: DTZ001
        ["Gesamt", None, None, "=SUM(D4:D5)", None, None, 23, None],
    ]
    for row in rows:
        sheet.append(row)
    for cell in ("F4", "F5"):
        sheet[cell].number_format = "0%"
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def with_sheet(old: bytes, new: bytes) -> bytes:
    return repacked(SMALL, lambda name, part: part.replace(old, new) if name == SHEET else part)


def test_a_team_s_workbook() -> None:
    reading = read(made_by_excel(), filename="heron.xlsx")
    assert reading.open == ()
    assert reading.rejected == ()
    assert [c.name for c in reading.columns if c.name] == [
        "sprint_name", "start_date", "end_date", "story_points_planned", "story_points_completed",
        "unplanned_work_percent",
    ]  # fmt: skip
    first, second = reading.sprints
    assert (first.start, first.end) == (
        datetime(2025, 1, 6, tzinfo=UTC),
        datetime(2025, 1, 17, 23, 59, 59, tzinfo=UTC),
    )
    assert first.values == {
        "story_points_planned": 30,
        "story_points_completed": 28.5,
        "unplanned_work_percent": 85,
    }
    assert second.values == {"story_points_planned": 31, "unplanned_work_percent": 10}
    assert "Read from sheet 2 of 2." in reading.notes
    assert "Skipped above the header: 1 row." in reading.notes
    assert not {"Vera", "Otto", "Beispiel"} & set(repr(reading).replace("'", " ").split())


def test_what_we_write_is_read_back() -> None:
    assert [(s.name, dict(s.values)) for s in read(SMALL).sprints] == [
        ("Sprint 1", {"story_points_completed": 20}),
        ("Sprint 2", {"story_points_completed": 21.5}),
    ]


def test_macros_links_and_comments_are_never_opened() -> None:
    more = {
        "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0",
        "xl/externalLinks/externalLink1.xml": b"<!DOCTYPE x SYSTEM 'http://192.0.2.1/x'><x/>",
        "xl/comments1.xml": b"not even xml",
        "xl/persons/person.xml": b"<person displayName='Vera Beispiel'/>",
    }
    assert len(read(repacked(SMALL, lambda _, part: part, more)).sprints) == 2


def test_a_formula_counts_as_the_value_that_is_stored_with_it_and_without_one_is_missing() -> None:
    kept = with_sheet(b"<v>20.0</v>", b'<f>HYPERLINK("http://192.0.2.1")</f><v>19</v>')
    assert read(kept).sprints[0].values == {"story_points_completed": 19}
    bare = with_sheet(b"<v>20.0</v>", b"<f>1+1</f>")
    assert read(bare).sprints[0].values == {}


BILLION = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "entities in the sheet": (lambda: with_sheet(b"<worksheet", BILLION + b"<worksheet"), "not a workbook as Excel"),
    "entities in the book": (
        lambda: repacked(SMALL, lambda n, p: p.replace(b"<sheets", BILLION + b"<sheets") if "book.xml" in n else p),
        "not a workbook as Excel",
    ),
    "a part in another encoding": (
        lambda: repacked(SMALL, lambda n, p: p.decode().encode("utf-16") if n == SHEET else p),
        "not a workbook",
    ),
    "a bomb": (
        lambda: with_sheet(b"</sheetData>", b"<row>" + b" " * 101_000_000 + b"</row></sheetData>"),
        "far more than a table needs",
    ),
    "a cell far out": (
        lambda: with_sheet(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'),
        "cells far outside",
    ),
    "a cell far down": (
        lambda: with_sheet(b"</sheetData>", b'<row r="99999"><c r = "A99999" ><v>1</v></c></row></sheetData>'),
        "cells far outside",
    ),
    "millions of cells": (
        lambda: with_sheet(b"</sheetData>", b"<row>" + b"<c><v>1</v></c>" * 2_600_000 + b"</row></sheetData>"),
        "far more than a table needs",
    ),
    "one long text in every cell": (
        lambda: repacked(
            with_sheet(b"</sheetData>", b"<row>" + b'<c t="s"><v>0</v></c>' * 20_000 + b"</row></sheetData>"),
            lambda _, part: part,
            {"xl/sharedStrings.xml": b"<sst><si><t>" + b"x" * 300_000 + b"</t></si></sst>"},
        ),
        "far more than a table needs",
    ),
    "no sheet": (lambda: repacked(SMALL, lambda n, p: b"" if n == SHEET else p), "not a workbook"),
    "half a file": (lambda: SMALL[: len(SMALL) // 2], "not a workbook"),
    "another archive": (lambda: repacked(SMALL, lambda _, p: p)[:30] + b"PK", "not a workbook"),
}  # fmt: skip


@pytest.mark.parametrize("name", list(HOSTILE))
def test_a_hostile_workbook_is_refused_with_a_remedy(name: str) -> None:
    make, what = HOSTILE[name]
    content = make()
    with pytest.raises(InvalidInput) as caught:
        read(content, filename="sprints.xlsx")
    assert what in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize("place", ["TA3", "zz3", "AAA3", "xfd3", "A10000", "SZ12345"])
@pytest.mark.parametrize(
    "written", [b'r="%s"', b"r='%s'", b'r = " %s"', b'r\n=\t"%s"', b's="1" r="%s" t="n"']
)
def test_a_cell_far_out_is_found_however_its_place_is_written(place: str, written: bytes) -> None:
    cell = b"<row><c r='A9999'/><c " + written % place.encode() + b"><v>1</v></c></row></sheetData>"
    with pytest.raises(InvalidInput, match="cells far outside"):
        read(with_sheet(b"</sheetData>", cell))


@pytest.mark.parametrize(
    "cell", ['r="TA3"/', 'spr="TA3" r="C3"', 'r="S3"', 'r="sf3"', 'r="T3"', 'r="Z3" s="12345"']
)
def test_a_cell_that_is_near_or_holds_nothing_is_not_far(cell: str) -> None:
    more = f'<row r="3"><c r="A3" t="inlineStr"><is><t>Sprint 3</t></is></c><c {cell}><v>1</v></c></row></sheetData>'
    found = read(with_sheet(b"</sheetData>", more.replace("/><v>1</v></c>", "/>").encode()))
    assert found.sprints[0].name == "Sprint 1"


def test_a_size_that_the_archive_lies_about_is_refused() -> None:
    made = bytearray(with_sheet(b"</sheetData>", b" " * 5_000_000 + b"</sheetData>"))
    with zipfile.ZipFile(io.BytesIO(bytes(made))) as book:
        true_size = book.getinfo(SHEET).file_size
    lied = bytes(made).replace(true_size.to_bytes(4, "little"), (200).to_bytes(4, "little"))
    with pytest.raises(InvalidInput, match="not a workbook"):
        read(lied, filename="sprints.xlsx")


def long_rows(prefix: str, *, placed: bool, between: str = "") -> bytes:
    """Return a sheet of 6 MB: a remark in the first rows' first column, and 4,000 sprints from the second on."""
    p = f"{prefix}:" if prefix else ""
    wide = " " * 700

    def row(number: int, *cells: str) -> str:
        place = f' r="{number + 2}"' if placed else ""
        where = [f' r="{letter}{number + 2}"' if placed else "" for letter in "ABC"]
        nothing = "" if placed else f"<{p}c/>"
        texts = [
            f'<{p}c{at}{wide} t="str"><{p}v>{text}</{p}v></{p}c>' if text else nothing
            for at, text in zip(where, cells, strict=True)
        ]
        return f"<{p}row{place}>{''.join(texts)}</{p}row>"

    sprints = (row(n, "first" if n < 9 else "", f"S{n}", f"{n}") for n in range(1, 4000))
    rows = [row(0, "Remark", "Sprint", "Velocity"), *sprints]
    data = "".join(rows[:3000]) + between + "".join([*rows[3000:], row(4000, "", "S4000", "many")])
    top = f"<{p}row/>"
    if not prefix:
        return of_rows((top + data).encode())
    name = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    whole = f'<x:worksheet xmlns:x="{name}"><x:sheetData>{top}{data}</x:sheetData></x:worksheet>'
    return repacked(SMALL, lambda part, content: whole.encode() if part == SHEET else content)


@pytest.mark.parametrize("prefix", ["", "x"])
@pytest.mark.parametrize("placed", [True, False])
def test_a_sheet_that_is_read_in_pieces_keeps_each_cell_in_its_row_and_column(
    prefix: str, *, placed: bool
) -> None:
    reading = read(long_rows(prefix, placed=placed))
    assert [s.values["story_points_completed"] for s in reading.sprints] == [*range(1, 4000)]
    (refused,) = reading.rejected
    assert refused.reason.startswith("Row 4002: column “Velocity”")
    assert [c.number for c in reading.columns] == [1, 2, 3]


def test_a_large_sheet_with_comments_is_refused_and_a_small_one_is_read() -> None:
    """In a comment a row may seem to end."""
    with pytest.raises(InvalidInput, match="not a workbook as Excel writes it"):
        read(long_rows("", placed=True, between="<!-- </row> -->"))
    assert len(read(with_sheet(b"<sheetData>", b"<sheetData><!-- </row> -->")).sprints) == 2


def test_what_is_read_one_at_a_time_is_told_by_what_it_unpacks_to() -> None:
    """A workbook of a few kilobytes may hold a lot, or next to nothing."""
    assert not is_large(SMALL)
    assert is_large(of_rows(b"<row/>" * 400_000))
    assert is_large(repacked(SMALL, lambda _, part: part, {"more": bytes(range(256)) * 20_000}))
    assert not is_large(b"PK\x03\x04 and nothing else")
    assert not is_large("Sprint,Velocity\nS1,1\n" * 1_000)
    assert is_large("Sprint,Velocity\nS1,1\n" * 10_000)
