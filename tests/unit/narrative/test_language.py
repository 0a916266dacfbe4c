"""Another language is a file: with a made-up catalogue no English word is left in the prose, nor in the guide."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable
from dataclasses import replace

import pytest

from builders import reports
from hansei.core.guide import make_guide
from hansei.core.metrics import REGISTRY
from hansei.core.phrases import clean
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
