"""What the data can carry: a verdict on the record of a team, before anything is concluded from it; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Literal, TypeAlias

from hansei.core import merging
from hansei.core.metrics import SprintMetrics, describe
from hansei.core.words import ENGLISH, Words

Kind = Literal[
    "missing",
    "constant",
    "copied",
    "changed_late",
    "disagreement",
    "doubled",
    "empty_sync",
    "lost_access",
    "failing",
]
Verdict = Literal["good", "gaps", "alarm"]
#: A series recorded in less than this share of the sprints has gaps worth a word.
WELL_RECORDED = 0.8
#: From this share of its values on (and at least three), late changes make two records of one series.
MOSTLY_CHANGED = 1 / 3
LEAST_CHANGED = 3
#: A late change by less than this share of the value is a correction.
SMALL = 0.05
#: A sprint whose values are all those of the one before it: from this many values on it is no chance.
LEAST_COPIED = 4
LEAST_CONSTANT = 6
ALARMS = ("empty_sync", "lost_access", "failing", "doubled")
#: From so many sprints on that two sources may both have, under two names, it is no chance.
LEAST_DOUBLED = 2


@dataclass(frozen=True, slots=True)
class SourceState:
    """How the last sync from one source went: ``state`` as stored, and its sentence where it is not ``ok``."""

    source: str
    state: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Late:
    """A value that changed after its sprint had closed: when it last did, and what it was at the close."""

    at: datetime
    was: object


@dataclass(frozen=True, slots=True)
class Provenance:
    """What is known of the values beside the values.

    ``late`` maps a series to its sprints whose value changed after their close.
    ``disagreements`` counts for each series the sprints in which sources say different things. ``sources`` tells how
    the last syncs went.
    """

    late: Mapping[str, Mapping[str, Late]] = field(default_factory=dict)
    disagreements: Mapping[str, int] = field(default_factory=dict)
    sources: tuple[SourceState, ...] = ()


Table: TypeAlias = Mapping[str, Sequence[float | None]]
"""The analysed series by name, one value a sprint; None where missing."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know about the record. ``withholds``: nothing is concluded from this series."""

    kind: Kind
    metric: str
    text: str
    withholds: bool


@dataclass(frozen=True, slots=True)
class Quality:
    """The verdict: ``alarm`` where a source is in trouble or a series is withheld, ``gaps``, or ``good``."""

    verdict: Verdict
    findings: tuple[Finding, ...]

    def withheld(self) -> dict[str, str]:
        """Return the series from which nothing is concluded, each with the reason."""
        return {f.metric: f.text for f in self.findings if f.withholds}


def judge(sprints: Sequence[SprintMetrics], known: Provenance, words: Words = ENGLISH) -> Quality:
    """Return the verdict on closed sprints, oldest first."""
    names = sorted({name for s in sprints for name in s.names()})
    table: Table = {n: [s.value(n) for s in sprints] for n in names if describe(n).analysed}
    findings = (
        *_sources(known.sources, words),
        *_doubled(sprints, words),
        *_changed(sprints, known, table, words),
        *_copied(sprints, table, words),
        *_disagreeing(known, table, words),
        *_constant(table, words),
        *_missing(table, words),
    )
    if any(f.kind in ALARMS or f.withholds for f in findings):
        return Quality("alarm", findings)
    return Quality("gaps" if findings else "good", findings)


def _sources(states: Iterable[SourceState], words: Words) -> Iterable[Finding]:
    kinds: Mapping[str, Kind] = {"empty": "empty_sync", "lost_access": "lost_access"}
    for s in states:
        if s.state != "ok":
            text = s.text or words("record.source", source=s.source)
            yield Finding(kinds.get(s.state, "failing"), "", text, False)


def _doubled(sprints: Sequence[SprintMetrics], words: Words) -> Iterable[Finding]:
    pairs = merging.maybe_the_same(sprints)
    if len(pairs) >= LEAST_DOUBLED:
        one, other = pairs[0]
        shown = words("record.doubled", n=len(pairs), one=one.name, other=other.name)
        yield Finding("doubled", "", shown, False)


def _changed(
    sprints: Sequence[SprintMetrics], known: Provenance, table: Table, words: Words
) -> Iterable[Finding]:
    for name in (n for n in table if n in known.late):
        have = {s.sprint_id: v for s, v in zip(sprints, table[name], strict=True) if v is not None}
        late = {i: change for i, change in known.late.get(name, {}).items() if i in have}
        if not late:
            continue
        real = sum(_matters(change.was, have[i]) for i, change in late.items())
        at_once = len(late) == len(have) and len({x.at for x in late.values()}) == 1
        withheld = not at_once and real >= LEAST_CHANGED and real >= MOSTLY_CHANGED * len(have)
        key = "record.late" + (".at_once" if at_once else ".withheld" if withheld else "")
        text = words(key, title=_title(name, words), n=len(late), sprints=_sprints(len(have), words))
        yield Finding("changed_late", name, text, withheld)


def _matters(was: object, now: float) -> bool:
    """Say whether a late change is more than a small correction."""
    if not isinstance(was, (int, float)):
        return True
    return abs(now - was) > SMALL * max(abs(now), abs(was))


def _copied(sprints: Sequence[SprintMetrics], table: Table, words: Words) -> Iterable[Finding]:
    columns = zip(
        sprints, zip(*table.values(), strict=True), strict=False
    )  # no column where nothing is recorded
    for (before, one), (sprint, other) in pairwise(columns):
        if one != other:
            continue
        values = [v for v in other if v is not None]
        if len(values) >= LEAST_COPIED and any(values):
            text = words("record.copied", sprint=sprint.name, n=len(values), before=before.name)
            yield Finding("copied", "", text, False)


def _disagreeing(known: Provenance, names: Iterable[str], words: Words) -> Iterable[Finding]:
    for name in names:
        count = known.disagreements.get(name, 0)
        if count:
            text = words("record.disagreement", title=_title(name, words), sprints=_sprints(count, words))
            yield Finding("disagreement", name, text, False)


def _constant(table: Table, words: Words) -> Iterable[Finding]:
    for name, row in table.items():
        values = [v for v in row if v is not None]
        if len(values) >= LEAST_CONSTANT and len(set(values)) == 1 and values[0] != 0:
            shown = f"{values[0]:g}"
            text = words("record.constant", title=_title(name, words), value=shown, n=len(values))
            yield Finding("constant", name, text, False)


def _missing(table: Table, words: Words) -> Iterable[Finding]:
    for name, row in table.items():
        count = len(row) - row.count(None)
        if count < WELL_RECORDED * len(row):
            text = words(
                "record.missing", title=_title(name, words), n=count, sprints=_sprints(len(row), words)
            )
            yield Finding("missing", name, text, False)


def _title(name: str, words: Words) -> str:
    return words.titles.get(name) or describe(name).title


def _sprints(count: int, words: Words) -> str:
    return words.count("record.sprints", count)
