"""A table with one row per sprint."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import TypeAlias

from hansei.core.merging import same_name
from hansei.core.metrics import HEADER, REGISTRY
from hansei.core.people import is_address
from hansei.core.plain import plain
from hansei.core.tables import ColumnRead, Question, Reading
from hansei.errors import InvalidInput
from hansei.sources.rows import Row, gather
from hansei.sources.table import calendar, cells, dates
from hansei.sources.table.cells import Cell
from hansei.sources.table.desk import Desk, counted, listed
from hansei.sources.table.grid import FORM, MOST_KNOWN, Line
from hansei.sources.table.headers import UNKNOWN, Header, sprint_header
from hansei.sources.table.layout import Layout, is_total, without_tail
from hansei.sources.table.vocabulary import ANY_NAMES
from hansei.sources.table.whose import Names

UNIT = Question(
    "unit",
    "What do the columns for planned and completed work count?",
    choices=(("points", "story points"), ("items", "items (issues, tickets)")),
    default="points",
)
MOOD = Question(
    "mood_scale",
    "On which scale was happiness asked?",
    choices=(("10", "0 to 10"), ("5", "1 to 5")),
    default="10",
)


_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
#: Under which key the measures that the registry does not know are kept for a team's next table.
OWN_MEASURES = "own_measures"
#: A number with its unit: "28 SP", "3 items".
_WITH_WORD = re.compile(r"\s*[-+]?\d[\d.,\u00a0\u202f ]{0,20}[^\W\d_]{1,12}\.?\s*")
#: A ratio above this is one of a hundred.
_MOST_TIMES = 5
NO_SHARE = "this is a percentage, and the measure is not one; write the number itself"


Columns: TypeAlias = Sequence["_Cells"]
"""The cells of a table, column by column."""


class _Percent(float):
    """A number written with a percent sign: fine where shares are measured, and nowhere else."""


class _Numbers(dict[Cell, float | str | None]):
    """Cells by what they say: a number, None where nothing was measured, or a sentence on why it cannot be read.

    Tables repeat themselves: each text is looked at once.
    """

    def __init__(self, mark: cells.Decimal | None) -> None:
        super().__init__()
        self._mark = mark

    def __missing__(self, cell: Cell) -> float | str | None:
        found: float | str | None = None
        if not cells.is_missing(cell):
            try:
                found = cells.number(cell, self._mark)
            except ValueError as error:
                found = f"{error}"
            if found is not None and cells.is_percent(cell):
                found = _Percent(found)
            if found is None and cells.is_duration(cell):
                found = (
                    "this is a length of time; write hours as a number, such as 28.5, under “Cycle time (h)”"
                )
            if found is None and _WITH_WORD.fullmatch(cells.text(cell)):
                found = "this is not a number alone; leave the unit out here and write it in the header"
            if found is None:  # the cell is not quoted: it may hold anything
                found = "this is not a number; leave the cell empty where nothing was measured"
        if len(self) < MOST_KNOWN:
            self[cell] = found
        return found


class _Cells:
    """The cells of a column. A full table has millions."""

    def __init__(self, found: Sequence[Cell]) -> None:
        self.all = found
        #: Whether each cell is a number already: nothing is missing, and nothing is to be read.
        self.holds_numbers_only = {*map(type, found)} == {float}

    @property
    def distinct(self) -> frozenset[Cell]:
        """Each cell that is different, once; found anew each time: kept, they would take more than the table."""
        return frozenset(self.all)


@dataclass(frozen=True, slots=True)
class _Column:
    """A column that is read: its place from 0, its header as written, and what it is."""

    place: int
    header: str
    what: Header
    fraction: bool = False
    from_five: bool = False

    @property
    def name(self) -> str:
        return self.what.name

    @property
    def plain(self) -> bool:
        """Whether its numbers are taken as they are written."""
        known = self.name in REGISTRY or self.name in HEADER
        return not known or not (
            self.name in HEADER
            or self.fraction
            or self.from_five
            or self.what.factor != 1
            or REGISTRY[self.name].unit in ("%", "ratio")
        )

    @property
    def is_any_name(self) -> bool:
        """Whether its header says that it holds names, and not whose."""
        return self.name == "sprint_name" and plain(self.header) in ANY_NAMES

    def of(self, table: Columns) -> _Cells:
        """Return its cells."""
        return table[self.place]


def read(layout: Layout, desk: Desk, filename: str) -> Reading:
    """Read the sprints of a table.

    Raises:
        InvalidInput: nothing of it can be used.
    """
    columns, candidates, unread = _columns(layout, desk)
    names = [c.place for c in columns if c.name in ("sprint_name", "sprint_id")]
    if not names:
        raise InvalidInput(f"{filename} has no column with the sprint's name.", remedy=FORM)
    measured = [c.place for c in columns if c.what.is_metric]
    days = [c.place for c in columns if c.name.endswith("_date")]
    body, tail = without_tail(layout.body, names[-1], measured, days)
    width = len(layout.header)
    body = [
        Line(x.number, [*x.cells, *[""] * (width - len(x.cells))]) if len(x.cells) < width else x
        for x in body
    ]
    called = _names(columns, body)
    if not called.are_of_sprints(desk, filename):
        return Reading("sprints", _told(columns, unread), questions=tuple(desk.questions), notes=layout.notes)
    body, people = called.without_people(desk, layout.place)
    body, team = _one_team(layout, body, desk)
    table = [_Cells(c) for c in zip(*(line.cells for line in body), strict=False)] or [_Cells(())] * width
    mark = _decimal_mark(columns, candidates, table, filename)
    numbers = _Numbers(mark)
    columns = [c for c in columns if c.what.known or _holds_numbers(c, table, numbers, unread)]
    columns += _of_the_team(columns, candidates, table, numbers, unread, desk)
    if not any(c.what.is_metric for c in columns) and not desk.open:
        raise InvalidInput(f"{filename} has no column with a measure that is known.", remedy=FORM)
    if not body:
        raise InvalidInput(f"{filename} has a header and no sprint below it.", remedy=FORM)
    columns = [_scaled(c, table, numbers, desk) for c in columns]
    dated = [c for c in columns if c.name.endswith("_date")]
    order = date_order(desk, [cell for c in dated for cell in c.of(table).all], filename)
    body, waits = _ready(dated, body, layout.place) if order is None else (body, [])
    fetched = gather(
        _spelt_alike(_rows(body, columns, table, numbers, order)),
        where=lambda at: f"{layout.place} {body[at].number}: ",
        called={"sprint_id": called.header, **{c.name: c.header[:60] for c in columns}},
    )
    sprints, assumed, told = ([], False, waits) if waits else calendar.dated(desk, fetched.sprints)
    return Reading(
        kind="sprints",
        columns=_told(columns, unread),
        sprints=() if desk.open else tuple(sprints),
        rejected=fetched.rejected,
        questions=tuple(desk.questions),
        notes=(*layout.notes, *people, *team, *tail, *_decimals(mark), *fetched.notes, *told),
        unknown_names=fetched.unknown_names,
        assumed=assumed,
        answers=desk.used,
    )


def date_order(desk: Desk, found: Sequence[Cell], filename: str) -> dates.Order | None:
    """Return which number of a date is the day: as the cells prove, else as answered.

    Raises:
        InvalidInput: cells prove both.
    """
    try:
        order, needed = dates.order_of(found)
    except ValueError:
        raise InvalidInput(
            f"{filename} writes some dates with the day first and others with the month first.",
            remedy="Write all of them as 2026-03-02.",
        ) from None
    if order is not None or not needed:
        return order
    answer = desk.ask(_which_is_the_day(found))
    return "day_first" if answer == "day_first" else "month_first" if answer else None


def _which_is_the_day(found: Iterable[Cell]) -> Question:
    """Ask by a date of the table, one whose two readings differ."""
    written, first, second = dates.undecided(found)
    day_first, month_first = f"{first} {_MONTHS[second - 1]}", f"{_MONTHS[first - 1]} {second}"
    return Question(
        "date_order",
        f"Is {written} {day_first} or {month_first}?",
        choices=(
            ("day_first", f"{day_first}: the day comes first"),
            ("month_first", f"{month_first}: the month comes first"),
        ),
        needed=True,
    )


def _columns(layout: Layout, desk: Desk) -> tuple[list[_Column], list[_Column], dict[int, str]]:
    """Return the columns that are read, those that may measure the team under unknown headers, why others are not."""
    columns: dict[str, _Column] = {}
    candidates: list[_Column] = []
    unread: dict[int, str] = {}
    found = [sprint_header(h) for h in layout.header]
    items = any(h.ambiguous for h in found) and desk.ask(UNIT) == "items"
    for place, what in enumerate(found):
        if items and what.ambiguous:
            what = replace(what, name=what.ambiguous, unit="items")  # noqa: PLW2901 - the same header, as answered
        if not what.name:
            if layout.header[place]:
                unread[place] = what.reason
            if what.own:
                candidates.append(_Column(place, layout.header[place], Header(what.own)))
            continue
        other = columns.get(what.name)
        column = _Column(place, layout.header[place], what)
        if other is None:
            columns[what.name] = column
        elif _same(layout.body, other.place, place):
            unread[place] = f"it says the same as column {other.place + 1}"
        elif (
            what.is_metric
            and what.factor == other.what.factor
            and _same_numbers(layout.body, other.place, place)
        ):
            comma = _mark(layout.body, [p for p, h in enumerate(found) if h.is_metric and h.known]) == ","
            better = comma and _mark(layout.body, [other.place]) == "."
            keep, drop = (column, other) if better else (other, column)
            columns[what.name] = keep
            unread[drop.place] = f"it says the same as column {keep.place + 1}"
        elif other.is_any_name != column.is_any_name:
            keep, drop = (column, other) if other.is_any_name else (other, column)
            columns[what.name] = keep
            unread[drop.place] = f"it may hold names of people, and column {keep.place + 1} names the sprint"
        else:
            keep, drop = _choose(desk, other, column)
            columns[what.name] = keep
            unread[drop.place] = f"column {keep.place + 1} is taken for the same"
    return list(columns.values()), candidates, unread


def _names(columns: list[_Column], body: list[Line]) -> Names:
    """Return what the rows are called; by their ids where no column holds names."""
    named = max((c for c in columns if c.name in ("sprint_id", "sprint_name")), key=lambda c: c.name)
    days = [c.place for c in columns if c.name.endswith("_date")]
    return Names(body, named.place, days, header=named.header[:60], of_any=named.is_any_name)


def _ready(dated: list[_Column], body: list[Line], place: str) -> tuple[list[Line], list[str]]:
    """Return the rows that can be read before it is known which number of a date is the day, and which ones wait."""
    waiting = [line for line in body if any(dates.is_ambiguous(_at(line, c.place)) for c in dated)]
    if not waiting:
        return body, []
    numbers = [line.number for line in waiting]
    told = f"{listed(place, numbers)} {'waits' if len(waiting) == 1 else 'wait'} for your answer about the dates."
    return [line for line in body if line.number not in {*numbers}], [told]


def _of_the_team(
    columns: list[_Column],
    candidates: list[_Column],
    table: Columns,
    numbers: _Numbers,
    unread: dict[int, str],
    desk: Desk,
) -> list[_Column]:
    """Return the columns under unknown headers of which somebody says that they measure the team.

    Such a header may be a person's name, and names cannot be told from measures reliably: nothing is read unasked.
    """
    taken = {c.name for c in columns}
    found = [c for c in candidates if _holds_numbers(c, table, numbers, unread)]
    if not found:
        return []
    earlier = [name for name in desk.kept(OWN_MEASURES).split(",") if name]
    again = [str(c.place + 1) for c in found if c.name in earlier]
    none_known = not any(c.what.is_metric for c in columns)
    numbers_of = [str(c.place + 1) for c in found]
    given = desk.ask(
        Question(
            "measures",
            _which(numbers_of),
            "columns",
            tuple((n, f"column {n}") for n in numbers_of),
            default=",".join(again) or "none",
            needed=none_known and not again,
        )
    )
    said = {part.strip() for part in given.split(",")}
    chosen: list[_Column] = []
    for column in found:
        if "all" not in said and str(column.place + 1) not in said:
            _, near, which = unread.get(column.place, "").partition(";")
            unread[column.place] = f"{UNKNOWN}, and nobody said that it is one of the team{near}{which}"
        elif column.name in taken:
            unread[column.place] = "another column is taken for the same"
        else:
            unread.pop(column.place, None)
            taken.add(column.name)
            chosen.append(column)
    here = {c.name for c in found}
    desk.once("measures")  # by their names for the next table: its columns may stand elsewhere
    desk.keep(OWN_MEASURES, ",".join([*(n for n in earlier if n not in here), *(c.name for c in chosen)]))
    return chosen


def _which(places: list[str]) -> str:
    if len(places) == 1:
        return (
            f"Column {places[0]} holds numbers under a header that is not known. Does it measure the whole team?"
            " (A number of one person must stay out.)"
        )
    listed = (
        f"{', '.join(places[:20])}, …" if len(places) > 20 else f"{', '.join(places[:-1])} and {places[-1]}"
    )
    return (
        f"Columns {listed} hold numbers under headers that are not known. Which of them measure the whole team?"
        " (Numbers of one person must stay out.)"
    )


def _choose(desk: Desk, first: _Column, second: _Column) -> tuple[_Column, _Column]:
    title = REGISTRY[first.name].title if first.name in REGISTRY else first.name.replace("_", " ")
    question = Question(
        f"use_{first.name}",
        f"Columns {first.place + 1} and {second.place + 1} are both read as {title}. Which one counts?",
        choices=tuple((str(c.place + 1), f"column {c.place + 1}, “{c.header}”") for c in (first, second)),
        needed=True,
    )
    return (second, first) if desk.ask(question) == str(second.place + 1) else (first, second)


def _same(body: list[Line], one: int, other: int) -> bool:
    return all(_at(line, one) == _at(line, other) for line in body)


def _same_numbers(body: list[Line], one: int, other: int) -> bool:
    """Return whether two columns hold the same numbers, written in two ways: 17.5 and 17,5, or 35 and 35,0."""
    marks = _mark(body, [one]), _mark(body, [other])
    try:
        return all(
            cells.number(_at(line, one), marks[0]) == cells.number(_at(line, other), marks[1])
            for line in body
        )
    except ValueError:
        return False


def _mark(body: list[Line], places: list[int]) -> cells.Decimal | None:
    """Return the decimal mark that most of the columns prove, each for itself."""
    marks: list[cells.Decimal] = []
    for place in places:
        try:
            mark = cells.decimal_mark(_at(line, place) for line in body)
        except ValueError:
            continue
        marks += [mark] if mark else []
    if not marks:
        return None
    return "," if marks.count(",") * 2 >= len(marks) else "."


def _at(line: Line, place: int) -> Cell:
    return line.cells[place] if place < len(line.cells) else ""


def _one_team(layout: Layout, body: list[Line], desk: Desk) -> tuple[list[Line], list[str]]:
    """Return the rows of one team; a table of several asks which."""
    place = next(
        (
            i
            for i, h in enumerate(layout.header)
            if h.strip().casefold() in ("team", "equipe", "équipe", "equipo")
        ),
        None,
    )
    if place is None:
        return body, []
    teams = list(dict.fromkeys(cells.text(_at(line, place)).strip() for line in body))
    if len(teams) < 2:
        return body, []
    choices = tuple((t, t) for t in teams[:200] if t and len(t) <= 100 and t.isprintable())
    chosen = desk.ask(
        Question("team", "The table holds several teams. Which one?", choices=choices, needed=True)
    )
    kept = [line for line in body if cells.text(_at(line, place)).strip() == chosen]
    return (
        (kept, [f"Of other teams, and not read: {counted(len(body) - len(kept), 'row')}."])
        if chosen
        else (body[:1], [])
    )


def _holds_numbers(column: _Column, table: Columns, numbers: _Numbers, unread: dict[int, str]) -> bool:
    """Return whether a column that the registry does not know holds numbers and nothing else."""
    if column.of(table).holds_numbers_only:
        return True
    found = [numbers[cell] for cell in column.of(table).distinct]
    if any(isinstance(f, float) for f in found) and not any(isinstance(f, str) for f in found):
        return True
    unread[column.place] = "it does not hold numbers only, and its header names no known measure"
    return False


def _scaled(column: _Column, table: Columns, numbers: _Numbers, desk: Desk) -> _Column:
    """Return a column with how its numbers are meant: shares written as 0.85, happiness asked from 1 to 5."""
    metric = REGISTRY.get(column.name)
    if metric is None or not (metric.unit in ("%", "ratio") or metric.name == "team_happiness"):
        return column
    values = [numbers[cell] for cell in column.of(table).distinct]
    found = [v for v in values if isinstance(v, float) and not isinstance(v, _Percent)]
    if not found:
        return column
    if metric.unit == "ratio":  # nobody does six times what was planned, sprint after sprint: 93 means 93 %
        percent = column.what.factor == 1 and min((v for v in found if v), default=0) > _MOST_TIMES
        return replace(column, what=replace(column.what, factor=0.01)) if percent else column
    if metric.unit == "%":
        return replace(column, fraction=max(found) <= 1 and any(v % 1 for v in found))
    if column.what.unit == "1-5":
        return replace(column, what=replace(column.what, factor=1.0), from_five=True)
    five = not column.what.unit and min(found) >= 1 and max(found) <= 5 and desk.ask(MOOD) == "5"
    return replace(column, from_five=five)


def _decimal_mark(
    columns: list[_Column], candidates: list[_Column], table: Columns, filename: str
) -> cells.Decimal | None:
    try:
        known = cells.decimal_mark(
            cell for c in columns if c.what.is_metric and c.what.known for cell in c.of(table).distinct
        )
    except ValueError:
        raise InvalidInput(
            f"{filename} writes some numbers with a decimal comma and others with a decimal point.",
            remedy=f"Write all of them the same way{_where_marks(columns, table)}.",
        ) from None
    if known is not None:
        return known
    try:
        return cells.decimal_mark(cell for c in candidates for cell in c.of(table).distinct)
    except ValueError:
        return None


def _where_marks(columns: list[_Column], table: Columns) -> str:
    """Return which columns have which decimal mark, "" where one column has both."""
    found: dict[str, list[str]] = {".": [], ",": []}
    for c in columns:
        try:
            mark = cells.decimal_mark(c.of(table).distinct) if c.what.is_metric and c.what.known else None
        except ValueError:
            return ""
        if mark:
            found[mark].append(str(c.place + 1))
    points, commas = (
        f"column{'s' if len(found[mark]) > 1 else ''} {', '.join(sorted(found[mark], key=int)[:10])}"
        for mark in (".", ",")
    )
    return f": a point stands in {points}, a comma in {commas}"


def _decimals(mark: cells.Decimal | None) -> list[str]:
    return ["Numbers are written with a decimal comma."] if mark == "," else []


def _rows(
    body: list[Line], columns: list[_Column], table: Columns, numbers: _Numbers, order: dates.Order | None
) -> Iterator[Row]:
    """Yield the rows. Numbers that are taken as written are looked up together: a full table has millions."""
    whole = [c for c in columns if c.plain]
    ready = all(c.of(table).holds_numbers_only for c in whole)
    other = [c for c in columns if not c.plain]
    names = [c.name for c in whole]
    headers = {c.name: c.header[:60] for c in columns}
    pick = itemgetter(
        *(c.place for c in whole), 0, 0
    )  # two more than needed: with one it would give no tuple
    for at, line in enumerate(body):
        cells_of = pick(line.cells)[:-2]
        values = cells_of if ready else [*map(numbers.__getitem__, cells_of)]
        payload: dict[str, object] = dict(zip(names, values, strict=True))
        trouble: dict[str, str] = {}
        if not ready and not {float}.issuperset(map(type, values)):
            wrong = {n: v for n, v in zip(names, values, strict=True) if type(v) is not float}
            payload = {n: v for n, v in payload.items() if n not in wrong}
            trouble = {
                n: NO_SHARE if isinstance(v, _Percent) else str(v) for n, v in wrong.items() if v is not None
            }
        yield _row(at, line, payload, trouble, other, headers, numbers, order)


def _spelt_alike(rows: Iterable[Row]) -> Iterator[Row]:
    """Give rows of one sprint one spelling, the first: two would be two sprints. An id beside the name stands."""
    first: dict[str, str] = {}
    for row in rows:
        name = row.payload.get("sprint_id")
        if isinstance(name, str) and row.payload.get("sprint_name", name) == name:
            spelt = first.setdefault(same_name(name), name)
            if spelt != name:
                yield replace(row, payload={**row.payload, "sprint_id": spelt, "sprint_name": spelt})
                continue
        yield row


def _row(
    number: int,
    line: Line,
    payload: dict[str, object],
    trouble: dict[str, str],
    other: list[_Column],
    headers: Mapping[str, str],
    numbers: _Numbers,
    order: dates.Order | None,
) -> Row:
    """Return a row from its plain numbers and what is wrong with them, with the columns that take more to read."""
    for column in other:
        cell = line.cells[column.place]
        if not cells.is_missing(cell):
            try:
                payload[column.name] = _value(column, cell, numbers, order)
            except ValueError as error:
                trouble[column.name] = str(error)
    payload.setdefault("sprint_id", payload.get("sprint_name"))
    unnamed = _name_trouble(payload)
    if unnamed is not None:
        return Row(number, {}, unnamed)  # what stands in place of a name may be a person's
    first = (
        next((f"column “{headers[n]}”: {trouble[n]}." for n in headers if n in trouble), None)
        if trouble
        else None
    )
    return Row(number, payload, first)


def _value(column: _Column, cell: Cell, numbers: _Numbers, order: dates.Order | None) -> object:
    if column.name in HEADER:
        if column.name.endswith("_date"):
            return _date(cell, order)
        name = " ".join(line.strip() for line in cells.text(cell).strip().splitlines())
        return name.rsplit("\\", 1)[-1].strip() if plain(column.header) == "iteration path" else name
    number = numbers[cell]
    if not isinstance(number, float):
        raise ValueError(number)  # noqa: TRY004 - it is the cell that is wrong, and the sentence says how
    if isinstance(number, _Percent):
        if REGISTRY[column.name].unit not in ("%", "ratio"):
            raise ValueError(NO_SHARE)
        return number / 100 if REGISTRY[column.name].unit == "ratio" else float(number)
    if column.fraction:
        return round(number * 100, 10)
    if column.from_five:
        return round((number - 1) * 2.5, 10)
    return number if column.what.factor == 1 else round(number * column.what.factor, 10)


def _date(cell: Cell, order: dates.Order | None) -> str:
    found = dates.moment(cell, order)
    if found is None:
        raise ValueError("this is not a date that can be read; write it as 2026-03-02")
    return dates.wire(found)


def _name_trouble(payload: Mapping[str, object]) -> str | None:
    name = payload.get("sprint_id")
    if name is None:
        return "the sprint has no name; fill in the first column or delete the line."
    if is_address(str(name)) or is_address(str(payload.get("sprint_name", ""))):
        return "the sprint's name holds an address or a handle; name the sprint without one, no person is named here."
    if is_total(str(name).rstrip(":")):
        return "this looks like a total, not like a sprint; it is left out."
    return None


def _told(columns: list[_Column], unread: Mapping[int, str]) -> tuple[ColumnRead, ...]:
    out = [ColumnRead(place + 1, reason=reason) for place, reason in unread.items()]
    for c in columns:
        metric = REGISTRY.get(c.name)
        own = {"sprint_id": "the sprint's id", "sprint_name": "the sprint's name", "start_date": "the first day",
            "end_date": "the last day"}  # fmt: skip
        title = metric.title if metric else own.get(c.name, f"a series of its own, {c.name}")
        note = ""
        if c.fraction:
            note = "0.85 is taken as 85 %"
        elif c.from_five:
            note = "1 to 5 is stretched to 0 to 10"
        elif metric and metric.unit == "ratio" and c.what.factor != 1:
            note = "93 is taken as 0.93"
        elif c.what.factor not in (1.0, 0.0) and metric:
            note = f"1 of what is written is {c.what.factor:.4g} {metric.unit}"
        out.append(
            ColumnRead(c.place + 1, c.header[:80], c.name, title, metric.unit if metric else "", note=note)
        )
    return tuple(sorted(out, key=lambda c: c.number))
