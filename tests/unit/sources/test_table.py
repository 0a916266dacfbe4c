"""A table with one row per sprint: what is read, what is refused, what is never guessed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansei.core.metrics import REGISTRY, Metric, SprintMetrics
from hansei.errors import InvalidInput
from hansei.sources.table import cells, read_table
from hansei.sources.table.headers import recognise


def values(text: str | bytes) -> dict[str, dict[str, float]]:
    """Return the values by sprint id; nothing may be refused."""
    fetched = read_table(text)
    assert fetched.rejected == ()
    return {s.sprint_id: dict(s.values) for s in fetched.sprints}


def test_a_velocity_table_as_people_copy_it() -> None:
    text = "Sprint\tCommitment\tCompleted\nSprint 9\t31\t28\nSprint 10\t30\t\n"
    assert values(text) == {
        "Sprint 9": {"story_points_planned": 31, "story_points_completed": 28},
        "Sprint 10": {"story_points_planned": 30},
    }


def test_dates_ids_and_units_in_headers() -> None:
    text = (
        "Sprint ID,Sprint name,Start date,End date,Cycle time (h),Carry-over share [%]\n"
        "S1,One,2026-03-02,13.03.2026,41.5,12\n"
    )
    (sprint,) = read_table(text).sprints
    assert sprint == SprintMetrics(
        "S1",
        "One",
        datetime(2026, 3, 2, tzinfo=UTC),
        datetime(2026, 3, 13, 23, 59, 59, tzinfo=UTC),
        {"cycle_time": 41.5, "items_out_of_sprint_percent": 12},
    )


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_delimiters_line_ends_and_bom(mark: str, end: str, bom: bytes) -> None:
    text = mark.join(("Sprint", "Velocity")) + end + mark.join(("Übung 1", "20")) + end
    assert values(bom + text.encode()) == {"Übung 1": {"story_points_completed": 20}}


@pytest.mark.parametrize("cell", ["", " ", "-", "–", "n/a", "N/A", "?", "null"])
def test_missing_is_missing(cell: str) -> None:
    assert values(f"sprint,velocity,wip\nA,{cell},0\n") == {"A": {"wip": 0}}


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (("3,5", "4"), (3.5, 4)),
        (("1.234,5", "2.000"), (1234.5, 2000)),
        (("1,234.5", "2,000"), (1234.5, 2000)),
        (("3.5", "1234"), (3.5, 1234)),
        (("1.234", "2"), (1.234, 2)),
        (("1 234,5", "1\u00a0000"), (1234.5, 1000)),
        (("1'234.5", "7"), (1234.5, 7)),
        (("1e2", ".5"), (100, 0.5)),
    ],
)
def test_decimal_comma_is_taken_from_cells_that_prove_it(
    column: tuple[str, str], expected: tuple[float, float]
) -> None:
    got = values(f"sprint;velocity\nA;{column[0]}\nB;{column[1]}\n")
    assert (got["A"]["story_points_completed"], got["B"]["story_points_completed"]) == expected


def test_a_comma_that_proves_nothing_is_not_guessed() -> None:
    fetched = read_table("sprint;velocity\nA;1,234\nB;20\n")
    assert [s.sprint_id for s in fetched.sprints] == ["B"]
    assert fetched.rejected[0].reason == (
        "Line 2: column “velocity”: “1,234” could be 1234 or 1.234; write it without the comma."
    )


def test_comma_and_point_in_one_table_are_refused() -> None:
    with pytest.raises(InvalidInput, match="some numbers with a decimal comma and others"):
        read_table("sprint;velocity;wip\nA;3,5;2.5\n")


def test_percentages() -> None:
    got = values("sprint;say_do;unplanned work\nA;85 %;12,5%\n")
    assert got == {"A": {"say_do_ratio": 0.85, "unplanned_work_percent": 12.5}}
    assert (
        "this is a percentage, and the measure is not one"
        in read_table("sprint,velocity\nA,85%\n").rejected[0].reason
    )


def test_bad_rows_are_refused_with_their_line_and_the_good_ones_kept() -> None:
    text = (
        "Sprint,Velocity,Start,End\n"
        '"A\nfirst",20,,\n'  # a name over two lines is refused, and the lines are still counted rightly
        "B,many,,\n"
        "\n"
        "C,-1,,\n"
        "D,20,2026-03-02,2026-02-02\n"
        "E,20,yesterday,\n"
        ",20,,\n"
        "Total,80,,\n"
        "F,20,,\n"
    )
    fetched = read_table(text)
    assert [s.sprint_id for s in fetched.sprints] == ["F"]
    said = [(r.row, r.reason) for r in fetched.rejected]
    for (row, reason), (line, part) in zip(
        said,
        [
            (2, "must be a text of 1 to 100 printable characters"),
            (4, "is not a number"),
            (6, "cannot be negative"),
            (7, "ends before it starts"),
            (8, "not a date that can be read"),
            (9, "has no name"),
            (10, "looks like a total"),
        ],
        strict=True,
    ):
        assert reason.startswith(f"Line {line}: "), (row, reason)
        assert part in reason


def test_the_same_sprint_twice() -> None:
    fetched = read_table("sprint,wip\nA,1\nA,1\nB,1\nB,2\n")
    assert [s.sprint_id for s in fetched.sprints] == ["A"]
    assert [r.row for r in fetched.rejected] == [2, 3]
    assert "1 row came twice and counted once." in fetched.notes


def test_columns_about_people_and_texts_are_not_read_and_not_named() -> None:
    text = "Sprint,Velocity,Anna Example,assignee,notes,deploys_per_week\nA,20,3,7,Ben was ill,4\n"
    fetched = read_table(text)
    assert fetched.unknown_names == ("deploys_per_week",)
    assert fetched.sprints[0].extra == {"deploys_per_week": 4}
    assert fetched.notes[0] == "Columns not read: 3, 4, 5 (counted from the left)."
    assert "Anna" not in repr(fetched)
    assert "Ben" not in repr(fetched)


def test_short_rows_and_long_rows() -> None:
    assert values("sprint,velocity,wip\nA,20\nB,21,3,4,5\n") == {
        "A": {"story_points_completed": 20},
        "B": {"story_points_completed": 21, "wip": 3},
    }


@pytest.mark.parametrize(
    ("content", "what", "remedy"),
    [
        (b"", "is empty", "one line per sprint"),
        (b" \n\n", "is empty", "one line per sprint"),
        (b"\xef\xbb\xbf", "is empty", "one line per sprint"),
        (b"<!DOCTYPE html><title>Sign in</title>", "is a web page", "login page"),
        (b"PK\x03\x04rest", "is not a workbook as Excel writes it", "CSV UTF-8"),
        (b"\xd0\xcf\x11\xe0rest", "is an old Excel workbook", ".xlsx"),
        (b"%PDF-1.7", "is a PDF", "paste"),
        (b'[{"sprint_id": 1}]', "is JSON", "POST"),
        ("sprint,velocity\nA,1\n".encode("utf-16-le"), "is not plain text", "CSV UTF-8"),
        (b"Sprint;Velocity\n\x81;1\n", "not written in UTF-8", "CSV UTF-8"),
        (b"\xff\xfeS", "begins like UTF-16", "CSV UTF-8"),
        (b"velocity,wip\n1,2\n", "no column with the sprint's name", "Sprint"),
        (b"sprint,colour\nA,red\n", "no column with a measure", "at least one measure"),
        (b"sprint,colour\n", "no column with a measure", "at least one measure"),
        (b"sprint,velocity\n", "a header and no sprint", "one line per sprint"),
        (b"sprint,velocity,Velocity\nA,1,2\n", "Columns 2 and 3 are both read as Points completed", "use_"),
        (b"2020-10-13\n2020-09-25\n", "no line with headers", "Sprint"),
        (b'sprint,velocity\n"A,1\n', "a quotation mark is not closed", "Correct that line"),
        (b"sprint,velocity\n" + b"A,1\n" * 5001, "more than 5,000 rows", "last sprints"),
        (b"sprint,velocity" + b",x" * 500 + b"\nA,1\n", "more than 500 columns", "columns you need"),
        (b"sprint,velocity\n" + b"A" * 200_000 + b",1\n", "far too long", "Correct that line"),
        (b"x" * 5_000_001, "larger than 5 MB", "you need"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_with_a_remedy(content: bytes, what: str, remedy: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_table(content, filename="sprints.csv")
    assert caught.value.message.startswith(("sprints.csv ", "sprints.csv: "))
    assert what in caught.value.message
    assert remedy in caught.value.remedy


def test_formulas_are_text_and_never_numbers() -> None:
    assert "is not a number" in read_table("sprint,velocity\nA,=1+1\n").rejected[0].reason


@pytest.mark.parametrize("metric", [m for m in REGISTRY.values() if m.family != "composition"])
def test_every_metric_is_recognised_by_name_alias_and_in_any_case(metric: Metric) -> None:
    for name in (metric.name, metric.name.upper(), metric.name.replace("_", " "), *metric.aliases):
        assert recognise(name) == metric.name


@pytest.mark.parametrize(
    "header", ["Anna", "Points of Ben", "story_point_distribution", "assignee", "", "42"]
)
def test_what_no_one_knows_is_not_read(header: str) -> None:
    assert recognise(header) is None


def test_a_title_that_two_metrics_share_is_not_guessed() -> None:
    assert recognise("Capacity") is None  # hours or person-days?
    assert recognise("capacity_person_days") == "capacity_person_days"


@given(st.floats(min_value=0, max_value=1e6, allow_nan=False).map(lambda x: round(x, 2)))
def test_numbers_written_in_three_habits_are_read_alike(value: float) -> None:
    plain = f"{value:.2f}"
    english = f"{value:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert cells.number(plain, cells.decimal_mark([plain])) == value
    assert cells.number(english, cells.decimal_mark([english])) == value
    assert cells.number(german, cells.decimal_mark([german])) == value


def outcome(content: str | bytes) -> int:
    """Return how many rows were answered for (read or refused), or the length of the remedy."""
    try:
        fetched = read_table(content)
    except InvalidInput as refusal:
        return len(refusal.remedy)
    return len(fetched.sprints) + len(fetched.rejected)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_but_never_breaks(text: str) -> None:
    assert outcome(text) > 0


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_but_never_break(content: bytes) -> None:
    assert outcome(b"sprint,velocity\n" + content) > 0
