"""The pages that bring a table in: its preview, the import, a small grid to type in, a template to fill in."""

from __future__ import annotations

import base64
import binascii
import csv
import io
import zlib
from collections.abc import Iterable, Mapping, Sequence

from fastapi import APIRouter, Request
from fastapi.responses import Response
from markupsafe import Markup, escape

from hansei.bootstrap import Wiring
from hansei.core.metrics import REGISTRY, SprintMetrics, in_time_order
from hansei.core.phrases import clean
from hansei.core.tables import KINDS, Question
from hansei.dashboard import build, contexts
from hansei.dashboard.pages import READ, WRITE, Form, PageRoute, Upload, Wired, go, show
from hansei.errors import Conflict, InvalidInput, NotFound
from hansei.render import xlsx
from hansei.services import imports, reports, submissions, team_ids
from hansei.services.imports import Imported
from hansei.services.overview import TeamHead
from hansei.services.text import printable
from hansei.sources.table import is_large, read

router = APIRouter(include_in_schema=False, route_class=PageRoute)
GRID_HEADERS = ("Sprint", "Commitment", "Completed", "Carried over", "Review time (h)")
GRID_ROWS = 6
TEMPLATE_HEADERS = ("Sprint", "Start date", "End date", "Commitment", "Completed", "Carried over", "Review time (h)",
    "Happiness (0-10)")  # fmt: skip
SPRINTS_SHOWN, LINES_SHOWN = 12, 20
NOTHING_TYPED = "Nothing is typed in yet. Fill in a row: the sprint, and the numbers that you have."
#: Ticks that a page shows of one question: a form may have few dozen fields.
COLUMNS_OFFERED = 24
MOST_BYTES = 5_000_001
#: A longer text than this is no help in a box to correct; it is carried along like a file.
MOST_TEXT = 200_000
WINDOW = 12


@router.post("/dashboard/imports", dependencies=WRITE)
async def import_table(request: Request, wiring: Wired, upload: Upload) -> Response:
    """Show what a table would do; with an action, store it, and make a report of it."""
    form, file = upload
    page: Response = await request.app.state.turns.run(
        lambda: _bring(request, wiring, form, file), large=_is_large(form, file)
    )
    return page


@router.get("/dashboard/grid", dependencies=READ)
def grid_page(request: Request, team: str = "") -> Response:
    """Show a small table to type in."""
    return _grid(request, (), team)


@router.post("/dashboard/grid", dependencies=WRITE)
def take_grid(request: Request, wiring: Wired, form: Form) -> Response:
    """Show what the typed table would do, or the table again."""
    if form.get("action") == "back":
        return _grid(request, _cells(_brought(form)), form.get("team", ""))
    rows = [
        [" ".join(form.get(f"c{row}_{at}", "").split()) for at in range(len(GRID_HEADERS))]
        for row in range(GRID_ROWS)
    ]
    if not any(map(any, rows)):
        return _grid(request, (), form.get("team", ""), NOTHING_TYPED)
    out = io.StringIO()
    csv.writer(out, delimiter="\t", lineterminator="\n").writerows([GRID_HEADERS, *rows])
    return _bring(request, wiring, {**form, "text": out.getvalue(), "typed": "yes"}, b"")


@router.get("/dashboard/template.{kind}", dependencies=READ)
def template(kind: str) -> Response:
    """Give an empty table to fill in."""
    if kind == "csv":
        content, media = ("\ufeff" + ",".join(TEMPLATE_HEADERS) + "\r\n").encode(), "text/csv; charset=utf-8"
    elif kind == "xlsx":
        content, media = xlsx.write([TEMPLATE_HEADERS], title="Sprints"), xlsx.MEDIA_TYPE
    else:
        raise NotFound("There is no such template.", remedy="There is one as CSV and one as Excel workbook.")
    name = f'attachment; filename="hansei-template.{kind}"'
    return Response(content, media_type=media, headers={"Content-Disposition": name})


def _grid(request: Request, rows: Iterable[Sequence[str]], team: str, problem: str = "") -> Response:
    """Show the small table with what was typed so far."""
    width = len(GRID_HEADERS)
    filled = [tuple(printable(cell) for cell in (*row, *[""] * width)[:width]) for row in rows][:GRID_ROWS]
    filled += [("",) * width] * (GRID_ROWS - len(filled))
    page = contexts.GridPage(GRID_HEADERS, tuple(filled), clean(team, 100), problem)
    return show(request, "grid", "Type sprints in", page, here="add", status=422 if problem else 200)


def _cells(typed: bytes) -> list[list[str]]:
    """Return what was typed, from how it travels, without the header."""
    return [*csv.reader(io.StringIO(typed.decode(errors="replace"), newline=""), delimiter="\t")][1:]


def only_team(heads: Iterable[TeamHead]) -> str:
    """Return the team that a table is most likely of: the only one that is no sample."""
    own = [h.team_id for h in heads if not h.sample]
    return own[0] if len(own) == 1 else ""


def _bring(request: Request, wiring: Wiring, form: Mapping[str, str], file: bytes) -> Response:
    """Take a table; one that cannot be taken comes back with the reason, and nothing of it is lost."""
    # A page that asks again carries "packed" along: there a file is chosen in place of what the box holds.
    both = bool(file and form.get("text", "").strip() and "packed" not in form)
    try:
        _one_only(both=both)
        return _take(request, wiring, form, file or _brought(form))
    except InvalidInput as error:
        if form.get("typed"):
            return _grid(request, _cells(_brought(form)), form.get("team", ""), error.sentence())
        text = "" if file and not both else form.get("text", "")
        page = contexts.AgainPage(
            problem=error.sentence(),
            text=escape(printable(text if len(text) <= MOST_TEXT else "")),
            packed=Markup("{}").format(_carried(form, file, text, error)),
            team=clean(form.get("team", ""), 100),
        )
        return show(request, "again", "Look at the table", page, here="add", status=422)


def _carried(form: Mapping[str, str], file: bytes, text: str, error: InvalidInput) -> str:
    """Return the table that comes along packed: what the box cannot hold, unless it is itself what cannot be used."""
    if 0 < len(text) <= MOST_TEXT or not any(p.pointer for p in error.problems):
        return ""
    return pack(file or text.encode()) if file or text else form.get("packed", "")


def _take(request: Request, wiring: Wiring, form: Mapping[str, str], content: bytes) -> Response:
    action = form.get("action", "look")
    name = clean(form.get("team", ""), 100).strip()
    with wiring.database.read() as session:
        team_id = team_ids.of_name(session, name)
    answers, typed = _answers(form), bool(form.get("typed"))

    def run(*, dry_run: bool) -> Imported:
        return imports.run(
            wiring.database,
            team_id,
            lambda kept: read(content, filename="The table", answers=answers, kept=kept, typed=typed),
            now=wiring.clock.now(),
            least_answers=wiring.settings.happiness_min_answers,
            dry_run=dry_run,
            confirm_changes=form.get("confirm") == "yes",
            name=name,
        )

    if action in ("import", "report"):
        try:
            run(dry_run=False)
        except Conflict:  # values would change and nobody ticked: the preview lists them
            action = "look"
    if action == "look":
        page = preview(run(dry_run=True), name, content, typed=typed)
        return show(request, "import", "Look at the table", page, here="add")
    if action == "report":
        return _report(request, wiring, team_id)
    return go(f"/dashboard/teams/{team_id}")


def _answers(form: Mapping[str, str]) -> dict[str, str]:
    """Return the answers of a form by their question; ticks of one question (``answer.KEY.VALUE``) are one answer."""
    answers: dict[str, str] = {}
    for field, value in form.items():
        key, _, tick = field.removeprefix("answer.").partition(".")
        if not field.startswith("answer.") or not value.strip():
            continue
        answers[key] = ",".join(filter(None, (answers.get(key, ""), tick))) if tick else value
    return answers


def _report(request: Request, wiring: Wiring, team_id: str) -> Response:
    with wiring.database.write() as session:
        job = submissions.submit_report(session, team_id=team_id, sprint_count=WINDOW)
    request.app.state.relay.wake()
    return go(f"/dashboard/tasks/{job.id}?follow=1")


def preview(done: Imported, team: str, content: bytes, *, typed: bool) -> contexts.ImportPage:
    """Return the page that shows what a table would do; ``typed`` into the small table or brought.

    ``team`` is what somebody called the team.
    """
    reading = done.reading
    newest = in_time_order(reading.sprints)[::-1]
    columns = tuple(
        contexts.PreviewColumn(c.number, c.header, _column(c.sentence(), c.header), used=bool(c.name))
        for c in reading.columns
    )
    fresh = not reading.open and bool(reading.sprints)
    closed = sum(not (s.provisional or s.left_out) for s in reading.sprints)
    return contexts.ImportPage(
        team=team,
        team_name=done.team_name,
        team_is_new=done.team_is_new,
        summary=imports.summary(done) if fresh else f"Read as {KINDS[reading.kind]}.",
        packed=Markup(pack(content)),  # noqa: S704 - base64 holds no markup
        columns=tuple(c for c in columns if c.used or len(columns) <= 60),
        unused=sum(not c.used for c in columns),
        sprints=tuple(_sprint(s) for s in newest[:SPRINTS_SHOWN]),
        hidden_sprints=max(0, len(newest) - SPRINTS_SHOWN),
        refused=_first([r.reason for r in reading.rejected]),
        changes=_first(
            [s for c in done.changed for s in imports.change_sentences(c)],
            imports.values_changed(done.changed),
        ),
        fields=tuple(_field(q) for q in reading.questions),
        open=bool(reading.open),
        notes=(*(n for n in reading.notes if n not in (*done.twins, done.overruled)), *reading.cannot),
        worth=done.worth if fresh else "",
        twins=done.twins,
        overruled=done.overruled,
        ready=fresh,
        report=closed >= reports.LEAST_SPRINTS or not done.team_is_new,
        typed=typed,
    )


def _first(sentences: list[str], total: int | None = None) -> tuple[str, ...]:
    """Return the first sentences, and how many more of ``total`` there are."""
    more = (len(sentences) if total is None else total) - LINES_SHOWN
    return (*sentences[:LINES_SHOWN], *([f"And {more:,} more."] if more > 0 else []))


def _column(sentence: str, header: str) -> str:
    told = sentence.removeprefix(f"{header}: read as ") if header else sentence.partition(": ")[2]
    return told[:1].upper() + told[1:]


def _sprint(sprint: SprintMetrics) -> contexts.PreviewSprint:
    values = [
        f"{REGISTRY[n].title if n in REGISTRY else n} {v:g}"
        for n in sprint.names()
        if (v := sprint.value(n)) is not None
    ]
    shown = "; ".join(values[:8]) + (f"; and {len(values) - 8} more" if len(values) > 8 else "")
    days = build.days(sprint) + (", still open" if sprint.provisional else "")
    return contexts.PreviewSprint(sprint.name, days, shown or "none")


def _field(question: Question) -> contexts.AskedField:
    return contexts.AskedField(
        name=f"answer.{question.key}",
        text=question.text,
        form=question.form,
        choices=_offered(question),
        value=question.given or question.default,
        ticked=tuple((question.given or question.default).split(",")) if question.form == "columns" else (),
        needed=question.needed,
    )


def _offered(question: Question) -> tuple[tuple[str, str], ...]:
    """Return what a page offers: of many columns the first, and all at once."""
    if question.form != "columns" or len(question.choices) < 2:
        return question.choices
    return (("all", "all of them"), *question.choices[:COLUMNS_OFFERED])


def _one_only(*, both: bool) -> None:
    if both:
        raise InvalidInput(
            "A pasted table and a file came together, and only one can be read.",
            remedy="Look at the pasted one below, or clear the box and choose the file again.",
        )


def _is_large(form: Mapping[str, str], file: bytes) -> bool:
    """Return whether a form brings a large table; one that is none will be refused in its turn."""
    try:
        return is_large(file or _brought(form))
    except InvalidInput:
        return False


def _brought(form: Mapping[str, str]) -> bytes:
    packed, text = form.get("packed", ""), form.get("text", "")
    content = text.encode() if text.strip() or not packed else unpack(packed)
    if not content.strip():
        raise InvalidInput("There is no table yet.", remedy="Paste one or choose a file.")
    return content


def pack(content: bytes) -> str:
    """Return a table as a form field: the page carries it, so that nothing is kept here before it is confirmed."""
    return base64.b64encode(zlib.compress(content, 6)).decode()


def unpack(text: str) -> bytes:
    """Return a table from such a field.

    Raises:
        InvalidInput: it is not one.
    """
    try:
        content = zlib.decompressobj().decompress(base64.b64decode(text, validate=True), MOST_BYTES)
    except (binascii.Error, zlib.error, ValueError):
        raise InvalidInput("This is not a form of ours.", remedy="Start again with the table.") from None
    return content
