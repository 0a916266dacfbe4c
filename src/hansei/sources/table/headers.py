"""Recognise what a column holds by its header: in English, German, French, Spanish and Portuguese."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from types import MappingProxyType

from hansei.core.metrics import HEADER, LONGEST_NAME, REGISTRY, Metric, is_known
from hansei.core.people import about_people, is_address, is_of_a_person
from hansei.core.plain import plain
from hansei.sources.table.vocabulary import (
    CAPACITY,
    ITEM_HEADERS,
    POINTS_OR_ITEMS,
    SPRINT_HEADERS,
    UNITS,
)

#: In front of an extra series in our own exports; such a header needs no other proof that it is one.
SERIES = "series:"

_OWN_NAME = re.compile(rf"[a-z][a-z0-9_]{{0,{LONGEST_NAME - 1}}}")
_ANY_SERIES = re.compile(rf"[A-Za-z][A-Za-z0-9_.\-]{{0,{LONGEST_NAME - 1}}}")


@dataclass(frozen=True, slots=True)
class Header:
    """What a header says in a table with one row per sprint.

    ``name`` is a registry name, one of the sprint's own fields, or a series' name; ``factor`` turns what is written
    into the metric's unit; ``ambiguous`` names the metric that it is if items are counted; ``reason`` stands where
    there is no name, and ``own`` is then the name that it would have as a series of its own, if somebody says that it
    is one; it was ``written`` so or otherwise.
    """

    name: str = ""
    factor: float = 1.0
    unit: str = ""
    ambiguous: str = ""
    reason: str = ""
    own: str = ""
    written: str = ""

    @property
    def is_metric(self) -> bool:
        """True for numbers, False for the sprint's id, name and dates."""
        return self.name not in HEADER

    @property
    def is_series(self) -> bool:
        """True for a header that is written as a series is named (``deploys_per_week``)."""
        return "_" in self.own and self.own == self.written

    @property
    def known(self) -> bool:
        """True for what the registry knows."""
        return bool(self.name) and (self.name in REGISTRY or not self.is_metric)


def recognise(header: str) -> str | None:
    """Return what a column of a sprint table is read as; None where it is not."""
    return sprint_header(header).name or None


@lru_cache(maxsize=4096)
def sprint_header(header: str) -> Header:
    """Return what a column of a table with one row per sprint holds.

    A header that nobody knows is never read by itself: a column headed "Anna" or ``anna_k`` may hold one person's
    numbers, and no metric of an individual is kept.
    """
    written = header.strip()
    if written.startswith(SERIES) and _ANY_SERIES.fullmatch(written.removeprefix(SERIES)):
        series = written.removeprefix(SERIES)
        return Header(reason=OF_PEOPLE) if is_of_a_person(series) else Header(series)
    words = plain(written)
    bare, unit = (words, "") if words in _KNOWN else _unit(written)
    if words not in _KNOWN and (not words or about_people(words) or is_address(written)):
        return Header(reason=OF_PEOPLE if words else "it has no header")
    if bare in CAPACITY:
        return _capacity(
            "person-days" if words.endswith(" pt") else unit
        )  # Personentage; no capacity is in points
    found = _KNOWN.get(bare)
    if found and found not in HEADER:
        return _in_unit(found, unit, bare)
    if found and not unit:
        return Header(found)
    return Header(reason=_unknown(words), own="" if found else _own(words), written=written)


def _capacity(unit: str) -> Header:
    names = {"h": "capacity_hours", "d": "capacity_person_days", "person-days": "capacity_person_days"}
    if unit in names:
        return Header(names[unit], unit=unit)
    return Header(reason="it does not say whether hours or person-days are meant: write “Capacity (h)”")


UNKNOWN, NEAR = "its header names no known measure", "is near"
OF_PEOPLE = "it is about people or holds free text"


def _unknown(words: str) -> str:
    """Return the reason, with the known header that this one looks like; its own words may be a person's name."""
    near = get_close_matches(words[:80], _KNOWN, n=1, cutoff=0.8)
    return f"{UNKNOWN}; “{near[0]}” {NEAR}" if near else UNKNOWN


def _own(words: str) -> str:
    name = words.replace("%", "percent").replace(" ", "_")
    return name if _OWN_NAME.fullmatch(name) and not is_known(name) else ""


def _in_unit(name: str, unit: str, bare: str) -> Header:
    metric = REGISTRY[name]
    other = POINTS_OR_ITEMS.get(bare, "")
    if unit == "items" and other:
        return Header(other, unit="items")
    if name == "items_carried_over" and unit == "%":
        return Header("items_out_of_sprint_percent", unit="%")
    factor = _factor(metric, unit)
    if factor is None:
        return Header(reason=f"{metric.title} is not measured in the unit that its header gives")
    return Header(name, factor, unit, other if unit != "points" else "")


def _factor(metric: Metric, unit: str) -> float | None:
    if not unit:
        return 1.0
    if metric.family == "duration":
        return {"h": 1.0, "d": 24.0, "min": 1 / 60, "w": 168.0}.get(unit)
    if metric.unit == "ratio":
        return {"%": 0.01, "ratio": 1.0}.get(unit)
    if metric.name == "team_happiness":
        return {"points": 1.0, "0-10": 1.0, "1-5": 2.0}.get(unit)
    fits = {metric.unit, {"h": "h", "days": "d", "person-days": "d"}.get(metric.unit, "")}
    return 1.0 if unit in fits or (metric.family == "rate" and unit in ("bugs", "ratio")) else None


@lru_cache(maxsize=4096)
def item_field(header: str) -> str | None:
    """Return what a column of a list of items holds; None where it is not needed (people and texts never are)."""
    words = plain(header)
    return ITEM_HEADERS.get(words) or ITEM_HEADERS.get(
        plain(re.sub(r"[(\[](utc|gmt)[)\]]", "", header, flags=re.IGNORECASE))
    )


def _unit(header: str) -> tuple[str, str]:
    """Return a header's words without its unit, and the unit ("" where none is written)."""
    found = re.fullmatch(r"(.*?)\s*[(\[]([^()\[\]]*)[)\]]\s*", header)
    if found:
        inner = " ".join(found[2].casefold().replace("–", "-").replace("-", " ").split())
        unit = UNITS.get(plain(inner)) or UNITS.get(inner)
        return (plain(found[1]), unit) if unit else (plain(header), "")
    words = plain(header).split()
    if len(words) > 1 and words[-1] in UNITS:
        unit = UNITS[words[-1]]
        kept = words[:-1]
        if kept[-1] in ("in", "en", "em") and len(kept) > 1:
            kept = kept[:-1]
        if " ".join(kept) in _KNOWN or " ".join(kept) in CAPACITY:
            return " ".join(kept), unit
    return plain(header), ""


def _known() -> dict[str, str]:
    table = {plain(name): name for name in HEADER}
    for metric in REGISTRY.values():
        if metric.family != "composition":
            table |= {plain(n): metric.name for n in (metric.name, *metric.aliases)}
            table.setdefault(plain(metric.title), metric.name)
    for title, times in Counter(plain(metric.title) for metric in REGISTRY.values()).items():
        if times > 1:  # "Capacity" may be hours or person-days: not guessed
            del table[title]
    return {**SPRINT_HEADERS, **table}


_KNOWN: Mapping[str, str] = MappingProxyType(_known())
