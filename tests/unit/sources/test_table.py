"""A table with one row per sprint: what is read, what is refused, what is never guessed."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansei.core.metrics import REGISTRY, Metric, SprintMetrics
from hansei.errors import InvalidInput
from hansei.sources.table import cells, read, read_table
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
        (("1.234", "2.5"), (1.234, 2.5)),
        (("1.234", "2,5"), (1234, 2.5)),
        (("1.234", "0.125"), (1.234, 0.125)),
        (("1.234", "1.234.567"), (1234, 1234567)),
        (("1,234", "1,234,567"), (1234, 1234567)),
        (("1.234", "1234.567"), (1.234, 1234.567)),
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


def test_a_point_that_proves_nothing_is_not_guessed() -> None:
    fetched = read_table("sprint;velocity\nA;1.200\nB;20\n")
    assert [s.sprint_id for s in fetched.sprints] == ["B"]
    assert fetched.rejected[0].reason == (
        "Line 2: column “velocity”: “1.200” could be 1200 or 1.200; write it without the point, or with two decimals."
    )


def test_comma_and_point_in_one_table_are_refused() -> None:
    with pytest.raises(InvalidInput, match="some numbers with a decimal comma and others"):
        read_table("sprint;velocity;wip\nA;3,5;2.5\n")
    with pytest.raises(InvalidInput) as refused:
        read_table("sprint;wip;velocity;review time\nA;2.5;3,5;4,5\n")
    assert refused.value.remedy == (
        "Write all of them the same way: a point stands in column 2, a comma in columns 3, 4."
    )


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
        '"S1\nfirst",20,,\n'  # takes two lines, and they are still counted rightly
        "B,many,,\n"
        "\n"
        "C,-1,,\n"
        "D,20,2026-03-02,2026-02-02\n"
        "E,20,yesterday,\n"
        ",20,,\n"
        "Total,80,,\n"
        "S9,20,,\n"
    )
    fetched = read_table(text)
    assert [s.sprint_id for s in fetched.sprints] == ["S1 first", "S9"]
    said = [(r.row, r.reason) for r in fetched.rejected]
    for (row, reason), (line, part) in zip(
        said,
        [
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


def test_the_same_sprint_twice_in_two_spellings() -> None:
    fetched = read_table("sprint,wip\nSprint 1,1\nsprint\u00a001,1\nS2,1\n Sprint\u200b 2,2\n")
    assert [(s.sprint_id, s.name) for s in fetched.sprints] == [("Sprint 1", "Sprint 1")]
    assert [r.row for r in fetched.rejected] == [2, 3]
    named = read_table("id,sprint,wip\n1,Sprint 1,1\n2,sprint 1,2\n")
    assert [s.sprint_id for s in named.sprints] == ["1", "2"]


def test_columns_about_people_and_texts_are_not_read_and_not_named() -> None:
    text = "Sprint,Velocity,Anna Example,assignee,notes,anna_k\nA,20,3,7,Ben was ill,4\n"
    fetched = read_table(text)
    assert fetched.unknown_names == ()
    assert fetched.sprints[0].extra == {}
    assert fetched.notes[0] == "Columns not read: 3, 4, 5, 6 (counted from the left)."
    assert [word for word in ("Anna", "anna", "Ben") if word in repr(fetched)] == []


OWN = "Sprint,Velocity,deploys_per_week,Anna,Pages read (per day),Remark\nSprint 1,20,4,9,3.5,x\nSprint 2,21,5,8,4,\n"


def test_numbers_under_an_unknown_header_are_read_only_where_somebody_says_that_they_are_the_team_s() -> None:
    asked = read(OWN)
    (question,) = [q for q in asked.questions if q.key == "measures"]
    assert (question.choices, question.default, question.needed) == (
        (("3", "column 3"), ("4", "column 4"), ("5", "column 5")),
        "none",
        False,
    )
    assert [dict(s.extra) for s in asked.sprints] == [{}, {}]
    assert "Anna" not in repr(asked)
    told = read(OWN, answers={"measures": "3, 5"})
    assert [dict(s.extra) for s in told.sprints] == [
        {"deploys_per_week": 4, "pages_read_per_day": 3.5},
        {"deploys_per_week": 5, "pages_read_per_day": 4},
    ]
    assert "Anna" not in repr(told)
    # next month, with its columns elsewhere, nothing is asked again, and a person's column stays out
    later = read("Anna,Sprint,deploys_per_week,Velocity\n7,Sprint 3,6,22\n", kept=told.answers)
    assert [dict(s.extra) for s in later.sprints] == [{"deploys_per_week": 6}]
    back = read("Sprint,Velocity,Pages read (per day)\nSprint 4,20,5\n", kept=later.answers)
    assert [dict(s.extra) for s in back.sprints] == [{"pages_read_per_day": 5}]
    assert [dict(s.extra) for s in read(OWN, answers={"measures": "none"}, kept=told.answers).sprints] == [
        {},
        {},
    ]


def test_a_table_of_unknown_numbers_only_asks_before_anything_else() -> None:
    table = "Sprint,Anna,Bert\nSprint 1,9,8\nSprint 2,7,9\n"
    asked = read(table)
    assert ([q.key for q in asked.open], asked.sprints) == (["measures"], ())
    with pytest.raises(InvalidInput, match="no column with a measure"):
        read(table, answers={"measures": "none"})
    with pytest.raises(InvalidInput, match="name columns by their number"):
        read(table, answers={"measures": "Anna"})
    assert next(dict(s.extra) for s in read(table, answers={"measures": "all"}).sprints) == {
        "anna": 9,
        "bert": 8,
    }


def test_rows_that_may_be_people_are_asked_about_and_those_of_people_refused() -> None:
    table = "Name,Velocity\nAnna,9\nLuis,8\nBert,7\n"
    asked = read(table)
    assert ([q.key for q in asked.open], asked.sprints) == (["names"], ())
    assert [word for word in ("Anna", "Bert", "Luis") if word in repr(asked)] == []
    with pytest.raises(InvalidInput, match="one row per person") as caught:
        read(table, answers={"names": "people"})
    assert "one row per sprint" in caught.value.remedy
    answers = {"names": "sprints", "newest": "last", "first_start": "2026-01-05"}
    assert [s.name for s in read(table, answers=answers).sprints] == ["Anna", "Luis", "Bert"]
    mixed = read("Name,Velocity\nSprint 1,9\nX,8\n", answers={"newest": "last", "first_start": "2026-01-05"})
    assert {s.name for s in mixed.sprints} == {"Sprint 1", "X"}
    both = read("Name,Sprint,Velocity\nAnna,Sprint 1,9\n")
    assert [s.name for s in both.sprints] == ["Sprint 1"]
    assert "Anna" not in repr(both)


@pytest.mark.parametrize(
    "names",
    ["Anna Schmidt,Bob Meier", "anna,bob", "Schmidt, Anna|Meier, Bob", "Zyxwanna Quorblatt,Ana de la Cruz"],
)
def test_people_in_the_column_of_the_sprint_are_asked_about(names: str) -> None:
    parts = names.split("|") if "|" in names else names.split(",")
    table = "Sprint;Completed\n" + "".join(f"{name};{n}\n" for n, name in enumerate(parts, 4))
    asked = read(table)
    assert ([q.key for q in asked.open], asked.sprints) == (["names"], ())
    assert [word for word in re.findall(r"\w{4,}", names) if word in repr(asked)] == []
    with pytest.raises(InvalidInput, match="one row per person"):
        read(table, answers={"names": "people"})
    answers = {"names": "sprints", "newest": "last", "first_start": "2026-01-05"}
    kept = read(table, kept=answers)  # an answer serves for the team's next table
    assert ({s.name for s in kept.sprints}, kept.open) == ({*parts}, ())


@pytest.mark.parametrize(
    "names",
    [
        "Falcon,Kepler,Orion",
        "Falcon,Alpha Centauri,Release freeze,Tau Ceti,Kepler",
        "January,February,March,April",
        "Spring Release,Summer Break,Bug Bash",
        "A,B,C",
        "S1,S2,Release Freeze,Holiday Break,Sprint Zero",
        "Payment: Anna 1,Payment: Anna 2",
    ],
)
def test_names_that_are_no_person_s_are_not_asked_about(names: str) -> None:
    reading = read("Sprint,Completed\n" + "".join(f"{name},4\n" for name in names.split(",")))
    assert {q.key for q in reading.open} <= {"newest"}


def test_rows_with_days_of_their_own_are_sprints_whatever_they_are_called() -> None:
    rows = "Start,End,Completed\nTau Ceti,2026-01-05,2026-01-16,4\nAnna Karenina,2026-01-19,2026-01-30,5\n"
    for head in ("Sprint", "Name"):
        dated = read_table(f"{head},{rows}")
        assert [s.name for s in dated.sprints] == ["Tau Ceti", "Anna Karenina"]
    same = read("Sprint,End,Completed\nAnna Schmidt,2026-01-16,4\nBob Meier,2026-01-16,5\n")
    assert [q.key for q in same.open] == ["names"]


@pytest.mark.parametrize("head", ["Sprint", "Name"])
def test_a_row_of_a_person_among_sprints_is_asked_about_by_its_line(head: str) -> None:
    table = f"{head},Completed\nSprint 1,4\nZyxwanna Quorblatt,5\nSprint 2,6\n"
    asked = read(table)
    (question,) = asked.open
    assert (question.key, question.text[:7], asked.sprints) == ("named_rows", "Line 3 ", ())
    assert "Zyx" not in repr(asked)
    out = read(table, answers={"named_rows": "people"})
    assert [s.name for s in out.sprints] == ["Sprint 1", "Sprint 2"]
    assert "Zyx" not in repr(out)
    assert any("no number of a single person is kept: 1 row." in note for note in out.notes)
    kept = {"named_rows": "sprints", "newest": "last", "first_start": "2026-01-05"}
    assert len(read(table, kept=kept).sprints) == 3


def test_rows_whose_dates_are_to_be_told_are_not_refused_and_others_are() -> None:
    table = "Sprint,Start,Completed\nA,03/04/2025,4\nB,2025-05-01,x\nC,06/05/2025,5\n"
    asked = read(table)
    assert [q.key for q in asked.open] == ["date_order"]
    assert [r.reason[:8] for r in asked.rejected] == ["Line 3: "]
    assert "Lines 2 and 4 wait for your answer about the dates." in asked.notes
    told = read(table, answers={"date_order": "month_first"})
    assert [f"{s.start:%d %b}" for s in told.sprints] == ["04 Mar", "05 Jun"]
    items = read("Key,Type,Status,Closed\nA,Bug,Done,03/04/2025\nB,Bug,Done,05/04/2025\n")
    assert ([q.key for q in items.open], items.rejected) == (["date_order", "count_from"], ())


@pytest.mark.parametrize(
    ("first", "second", "question"),
    [
        ("05/06/2026", "02/07/2026", "Is 05/06/2026 5 June or May 6?"),
        ("03/03/2026", "1/12/2026", "Is 1/12/2026 1 December or January 12?"),
        ("03/03/2026", "04/04/2026", "Is 03/04/2025 3 April or March 4?"),
        ("00/04/2026", "4-11-26", "Is 4-11-26 4 November or April 11?"),
    ],
)
def test_which_number_is_the_day_is_asked_by_a_date_of_the_table(
    first: str, second: str, question: str
) -> None:
    (asked,) = read(f"Sprint,Start,Completed\nS1,{first},4\nS2,{second},5\n").open
    assert asked.text == question
    day, month = question.removeprefix(f"Is {question.split()[1]} ").removesuffix("?").split(" or ")
    assert [words for _, words in asked.choices] == [
        f"{day}: the day comes first",
        f"{month}: the month comes first",
    ]


def test_an_address_in_place_of_a_name_is_in_no_answer() -> None:
    fetched = read_table("sprint,velocity\nvera@example.com,20\nS1,21\n")
    assert [s.sprint_id for s in fetched.sprints] == ["S1"]
    assert "vera" not in repr(fetched)
    assert "name the sprint without one" in fetched.rejected[0].reason


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("S1,-1,,,", "Line 2: Sprint “S1”: “Velocity” cannot be negative (-1): correct it, or leave it out"),
        ("S1,,11,,", "Line 2: Sprint “S1”: “Mood (0-10)” goes from 0 to 10; 11 lies above: correct it, or"),
        ("S1,9e15,,,", "“Velocity” is too large to be a measurement (9e+15): correct it"),
        ("S1,twelve,,,", "Line 2: column “Velocity”: this is not a number; leave the cell empty where"),
        (
            "S1,80 %,,,",
            "column “Velocity”: this is a percentage, and the measure is not one; write the number",
        ),
        ("S1,9,,2026-02-02,2026-01-02", "The sprint ends before it starts: check both dates"),
        ("S1,9,,soon,", "column “Start”: this is not a date that can be read; write it as 2026-03-02"),
    ],
)
def test_a_refusal_speaks_of_the_table_s_own_columns_and_says_what_to_do(row: str, said: str) -> None:
    fetched = read_table(f"Sprint,Velocity,Mood (0-10),Start,End\n{row}\nS2,20,7,,\n")
    (refused,) = fetched.rejected
    assert said in refused.reason
    assert [m for m in REGISTRY if "_" in m and m in refused.reason] == []


@pytest.mark.parametrize(
    "head",
    [
        "Team Heron,,,\nSprint,Dates,,Work\n,Start,End,Completed\n",  # joined cells: the lower row knows more
        "Sprint,,,Completed\n,Start,End,\n",  # the upper one does
        "Sprint,Start,End,Completed\n",
    ],
)
def test_a_header_over_two_rows(head: str) -> None:
    (sprint,) = read_table(head + "Sprint 1,2026-01-05,2026-01-16,20\n").sprints
    assert (sprint.name, f"{sprint.start:%d %b}", f"{sprint.end:%d %b}") == ("Sprint 1", "05 Jan", "16 Jan")
    assert sprint.values == {"story_points_completed": 20}


@pytest.mark.parametrize("day", ["0001-01-01", "31.12.9999", "01.01.1900"])
def test_a_year_in_which_no_sprint_can_be_is_refused(day: str) -> None:
    reading = read(f"Sprint;Ende;Velocity\nS1;{day};20\nS2;2026-01-30;21\n")
    assert [s.name for s in reading.sprints] == ["S2"]
    assert "Line 2: " in reading.rejected[0].reason
    assert "“Ende” lies in the year" in reading.rejected[0].reason
    assert "1990 to 2100" in reading.rejected[0].reason


def test_days_that_run_out_of_the_calendar_are_refused_with_what_to_do() -> None:
    table = "Sprint,Velocity\n" + "".join(f"S{n},20\n" for n in range(200))
    with pytest.raises(InvalidInput, match="from 1990 to 2100"):
        read(table, answers={"first_start": "0001-01-01"})
    with pytest.raises(InvalidInput, match="would not all lie in the years") as caught:
        read(table, answers={"first_start": "2026-01-05", "sprint_days": "400"})
    assert "another first day" in caught.value.remedy


@pytest.mark.parametrize("days", ["0", "401", "-3", "ten"])
def test_no_sprint_lasts_no_day(days: str) -> None:
    table = "Sprint,Velocity\nS1,20\nS2,21\n"
    with pytest.raises(InvalidInput, match="must be a whole number from 1 to 400"):
        read(table, answers={"first_start": "2026-01-05", "sprint_days": days})
    assert len(read(table, answers={"first_start": "2026-01-05", "sprint_days": "1"}).sprints) == 2


def test_dates_that_mean_never_are_no_dates_of_items() -> None:
    reading = read(
        "Key,Type,Status,Sprint,Created,Resolved\n"
        "A-1,Bug,Done,S1,2026-01-05,2026-01-07\nA-2,Bug,Done,S1,0001-01-01,9999-12-31\n"
    )
    assert "Dates outside the years 1990 to 2100, and not used: 2." in reading.notes
    assert reading.sprints[0].values == {"items_completed": 2.0, "lead_time": 48.0}


def test_dates_in_five_forms_in_one_table() -> None:
    rows = ["2026-01-05", "05.01.2026", "5/Jan/26", "January 5, 2026", "2026/01/05"]
    table = "Sprint;Start;Velocity\n" + "".join(f"S{n};{day};2{n}\n" for n, day in enumerate(rows))
    fetched = read_table(table)
    assert fetched.rejected == ()
    assert {s.start for s in fetched.sprints} == {datetime(2026, 1, 5, tzinfo=UTC)}


@pytest.mark.parametrize(
    "months",
    [
        "Jan February Mar April May June Jul August Sept October Nov Dec",
        "Januar Feb. Maerz Apr. Mai Juni Juli Aug. September Okt. Nov. Dez.",
        "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
        "enero feb. marzo abr. mayo junio julio ago. set. oct. nov. dic.",
        "jan. fev. março abril maio jun. jul. agosto set. out. nov. dezembro",
    ],
)
def test_months_in_five_languages_in_full_and_cut(months: str) -> None:
    rows = "".join(f"S{n};5 {month} 2026;2{n}\n" for n, month in enumerate(months.split(), 1))
    fetched = read_table(f"Sprint;Start;Velocity\n{rows}")
    assert [s.start for s in fetched.sprints] == [datetime(2026, n, 5, tzinfo=UTC) for n in range(1, 13)]


@pytest.mark.parametrize("word", ["jui", "mae", "week"])
def test_what_names_no_month_or_two_is_no_date(word: str) -> None:
    fetched = read_table(f"Sprint;Start;Velocity\nS1;5 {word} 2026;20\nS2;5 May 2026;21\n")
    assert [s.sprint_id for s in fetched.sprints] == ["S2"]
    assert "not a date that can be read" in fetched.rejected[0].reason


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
        (gzip.compress(b"sprint,velocity\nA,1\n", mtime=0), "is packed", "Unpack it"),
        ("スプリント,完了\nA,3\n".encode("shift_jis"), "is not written in UTF-8", "Save it again as “CSV UTF-8”"),
        ("Спринт,Готово\nA,3\n".encode("cp1251"), "is not written in UTF-8", "Save it again as “CSV UTF-8”"),
        ("sprint,velocity\nA,3\n".encode("cp037"), "is not written in UTF-8", "Save it again as “CSV UTF-8”"),
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


@pytest.mark.parametrize(
    "name",
    [
        "Total (12 sprints)", "Average (last 3 sprints)", "Ø", "Ø letzte 3", "∅ 3 Sprints", "Mittelwert der letzten 3",
        "Team average", "Grand total", "Summe", "Moyenne", "Moyenne des 3 derniers sprints", "Promedio",
        "Total general", "Gesamtergebnis", "Sprint total", "Avg. velocity (last 6)", "Rolling average",
        "Média dos últimos 3 sprints",
    ],
)  # fmt: skip
def test_a_row_that_sums_up_others_is_no_sprint(name: str) -> None:
    table = "Sprint,Start,End,Committed,Completed\n" + "".join(
        f"Sprint {n},2026-0{n}-05,2026-0{n}-16,30,{20 + n}\n" for n in (1, 2, 3, 4)
    )
    fetched = read_table(f"{table}{name},,,300,280\n")
    assert [s.name for s in fetched.sprints] == [f"Sprint {n}" for n in (1, 2, 3, 4)]
    assert "The last row is a total or a remark and was left out." in fetched.notes
    above = read_table(table.replace("\n", f"\n{name},,,300,280\n", 1))
    assert [s.name for s in above.sprints] == [f"Sprint {n}" for n in (1, 2, 3, 4)]
    assert "this looks like a total, not like a sprint; it is left out." in above.rejected[0].reason


@pytest.mark.parametrize(
    "name", ["Max Sprint 3", "Total Eclipse of Sprint 3", "Øresund", "Team Ada", "Sprint 5 total"]
)
def test_a_sprint_may_be_called_almost_like_a_total(name: str) -> None:
    table = f"Sprint,Completed\nSprint 1,20\n{name},21\n"
    made = read(table, answers={"newest": "last", "first_start": "2026-01-05"})
    assert {s.name for s in made.sprints} == {"Sprint 1", name}


@pytest.mark.parametrize(("last", "kept"), [
    ("Alles zusammen,,69", 3), ("Wie immer,,23", 3), ("2026,,69", 3), ("Sprint 4,,23", 4), ("Wie immer,,31", 4),
    ("Wie immer,2026-04-05,69", 4),
])  # fmt: skip
def test_an_undated_last_row_that_holds_the_sum_or_the_mean_is_no_sprint(last: str, kept: int) -> None:
    table = "Sprint,Start,Completed\nSprint 1,2026-01-05,20\nSprint 2,2026-02-05,24\nSprint 3,2026-03-05,25\n"
    assert len(read_table(table + last).sprints) == kept


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Kapazität (PT)", "capacity_person_days"),
        ("Kapazität in PT", "capacity_person_days"),
        ("Capacité (JH)", "capacity_person_days"),
        ("Capacity (h)", "capacity_hours"),
        ("Capacity (points)", None),
        ("Zusage", "story_points_planned"),
        ("Zusage (PT)", "story_points_planned"),
        ("Arrastrado", "items_carried_over"),
        ("Completion rate", "completion_ratio"),
        ("Available hours", "capacity_hours"),
        ("Iteration Path", "sprint_name"),
    ],
)
def test_headers_of_teams(header: str, name: str | None) -> None:
    assert recognise(header) == name


def test_a_header_that_is_like_another_only_at_its_start_is_not_said_to_be_near() -> None:
    (column,) = [c for c in read("Sprint,Completed,Termintreue\nS1,20,90\n").columns if c.number == 3]
    assert "near" not in column.reason
    (column,) = [c for c in read("Sprint,Completed,Arrastrad\nS1,20,90\n").columns if c.number == 3]
    assert "“arrastrado” is near" in column.reason


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Completion rate", "93;0;110"),
        ("Completion rate (%)", "93;0;110"),
        ("Completion ratio", "0.93;0;1.1"),
    ],
)
def test_a_ratio_written_as_one_of_a_hundred(header: str, cells: str) -> None:
    rows = "".join(f"S{n};{cell}\n" for n, cell in enumerate(cells.split(";")))
    assert [s.values["completion_ratio"] for s in read(f"Sprint;{header}\n{rows}").sprints] == [0.93, 0, 1.1]


def test_the_last_part_of_an_iteration_path_names_the_sprint() -> None:
    fetched = read_table(
        "Iteration Path,Start date,End date,Completed\nProj\\A\\Sprint 1,2026-01-05,2026-01-16,20\n"
    )
    assert [(s.name, s.values) for s in fetched.sprints] == [("Sprint 1", {"story_points_completed": 20})]


def test_names_between_dates_beside_what_was_completed_are_sprints() -> None:
    for done in ("Completed", "Erledigt"):
        fetched = read_table(f"Name,Start date,End date,{done}\nSprint 1,2026-01-05,2026-01-16,20\n")
        assert [s.values for s in fetched.sprints] == [{"story_points_completed": 20}]


def test_one_measure_in_two_columns_written_in_two_ways_counts_once() -> None:
    fetched = read_table(
        "Sprint;Erledigt;Kapazität (PT);Kapazität (Personentage);Review time\n"
        "S1;35,5;35;35,0;1,5\nS2;36;17.5;17,5;2\nS3;;;;3\n"
    )
    assert [s.values.get("capacity_person_days") for s in fetched.sprints] == [35, 17.5, None]
    assert fetched.sprints[0].values["story_points_completed"] == 35.5


@pytest.mark.parametrize(
    "text",
    [
        "Sprint\nCommitment\nCompleted\nSprint 1\n30\n28\nSprint 2\n31\n30\n",
        "Sprint  Commitment  Completed\nSprint 1  30  28\nSprint 2  31  30\n",
        "Sprint Commitment Completed\nSprint 1 30 28\n",
        "Sprint   Commitment\nHER Sprint 1   3\n",
        "Our numbers\nSprint   Commitment\nFalcon   3\nKepler   4\n",
    ],
)
def test_a_table_that_lost_its_tabs_is_told_how_to_come(text: str) -> None:
    with pytest.raises(InvalidInput, match="the tabs between its cells were lost") as refused:
        read_table(text)
    assert "copy it again" in refused.value.remedy


@pytest.mark.parametrize("cell", ["1d 4h", "12:30", "28h", "2 days"])
def test_a_length_of_time_in_parts_is_told_its_form(cell: str) -> None:
    fetched = read_table(f"Sprint,Cycle time\nS1,{cell}\nS2,20\n")
    assert "write hours as a number, such as 28.5" in fetched.rejected[0].reason
    assert "this is not a number" in read_table("Sprint,Velocity\nS1,28 pts\n").rejected[0].reason


@pytest.mark.parametrize(
    "day", ["Mon 5 Jan 2026", "Montag, 05.01.2026", "lun. 5 janv. 2026", "Mon, Jan 5, 2026"]
)
def test_a_weekday_before_a_date(day: str) -> None:
    (sprint,) = read_table(f"Sprint;Start;Velocity\nS1;{day};20\n").sprints
    assert sprint.start == datetime(2026, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize("name", ["anna.schmidt at x.org", "anna (at) x.org", "anna[at]x[dot]org 3"])
def test_an_address_in_words_is_in_no_answer(name: str) -> None:
    fetched = read_table(f"sprint,velocity\n{name},20\nS1,21\nSprint at 2.5,22\n")
    assert {s.sprint_id for s in fetched.sprints} == {"S1", "Sprint at 2.5"}
    assert "anna" not in repr(fetched)


TWO_TABLES = """Sprint,Committed,Completed
Sprint 1,30,28
Sprint 2,31,30

{header}
Anna,5,4
Vera,6,6
"""


@pytest.mark.parametrize("header", ["Name,Points,Done", "Person,Planned,Completed", "Owner,Open,Closed"])
def test_another_table_below_is_not_read(header: str) -> None:
    """Its rows would be sprints, and called by the names of people."""
    reading = read(TWO_TABLES.format(header=header))
    assert [s.name for s in reading.sprints] == ["Sprint 1", "Sprint 2"]
    assert reading.rejected == ()
    assert "From line 5 on another table begins; it was not read." in reading.notes
    assert "Anna" not in repr(reading)


@pytest.mark.parametrize("between", ["", "\n", "\nSprint,Committed,Completed\n", "\nn/a,-,\n"])
def test_what_stands_between_sprints_ends_no_table(between: str) -> None:
    """Blank lines, the header once more, remarks."""
    reading = read(f"Sprint,Committed,Completed\nS1,30,28\n{between}S2,31,30\nS3,31,30\n")
    assert [s.name for s in reading.sprints if s.values] == ["S1", "S2", "S3"]


def test_a_name_over_several_lines_is_one_line() -> None:
    text = 'Sprint,Completed\n"Sprint 1\n(Payment, phase 2)\n",28\n"Sprint 2\r\n\r\n",30\n'
    assert [*values(text)] == ["Sprint 1 (Payment, phase 2)", "Sprint 2"]


@pytest.mark.parametrize("cell", ["28 SP", "3 items", "28.5 pts.", "17,5 Punkte", "4 PT"])
def test_a_unit_beside_a_number_is_told_where_it_belongs(cell: str) -> None:
    (refused,) = read(f'Sprint,Completed,Carried over\nS1,"{cell}",2\nS2,30,1\n').rejected
    sentence = "this is not a number alone; leave the unit out here and write it in the header."
    assert refused.reason == f"Line 2: column “Completed”: {sentence}"


@pytest.mark.parametrize("count", [3, 30])
def test_a_table_with_its_sprints_side_by_side_is_told_to_be_turned(count: int) -> None:
    names = [f"Sprint {n}" for n in range(count)]
    rows = [["Metric", *names], ["Committed", *["30"] * count], ["Completed", "n/a", *["28"] * (count - 1)]]
    with pytest.raises(InvalidInput, match="side by side") as refused:
        read("\n".join(",".join(row) for row in rows))
    assert "Transpose" in refused.value.remedy
