"""One sprint, one row: what several sources say of the same sprint, put together; pure.

Two rows of different sources are one sprint where

- both have dates: they share at least 80 % of the shorter one, and neither is more than one and a half times as long
  as the other (a week inside a fortnight is not the fortnight);
- dates are missing: their names agree ("Sprint 07" = "sprint 7" = "S7"), or their ids do, and no date that both have
  speaks against it;
- one was sent by somebody who named the other's id (``by_id``).

Dates that were only assumed count as missing, so that they part nothing that a source knows better: names decide first,
and where those do not agree, assumed dates may still join. Recorded dates win over assumed ones in any order of the
sources.

Rows of one source are never put together: a source knows its own sprints. (Of a table :func:`as_stored` does it before,
since whoever types a name spells it as it comes.) The closest pair goes first, and each sprint
has at most one row of a source. Which rows belong together does not depend on the order of the sources; that order only
says whose value counts, metric by metric.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import filterfalse, groupby
from typing import TypeAlias

from hansei.core.metrics import SprintMetrics
from hansei.core.unseen import is_unseen

SHARE = 0.8
LONGEST_RATIO = 1.5
#: A date that both rows have and that differs by more than this says that they are not one sprint.
APART = timedelta(days=14)
#: The same where one of the dates is assumed: names that come again each year are still told apart.
APART_ASSUMED = timedelta(days=120)
#: Rows compared with one row, for each source: sprints that run at the same time are few, and this bounds the work.
NEAREST = 4
LEAST = timedelta(hours=1)
SIZES = "story_point_distribution"
Key: TypeAlias = tuple[int, str]
"""A row: its source and its id there."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one source says of one sprint. ``since``: when the row was first stored; ``by_id``: see the module."""

    source: int
    sprint: SprintMetrics
    since: datetime
    by_id: bool = False

    @property
    def key(self) -> Key:
        """Return what names the row."""
        return self.source, self.sprint.sprint_id


@dataclass(frozen=True, slots=True)
class Difference:
    """Two sources disagree about one value: the one that counts, and another."""

    metric: str
    source: int
    value: object
    other: int
    other_value: object


@dataclass(frozen=True, slots=True)
class Merged:
    """One sprint with the rows it was made of, first source first.

    ``origins`` names the source of every value, by series; story sizes count as one value.
    """

    sprint: SprintMetrics
    members: tuple[Key, ...]
    origins: Mapping[str, int]
    differences: tuple[Difference, ...]


def merge(rows: Iterable[Row], order: Sequence[int]) -> tuple[Merged, ...]:
    """Put rows together; ``order`` lists the sources, the one that counts first first.

    Sources that ``order`` does not name come last. A sprint keeps the id of its oldest row, so that an id that was
    given once stays. Neither the order of ``rows`` nor a second merge changes anything.
    """
    return tuple(combine(group, order, sprint_id=sprint_id) for sprint_id, group in together(rows).items())


def together(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Return the rows of each sprint by its id, oldest first.

    It looks at ids, names and dates and at no value, so a long history may come here without its values.
    """
    out: dict[str, list[Row]] = {}
    for group in _groups(sorted(rows, key=_age)):
        out[_free_id([r.sprint.sprint_id for r in group], out)] = group
    return out


def combine(rows: Sequence[Row], order: Sequence[int], *, sprint_id: str) -> Merged:
    """Return one sprint from its rows, at most one of each source; metric by metric the first source counts.

    What was read while the sprint ran does not count once a source has read it after its end.
    """
    rank = {source: i for i, source in enumerate(order)}
    ranked = sorted(rows, key=lambda r: (rank.get(r.source, len(rank)), r.source))
    # A row without an end cannot tell whether the sprint has ended; one whose end is assumed only where no other can.
    tell = [r.sprint for r in ranked if r.sprint.end is not None or r.sprint.provisional]
    tell = [s for s in tell if not s.assumed] or tell
    still_open = bool(tell) and all(s.provisional for s in tell)
    usable = ranked if still_open else [r for r in ranked if not r.sprint.provisional]
    winners, differences = _choose(usable)
    start, end, assumed = _dates(usable)
    return Merged(
        SprintMetrics(
            sprint_id,
            usable[0].sprint.name,
            start,
            end,
            {m: r.sprint.values[m] for m, r in winners.items() if m in r.sprint.values},
            winners[SIZES].sprint.sizes if SIZES in winners else None,
            {m: r.sprint.extra[m] for m, r in winners.items() if m in r.sprint.extra},
            provisional=still_open,
            assumed=assumed,
        ),
        tuple(r.key for r in ranked),
        {m: r.source for m, r in winners.items()},
        differences,
    )


def same_name(name: str) -> str:
    """Return a name without what people write in different ways: case, spaces, zeros in front, the word sprint.

    What cannot be seen (marks of width and direction) and how digits are drawn says nothing either.
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    runs = _PLAIN_RUNS.findall(text) if text.isascii() else _runs(text)
    parts = [str(int(run)) if run.isdecimal() else run for run in runs]
    if any(p.isdecimal() for p in parts):
        parts = [p for p in parts if p not in ("sprint", "s")]
    return " ".join(parts) or text.strip()


#: What :func:`_runs` finds where every character is plain, as in most names, in less than half the time.
_PLAIN_RUNS = re.compile(r"[0-9]+|[a-z]+|\++")


def _runs(text: str) -> Iterator[str]:
    """Yield the parts of a name: runs of digits, of letters, of symbols."""
    for kind, run in groupby(filterfalse(is_unseen, text), key=_kind):
        if kind:
            yield "".join(run)


def maybe_the_same(sprints: Sequence[SprintMetrics]) -> tuple[tuple[SprintMetrics, SprintMetrics], ...]:
    """Return pairs that may be one sprint under two names: the first without dates, or with assumed ones.

    One name ends as the other one is, with a number ("HER Sprint 35", "Sprint 35"). That is too little to put them
    together, and enough to ask. A name that two sprints could stand for is left out.
    """
    undated = [s for s in sprints if s.assumed or not (s.start or s.end)]
    if not undated:
        return ()
    dated = _by_end(s for s in sprints if (s.start or s.end) and not s.assumed)
    out = []
    for sprint in undated:
        name = same_name(sprint.name).split(" ")
        near = [s for s in dated.get(name[-1], ()) if _ends_alike(name, same_name(s.name).split(" "))]
        if len(near) == 1:
            out.append((sprint, near[0]))
    return tuple(out)


def _by_end(sprints: Iterable[SprintMetrics]) -> dict[str, list[SprintMetrics]]:
    """Return sprints by the number that their names end with."""
    out: dict[str, list[SprintMetrics]] = defaultdict(list)
    for sprint in sprints:
        end = same_name(sprint.name).rsplit(" ", 1)[-1]
        if end.isdecimal():
            out[end].append(sprint)
    return out


def _ends_alike(one: Sequence[str], other: Sequence[str]) -> bool:
    few = min(len(one), len(other))
    return len(one) != len(other) and list(one[-few:]) == list(other[-few:])


_DIGIT, _LETTER, _SYMBOL = 1, 2, 3


def _kind(char: str) -> int:
    """Return what a character is part of: 0 where it only stands between the parts of a name."""
    if char.isdecimal():
        return _DIGIT
    if char.isalpha() or char.isnumeric():
        return _LETTER
    group = unicodedata.category(char)
    if group.startswith("M"):  # a vowel of many scripts
        return _LETTER
    return _SYMBOL if group == "So" or char == "+" else 0


def as_stored(
    sprints: Sequence[SprintMetrics], stored: Iterable[SprintMetrics]
) -> tuple[tuple[SprintMetrics, ...], tuple[tuple[str, str], ...]]:
    """Let sprints of a table that are stored under another spelling have the id and the name that are stored.

    Return them with each spelling that was met and the one that stays. An id that is stored names its sprint; for the
    others their names decide, where just one fits on either side, no date speaks against it, and an id was only made
    of a name.
    """
    known = {s.sprint_id: s for s in stored}
    taken = known.keys() & {s.sprint_id for s in sprints}
    before, new = _by_name(s for i, s in known.items() if i not in taken), _by_name(sprints)
    spelt: dict[str, SprintMetrics] = {}
    for name, found in new.items():
        old = before.get(name, [])
        if len(found) == len(old) == 1 and found[0].sprint_id not in known and _may_be(found[0], old[0]):
            spelt[found[0].sprint_id] = old[0]
    out = tuple(
        replace(s, sprint_id=home.sprint_id, name=home.name) if (home := spelt.get(s.sprint_id)) else s
        for s in sprints
    )
    return out, tuple((s.name, spelt[s.sprint_id].name) for s in sprints if s.sprint_id in spelt)


def _by_name(sprints: Iterable[SprintMetrics]) -> dict[str, list[SprintMetrics]]:
    out: dict[str, list[SprintMetrics]] = defaultdict(list)
    for sprint in sprints:
        out[same_name(sprint.name)].append(sprint)
    return out


def _may_be(one: SprintMetrics, other: SprintMetrics) -> bool:
    """Say whether two sprints of one source that are called the same may be one."""
    limit = APART_ASSUMED if one.assumed or other.assumed else APART
    made = one.sprint_id == one.name or other.sprint_id == other.name
    return made and not (_apart(one.start, other.start, limit) or _apart(one.end, other.end, limit))


def _age(row: Row) -> tuple[datetime, int, str]:
    return row.since, row.source, row.sprint.sprint_id


def _free_id(ids: list[str], taken: Container[str]) -> str:
    for name in ids:
        if name not in taken:
            return name
    number = 2
    while (name := f"{ids[0][:90]}~{number}") in taken:
        number += 1
    return name


def _choose(ranked: Sequence[Row]) -> tuple[dict[str, Row], tuple[Difference, ...]]:
    """Return the row that each series is taken from, and where later rows disagree."""
    winners: dict[str, Row] = {}
    chosen: dict[str, object] = {}
    differences = []
    for row in ranked:
        sizes = {} if row.sprint.sizes is None else {SIZES: row.sprint.sizes}
        for metric, value in (*row.sprint.values.items(), *row.sprint.extra.items(), *sizes.items()):
            if metric not in winners:
                winners[metric], chosen[metric] = row, value
            elif chosen[metric] != value:
                differences.append(
                    Difference(metric, winners[metric].source, chosen[metric], row.source, value)
                )
    differences.sort(key=lambda d: d.metric)  # stable: of one metric in the order of the sources
    return winners, tuple(differences)


def _dates(ranked: Sequence[Row]) -> tuple[datetime | None, datetime | None, bool]:
    """Return both dates of the first row that has both, and whether they are assumed; recorded ones come first.

    Where no row has both, the first of each that contradict no other.
    """
    recorded = [r.sprint for r in ranked if not r.sprint.assumed]
    assumed = [r.sprint for r in ranked if r.sprint.assumed]
    whole = next((s for s in (*recorded, *assumed) if s.start and s.end), None)
    if whole is not None:
        return whole.start, whole.end, whole.assumed
    start = next((s.start for s in recorded if s.start), None)
    end = next((s.end for s in recorded if s.end), None)
    return (start, None, False) if start and end and end < start else (start, end, False)


def _groups(by_age: Sequence[Row]) -> list[list[Row]]:
    """Return the rows of each sprint, oldest first; sprints by the age of their oldest row."""
    home = {row.key: [row] for row in by_age}
    if len({row.source for row in by_age}) > 1:
        for _, a, b in sorted(_pairs(by_age), key=lambda p: (*(-x for x in p[0]), p[1], p[2])):
            one, other = home[a], home[b]
            if one is other or {r.source for r in one} & {r.source for r in other}:
                continue
            one += other
            for row in other:
                home[row.key] = one
    groups = {id(group): group for group in home.values()}
    return sorted((sorted(g, key=_age) for g in groups.values()), key=lambda g: _age(g[0]))


Closeness: TypeAlias = tuple[float, float, float, float]
Pair: TypeAlias = tuple[Closeness, Key, Key]


@dataclass(frozen=True, slots=True)
class _Look:
    """A row as it is compared; ``middle`` of its time in seconds, None without dates."""

    row: Row
    key: Key
    name: str
    middle: float | None

    @classmethod
    def at(cls, row: Row) -> _Look:
        start, end = row.sprint.start, row.sprint.end
        middle = None if start is None or end is None else (start.timestamp() + end.timestamp()) / 2
        return cls(row, row.key, same_name(row.sprint.name), middle)


def _pairs(rows: Sequence[Row]) -> Iterator[Pair]:
    """Return the pairs of rows that may be one sprint, with how close they are; each pair once."""
    looks = [_Look.at(row) for row in rows]
    seen: set[tuple[Key, Key]] = set()
    for a, b in (*_near_in_time(looks), *_alike(looks, lambda x: x.key[1]), *_alike(looks, lambda x: x.name)):
        pair = (a.key, b.key) if a.key < b.key else (b.key, a.key)
        if pair in seen:
            continue
        seen.add(pair)
        close = _closeness(a, b)
        if close is not None:
            yield close, *pair


def _closeness(a: _Look, b: _Look) -> Closeness | None:
    one, other = a.row.sprint, b.row.sprint
    ids, names = float(a.key[1] == b.key[1]), float(a.name == b.name)
    if ids and (a.row.by_id or b.row.by_id):
        return 3.0, ids, names, 0.0
    assumed = one.assumed or other.assumed
    if a.middle is not None and b.middle is not None and not (assumed and (ids or names)):
        share = _share(one, other)
        return None if share is None else (0.0 if assumed else 2.0, round(share, 6), names, ids)
    limit = APART_ASSUMED if assumed else APART
    if not (ids or names) or _apart(one.start, other.start, limit) or _apart(one.end, other.end, limit):
        return None
    latest = max((d.timestamp() for d in (one.end, other.end) if d), default=0.0)
    return 1.0, names, ids, latest  # of several sprints of that name, the last


def _apart(a: datetime | None, b: datetime | None, limit: timedelta) -> bool:
    return a is not None and b is not None and abs(a - b) > limit


def _share(a: SprintMetrics, b: SprintMetrics) -> float | None:
    """Return the shared time ÷ the time either covers, None where the two are not one sprint."""
    if (
        a.start is None
        or a.end is None
        or b.start is None
        or b.end is None
        or a.end < b.start
        or b.end < a.start
    ):
        return None
    # A sprint of a moment counts as an hour, so that nothing is divided by zero.
    one, other = max(a.end - a.start, LEAST), max(b.end - b.start, LEAST)
    shared = min(a.start + one, b.start + other) - max(a.start, b.start)
    shorter, longer = min(one, other), max(one, other)
    if shared < SHARE * shorter or longer > LONGEST_RATIO * shorter:
        return None
    return shared / (one + other - shared)


def _near_in_time(looks: Sequence[_Look]) -> Iterator[tuple[_Look, _Look]]:
    lines: dict[int, list[tuple[float, str, str]]] = defaultdict(list)
    found: dict[Key, _Look] = {}
    for look in looks:
        if look.middle is not None:
            lines[look.key[0]].append((look.middle, look.name, look.key[1]))
            found[look.key] = look
    for line in lines.values():
        line.sort()
    for source, own in lines.items():
        for other, line in lines.items():
            if source >= other:
                continue
            for at in own:
                place = bisect_left(line, at)
                for near in line[max(0, place - NEAREST) : place + NEAREST]:
                    yield found[source, at[2]], found[other, near[2]]


def _alike(looks: Sequence[_Look], read: Callable[[_Look], str]) -> Iterator[tuple[_Look, _Look]]:
    alike: dict[str, dict[int, list[_Look]]] = defaultdict(lambda: defaultdict(list))
    for look in looks:
        alike[read(look)][look.key[0]].append(look)
    for by_source in alike.values():
        if len(by_source) < 2:
            continue
        few = {s: sorted(group, key=_latest)[:NEAREST] for s, group in by_source.items()}
        for source, group in few.items():
            for other, others in few.items():
                if source < other:
                    yield from ((a, b) for a in group for b in others)


def _latest(look: _Look) -> tuple[float, str]:
    end = look.row.sprint.end
    return -(end.timestamp() if end else 0.0), look.key[1]
