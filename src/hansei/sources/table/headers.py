"""Recognise what a column holds by its header."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from types import MappingProxyType

from hansei.core.metrics import HEADER, REGISTRY

#: Headers that people write and the registry does not know. Keys are plain: lower case, words apart by one space.
_PEOPLE_WRITE = MappingProxyType(
    {
        "sprint": "sprint_name",
        "name": "sprint_name",
        "iteration": "sprint_name",
        "iteration name": "sprint_name",
        "id": "sprint_id",
        "sprint number": "sprint_id",
        "start": "start_date",
        "started": "start_date",
        "from": "start_date",
        "sprint start": "start_date",
        "sprint start date": "start_date",
        "end": "end_date",
        "ended": "end_date",
        "to": "end_date",
        "finish": "end_date",
        "sprint end": "end_date",
        "sprint end date": "end_date",
        "committed": "story_points_planned",
        "commitment": "story_points_planned",
        "completed": "story_points_completed",
        "story points committed": "story_points_planned",
        "points committed": "story_points_planned",
        "carried over": "items_carried_over",
        "team happiness": "team_happiness",
        "open bugs": "open_bugs_count",
        "production bugs": "bugs_prod",
    }
)
#: Columns about people are never read, even where they hold numbers.
_PEOPLE = frozenset(
    {
        "assignee",
        "assignees",
        "author",
        "comment",
        "comments",
        "creator",
        "email",
        "member",
        "members",
        "owner",
    }
    | {"person", "reporter", "user", "username", "watcher", "watchers"}
)
_SERIES_NAME = re.compile(r"[a-z][a-z0-9_]{0,79}")


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is read: its place (0-based), its header as written, and the name it is read as."""

    place: int
    header: str
    name: str

    @property
    def is_metric(self) -> bool:
        """True for numbers, False for the sprint's id, name and dates."""
        return self.name not in HEADER

    @property
    def known(self) -> bool:
        """True for what the registry knows."""
        return self.name in REGISTRY or not self.is_metric


def recognise(header: str) -> str | None:
    """Return what a column is read as: a registry name, one of the sprint's own fields, a series name, or None.

    A header that nobody knows is taken as a series name only if it is written as one (``deploys_per_week``): a
    column headed "Anna" may hold one person's numbers, and no metric of an individual is kept.
    """
    plain = _plain(header)
    found = _KNOWN.get(plain) or _KNOWN.get(_plain(re.sub(r"[(\[].*?[)\]]", " ", header)))
    if found:
        return found
    name = header.strip()
    return name if _SERIES_NAME.fullmatch(name) and name not in REGISTRY and plain not in _PEOPLE else None


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w%]|_", " ", text.casefold()).split())


def _known() -> dict[str, str]:
    table = {_plain(name): name for name in HEADER}
    for metric in REGISTRY.values():
        if metric.family != "composition":
            table |= {_plain(n): metric.name for n in (metric.name, *metric.aliases)}
            table.setdefault(_plain(metric.title), metric.name)
    for title, times in Counter(_plain(metric.title) for metric in REGISTRY.values()).items():
        if times > 1:  # "Capacity" may be hours or person-days: not guessed
            del table[title]
    return {**table, **_PEOPLE_WRITE}


_KNOWN = MappingProxyType(_known())
