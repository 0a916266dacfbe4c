"""The metric registry and a sprint's measured values.

This is the only place that knows a metric's name, unit, family, better direction, definition and where the
definition comes from. The API, the prose, the exports, the statistics and ``docs/reference/metrics.md`` all
read it.
"""

from __future__ import annotations

import difflib
import math
import re
from array import array
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import compress
from types import MappingProxyType
from typing import Any, Literal

from hansei.core.compact import Compact
from hansei.core.ordering import natural
from hansei.core.people import is_of_a_person
from hansei.core.unseen import without_unseen
from hansei.errors import InvalidSprint, Problem, UnknownMetric

Family = Literal["bounded", "count", "proportion", "ratio", "rate", "duration", "context", "composition"]
Better = Literal["up", "down"]

SCRUM = "Scrum Guide 2020; scrum.org glossary"
KANBAN = "Kanban Guide 2020; ProKanban pocket guide"
JIRA = "Atlassian documentation of the velocity and sprint reports"
NO_STANDARD = "No single standard in the field: the variants are named apart"
PRACTICE = "Common practice; no standards body defines it"


@dataclass(frozen=True, slots=True)
class Metric:
    """What is known about one metric before any value is seen.

    ``name`` is the wire name. ``unit`` is what a reader sees after a number. ``better`` is None where more is
    neither better nor worse. ``parts`` names the metrics this one is computed from or is a part of: two metrics
    that share a part are never offered as two proofs. ``whole`` says that values are counted, not measured.
    """

    name: str
    title: str
    unit: str
    family: Family
    better: Better | None
    definition: str
    source: str
    aliases: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    upper: float | None = None
    whole: bool = False
    per: str = ""

    @property
    def analysed(self) -> bool:
        """Context (capacity, team size) and compositions enter the analysis only through others."""
        return self.family not in ("context", "composition")


def _count(
    name: str,
    title: str,
    unit: str,
    better: Better | None,
    definition: str,
    source: str = PRACTICE,
    aliases: tuple[str, ...] = (),
    parts: tuple[str, ...] = (),
    *,
    whole: bool = True,
) -> Metric:
    return Metric(name, title, unit, "count", better, definition, source, aliases, parts, whole=whole)


def _hours(
    name: str,
    title: str,
    better: Better | None,
    definition: str,
    source: str = KANBAN,
    aliases: tuple[str, ...] = (),
    parts: tuple[str, ...] = (),
) -> Metric:
    return Metric(name, title, "h", "duration", better, definition, source, aliases, parts, per="item")


def _bugs(name: str, title: str, definition: str, *parts: str) -> Metric:
    return _count(name, title, "bugs", "down", definition, parts=parts)


_METRICS = (
    Metric(
        "team_happiness",
        "Happiness",
        "points (0–10)",
        "bounded",
        "up",
        "Mean of the team's own answers, 0 to 10, asked once a sprint.",
        PRACTICE,
        aliases=("happiness", "morale"),
        upper=10,
    ),
    _count(
        "story_points_planned",
        "Points planned",
        "points",
        None,
        "Estimates of the items in the sprint at its start.",
        JIRA,
        aliases=("commitment", "planned_points", "points_planned", "committed_points"),
        whole=False,
    ),
    _count(
        "story_points_completed",
        "Points completed",
        "points",
        None,
        "Estimates of the items done by the sprint's end. Velocity: a planning aid; more is not better.",
        SCRUM,
        aliases=("velocity", "completed_points", "points_completed"),
        whole=False,
    ),
    _count(
        "items_planned",
        "Items planned",
        "items",
        None,
        "Items in the sprint at its start.",
        SCRUM,
        aliases=("planned_items", "committed_items"),
    ),
    _count(
        "items_completed",
        "Items completed",
        "items",
        None,
        "Items done by the sprint's end.",
        SCRUM,
        aliases=("completed_items",),
        parts=("throughput",),
    ),
    _count(
        "items_carried_over",
        "Items carried over",
        "items",
        "down",
        "Items unfinished at the sprint's end that move on to a later sprint.",
        JIRA,
        aliases=("carry_over", "carryover", "spillover"),
    ),
    Metric(
        "items_out_of_sprint_percent",
        "Carry-over share",
        "%",
        "proportion",
        "down",
        "Carried-over items as a share of the items that were in the sprint.",
        PRACTICE,
        aliases=("carry_over_percent",),
        parts=("items_carried_over",),
        upper=100,
    ),
    Metric(
        "say_do_ratio",
        "Committed work done",
        "ratio",
        "ratio",
        "up",
        "Points completed of those committed at the start ÷ points committed at the start (0 to 1).",
        NO_STANDARD,
        aliases=("say_do",),
        parts=("story_points_planned",),
    ),
    Metric(
        "completion_ratio",
        "All work done ÷ committed",
        "ratio",
        "ratio",
        None,
        "All points completed ÷ points committed at the start; may exceed 1.",
        NO_STANDARD,
        parts=("story_points_completed", "story_points_planned"),
    ),
    Metric(
        "scope_change_percent",
        "Scope change",
        "%",
        "ratio",
        "down",
        "(Points added + points removed after the start) ÷ points committed.",
        PRACTICE,
        aliases=("scope_change",),
        parts=("story_points_planned",),
    ),
    Metric(
        "defect_rate_production",
        "Production bugs per item",
        "bugs per item",
        "rate",
        "down",
        "Bugs found in production ÷ items completed in the same sprint.",
        PRACTICE,
        parts=("bugs_prod", "items_completed"),
    ),
    Metric(
        "defect_rate_all",
        "Bugs per item",
        "bugs per item",
        "rate",
        "down",
        "All bugs found ÷ items completed in the same sprint.",
        PRACTICE,
        aliases=("defect_rate",),
        parts=("bugs_prod", "bugs_acc", "bugs_test", "bugs_dev", "bugs_other", "items_completed"),
    ),
    _bugs("bugs_prod", "Bugs in production", "Bugs found in production during the sprint."),
    _bugs("bugs_acc", "Bugs in acceptance", "Bugs found in the acceptance environment during the sprint."),
    _bugs("bugs_test", "Bugs in test", "Bugs found in the test environment during the sprint."),
    _bugs("bugs_dev", "Bugs in development", "Bugs found in development during the sprint."),
    _bugs("bugs_other", "Bugs elsewhere", "Bugs found anywhere else during the sprint."),
    Metric(
        "defect_escape_rate",
        "Escaped bugs",
        "%",
        "proportion",
        "down",
        "Bugs found in production ÷ all bugs found, in the same window.",
        PRACTICE,
        aliases=("escape_rate",),
        parts=("bugs_prod", "bugs_acc", "bugs_test", "bugs_dev", "bugs_other"),
        upper=100,
    ),
    _bugs("open_bugs_count", "Open bugs", "Bugs still open at the sprint's end (a stock, not a flow)."),
    _bugs("bugs_missed_testing", "Bugs missed in testing", "Bugs whose root cause was a gap in testing."),
    _bugs(
        "bugs_missed_impact",
        "Bugs from missed impact",
        "Bugs whose root cause was an overlooked effect of a change.",
    ),
    _bugs(
        "bugs_requirement_gap",
        "Bugs from requirement gaps",
        "Bugs whose root cause was a missing or unclear requirement.",
    ),
    _bugs("bugs_configuration", "Configuration bugs", "Bugs whose root cause was configuration."),
    _bugs("bugs_third_party", "Third-party bugs", "Bugs whose root cause lay with a third party."),
    _bugs("bugs_database", "Database bugs", "Bugs whose root cause lay in the database."),
    _bugs("bugs_security", "Security bugs", "Bugs whose root cause was a security weakness."),
    _hours("coding_time", "Coding time", None, "Mean hours that an item spends being coded."),
    _hours(
        "review_time",
        "Review time",
        "down",
        "Mean hours that an item spends in review.",
        aliases=("code_review_time",),
    ),
    _hours("testing_time", "Testing time", "down", "Mean hours that an item spends in testing."),
    _hours(
        "cycle_time",
        "Cycle time",
        "down",
        "Mean hours from the start of an item to its end.",
        parts=("coding_time", "review_time", "testing_time"),
    ),
    _hours(
        "lead_time",
        "Lead time",
        "down",
        "Mean hours from the creation of an item to its end (not DORA's lead time for changes).",
        parts=("cycle_time",),
    ),
    _count(
        "wip",
        "Work in progress",
        "items",
        "down",
        "Items started and not finished.",
        KANBAN,
        aliases=("work_in_progress",),
    ),
    _count(
        "throughput",
        "Throughput",
        "items",
        None,
        "Items finished in the sprint.",
        KANBAN,
        parts=("items_completed",),
    ),
    _hours(
        "work_item_age",
        "Age of open items",
        "down",
        "Mean hours since the start, of items not yet finished at the sprint's end.",
    ),
    Metric(
        "capacity_hours",
        "Capacity",
        "h",
        "context",
        None,
        "Working hours available to the team in the sprint.",
        PRACTICE,
        aliases=("team_hours",),
    ),
    Metric(
        "team_happiness_answers",
        "Answers about happiness",
        "answers",
        "context",
        None,
        "How many people answered; happiness is shown only from a least number of answers on.",
        PRACTICE,
        aliases=("happiness_answers",),
    ),
    Metric(
        "capacity_person_days",
        "Capacity",
        "person-days",
        "context",
        None,
        "Person-days available to the team in the sprint.",
        PRACTICE,
    ),
    Metric("working_days", "Working days", "days", "context", None, "Working days in the sprint.", SCRUM),
    Metric(
        "team_size",
        "Team size",
        "people",
        "context",
        None,
        "People in the team during the sprint.",
        SCRUM,
        aliases=("team_members",),
    ),
    Metric(
        "flow_efficiency",
        "Flow efficiency",
        "%",
        "proportion",
        "up",
        "Active time ÷ (active + waiting time) of the items finished.",
        PRACTICE,
        upper=100,
    ),
    Metric(
        "unplanned_work_percent",
        "Unplanned work",
        "%",
        "proportion",
        "down",
        "Items added after the start that replaced nothing, as a share of the items finished.",
        PRACTICE,
        aliases=("unplanned_work", "unplanned_percent"),
        upper=100,
    ),
    Metric(
        "story_point_distribution",
        "Story sizes",
        "items",
        "composition",
        None,
        "Completed items by size: {small, medium, large}. Analysed as the share of large items.",
        PRACTICE,
        aliases=("story_sizes",),
    ),
    Metric(
        "story_share_large",
        "Share of large stories",
        "%",
        "proportion",
        "down",
        "Large items ÷ all sized items completed; derived from the story sizes.",
        PRACTICE,
        parts=("story_point_distribution",),
        upper=100,
    ),
)

REGISTRY: Mapping[str, Metric] = MappingProxyType({m.name: m for m in _METRICS})
_ALIASES: Mapping[str, str] = MappingProxyType({a: m.name for m in _METRICS for a in m.aliases})
SIZES = ("small", "medium", "large")
#: What a team may note of a sprint, in the order in which it is shown.
NOTES = ("holiday", "people_away", "incident", "release_freeze", "other")
#: More distinct extra series than this on one sprint is a payload gone wrong, not a measurement.
MAX_EXTRA = 500
#: With so many fields a sprint's series are looked at together.
_MANY = (40, MAX_EXTRA + 100)
#: Beyond this no sprint has ever been; doubles still count single units here.
MAX_VALUE = 1e15
HEADER = ("sprint_id", "sprint_name", "start_date", "end_date")
#: The years that a sprint's days may lie in. What lies outside is a slip, or a program's way to say "never".
FIRST_YEAR, LAST_YEAR = 1990, 2100
_ID = re.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,100}")  # lone surrogates cannot be stored as UTF-8
LONGEST_NAME = 80
_EXTRA_NAME = re.compile(rf"[A-Za-z][A-Za-z0-9_.\-]{{0,{LONGEST_NAME - 1}}}")
_SERIES: Literal["series"] = "series"
_AS_WRITTEN: Mapping[str, str] = MappingProxyType({})


def resolve(name: str) -> str:
    """Return the registry name for a name or an alias.

    Raises:
        UnknownMetric: with the nearest names.
    """
    key = name.strip().lower()
    if key in REGISTRY:
        return key
    if key in _ALIASES:
        return _ALIASES[key]
    close = nearest(key)
    hint = (
        f" Did you mean {', '.join(close)}?"
        if close
        else " Names such as velocity, cycle_time and team_happiness; GET /docs lists all."
    )
    raise UnknownMetric(f"There is no metric called “{name[:80]}”.", remedy=hint.strip())


def is_known(name: str) -> bool:
    """Say whether the registry knows a name, in any case, as a metric's own or as an alias."""
    low = name.lower()
    return low in REGISTRY or low in _ALIASES


def nearest(name: str) -> list[str]:
    """Return up to three registry names that look like ``name``, the nearest first.

    Where an alias looks like it, both stand there: ``velocity (story_points_completed)``.
    """
    found = difflib.get_close_matches(name[:80].lower(), [*REGISTRY, *_ALIASES], n=4, cutoff=0.6)
    near: dict[str, str] = {}
    for f in found:
        near.setdefault(_ALIASES.get(f, f), f"{f} ({_ALIASES[f]})" if f in _ALIASES else f)
    return list(near.values())[:3]


def slips(names: Iterable[str]) -> list[str]:
    """Return a sentence for each name that the registry does not know and that looks like one of its own."""
    near = [(name, nearest(name)) for name in list(names)[:20]]
    return [
        f"“{name}” is not a metric of the registry and was kept as a series of its own. "
        f"Did you mean {' or '.join(close)}?"
        for name, close in near
        if close
    ]


def describe(name: str) -> Metric:
    """Return the registry's entry, or a plain one for an extra series the registry does not know."""
    known = REGISTRY.get(name)
    if known is not None:
        return known
    title = re.sub(r"[_.\-]+", " ", name).strip().capitalize() or name
    return Metric(name, title, "", "bounded", None, "An extra series of the source; not in the registry.", "")


@dataclass(frozen=True, slots=True)
class SprintMetrics:
    """One sprint of one team: who it is, when it was, and what was measured.

    ``values`` maps a metric's name to a finite float; a metric that is absent is missing, never zero.
    ``sizes`` counts completed items by size. ``extra`` holds numeric series the registry does not know.
    Times are aware, in UTC; ``assumed`` says that they were computed from an answer, since no source had them.
    ``provisional`` marks a sprint that had not ended at its last sync. ``notes`` are the kinds of what the team noted
    of it (:data:`NOTES`); ``left_out`` says that it is to enter no statistic.
    """

    sprint_id: str
    name: str
    start: datetime | None = None
    end: datetime | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    sizes: Mapping[str, int] | None = None
    extra: Mapping[str, float] = field(default_factory=dict)
    provisional: bool = False
    notes: tuple[str, ...] = ()
    left_out: bool = False
    assumed: bool = False

    def value(self, metric: str) -> float | None:
        """Return the value of a registry metric, a derived one or an extra series; None when missing."""
        if metric in self.values:
            return self.values[metric]
        if metric == "story_share_large" and self.sizes:
            total = sum(self.sizes.values())
            return 100 * self.sizes.get("large", 0) / total if total else None
        return self.extra.get(metric)

    def names(self) -> tuple[str, ...]:
        """Return the names of every series that has a value here, registry order first."""
        own = [n for n in REGISTRY if n in self.values]
        if self.sizes and self.value("story_share_large") is not None:
            own = [n for n in REGISTRY if n in self.values or n == "story_share_large"]
        return (*own, *sorted(self.extra))

    def to_payload(self) -> dict[str, object]:
        """Return the wire form; ``parse_sprint`` reads it back."""
        out: dict[str, object] = {"sprint_id": self.sprint_id, "sprint_name": self.name}
        if self.start:
            out["start_date"] = stamp(self.start)
        if self.end:
            out["end_date"] = stamp(self.end)
        out.update(self.values)
        if self.sizes is not None:
            out["story_point_distribution"] = dict(self.sizes)
        out.update(self.extra)
        return out


def stamp(moment: datetime) -> str:
    """Write a moment as UTC ISO 8601 with ``Z``."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds" if moment.microsecond else "seconds")
    return text.replace("+00:00", "Z")


def parse_sprint(payload: Mapping[str, object], *, called: Mapping[str, str] = _AS_WRITTEN) -> SprintMetrics:
    """Read one sprint from its wire form.

    Unknown numeric names become extra series, but for those that may be a person's
    (:func:`hansei.core.people.is_of_a_person`); they are left out, as unknown texts are. A missing value (absent or
    null) stays missing. ``called`` gives the words by which whoever sent it knows a field, where they are others.

    Raises:
        InvalidSprint: with one :class:`Problem` for each thing that is wrong.
    """
    problems: list[Problem] = []
    told = _Told(called, problems)
    sprint_id = _text(payload.get("sprint_id"), "sprint_id", told, required=True)
    named = _text(payload.get("sprint_name"), "sprint_name", told, required=False) or sprint_id
    name = without_unseen(named).strip() or sprint_id
    start = _moment(payload.get("start_date"), "start_date", told)
    end = _moment(payload.get("end_date"), "end_date", told)
    if end and _is_day(payload.get("end_date")):
        end += timedelta(hours=23, minutes=59, seconds=59)  # a sprint that ends on a day ends with that day
    if start and end and end < start:
        problems.append(Problem("/end_date", "The sprint ends before it starts: check both dates."))
    values, extra, sizes = _measured(payload, told)
    if len(extra) > MAX_EXTRA:
        problems.append(
            Problem("", f"More than {MAX_EXTRA} unknown series: send only what the team measures.")
        )
    if problems:
        first = problems[0]
        others = len({p.detail for p in problems}) - 1
        more = f" (and {others} more)" if others else ""
        which = f"Sprint “{sprint_id[:60]}”: " if sprint_id else ""
        raise InvalidSprint(f"{which}{first.detail}{more}", problems=tuple(problems))
    return SprintMetrics(sprint_id, name, start, end, values, sizes, extra)


def _measured(
    payload: Mapping[str, object], told: _Told
) -> tuple[dict[str, float], Mapping[str, float], dict[str, int] | None]:
    """Return the registry's values, the series of their own, and the sizes."""
    values: dict[str, float] = {}
    extra: dict[str, float] = {}
    sizes: dict[str, int] | None = None
    keys: Iterable[str] = payload
    series: Mapping[str, float] = {}
    if _MANY[0] <= len(payload) <= _MANY[1] and len("".join(payload)) <= LONGEST_NAME * _MANY[1]:
        keys, series = _all_series(payload)
    for key in keys:
        if len(key) > LONGEST_NAME:
            continue
        raw, what = payload[key], _field(key)
        if raw is None or what is None:
            continue
        if isinstance(what, Metric):
            if what.family == "composition":
                sizes = _sizes(raw, told.problems)
            elif (number := _number(raw, what, key, told)) is not None:
                if what.name in values:
                    other = what.name if key != what.name else "another field"
                    told.wrong(key, f"and {other} are the same metric: send one.")
                values[what.name] = number
        elif (plain := _extra(key, raw, told)) is not None:
            extra[key] = plain
    return values, series or extra, sizes  # either: where the series were read at once, none of them is left


def _all_series(payload: Mapping[str, object]) -> tuple[Iterable[str], Mapping[str, float]]:
    """Return the keys that remain to be read, and the series; these at once where each is a plain number.

    A full table has millions of them: one look at each would take as long as reading the workbook.
    """
    others, places, chosen = _others_and_series(tuple(payload))
    values: tuple[Any, ...] = tuple(compress(payload.values(), chosen))
    # (No number is larger than the root of all their squares, which of a NaN among them is none.)
    if set(map(type, values)) != {float} or not math.hypot(*values) < MAX_VALUE:
        return payload, {}
    return others, Compact(places, array("d", values))


@lru_cache(maxsize=64)
def _others_and_series(
    keys: tuple[str, ...],
) -> tuple[tuple[str, ...], Mapping[str, int], tuple[bool, ...]]:
    """Return the keys that name no series of its own, the series with their places, and which of the keys they are."""
    chosen = tuple(len(k) <= LONGEST_NAME and _field(k) is _SERIES for k in keys)
    series = {name: place for place, name in enumerate(compress(keys, chosen))}
    return tuple(k for k in keys if k not in series), series, chosen


@dataclass(frozen=True, slots=True)
class _Told:
    """Takes what is wrong with the fields of a sprint, under the names that their sender knows."""

    called: Mapping[str, str]
    problems: list[Problem]

    def name(self, key: str) -> str:
        return self.called.get(key, key)

    def wrong(self, key: str, what: str) -> None:
        self.problems.append(Problem(f"/{key}", f"“{self.name(key)}” {what}"))


@lru_cache(maxsize=4096)
def _field(key: str) -> Metric | Literal["series"] | None:
    """Return the metric that a key names; whether it can be a series of its own; None for the header and the rest."""
    if key in HEADER:
        return None
    low = key.lower()
    name = low if low in REGISTRY else _ALIASES.get(low)
    if name is not None:
        return REGISTRY[name]
    return _SERIES if _EXTRA_NAME.fullmatch(key) and not is_of_a_person(key) else None


def _extra(key: str, raw: object, told: _Told) -> float | None:
    if not isinstance(raw, (int, float)) or isinstance(raw, bool):
        return None
    if not _finite(raw):
        told.wrong(key, "is not a finite number: leave it out where it is unknown.")
        return None
    if abs(raw) > MAX_VALUE:
        told.wrong(key, f"is too large to be a measurement ({float(raw):g}): correct it, or leave it out.")
        return None
    return float(raw)


def _text(raw: object, key: str, told: _Told, *, required: bool) -> str:
    if raw is None and not required:
        return ""
    if isinstance(raw, int) and not isinstance(raw, bool):
        raw = str(raw)
    if not isinstance(raw, str) or not _ID.fullmatch(raw.strip()):
        told.wrong(key, "must be a text of 1 to 100 printable characters on one line: shorten or correct it.")
        return ""
    return raw.strip()


def _moment(raw: object, key: str, told: _Told) -> datetime | None:
    if raw is None or raw == "":
        return None
    if isinstance(raw, datetime):
        parsed = raw
    else:
        try:
            parsed = datetime.fromisoformat(str(raw).strip())
        except ValueError:
            told.wrong(key, "must be an ISO 8601 date, such as 2026-03-02.")
            return None
    try:
        moment = parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except OverflowError:
        moment = None
    if moment is None or not is_in_calendar(moment):
        told.wrong(key, f"lies in the year {parsed.year:04}. {YEARS}: correct it, or leave it out.")
        return None
    return moment


#: What is said of a year that lies outside.
YEARS = f"A sprint's days lie in the years from {FIRST_YEAR} to {LAST_YEAR}"


def is_in_calendar(moment: date) -> bool:
    """Say whether a day or a moment lies in a year in which a sprint may be."""
    return FIRST_YEAR <= moment.year <= LAST_YEAR


def _is_day(raw: object) -> bool:
    return isinstance(raw, str) and len(raw.strip()) == 10


def _is_number(raw: object) -> bool:
    return isinstance(raw, (int, float)) and not isinstance(raw, bool) and _finite(raw)


def _finite(raw: float) -> bool:
    try:
        return math.isfinite(raw)
    except OverflowError:
        return False


def _number(raw: object, metric: Metric, key: str, told: _Told) -> float | None:
    top = MAX_VALUE if metric.upper is None else metric.upper
    if isinstance(raw, (int, float)) and 0 <= raw <= top and not isinstance(raw, bool):
        return float(raw)
    told.wrong(key, _fault(raw, metric))
    return None


def _fault(raw: object, metric: Metric) -> str:
    """Say what is wrong with a value, as the rest of a sentence."""
    if not isinstance(raw, (int, float)) or isinstance(raw, bool):
        return "must be a number; leave it out where it was not measured."
    if not _finite(raw):
        return "is not a finite number: leave it out where it is unknown."
    number = float(raw)
    remedy = "correct it, or leave it out where it was not measured."
    if number > MAX_VALUE:
        return f"is too large to be a measurement ({number:g}): {remedy}"
    if number < 0:
        return f"cannot be negative ({number:g}): {remedy}"
    most = f"{metric.upper:g} %" if metric.unit == "%" else f"{metric.upper:g}"
    return f"goes from 0 to {most}; {number:g} lies above: {remedy}"


def _sizes(raw: object, problems: list[Problem]) -> dict[str, int] | None:
    where = "/story_point_distribution"
    if not isinstance(raw, Mapping):
        problems.append(Problem(where, "Story sizes must be {small, medium, large} with counts of items."))
        return None
    out: dict[str, int] = {}
    for size, count in raw.items():
        if size not in SIZES:
            problems.append(Problem(f"{where}/{size}"[:200], "Sizes are small, medium and large."))
        elif not _is_number(count) or count < 0 or count != int(count) or count > 1e9:
            problems.append(Problem(f"{where}/{size}", "A count of items must be a whole number from 0."))
        else:
            out[size] = int(count)
    return out


#: Sentences of one kind about what was sent.
_MOST_SAID = 5


def on_the_same_days(
    sprints: Iterable[tuple[str, datetime | None, datetime | None]],
    only: Container[tuple[date, date]] | None = None,
) -> list[str]:
    """Return a sentence for each first and last day that several sprints share; ``only``: of these days alone.

    Each sprint is its name, its start and its end.
    """
    found: dict[tuple[date, date], list[str]] = {}
    for name, start, end in sprints:
        if start is not None and end is not None:
            found.setdefault((start.date(), end.date()), []).append(name)
    shared = [
        (days, names)
        for days, names in sorted(found.items())
        if len(names) > 1 and (only is None or days in only)
    ]
    out = [
        f"{_listed(names)} have the same days, {start} to {end}: where they are one sprint, keep one of them."
        for (start, end), names in shared[:_MOST_SAID]
    ]
    more = len(shared) - len(out)
    return [*out, f"The same is so on {more} more days."] if more else out


def _listed(names: Sequence[str]) -> str:
    shown = [f"“{n[:60]}”" for n in sorted(names, key=natural)[:4]]
    if len(names) > len(shown):
        shown = [*shown[:3], f"{len(names) - 3} more"]
    return f"{', '.join(shown[:-1])} and {shown[-1]}"


def in_time_order(sprints: Iterable[SprintMetrics]) -> list[SprintMetrics]:
    """Return the sprints oldest first, whatever order they came in.

    Dated ones by end, then start, then natural order of the name ("Sprint 9" before "Sprint 10"). Where any
    sprint has no date the whole list goes by natural order, since the two orders cannot be mixed.
    """
    rows = list(sprints)
    if all(s.end or s.start for s in rows):
        return sorted(
            rows, key=lambda s: (s.end or s.start, s.start or s.end, natural(s.name), natural(s.sprint_id))
        )
    return sorted(rows, key=lambda s: (natural(s.name), natural(s.sprint_id)))
