"""What sprints are called: short enough for a sentence, each different, and never cut where they differ."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import reports
from hansei.core.guide import make_guide
from hansei.core.naming import LIMIT, Sprint, SprintNames
from hansei.core.narrative import check
from hansei.core.phrases import names_of
from hansei.narrative.briefing import Briefing
from hansei.narrative.template import TemplateNarrator

TITLES = ("Finalizing OIN channel", "Sunset of the old importer", "Hardening", "Two-factor for partners")


def called(names: list[str], starts: list[datetime | None] | None = None) -> list[str]:
    dated = starts or [None] * len(names)
    sprints = [Sprint(str(i), n, s) for i, (n, s) in enumerate(zip(names, dated, strict=True))]
    told = SprintNames.of(sprints)
    return [told(s.sprint_id) for s in sprints]


@pytest.mark.parametrize(
    ("names", "told"),
    [
        # short enough: as the team wrote them
        (["Sprint 9", "Sprint 10"], ["Sprint 9", "Sprint 10"]),
        (["HER Sprint 9", "HER Sprint 10"], ["HER Sprint 9", "HER Sprint 10"]),
        (["9", "10"], ["Sprint 9", "Sprint 10"]),
        # a common front
        (
            ["Customer Onboarding Squad Sprint 9", "Customer Onboarding Squad Sprint 36"],
            ["Sprint 9", "Sprint 36"],
        ),
        (["Customer Onboarding Squad: Aurora", "Customer Onboarding Squad: Borealis"], ["Aurora", "Borealis"]),
        (["CustomerOnboardingSquad-PI9-Alpha", "CustomerOnboardingSquad-PI9-Beta"], ["Alpha", "Beta"]),
        # a common front whose number begins anew
        (
            ["Customer Onboarding 2025 Sprint 26", "Customer Onboarding 2026 Sprint 1"],
            ["2025 Sprint 26", "2026 Sprint 1"],
        ),
        # a common tail
        (["Alpha of the onboarding squad", "Bravo of the onboarding squad"], ["Alpha", "Bravo"]),
        (["36 - Customer Onboarding Squad", "37 - Customer Onboarding Squad"], ["Sprint 36", "Sprint 37"]),
        # different in the middle only
        (
            ["Onboarding Squad Sprint 36 (two weeks)", "Onboarding Squad Sprint 37 (two weeks)"],
            ["Sprint 36", "Sprint 37"],
        ),
        (["The Aurora sprint of our squad", "The Borealis sprint of our squad"], ["Aurora", "Borealis"]),
        # nothing in common: the number that counts, else the end of a word
        ([f"{64 + i:03} {t}" for i, t in enumerate(TITLES)], ["Sprint 064", "Sprint 065", "Sprint 066", "Sprint 067"]),
        (
            ["Sprint 36", "Cleaning up after the big release"],
            ["Sprint 36", "Cleaning up after the…"],
        ),
        # one of another kind among many
        (
            [*(f"Customer Onboarding Squad Sprint {n}" for n in (36, 37, 38)), "Hackathon"],
            ["Sprint 36", "Sprint 37", "Sprint 38", "Hackathon"],
        ),
        # one only
        (["Customer Onboarding Squad Sprint 36"], ["Sprint 36"]),
        (["Everything that the audit of March wanted"], ["Everything that the…"]),
        # other scripts
        (["Команда подключения клиентов Спринт 8", "Команда подключения клиентов Спринт 9"], ["Спринт 8", "Спринт 9"]),
        (
            [f"新規顧客オンボーディングチームの第{n}回目のスプリント" for n in "八九"],
            [f"新規顧客オンボーディングチームの第{n}回目のスプ…" for n in "八九"],
        ),
        # different only where a cut would fall
        (
            ["x" * 40 + "a" + "y" * 40, "x" * 40 + "b" + "y" * 40],
            ["xxxxxxxxxxx…yyyyyyyyyyyy", "xxxxxxxxxxx…yyyyyyyyyyyy (2)"],
        ),
        ([], []),
    ],
)  # fmt: skip
def test_a_reader_can_tell_which_sprint_is_meant(names: list[str], told: list[str]) -> None:
    assert called(names) == told


def test_sprints_of_one_name_are_told_apart_by_when_they_began() -> None:
    years: list[datetime | None] = [datetime(y, 1, 12, tzinfo=UTC) for y in (2025, 2026)]
    assert called(["Sprint 1", "Sprint 1"], years) == ["Sprint 1 of 2025", "Sprint 1 of 2026"]
    days: list[datetime | None] = [datetime(2026, m, 12, tzinfo=UTC) for m in (1, 2)]
    assert called(["Sprint 1", "Sprint 1"], days) == ["Sprint 1 of 12 Jan 2026", "Sprint 1 of 12 Feb 2026"]
    assert called(["Sprint 1", "Sprint 1", "Sprint 2"]) == ["Sprint 1 (1)", "Sprint 1 (2)", "Sprint 2"]
    told = SprintNames.of([Sprint(str(y), "Sprint 1", datetime(y, 1, 5, tzinfo=UTC)) for y in (2025, 2026)])
    assert told.span("2025", "2026") == "Sprint 1 of 2025 to Sprint 1 of 2026"


@given(
    st.lists(st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=1, max_size=90), max_size=9)
)
def test_whatever_they_are_called_no_two_are_called_the_same(names: list[str]) -> None:
    plain = [" ".join(n.split()) or "x" for n in names]
    told = called(plain)
    assert len({*told}) == len(told)
    assert all(told)
    assert all(len(t) <= LIMIT + len(" (9)") for t in told)


NAMED = {
    "front": lambda i: f"Customer Onboarding Squad Sprint {29 + i}",
    "front_with_year": lambda i: f"Customer Onboarding {2025 + i // 6} Sprint {i % 6 + 1}",
    "tail": lambda i: f"{'ABCDEFGHIJKL'[i]}-release of the onboarding squad",
    "middle": lambda i: f"Onboarding Squad Sprint {29 + i} (two weeks)",
    "nothing": lambda i: f"{64 + i:03} {TITLES[i % 4]}",
    "cyrillic": lambda i: f"Команда подключения клиентов Спринт {29 + i}",
    "signs": lambda i: f"R&D Sprint {1 + i}",
    "same": lambda i: f"Sprint {i % 6 + 1}",
}


@pytest.mark.parametrize("how", NAMED)
@pytest.mark.parametrize("base", ["changed", "unsure", "odd_sprint", "two_times"])
def test_prose_with_such_names_is_read_by_the_checker(how: str, base: str) -> None:
    report = reports.named(NAMED[how], reports.EVERY[base]())
    told = TemplateNarrator().narrate(report, team_name="Heron", custom_context=None)
    assert check(told, report) == ()
    report_names = names_of(report)
    for s in report.signals:
        short = report_names(s.since_sprint_id)
        assert any(short in f"{p.heading} {p.text}" for p in told.paragraphs)
    first = next((s for s in report.signals if s.significant), None)
    if first:
        assert report_names(first.since_sprint_id) in make_guide(report).questions[0]
        facts = Briefing.of(report, told, None).values
        assert facts[f"{first.id}.sprint"] == report_names(first.since_sprint_id)


def test_a_long_name_is_read_as_well_as_what_it_is_called() -> None:
    report = reports.named(NAMED["front"], reports.changed())
    told = TemplateNarrator().narrate(report, team_name="Heron", custom_context=None)
    for name in ("Sprint 36", "Customer Onboarding Squad Sprint 36", "S36"):
        said = replace(told, headline=f"Reviews have taken longer since {name}")
        assert check(said, report) == ()
    for name in ("Sprint 35", "Customer Onboarding Squad Sprint 35", "Customer Onboarding Squa…"):
        said = replace(told, headline=f"Reviews have taken longer since {name}")
        assert [x.where for x in check(said, report)] == ["headline"]


def test_a_name_that_two_sprints_have_says_of_neither() -> None:
    report = reports.named(NAMED["same"], reports.changed())
    told = TemplateNarrator().narrate(report, team_name="Heron", custom_context=None)
    assert check(replace(told, headline="Reviews have taken longer since Sprint 2"), report) != ()
