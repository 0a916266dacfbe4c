"""The order of sprints that have no dates, as far as their names tell it.

A name with a year tells when it was. A running number, or a month or week without a year, tells it together with the
order of the rows. Code names tell nothing: that the alphabet agrees with the rows may be chance.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias, TypeVar

from hansei.core.months import MONTHS, is_month
from hansei.core.plain import plain

_Numbers: TypeAlias = tuple[int, ...]
_Found = TypeVar("_Found")

_WEEKS, _QUARTERS = "(?:kw|cw|wk|w|week|woche|semaine|semana)", "(?:q|quarter|quartal)"
#: A day, with or without a year; a year of two digits only after two and two: 1.10.20 may be a release.
_DAY_SEEN = re.compile(
    r"\b(?P<day>\d\d?)\.(?P<month>\d\d?)\.(?:(?P<year>(?:19|20)\d\d)|(?<=\d\d\.\d\d\.)(?P<short>\d\d))?(?!\d)"
    r"|\b(?P<iso_year>(?:19|20)\d\d)-(?P<iso_month>\d\d)-(?P<iso_day>\d\d)(?!\d)"
)
#: On a name in small letters, marks made spaces: what stands for the year, the parts of it, the day.
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_MONTH = rf"(?P<month>{'|'.join(sorted(MONTHS, key=len, reverse=True))})"
_DAY = r"(?P<day>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
_PART = rf"(?<![^\W\d_])(?:(?P<week>){_WEEKS}|(?P<quarter>){_QUARTERS}) ?(?P<part>\d\d?)"
_WITH_YEAR = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b{_MONTH} {_DAY} {_YEAR}\b",
        rf"\b{_DAY} (?:de )?{_MONTH} (?:de )?{_YEAR}\b",
        rf"\b{_MONTH} ?(?:de )?{_YEAR}\b",
        rf"\b{_YEAR} ?{_MONTH}\b",
        rf"{_PART} {_YEAR}\b",
        rf"\b{_YEAR} ?{_PART}\b",
        rf"(?<![^\W\d_])(?P<quarter>){_QUARTERS} ?(?P<part>[1-4]) (?P<year>1[5-9]|[234]\d)\b",
    )
)
_WITHOUT = (
    re.compile(rf"\b{_MONTH} {_DAY}\b"),
    re.compile(rf"\b{_DAY} (?:de )?{_MONTH}\b"),
    re.compile(rf"\b{_MONTH}\b"),
    re.compile(rf"{_PART}\b"),
)
#: After how many steps each begins again.
_ROUND = {"month": 12, "week": 53, "quarter": 4, "day": 12 * 31}
#: A sprint that is called by its number alone, in one of the ways that teams mix: S9, Sprint 10, Sprint #11.
_PLAIN = re.compile(r"\s*(?:sprint|sp|s)[\s#_-]*(?=\d)", re.IGNORECASE)
#: "Sprint A": letters count too, where the rows run as they do.
_LETTER = re.compile(r"\b[a-z]$")
_DIGITS = re.compile(r"(\d+)")


@lru_cache(maxsize=8192)  # every list of sprints is sorted anew
def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key in which digits count as numbers, and what names a day, month, week or quarter as that."""
    when = _dated(text)
    if when:
        key = [(0, n, "") for n in when[1]]
    elif month := is_month(text):
        key = [(1, 0, "month"), (0, month, "")]
    else:
        words = (p if p.isdecimal() else plain(p) for p in _split(text))
        key = [(0, int(p), "") if p.isdecimal() else (1, 0, p) for p in words if p]
    return (*key, (-1, 0, text))  # names that are spelt alike still have an order


def _split(name: str) -> list[str]:
    """Return what is around the numbers of a name, and the numbers, in turn."""
    plainly = _PLAIN.match(name)
    return _DIGITS.split((f"sprint {name[plainly.end() :]}" if plainly else name).casefold())


def told_by_names(names: Sequence[str]) -> list[int] | None:
    """Return the places of different names, oldest first; None where names and rows together do not tell it."""
    if len(names) < 2:
        return [*range(len(names))]
    dated = _of_all(names, _dated)
    if dated:
        keys = [key for _, key in dated]
        if _are_alike(dated):
            return sorted(range(len(keys)), key=keys.__getitem__)
    places = _of_all(names, _in_a_year)
    if places and _are_alike(places):
        return _around(places[0][0], [at for _, at in places])
    return _numbered(names)


def _of_all(names: Sequence[str], read: Callable[[str], _Found | None]) -> list[_Found]:
    """Return what each name is read as; nothing, and soon, where one is not."""
    out = []
    for name in names:
        found = read(name)
        if found is None:
            return []
        out.append(found)
    return out


def _are_alike(found: Sequence[tuple[str, object]]) -> bool:
    """Return whether all are of one kind, and no two the same: else the numbers beside them count ("S31 (Jan)")."""
    return len({kind for kind, _ in found}) == 1 and len({at for _, at in found}) == len(found)


def _dated(name: str) -> tuple[str, _Numbers] | None:
    """Return what a name with a year names, and when that is; further numbers come last ("Q3 2024 Sprint 2")."""
    numbers = _DIGITS.findall(name)
    if len(numbers) < 2 and not any(len(n) >= 4 for n in numbers):
        return None  # most names, at once: no year is in them
    day = _day(name)
    if day and day[0]:
        return "day", day
    words = plain(name)
    for pattern in _WITH_YEAR:
        if found := pattern.search(words):
            kind, at = _part(found)
            rest = _DIGITS.findall(words[: found.start()] + words[found.end() :])
            return kind, (_full(found["year"]), *at, *map(int, rest))
    return None


def _day(name: str) -> tuple[int, int, int] | None:
    """Return year, month and day of the first day that a name holds in numbers; the year is 0 where none is written."""
    found = _DAY_SEEN.search(name)
    if found is None:
        return None
    year = found["year"] or found["iso_year"] or (f"20{found['short']}" if found["short"] else "0")
    month, day = int(found["month"] or found["iso_month"]), int(found["day"] or found["iso_day"])
    return (int(year), month, day) if 1 <= month <= 12 and 1 <= day <= 31 else None


def _full(year: str) -> int:
    return int(year) if len(year) == 4 else 2000 + int(year)


def _in_a_year(name: str) -> tuple[str, int] | None:
    """Return what a name without a year names, and its place in the year."""
    if day := _day(name):
        return "day", 31 * day[1] + day[2]
    words = plain(name)
    for pattern in _WITHOUT:
        if match := pattern.search(words):
            kind, at = _part(match)
            return kind, 31 * at[0] + at[1] if kind == "day" else at[0]
    return None


def _part(found: re.Match[str]) -> tuple[str, _Numbers]:
    groups = found.groupdict()
    if groups.get("month"):
        month = MONTHS[found["month"]]
        return ("day", (month, int(found["day"]))) if groups.get("day") else ("month", (month,))
    return "week" if groups.get("week") is not None else "quarter", (int(found["part"]),)


def _around(kind: str, at: Sequence[int]) -> list[int] | None:
    """Return the order of names without a year, which begin again with each: the rows tell it where steps are short."""
    length, places = _ROUND[kind], [*range(len(at))]
    for run, order in ((at, places), (at[::-1], places[::-1])):
        if all((b - a) % length <= length // 3 for a, b in pairwise(run)):
            return order
    return None


def _numbered(names: Sequence[str]) -> list[int] | None:
    """Return the order that a running number tells: rows in no order are put in it where nothing else differs."""
    parts = [_split(name) for name in names]
    numbers = [tuple(map(int, p[1::2])) for p in parts]
    if not all(numbers):
        letters = [_LETTER.search(name.casefold()) for name in names]
        return _by_rows([(ord(found[0]),) for found in letters if found]) if all(letters) else None
    if len({tuple(map(plain, p[::2])) for p in parts}) == 1:
        differ = [column for column in zip(*numbers, strict=True) if len({*column}) > 1]
        if len(differ) == 1 and len({*differ[0]}) == len(names):
            (column,) = differ
            return None if _begins_again(column) else sorted(range(len(column)), key=column.__getitem__)
        # 24.1 or 1/24: which of the two leads is told by the rows
        return _by_rows([(*row,) for row in numbers], [row[::-1] for row in numbers])
    return _by_rows([row[:1] for row in numbers], [row[-1:] for row in numbers])


def _begins_again(numbers: Sequence[int]) -> bool:
    """Return whether rows run in one direction but for one break, with a gap: 25, 26, 1, 2 may be of two years."""
    for run in (numbers, numbers[::-1]):
        breaks = [i for i, (a, b) in enumerate(pairwise(run), 1) if b < a]
        if len(breaks) == 1 and len(run) > 2:
            before, after = run[: breaks[0]], run[breaks[0] :]
            if max(after) + 1 < min(before):
                return True
    return False


def _by_rows(*readings: Sequence[_Numbers]) -> list[int] | None:
    """Return the order of the rows or its reverse, where each reading that runs in one direction agrees."""
    rises = {True for r in readings if all(a < b for a, b in pairwise(r))}
    rises |= {False for r in readings if all(a > b for a, b in pairwise(r))}
    if len(rises) != 1:
        return None
    places = [*range(len(readings[0]))]
    return places if True in rises else places[::-1]
