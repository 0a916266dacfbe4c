"""From stored things to page contexts: words, order, and small drawings. No database here, no request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from hansei.core.metrics import NOTES, REGISTRY, SprintMetrics, describe
from hansei.core.phrases import Figures, clean, day
from hansei.core.stored import read_report
from hansei.core.words import ENGLISH
from hansei.dashboard import contexts
from hansei.errors import InvalidInput
from hansei.jobs import JobView
from hansei.services.experiments import ExperimentView
from hansei.services.overview import Alarm, ReportHead, TeamHead
from hansei.services.record import SourceLine
from hansei.services.shares import ShareView
from hansei.services.teams import SprintView

KINDS = {
    "report": "Make a report",
    "sync": "Fetch sprints",
    "cleanup": "Delete old reports",
    "export": "Draw a chart",
    "narrative": "Word a report again",
}
FORMS = {
    "charts": "Draw the charts of report {}",
    "pdf": "Make the PDF of report {}",
    "tried": "Draw the chart of experiment {}",
}
#: What can be handed in once more from its page.
AGAIN = ("report", "sync", "export", "narrative")
STATUSES = {
    "PENDING": "waiting",
    "STARTED": "running",
    "RETRY": "will be tried again",
    "SUCCESS": "done",
    "FAILURE": "failed",
    "REVOKED": "cancelled",
}
SOURCES = {"api": "sent over the API", "metrics_api": "metrics API", "table": "table", "sample": "sample"}
QUALITY = {"good": "nothing to remark", "gaps": "usable, with gaps", "alarm": "look at this first"}
#: What is wrong with a source, by the state of its last sync: nothing came is not the same as nobody may look.
ALARMS = {
    "empty": "no sprint came",
    "lost_access": "access was lost, which says nothing of what is there",
    "refused": "the source could not be read",
    "unavailable": "the source could not be reached",
}
#: More measures than this make a row that nobody follows; the API gives them all.
COLUMNS_SHOWN = 40
SPARK_WIDTH, SPARK_HEIGHT = 120, 28
NEEDS_SHOWN = 5


def when(moment: datetime | None) -> str:
    """Return a day as it is read, "–" where there is none."""
    return day(moment) if moment else "–"


def days(sprint: SprintMetrics) -> str:
    """Return a sprint's first and last day as they are read, and whether they are only assumed."""
    if not (sprint.start or sprint.end):
        return "no dates"
    return f"{when(sprint.start)} – {when(sprint.end)}{' (assumed)' if sprint.assumed else ''}"


def team_line(head: TeamHead) -> contexts.TeamLine:
    """Return a team's line in the overview."""
    return contexts.TeamLine(
        team_id=head.team_id,
        name=head.name,
        sample=head.sample,
        headline=head.report.headline if head.report else "",
        report_id=head.report.report_id if head.report else None,
        when=when(head.report.created_at) if head.report else "",
        experiment=head.experiment,
        sprints=head.sprints,
    )


def needs(
    heads: Iterable[TeamHead],
    failed: Iterable[JobView],
    judged: Iterable[ExperimentView],
    alarms: Sequence[Alarm] = (),
) -> tuple[contexts.Need, ...]:
    """Return what waits for somebody, at most five lines.

    A failed sync of a team whose source stands in alarm is told once, by the alarm.
    """
    out = [
        contexts.Need(
            f"“{clean(e.title, 100)}” has its verdict.",
            f"/dashboard/experiments/{e.experiment_id}",
            "Read the verdict",
        )
        for e in judged
    ]
    out += [
        contexts.Need(f"{clean(a.team_name, 60)}, {ALARMS[a.state]}: {a.text or a.source}",
                      f"/dashboard/teams/{a.team_id}#data-title", "Look at its data")
        for a in alarms
    ]  # fmt: skip
    told = {a.team_id for a in alarms}
    out += [
        contexts.Need(f"{kind_of(j)}: {j.error or 'failed'}", f"/dashboard/tasks/{j.id}", "Look")
        for j in failed
        if not (j.kind == "sync" and j.team_id in told)
    ]
    waiting = [
        h
        for h in heads
        if h.sprints >= 2
        and (h.report is None or (h.last_end is not None and h.last_end > h.report.created_at))
    ]
    waiting.sort(key=lambda h: (h.last_end is None, h.last_end))
    for h in waiting:
        said = "has sprints and no report yet" if h.report is None else "ended a sprint since its last report"
        out.append(contexts.Need(f"{h.name} {said}.", f"/dashboard/teams/{h.team_id}", "Make report"))
    return tuple(out[:NEEDS_SHOWN])


def report_line(head: ReportHead) -> contexts.ReportLine:
    """Return a report's line in a list."""
    return contexts.ReportLine(
        head.report_id, head.headline, when(head.created_at), head.team_id, head.team_name
    )


def measures(body: Mapping[str, Any] | None) -> tuple[contexts.Measure, ...]:
    """Return the measures of a stored report, those that changed first."""
    if body is None:
        return ()
    try:
        report = read_report(body)
    except InvalidInput:
        return ()
    figures = Figures.of(report)
    moved = {s.metric for s in report.signals if s.significant}
    rows = {s.metric: s.values for s in report.series}
    out = [
        contexts.Measure(
            name=figures.label(x.metric, x.title),
            typical=figures.cell(x.metric, x.unit, x.typical)[0],
            usual=figures.usual(x.metric, x.unit, x.usual),
            last=figures.cell(x.metric, x.unit, x.last, mean=False)[0],
            changed=x.metric in moved,
            spark=spark(rows.get(x.metric, ()), *figures.drawn(x.metric, x.usual)),
        )
        for x in report.levels
    ]
    return tuple(sorted(out, key=lambda m: not m.changed))


def spark(values: Sequence[float | None], low: float, high: float) -> Markup:
    """Return a small line over the usual range; the numbers stand beside it, so it is hidden from readers."""
    known = [v for v in values if v is not None]
    if len(known) < 2:
        return Markup("")
    least, most = min(low, *known), max(high, *known)
    span = (most - least) or 1.0
    inner = SPARK_HEIGHT - 4

    def y(value: float) -> float:
        return round(2 + inner * (1 - (value - least) / span), 1)

    step = (SPARK_WIDTH - 6) / max(1, len(values) - 1)
    parts, last = [], False
    for i, v in enumerate(values):
        if v is not None:
            parts.append(f"{'L' if last else 'M'}{round(3 + i * step, 1)},{y(v)}")
        last = v is not None
    at = max(i for i, v in enumerate(values) if v is not None)
    return Markup(
        '<svg class="spark" width="{w}" height="{h}" viewBox="0 0 {w} {h}" aria-hidden="true">'
        '<rect x="0" width="{w}" y="{top}" height="{tall}" fill="var(--line)" opacity="0.6"/>'
        '<path d="{path}" fill="none" stroke="var(--ordinary)" stroke-width="1.5"/>'
        '<circle cx="{cx}" cy="{cy}" r="2.5" fill="var(--ink)"/></svg>'
    ).format(
        w=SPARK_WIDTH,
        h=SPARK_HEIGHT,
        top=y(high),
        tall=round(max(1.0, y(low) - y(high)), 1),
        path="".join(parts),
        cx=round(3 + at * step, 1),
        cy=y(known[-1]),
    )


def columns(sprints: Sequence[SprintMetrics]) -> tuple[str, ...]:
    """Return the measures that the table of sprints shows: all that were recorded, in the registry's order."""
    seen = {name for s in sprints for name in s.names() if s.value(name) is not None}
    return (*(n for n in REGISTRY if n in seen), *sorted(seen.difference(REGISTRY)))[:COLUMNS_SHOWN]


def column(name: str) -> str:
    """Return a measure's name with its unit, where the name does not hold it."""
    entry = describe(name)
    label = Figures({}, {}).label(name, entry.title)
    unit = clean(entry.unit, 20)
    return label if not unit or unit.casefold() in label.casefold() or "(" in label else f"{label} ({unit})"


def sprint_line(view: SprintView, shown: SprintMetrics, names: Sequence[str]) -> contexts.SprintLine:
    """Return a sprint's line on its team's page; ``shown`` is the sprint as it may be shown."""
    note = view.note
    kinds = note.kinds if note else ()
    state = "still open" if shown.provisional else "changed after closing" if view.revised_at else ""
    return contexts.SprintLine(
        key=quote(quote(shown.sprint_id, safe=""), safe=""),
        name=shown.name,
        days=days(shown),
        values=tuple("–" if (v := shown.value(name)) is None else f"{v:.6g}" for name in names),
        sources=", ".join(view.sources),
        state="left out" if shown.left_out else state,
        noted=", ".join(ENGLISH(f"note.{k}") for k in kinds),
        note=(note.text or "") if note else "",
        left_out=shown.left_out,
    )


def note_form(view: SprintView) -> contexts.NoteForm:
    """Return the form for what is noted of a sprint."""
    note = view.note
    kinds = note.kinds if note else ()
    return contexts.NoteForm(
        key=quote(view.metrics.sprint_id, safe=""),
        name=view.metrics.name,
        boxes=tuple(contexts.NoteBox(k, ENGLISH(f"note.{k}.box"), k in kinds) for k in NOTES),
        note=(note.text or "") if note else "",
        left_out=view.metrics.left_out,
    )


def source_line(line: SourceLine) -> contexts.SourceLine:
    """Return a source's line on its team's page."""
    return contexts.SourceLine(
        name=line.name,
        kind=SOURCES.get(line.kind, line.kind),
        synced=when(line.last_sync_at),
        rows=line.rows,
        refused="–" if line.refused is None else str(line.refused),
        revised=line.revised,
        alarm="" if line.state == "ok" else line.last_error or line.state,
    )


def kind_of(job: JobView) -> str:
    """Return what a task does, in words."""
    form = FORMS.get(str(job.params.get("form"))) if job.kind == "export" else None
    return (
        form.format(job.params.get("report_id") or job.params.get("experiment_id"))
        if form
        else KINDS.get(job.kind, job.kind)
    )


def share_line(share: ShareView) -> contexts.ShareLine:
    """Return a link's line in the list of its report."""
    return contexts.ShareLine(share.share_id, when(share.created_at), when(share.expires_at), share.with_note)


def task_line(job: JobView, names: Mapping[str, str], place: int = 0) -> contexts.TaskLine:
    """Return a task in words; ``names`` of the teams, ``place`` in the queue where it waits."""
    result = job.result or {}
    report_id = result.get("report_id")
    stage = job.stage if job.status == "STARTED" else STATUSES.get(job.status, job.status)
    if place:
        stage = f"number {place} in line"
    return contexts.TaskLine(
        task_id=job.id,
        kind=kind_of(job),
        team_id=job.team_id or "",
        team_name=names.get(job.team_id or "", job.team_id or ""),
        status=STATUSES.get(job.status, job.status),
        stage=_outcome(job.kind, result) if job.status == "SUCCESS" else stage,
        percent=job.percent,
        finished=job.finished,
        failed=job.status == "FAILURE",
        attempts=job.attempts,
        error=job.error or "",
        error_type=job.error_type or "",
        when=f"{day(job.created_at)}, {job.created_at:%H:%M} UTC",
        report_id=report_id if isinstance(report_id, int) else None,
        again=job.kind in AGAIN and job.status in ("FAILURE", "REVOKED"),
        place=place,
    )


def _outcome(kind: str, result: Mapping[str, Any]) -> str:
    if kind in ("report", "narrative"):
        return clean(str(result.get("headline", "done")), 120)
    if kind == "sync":
        told = ", ".join(f"{result.get(k, 0)} {k}" for k in ("created", "updated", "skipped"))
        return f"{result.get('sprints_fetched', 0)} sprints fetched: {told}"
    if kind == "export":
        return "drawn and kept"
    return f"{result.get('deleted', 0)} reports deleted"
