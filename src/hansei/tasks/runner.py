"""Run one job: claim, work with no transaction open, write once at the end under the fence."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy.orm import Session

from hansei import jobs, sample
from hansei.bootstrap import DEFAULT_SOURCE, SAMPLE_SOURCE, Wiring
from hansei.core.ports import Progress, Source
from hansei.errors import (
    AccessLost,
    Busy,
    HanseiError,
    NotFound,
    SourceError,
    SourceUnavailable,
    TaskStopped,
)
from hansei.services import cleanup, exports, judging, reports, submissions, sync, wording
from hansei.services.cleanup import CleanupOrder
from hansei.services.exports import ExportOrder, TriedOrder
from hansei.services.sync import Origin, SyncOrder
from hansei.services.wording import ModelWroteNothing, WordingOrder
from hansei.tasks.pulse import Pulse

log = structlog.get_logger(__name__)

Store = Callable[[Session], Mapping[str, Any]]
"""The one write at the end: stores everything and returns the task's result."""

LIMITS: Mapping[str, float] = {
    "report": 120.0,
    "sync": 300.0,
    "cleanup": 900.0,
    "export": 60.0,
    "narrative": 120.0,
}
"""Seconds after which a job is stopped."""


def run(
    wiring: Wiring,
    job_id: str,
    *,
    worker: str,
    replaceable: bool = False,
    on_beat: Callable[[], None] = lambda: None,
) -> bool:
    """Run a job if it can be claimed; return whether it was. Safe to call twice for the same job."""
    database = wiring.database
    try:
        with database.write(durable=False, single=True) as session:
            claimed = jobs.claim(session, job_id, worker)
    except Busy as error:
        log.warning("not_claimed", task_id=job_id, why=str(error))  # the sweep sends its message again
        return False
    if claimed is None:
        _log_unclaimed(wiring, job_id)
        return False
    try:
        with Pulse(
            database, claimed, limit=LIMITS[claimed.kind], replaceable=replaceable, on_beat=on_beat
        ) as pulse:
            _work(wiring, claimed, pulse)
    except TaskStopped:
        log.info("job_given_up", task_id=job_id, attempt=claimed.attempt)
    return True


def run_inline(wiring: Wiring, job_id: str) -> jobs.JobView:
    """Run a job in this process to its end (the command line, with no worker); return its final state."""
    while True:
        run(wiring, job_id, worker=f"inline@{socket.gethostname()}")
        with wiring.database.read() as session:
            found = jobs.get(session, job_id)
        if found.status != "RETRY":
            return found
        _wait_until_due(wiring, job_id)


def _wait_until_due(wiring: Wiring, job_id: str) -> None:
    import time

    while True:
        with wiring.database.read() as session:
            if jobs.due(session, job_id):
                return
            if jobs.get(session, job_id).finished:
                return
        time.sleep(0.2)


def _work(wiring: Wiring, claimed: jobs.Claim, pulse: Pulse) -> None:
    try:
        store = WORK[claimed.kind](wiring, claimed, pulse.progress)
        pulse.check()
        _finish(wiring, claimed, store)
    except TaskStopped:
        raise
    except SourceUnavailable as error:
        _retry_or_fail(wiring, claimed, error)
    except Busy as error:
        log.warning("database_busy", task_id=claimed.job_id, why=str(error))
        _put_back(wiring, claimed)
    except SourceError as error:
        _source_failed(wiring, claimed, error)
    except ModelWroteNothing as error:
        _model_wrote_nothing(wiring, claimed, error)
    except HanseiError as error:
        _fail(wiring, claimed, type(error).__name__, error.sentence())
    except Exception:
        if not _still_ours(wiring, claimed):
            raise TaskStopped("The task was cancelled or passed to another worker.") from None
        log.exception("job_failed", task_id=claimed.job_id)
        _fail(
            wiring,
            claimed,
            "InternalError",
            "Something went wrong inside Hansei. The worker's log has the details under this task's id.",
        )


def _finish(wiring: Wiring, claimed: jobs.Claim, store: Store) -> None:
    with wiring.database.write() as session:
        result = store(session)
        if not jobs.finish(session, claimed, result):
            raise TaskStopped("The task was cancelled or passed to another worker.")  # rolls everything back
    log.info("job_done", task_id=claimed.job_id, kind=claimed.kind, attempt=claimed.attempt)


def _report(wiring: Wiring, claimed: jobs.Claim, progress: Progress) -> Store:
    order = submissions.report_order(claimed.params)
    progress(5, "reading the sprints")
    with wiring.database.read() as session:
        material = reports.gather(session, order, least_answers=wiring.settings.happiness_min_answers)
    narrator = wiring.narrator_for(opted_in=material.model_wording)
    written = reports.write(material, order, narrator, progress)
    return lambda session: reports.store(session, order, written, job_id=claimed.job_id)


def _sync(wiring: Wiring, claimed: jobs.Claim, progress: Progress) -> Store:
    params = dict(claimed.params)
    name = params.pop("source", None)
    order = SyncOrder(**params)
    source = wiring.source(name)
    fetched = sync.fetch(source, order, progress)
    judging.prepare(wiring.database, order.team_id)
    return lambda session: sync.store(
        session,
        order,
        fetched,
        origin=_origin(wiring, source, order),
        now=wiring.clock.now(),
        least_answers=wiring.settings.happiness_min_answers,
    )


def _origin(wiring: Wiring, source: Source, order: SyncOrder) -> Origin:
    if source.name == SAMPLE_SOURCE:
        about = sample.team(order.team_id)
        assert about is not None  # noqa: S101 - no sync of another team from the sample is accepted
        return Origin(SAMPLE_SOURCE, SAMPLE_SOURCE, None, team_name=about.name, sample=about.note)
    if source.name != DEFAULT_SOURCE:
        return Origin(
            source.name, "metrics_api", None
        )  # its row knows its address, which may have changed since
    return Origin(DEFAULT_SOURCE, "metrics_api", wiring.settings.metrics_api_url)


def _cleanup(wiring: Wiring, claimed: jobs.Claim, progress: Progress) -> Store:
    result = cleanup.clean(wiring.database, CleanupOrder(**claimed.params), wiring.clock.now(), progress)
    return lambda _session: result


def _export(wiring: Wiring, claimed: jobs.Claim, progress: Progress) -> Store:
    if claimed.params.get("form") == "tried":
        least = wiring.settings.happiness_min_answers
        return exports.make_tried(
            wiring.database, TriedOrder(**claimed.params), progress, least_answers=least
        )
    return exports.make(wiring.database, ExportOrder(**claimed.params), progress)


def _narrative(wiring: Wiring, claimed: jobs.Claim, progress: Progress) -> Store:
    order = WordingOrder(**claimed.params)
    progress(10, "reading the report")
    with wiring.database.read() as session:
        material = wording.gather(session, order)
    told = wording.write(material, wiring.narrator_for(opted_in=material.model_wording), progress)
    return lambda session: wording.store(session, order, told)


WORK: Mapping[str, Callable[[Wiring, jobs.Claim, Progress], Store]] = {
    "report": _report,
    "sync": _sync,
    "cleanup": _cleanup,
    "export": _export,
    "narrative": _narrative,
}


def _retry_or_fail(wiring: Wiring, claimed: jobs.Claim, error: SourceUnavailable) -> None:
    # Full jitter around 2, 4, 8… s, so that many teams' retries do not arrive together.
    delay = timedelta(seconds=2 ** (claimed.retries + 1) * (0.5 + random.random()))  # noqa: S311 - not a secret
    kind, sentence = type(error).__name__, error.sentence()
    with wiring.database.write() as session:
        if jobs.retry(session, claimed, after=delay, error_type=kind, error=sentence):
            return
    _source_failed(wiring, claimed, error)


def _source_failed(wiring: Wiring, claimed: jobs.Claim, error: SourceError) -> None:
    """End the task, and keep with the team's source what became of it, in one transaction."""
    kind = "SourceRefused" if isinstance(error, AccessLost) else type(error).__name__
    name = claimed.params.get("source") or DEFAULT_SOURCE
    with wiring.database.write() as session:
        if jobs.fail(session, claimed, kind, error.sentence()):
            sync.failed(session, str(claimed.params["team_id"]), name, error, wiring.clock.now())
    log.info("job_failed", task_id=claimed.job_id, error_type=kind)


def _model_wrote_nothing(wiring: Wiring, claimed: jobs.Claim, error: ModelWroteNothing) -> None:
    """End the task, and count in how the model fares that it was asked in vain, in one transaction."""
    kind = type(error).__name__
    with wiring.database.write() as session:
        if jobs.fail(session, claimed, kind, error.sentence()):
            wording.lost(session, WordingOrder(**claimed.params), error.asked)
    log.info("job_failed", task_id=claimed.job_id, error_type=kind)


def _still_ours(wiring: Wiring, claimed: jobs.Claim) -> bool:
    """Ask whether what went wrong matters: of a task whose team is being deleted, anything may."""
    with wiring.database.read() as session:
        return jobs.owns(session, claimed)


def _fail(wiring: Wiring, claimed: jobs.Claim, error_type: str, sentence: str) -> None:
    with wiring.database.write() as session:
        if not jobs.fail(session, claimed, error_type, sentence):
            raise TaskStopped("The task was cancelled or passed to another worker.")
    log.info("job_failed", task_id=claimed.job_id, error_type=error_type)


def _put_back(wiring: Wiring, claimed: jobs.Claim) -> None:
    try:
        with wiring.database.write() as session:
            jobs.hand_over(session, claimed)
    except Busy:
        log.warning("left_to_its_lease", task_id=claimed.job_id)


def _log_unclaimed(wiring: Wiring, job_id: str) -> None:
    with wiring.database.read() as session:
        try:
            found = jobs.get(session, job_id)
        except NotFound:
            log.warning("unknown_job_refused", task_id=str(job_id)[:60])
        else:
            log.info("not_claimed", task_id=job_id, status=found.status)
