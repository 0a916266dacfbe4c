"""What each sprint of a report is called in prose and tables, so that a reader can always tell which one is meant.

A name that fits stays as it is. Where one does not, all drop the words that they have in common ("Customer Onboarding
Squad Sprint 36" is "Sprint 36"); else a number that counts the sprints stands for the name; else it is cut. Sprints of
one name are told apart by when they began. No two sprints of a report are called the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from hansei.core.words import ENGLISH, Words

#: What a name may take in a sentence.
LIMIT = 24
_NUMBERED = re.compile(r"(?P<stem>.*?)(?P<number>\d{1,9})", re.DOTALL)
_PLAIN_STEMS = {"", "s", "sprint", "sprint #", "sprint#", "sprint-", "sprint_", "sp"}
_BARE_NUMBER = re.compile(r"\d+(\.\d+)*")
_COUNTER = re.compile(r"#?\d\S{0,7}")
_WORD = re.compile(r"[^\W\d_]{2,}")
_COUNTED = re.compile(r"(?:(?P<word>[^\W\d_]+)[\s#:_.-]*)?(?P<number>\d+(?:\.\d+)?)")
_SPACES, _ANY_GAP = re.compile(r"\s+"), re.compile(r"[\s/|:_·–-]+")
_YEAR = re.compile(r"(19|20)\d\d")
_DANGLING = " -–—|:/,;·_"


@dataclass(frozen=True, slots=True)
class Sprint:
    """A sprint to be named: its id, its name on one line, and when it began, where that is known."""

    sprint_id: str
    name: str
    start: datetime | None = None


@dataclass(frozen=True, slots=True)
class SprintNames:
    """What the sprints of one report are called. ``dated`` are told from others of their name by when they began."""

    by_id: Mapping[str, str]
    by_name: Mapping[str, str]
    dated: frozenset[str] = frozenset()
    words: Words = ENGLISH

    @classmethod
    def of(cls, sprints: Sequence[Sprint], words: Words = ENGLISH) -> SprintNames:
        """Name sprints in their order."""
        names = [sprint_name(s.name, words) for s in sprints]
        if (
            len({*names}) == len(names) and max(map(len, names), default=0) <= LIMIT
        ):  # most teams: all is well
            plain = dict(zip((s.name for s in sprints), names, strict=True))
        else:
            given = [*dict.fromkeys(s.name for s in sprints)]
            plain = dict(zip(given, tell_apart(given, LIMIT, words), strict=True))
        called = {s.sprint_id: plain[s.name] for s in sprints}
        often = Counter(called.values())
        twins = [s for s in sprints if often[called[s.sprint_id]] > 1]
        if twins:
            called |= _dated(twins, called, words)
        once = Counter(s.name for s in sprints)
        return cls(
            by_id=called,
            by_name={s.name: called[s.sprint_id] for s in sprints if once[s.name] == 1},
            dated=frozenset(s.sprint_id for s in twins),
            words=words,
        )

    def __call__(self, sprint_id: str, name: str = "") -> str:
        """Return a sprint's name for prose; ``name`` is that of a sprint that is not among these."""
        return self.by_id.get(sprint_id) or self.named(name)

    def named(self, name: str) -> str:
        """Return what a sprint is called of which only the name is known."""
        return self.by_name.get(name) or shortened(sprint_name(name, self.words), LIMIT)

    def short(self, sprint_id: str, name: str = "") -> str:
        """Return a sprint's name for a table head: "S36" where it is a plain number."""
        return sprint_short(self(sprint_id, name), self.words)

    def span(self, first: str, last: str, *, short: bool = False) -> str:
        """Return "Sprints 29–40" ("S29–40" in short) from two ids, where both names allow it."""
        a, b = self(first), self(last)
        if {first, last} & self.dated and first != last:
            return self.words("sprints.apart", first=a, last=b)
        return sprint_span(a, b, self.words, short=short)


def sprint_name(name: str, words: Words = ENGLISH) -> str:
    """Return a sprint's name for prose: a bare number becomes "Sprint 36", "14.2" becomes "Sprint 14.2"."""
    return words("sprint", name=name) if _BARE_NUMBER.fullmatch(name) else name


def sprint_short(name: str, words: Words = ENGLISH) -> str:
    """Return a sprint's name for a table head: "S36" where it is a plain number."""
    found = plain_number(name)
    return words("sprint.short", name=found) if found else name


def sprint_span(first: str, last: str, words: Words = ENGLISH, *, short: bool = False) -> str:
    """Return "Sprints 29–40" ("S29–40" in short) where both names allow, else "Alpha to Zulu"."""
    if first == last:
        return sprint_short(first, words) if short else sprint_name(first, words)
    a, b = _numbered(first), _numbered(last)
    if a and b and a[0].casefold() == b[0].casefold():
        if a[0].strip().casefold() in _PLAIN_STEMS:
            return words("sprints.short" if short else "sprints", first=a[1], last=b[1])
        if a[0].endswith((" ", "#")):
            return f"{a[0].strip()} {a[1]}–{b[1]}"
    return words("sprints.apart", first=sprint_name(first, words), last=sprint_name(last, words))


def plain_number(name: str) -> str | None:
    """Return the number of a sprint that is called by nothing else: "36" of "Sprint 36" and of "S36"."""
    found = _numbered(name)
    return found[1] if found and found[0].strip().casefold() in _PLAIN_STEMS else None


def _numbered(name: str) -> tuple[str, str] | None:
    found = _NUMBERED.fullmatch(name.strip())
    return (found["stem"], found["number"]) if found else None


def tell_apart(names: Sequence[str], limit: int, words: Words = ENGLISH) -> list[str]:
    """Return different names of at most ``limit`` characters for different names, in their order."""
    ways: tuple[Callable[[], list[str]], ...] = (
        lambda: [*names],
        lambda: _counted(names),
        lambda: without_common(names, word=True),
        lambda: without_common(names),
        lambda: without_common(names, _ANY_GAP, word=True),
        lambda: without_common(names, _ANY_GAP),
        lambda: _without_usual_front(names),
    )
    for way in ways:
        told = [sprint_name(n, words) for n in way()]
        if len(told) == len(names) == len({*told}) and all(0 < len(n) <= limit for n in told):
            return told
    return _cut([sprint_name(n, words) for n in names], without_common(names), limit)


def without_common(
    names: Sequence[str], between: re.Pattern[str] = _SPACES, *, word: bool = False
) -> list[str]:
    """Return the names without the words with which all of them begin or end; whole words only.

    ``word``: where only numbers are left, the word before them stays ("Sprint 36").
    """
    rows = [[*_pieces(n, between)] for n in names]
    if len(rows) < 2:
        return [*names]
    least = min(map(len, rows)) - 1
    first = next((i for i in range(least) if len({r[i][0] for r in rows}) > 1), max(least, 0))
    last = next(
        (i for i in range(least - first) if len({r[-1 - i][0] for r in rows}) > 1), max(least - first, 0)
    )
    if word and first and _WORD.fullmatch(rows[0][first - 1][0]):
        left = ("".join(map("".join, r[first : len(r) - last])).strip(_DANGLING) for r in rows)
        first -= all(_COUNTER.fullmatch(x) for x in left)
    return ["".join(map("".join, r[first : len(r) - last])).strip(_DANGLING) for r in rows]


def _pieces(name: str, between: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """Return the words of a name, each with what stands between it and the next."""
    at = 0
    for gap in between.finditer(name):
        if gap.start() > at:
            yield name[at : gap.start()], gap[0]
            at = gap.end()
    if at < len(name):
        yield name[at:], ""


def _counted(names: Sequence[str]) -> list[str]:
    """Return the number that counts the sprints: it rises, and stands first or after the same word in each name."""
    found = [[*_COUNTED.finditer(n)] for n in names]
    for at in range(min(map(len, found), default=0)):
        words = {f[at]["word"] for f in found}
        numbers = [f[at]["number"] for f in found]
        leads = words == {None} and all(f[at].start() == 0 for f in found)
        rises = all(float(a) < float(b) for a, b in pairwise(numbers))
        counts = not all(map(_YEAR.fullmatch, numbers)) and (leads or (len(words) == 1 and None not in words))
        if rises and counts and (len(names) > 1 or str(found[0][at]["word"]).casefold() in _PLAIN_STEMS):
            return [f"{f[at]['word'] or ''} {n}".strip() for f, n in zip(found, numbers, strict=True)]
    return []


def _without_usual_front(names: Sequence[str]) -> list[str]:
    """Return the names without the words with which most of them begin: one sprint of another kind is no reason."""
    rows = [n.split() for n in names]
    fronts = Counter(tuple(r[:k]) for r in rows for k in range(1, len(r)))
    usual = max((f for f, n in fronts.items() if n > 1 and 2 * n > len(rows)), key=len, default=())
    keep = len(usual) - 1 if usual and _WORD.fullmatch(usual[-1]) else len(usual)
    return [
        " ".join(r[keep:] if tuple(r[: len(usual)]) == usual and len(r) > len(usual) else r) for r in rows
    ]


def _cut(names: Sequence[str], bare: Sequence[str], limit: int) -> list[str]:
    """Cut what is too long: at its end where that tells the sprints apart, else in its middle, else with a number."""
    fit = {n for n in names if len(n) <= limit}
    ends = [shortened(b, limit) for b in bare]
    often = Counter(ends)
    told = [
        name if name in fit else end if often[end] == 1 and end not in fit else _middle(rest, limit)
        for name, rest, end in zip(names, bare, ends, strict=True)
    ]
    seen: Counter[str] = Counter()
    for i, name in enumerate(told):
        seen[name] += 1
        told[i] = name if seen[name] == 1 else f"{name} ({seen[name]})"
    return told


def shortened(name: str, limit: int) -> str:
    """Return a name cut at the end of a word, where it is too long."""
    if len(name) <= limit:
        return name
    kept, _, rest = name[:limit].rpartition(" ")
    return f"{(kept if kept and rest else name[: limit - 1]).rstrip(_DANGLING)}…"


def _middle(name: str, limit: int) -> str:
    if len(name) <= limit:
        return name
    return f"{name[: limit // 2 - 1].rstrip()}…{name[-(limit - limit // 2) :].lstrip()}"


def _dated(twins: Sequence[Sprint], called: Mapping[str, str], words: Words) -> dict[str, str]:
    """Return names for sprints of one name: by the year in which they began, else by the day, else in their order."""
    forms: tuple[Callable[[Sprint], str], ...] = (
        lambda s: str(s.start.year) if s.start else "",
        lambda s: f"{s.start.day} {words.months[s.start.month - 1]} {s.start.year}" if s.start else "",
    )
    taken = {*called.values()}
    out: dict[str, str] = {}
    for name in dict.fromkeys(called[s.sprint_id] for s in twins):
        same = [s for s in twins if called[s.sprint_id] == name]
        for form in forms:
            told = [form(s) for s in same]
            if all(told) and len({*told}) == len(told):
                out |= {
                    s.sprint_id: words("sprint.of", name=name, when=w)
                    for s, w in zip(same, told, strict=True)
                }
                break
        else:
            numbered = (n for i in range(1, 10**6) if (n := f"{name} ({i})") not in taken)
            out |= {s.sprint_id: n for s, n in zip(same, numbered, strict=False)}
    return out
