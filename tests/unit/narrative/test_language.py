"""Another language is a file: with a made-up catalogue no English word is left in the prose, nor in the guide."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from builders import reports
from hansei.core.guide import make_guide
from hansei.core.metrics import REGISTRY
from hansei.core.phrases import clean
from hansei.core.pipeline import analyse
from hansei.core.quality import Late, Provenance, SourceState
from hansei.core.report import Report
from hansei.core.words import ENGLISH, Measure, Words
from hansei.narrative.template import TemplateNarrator

PLACE = re.compile(r"(\{\w+\})")
LATIN = re.compile(r"[A-Za-z]{2,}")
#: Letters that no English word is written in.
OTHER = {ord(c): c_ for c, c_ in zip(string.ascii_letters, map(chr, range(0x0430, 0x0430 + 52)), strict=True)}


def other(text: str) -> str:
    """Write the words of a text in other letters; its places stay."""
    return "".join(part if PLACE.fullmatch(part) else part.translate(OTHER) for part in PLACE.split(text))


def pseudo() -> Words:
    """Return the catalogue of a language that nobody speaks: every text of the English one in other letters."""

    def each(m: Measure) -> Measure:
        return Measure(other(m.label), other(m.more), other(m.fewer), other(m.lives))

    return replace(
        ENGLISH,
        texts={k: other(v) for k, v in ENGLISH.texts.items()},
        measures={k: each(m) for k, m in ENGLISH.measures.items()},
        months=tuple(map(other, ENGLISH.months)),
        comparatives={k: (other(a), other(b), other(c)) for k, (a, b, c) in ENGLISH.comparatives.items()},
        units={k: (other(one), other(several)) for k, (one, several) in ENGLISH.units.items()},
        spelled=tuple(map(other, ENGLISH.spelled)),
        titles={k: other(m.title) for k, m in REGISTRY.items()},
    )


def names(report: Report) -> Iterable[str]:
    """Yield what stays as it was written: sprints, what a team tried, and why the engine did not check a measure."""
    yield from (clean(s.name, most) for s in report.sprints for most in (24, 40))
    yield from (t.title for t in report.tried)
    yield from (r.text.removeprefix(f"{r.title}: ") for r in report.refusals)
    if report.decided:
        yield report.decided.what


@pytest.mark.parametrize("name", [n for n in reports.EVERY if n != "hostile"])
def test_no_english_is_left(name: str) -> None:
    report, words = reports.EVERY[name](), pseudo()
    told = TemplateNarrator(words).narrate(report, team_name="Heron", custom_context=None)
    guide = make_guide(report, words)
    prose = [told.headline, told.summary, *(f"{p.heading} {p.text}" for p in told.paragraphs)]
    prose += [*guide.questions, *(s.text for plan in guide.plans.values() for s in plan)]
    prose += [t for v in guide.variants for t in (v.name, *v.texts.values())]
    kept = [f for n in names(report) for f in (n, n.rstrip("."), n[:1].lower() + n[1:].rstrip("."))]
    stored = re.compile("|".join(re.escape(k) for k in sorted(kept, key=len, reverse=True)))
    assert [t for t in prose if LATIN.search(stored.sub("", t))] == []


def recorded() -> tuple[list[dict[str, object]], Provenance]:
    """Sprints with all that the small print has a word for, under names without a Latin letter."""
    rows: list[dict[str, object]] = []
    for i, points in enumerate((31, 28, 35, 30, 33, 29, 34, 30, 32, 36)):
        rows.append(
            {
                "sprint_id": str(i),
                "sprint_name": f"№ {i}",
                "story_points_planned": points,
                "story_points_completed": points,
                "items_completed": 20 + i % 3,
                "open_bugs_count": 7,
                "bugs_prod": i % 2 if i < 4 else None,
                "cycle_time": 50.0 + 7 * (i % 4),
                "left_out": i == 4,
                "notes": ["holiday"] if i == 4 else [],
            }
        )
    rows[9] = {**rows[8], "sprint_id": "9", "sprint_name": "№ 9"}
    rows.append({"sprint_id": "10", "sprint_name": "№ 10", "story_points_planned": 3, "provisional": True})
    at = datetime(2026, 5, 1, tzinfo=UTC)
    late = {str(i): Late(at.replace(day=1 + i), 900.0) for i in range(4)}
    known = Provenance(
        late={"cycle_time": late, "items_completed": {"2": late["2"]}},
        disagreements={"items_completed": 2},
        sources=(SourceState("№", "failing"),),
    )
    return rows, known


def test_what_is_said_of_the_data_is_in_the_catalogue_too() -> None:
    rows, known = recorded()
    made = analyse(rows[6:10], history=[*rows[:6], rows[10]], provenance=known, words=pseudo())
    assert made.quality is not None
    said = [*made.notes, *(f.text for f in made.quality.findings)]
    assert len(said) >= 9
    assert {f.kind for f in made.quality.findings} >= {
        "missing", "constant", "copied", "changed_late", "disagreement", "failing",
    }  # fmt: skip
    assert [t for t in said if LATIN.search(t)] == []


def test_where_nothing_is_checked_the_catalogue_says_so() -> None:
    made = analyse(recorded()[0][:2], words=pseudo())
    assert made.notes
    assert [t for t in made.notes if LATIN.search(t)] == []
