"""The shapes in which people bring tables: each is read without any option, as the right kind, by the right columns."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from hansei.errors import InvalidInput
from hansei.sources.table import Reading, read

PAYLOADS = Path(__file__).resolve().parents[2] / "payloads" / "table"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
PEOPLE = (
    "Vera",
    "vera",
    "Otto",
    "otto",
    "Beispiel",
    "Muster",
    "Anna",
    "anna",
    "Bert",
    "bert",
    "Ana",
    "Luis",
    "@",
    "label",
    "search",
)


class Shape(NamedTuple):
    """What a payload must be read as: its kind, the columns used, and one sprint's values, added up by hand."""

    kind: str
    columns: list[str]
    sprint: str
    values: dict[str, float]


SHAPES = {
    "jira_velocity.txt": Shape(
        "sprints",
        ["sprint_name", "story_points_planned", "story_points_completed"],
        "HER Sprint 39",
        {"story_points_planned": 33, "story_points_completed": 28.5},
    ),
    "jira_sprint_report.txt": Shape(
        "sprint_report",
        ["items_planned", "items_completed", "items_carried_over", "story_points_planned", "story_points_completed",
         "scope_change_percent"],
        "HER Sprint 41",
        # at the start: 5 + 3 + 3 done, 8 left, 1 done elsewhere, 5 removed; later 2 added: (2 + 5) of 25
        {"items_planned": 6, "items_completed": 4, "items_carried_over": 1, "story_points_planned": 25,
         "story_points_completed": 15, "scope_change_percent": 28},
    ),
    "jira_issues.csv": Shape(
        "items",
        ["key", "type", "status", "resolution", "created", "done", "sprint", "sprint", "sprint", "points"],
        "HER Sprint 10",
        # 3 and 8 points done; the item in sprints 10 and 11 was carried over; 1 Jul 9:00 → 25 Jul 15:00 and 3 → 24 Jul
        {"items_completed": 2, "story_points_completed": 11, "items_carried_over": 1, "lead_time": (582 + 504) / 2},
    ),
    "linear.csv": Shape(
        "items",
        ["key", "status", "points", "cycle_number", "sprint", "cycle_start", "cycle_end", "created", "started", "done",
         "canceled"],
        "Cycle 7",
        {"items_completed": 2, "story_points_completed": 8, "lead_time": (96 + 168) / 2, "cycle_time": (48 + 96) / 2},
    ),
    "gitlab_issues.csv": Shape(
        "items",
        ["key", "status", "created", "done", "sprint", "points"],
        "Iteration 4",
        {"items_completed": 2, "story_points_completed": 3, "lead_time": (216 + 240) / 2},
    ),
    "azure_devops.csv": Shape(
        "items",
        ["key", "type", "status", "sprint", "points", "created", "started", "done"],
        "Sprint 1",
        {"items_completed": 2, "story_points_completed": 5, "lead_time": 72, "cycle_time": (48 + 24) / 2},
    ),
    "team_excel_german.csv": Shape(
        "sprints",
        ["sprint_name", "start_date", "end_date", "story_points_planned", "story_points_completed", "say_do_ratio",
         "team_happiness"],
        "Sprint 12",
        {"story_points_planned": 1234.5, "story_points_completed": 1100, "say_do_ratio": 0.85, "team_happiness": 7.5},
    ),
    "team_french.csv": Shape(
        "sprints",
        ["sprint_name", "start_date", "end_date", "story_points_planned", "story_points_completed",
         "items_carried_over", "review_time", "team_happiness"],
        "Sprint 4",
        {"story_points_planned": 32, "story_points_completed": 30, "items_carried_over": 1, "review_time": 18,
         "team_happiness": 8},
    ),
    "team_spanish.csv": Shape(
        "sprints",
        ["sprint_name", "start_date", "end_date", "story_points_planned", "story_points_completed",
         "items_carried_over"],
        "Sprint 22",
        {"story_points_planned": 23, "story_points_completed": 19, "items_carried_over": 3},
    ),
    "team_portuguese.csv": Shape(
        "sprints",
        ["sprint_name", "start_date", "end_date", "story_points_planned", "story_points_completed",
         "items_carried_over", "cycle_time"],
        "Sprint 21",
        {"story_points_planned": 21, "story_points_completed": 20, "items_carried_over": 1, "cycle_time": 84},
    ),
    "us_dates.csv": Shape(
        "sprints",
        ["sprint_name", "start_date", "end_date", "story_points_planned", "story_points_completed", "cycle_time",
         "say_do_ratio"],
        "Iteration 7",
        {"story_points_planned": 20, "story_points_completed": 18, "cycle_time": 60, "say_do_ratio": 0.8},
    ),
    "markdown_table.txt": Shape(
        "sprints",
        ["sprint_name", "items_planned", "items_completed", "items_carried_over"],
        "Sprint 10",
        {"items_planned": 15, "items_completed": 11, "items_carried_over": 4},
    ),
    "excel_unicode_text.txt": Shape(
        "sprints",
        ["sprint_name", "story_points_planned", "story_points_completed"],
        "Übergang 2",
        {"story_points_planned": 14, "story_points_completed": 15},
    ),
    "team_by_person.csv": Shape(
        "sprints",
        ["sprint_name", "story_points_planned", "story_points_completed"],
        "Sprint 21",
        {"story_points_planned": 31, "story_points_completed": 33},
    ),
    "newest_first.csv": Shape(
        "sprints",
        ["sprint_name", "story_points_completed", "review_time", "team_happiness"],
        "Sprint 10",
        {"story_points_completed": 30, "team_happiness": 6.25},
    ),
}  # fmt: skip


def of(name: str, **answers: str) -> Reading:
    return read((PAYLOADS / name).read_bytes(), filename=name, answers=answers)


def used(reading: Reading) -> list[str]:
    return [c.name for c in reading.columns if c.name]


@pytest.mark.parametrize("name", list(SHAPES))
def test_a_shape_is_read_without_any_option(name: str) -> None:
    reading, shape = of(name), SHAPES[name]
    assert reading.open == ()
    assert reading.rejected == ()
    assert (reading.kind, used(reading)) == (shape.kind, shape.columns)
    (sprint,) = [s for s in reading.sprints if s.name == shape.sprint]
    assert dict(sprint.values) == pytest.approx(shape.values)
    assert sprint.extra == {}


@pytest.mark.parametrize(
    "path", sorted(p for p in PAYLOADS.iterdir() if p.suffix != ".md"), ids=lambda p: p.name
)
def test_nothing_about_people_is_in_what_is_read(path: Path) -> None:
    reading = read(
        path.read_bytes(),
        filename="the table",
        kept={"first_start": "2025-06-02", "count_from": "2025-06-02"},
    )
    said = repr(reading)
    assert [word for word in PEOPLE if word in said] == []


def test_days_and_moments_of_sprints() -> None:
    spans = {s.name: (s.start, s.end) for s in of("us_dates.csv").sprints}
    assert spans["Iteration 7"] == (
        datetime(2025, 1, 6, tzinfo=UTC),
        datetime(2025, 1, 17, 23, 59, 59, tzinfo=UTC),
    )
    (report,) = of("jira_sprint_report.txt").sprints
    assert (report.start, report.end) == (
        datetime(2025, 7, 14, 9, 2, tzinfo=UTC),
        datetime(2025, 7, 28, 15, 40, tzinfo=UTC),
    )
    first = of("linear.csv").sprints[0]
    assert (first.start, first.end) == (datetime(2025, 6, 2, tzinfo=UTC), datetime(2025, 6, 16, tzinfo=UTC))


def test_items_without_a_sprint_need_the_calendar_and_then_are_counted_by_the_day_they_were_done() -> None:
    asked = of("azure_devops_query.csv")
    assert (asked.kind, asked.sprints) == ("items", ())
    assert [q.key for q in asked.open] == ["count_from"]
    assert used(asked) == ["key", "type", "status", "started", "done"]
    reading = of("azure_devops_query.csv", count_from="2025-06-02", sprint_days="7")
    assert reading.open == ()
    assert reading.assumed
    # done on 7 and 8 June: 2502, 2503, 2505, 2506; on 14 and 15 June: the other six
    assert [(s.name, s.values["items_completed"]) for s in reading.sprints] == [
        ("2025-06-02", 4),
        ("2025-06-09", 6),
    ]
    # 15 June 9:28:27 → 10:59:13 and five more, by hand
    hours = [5446 / 3600, 1664 / 3600, 8207 / 3600, 13571 / 3600, 3125 / 3600, 5632 / 3600]
    assert reading.sprints[1].values["cycle_time"] == pytest.approx(sum(hours) / 6, abs=0.01)


def test_items_that_end_before_they_begin_count_without_their_times() -> None:
    reading = of("cycle_times.csv", count_from="2013-07-01", sprint_days="28")
    assert "Done before it began, its times not used: 6 items." in reading.notes


def test_a_list_of_items_says_what_it_cannot_give() -> None:
    said = " ".join(of("jira_issues.csv").cannot)
    assert "planned when a sprint began" in said
    assert "review" in said


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not here")
@pytest.mark.parametrize(
    ("path", "team", "columns", "rows"),
    [
        ("team_velocity/sprints.csv", "", {"sprint_id", "capacity_hours", "items_planned", "story_points_planned"}, 26),
        ("derived/jira_points_histories.csv", "Apache-board23",
         {"sprint_id", "sprint_name", "team_size", "story_points_planned", "story_points_completed",
          "items_planned"}, 0),
        ("derived/gitlab_sprint_histories.csv", "gitaly",
         {"sprint_id", "sprint_name", "start_date", "end_date", "items_planned", "story_points_planned",
          "story_points_completed", "items_completed", "items_carried_over"}, 0),
    ],
)  # fmt: skip
def test_real_histories(path: str, team: str, columns: set[str], rows: int) -> None:
    content = (SHARED / path).read_bytes()
    asked = read(content)
    assert [q.key for q in asked.open] == (["team"] if team else [])
    reading = read(content, answers={"team": team})
    assert reading.kind == "sprints"
    assert columns <= set(used(reading))
    assert reading.rejected == ()
    expected = rows or sum(f",{team}," in line for line in content.decode().splitlines())
    assert len(reading.sprints) == expected > 5


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not here")
@pytest.mark.parametrize(
    ("name", "items"),
    [("lighthouse_azuredevops_export.csv", 88), ("rueedlinger_jira_cycle_times_project0.csv", 2419)],
)
def test_real_lists_of_items(name: str, items: int) -> None:
    content = (SHARED / "cycle_times" / name).read_bytes()
    reading = read(content, answers={"count_from": "2013-01-07", "sprint_days": "14"})
    assert reading.kind == "items"
    assert reading.rejected == ()
    assert sum(s.values["items_completed"] for s in reading.sprints) == items


def test_dates_are_computed_from_one_answer_and_reach_the_next_table() -> None:
    table = "Sprint,Velocity\nSprint 9,20\nSprint 10,21\nSprint 11,22\n"
    reading = read(
        table,
        answers={
            "first_sprint": "Sprint 10",
            "first_start": "2026-01-05",
            "sprint_days": "12",
            "gap_days": "2",
        },
    )
    spans = [(s.name, f"{s.start:%d %b}", f"{s.end:%d %b}") for s in reading.sprints]
    assert spans == [
        ("Sprint 9", "22 Dec", "02 Jan"),
        ("Sprint 10", "05 Jan", "16 Jan"),
        ("Sprint 11", "19 Jan", "30 Jan"),
    ]
    assert reading.assumed
    later = read("Sprint,Velocity\nSprint 11,22\nSprint 12,23\n", kept=reading.answers)
    assert [f"{s.start:%d %b}" for s in later.sprints] == ["19 Jan", "02 Feb"]
    apart = read("Sprint,Velocity\nSprint 30,22\nSprint 31,23\n", kept=reading.answers)
    assert not apart.assumed
    assert "The dates given for an earlier table do not reach these sprints: give them again." in apart.notes


def test_the_newest_of_undated_sprints_may_still_run() -> None:
    table = "Sprint,Velocity\nSprint 11,22\nSprint 9,20\nSprint 10,21\n"
    assert [s.provisional for s in read(table).sprints] == [False, False, False]
    (asked,) = [q for q in read(table).questions if q.key == "last_sprint"]
    assert (asked.text, asked.default, asked.needed) == ("Is Sprint 11 over?", "over", False)
    running = read(table, answers={"last_sprint": "running"})
    assert {s.name: s.provisional for s in running.sprints} == {
        "Sprint 9": False,
        "Sprint 10": False,
        "Sprint 11": True,
    }
    assert any("Sprint 11 is taken to be still running" in note for note in running.notes)
    # the next table: as long as it is the newest it runs on, unless somebody says that it is over
    assert [s.name for s in read(table, kept=running.answers).sprints if s.provisional] == ["Sprint 11"]
    assert not any(
        s.provisional for s in read(table, answers={"last_sprint": "over"}, kept=running.answers).sprints
    )
    later = read(table + "Sprint 12,25\n", kept=running.answers)
    assert not any(s.provisional for s in later.sprints)


def test_a_list_with_open_items_in_its_newest_sprint_takes_it_to_be_running() -> None:
    reading = of("jira_issues.csv")
    assert [s.name for s in reading.sprints if s.provisional] == [reading.sprints[-1].name]
    over = of("jira_issues.csv", last_sprint="over")
    assert not any(s.provisional for s in over.sprints)


def test_a_sprint_whose_end_is_known_is_not_asked_about() -> None:
    for name in ("team_french.csv", "jira_sprint_report.txt", "linear.csv"):
        assert "last_sprint" not in [q.key for q in of(name).questions], name


def test_the_report_of_a_running_sprint_is_one_of_an_open_sprint() -> None:
    text = (PAYLOADS / "jira_sprint_report.txt").read_text(encoding="utf-8")
    lines = text.replace(
        "Closed Sprint, ended by Vera Beispiel 14/Jul/25 9:02 AM - 28/Jul/25 3:40 PM", "Active Sprint"
    )
    (sprint,) = read(lines).sprints
    assert (sprint.name, sprint.provisional) == ("HER Sprint 41", True)


def test_names_without_an_order_ask_for_it() -> None:
    table = "Sprint,Velocity\nOwl,20\nHeron,21\nStork,22\n"
    asked = read(table)
    assert [q.key for q in asked.open] == ["newest"]
    answers = {"newest": "first", "first_start": "2026-01-05"}
    assert [q.key for q in read(table, answers={"newest": "first"}).open] == ["first_start"]
    made = read(table, answers=answers).sprints
    assert [s.name for s in sorted(made, key=lambda s: str(s.start))] == ["Stork", "Heron", "Owl"]


@pytest.mark.parametrize("names", ["Venus,Mars", "Mars,Venus", "Venus,Mars,Earth"])
def test_that_the_alphabet_agrees_with_the_rows_tells_nothing(names: str) -> None:
    table = "Sprint,Velocity\n" + "".join(f"{name},20\n" for name in names.split(","))
    assert [q.key for q in read(table).open] == ["newest"]
    made = read(table, answers={"newest": "last", "first_start": "2026-01-05"}).sprints
    assert [s.name for s in sorted(made, key=lambda s: str(s.start))] == names.split(",")


def test_which_row_is_the_newest_is_believed_unasked() -> None:
    table = "Sprint,Velocity\nSprint 1,20\nSprint 2,21\n"
    agreed = read(table, answers={"newest": "last"})
    assert ([s.name for s in agreed.sprints], agreed.open) == (["Sprint 1", "Sprint 2"], ())
    turned = {"newest": "first"}
    assert [q.key for q in read(table, answers=turned).open] == ["first_start"]
    made = read(table, answers={**turned, "first_start": "2026-01-05"}).sprints
    assert [s.name for s in sorted(made, key=lambda s: str(s.start))] == ["Sprint 2", "Sprint 1"]


def test_what_only_the_rows_tell_needs_a_first_day_to_stay() -> None:
    table = "Sprint,Velocity\nKW 50,20\nKW 52,21\nKW 2,22\n"
    assert [q.key for q in read(table).open] == ["first_start"]
    made = read(table, answers={"first_start": "2025-12-08"}).sprints
    assert [f"{s.name}: {s.start:%d %b %Y}" for s in made] == [
        "KW 50: 08 Dec 2025",
        "KW 52: 22 Dec 2025",
        "KW 2: 05 Jan 2026",
    ]


@pytest.mark.parametrize("head", ["Sprint", "Name"])
def test_months_are_no_people(head: str) -> None:
    reading = read(f"{head},Velocity\nJan,20\nFeb,21\nMar,22\n")
    assert ([s.name for s in reading.sprints], reading.open) == (["Jan", "Feb", "Mar"], ())
    assert [q.key for q in read(f"{head},Velocity\nJan,20\nAnna,21\n").open] == ["names"]


def test_an_answer_that_nobody_asked_for_is_refused() -> None:
    with pytest.raises(InvalidInput, match="does not ask for “units”"):
        read("Sprint,Velocity\nA,1\n", answers={"units": "items"})


def test_a_milestone_beside_the_iteration_is_no_sprint() -> None:
    table = (
        "Issue ID,Title,State,Created At (UTC),Closed At (UTC),Milestone,Weight,Iteration\n"
        "1,a,Closed,2026-01-05,2026-01-09,Release 1,3,Sprint 1\n"
        "2,b,Closed,2026-01-19,2026-01-22,Release 1,4,Sprint 2\n"
        "3,c,Closed,2026-02-02,2026-02-06,Release 2,5,Sprint 3\n"
    )
    reading = read(table)
    assert [s.name for s in reading.sprints] == ["Sprint 1", "Sprint 2", "Sprint 3"]
    assert not any("items_carried_over" in s.values for s in reading.sprints)
    assert reading.columns[5].reason == "column 8 is taken for the same"


def test_milestones_serve_where_the_iterations_are_empty() -> None:
    table = (
        "Issue ID,Title,State,Milestone,Weight,Iteration\n1,a,Closed,Sprint 1,3,\n2,b,Closed,Sprint 2,4,\n"
    )
    assert [s.name for s in read(table).sprints] == ["Sprint 1", "Sprint 2"]


def test_the_bare_root_of_iteration_paths_is_no_sprint() -> None:
    table = (
        "ID,Work Item Type,Title,State,Iteration Path,Story Points\n"
        "1,User Story,a,Closed,Proj\\Sprint 1,3\n2,User Story,b,Closed,Proj\\Sprint 2,4\n3,User Story,c,New,Proj,8\n"
    )
    reading = read(table)
    assert [s.name for s in reading.sprints] == ["Sprint 1", "Sprint 2"]
    assert "Without a sprint, and not counted: 1 item." in reading.notes


def test_sprints_in_one_cell_apart_by_commas_are_several_where_each_is_one_elsewhere() -> None:
    table = (
        "Issue key,Summary,Status,Sprint,Story Points\n"
        'A-1,a,Done,S 1,3\nA-2,b,Done,"S 1, S 2",5\nA-3,c,Done,S 2,8\nA-4,d,Done,"S 3, the last",1\n'
    )
    reading = read(table)
    assert [s.name for s in reading.sprints] == ["S 1", "S 2", "S 3, the last"]
    assert [s.values["story_points_completed"] for s in reading.sprints] == [3, 13, 1]
    assert reading.sprints[0].values["items_carried_over"] == 1


@pytest.mark.parametrize(
    "header",
    [
        "Vorgangsschlüssel,Vorgangstyp,Status,Erstellt,Erledigt,Sprint,Benutzerdefiniertes Feld (Story Points)",
        "Clé de ticket,Type,État,Création,Résolu,Champ personnalisé (Sprint),Champ personnalisé (Story Points)",
        "Clave de incidencia,Tipo de incidencia,Estado,Creada,Resuelta,Sprint,Campo personalizado (Story Points)",
    ],
)
def test_jira_s_list_in_other_languages(header: str) -> None:
    reading = read(f"{header}\nA-1,Story,Done,2026-01-05,2026-01-09,Sprint 1,3\n")
    assert [dict(s.values) for s in reading.sprints] == [
        {"items_completed": 1, "story_points_completed": 3, "lead_time": 96}
    ]


def test_numbers_and_dates_that_are_not_read_are_not_said_to_be_of_no_use() -> None:
    reading = read(
        "Key,Summary,Status,Sprint,Größe,Beendet am,Farbe\n"
        'A-1,a,Done,Sprint 1,3,2026-01-05,red\nA-2,b,Done,Sprint 2,"1,5",2026-01-09,\n'
    )
    points, day, other = (c.reason for c in reading.columns[4:])
    assert "call it “Story Points”" in points
    assert "call it “Created”, “Started” or “Resolved”" in day
    assert other == "it is not needed"
