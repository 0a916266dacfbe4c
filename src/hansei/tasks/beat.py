"""``hansei beat``: a small loop that sweeps every second and starts what is due by the calendar."""

from __future__ import annotations

import threading
from time import monotonic

import structlog

from hansei.bootstrap import Wiring
from hansei.errors import Busy
from hansei.services import idempotency, retention, submissions
from hansei.services.relay import BrokerDown, sweep

log = structlog.get_logger(__name__)
SWEEP_SECONDS = 1.0
CALENDAR_SECONDS = 60.0
FORGET_SECONDS = 3600.0


def run(wiring: Wiring, stop: threading.Event) -> None:
    """Sweep until ``stop`` is set; any number of these may run at once."""
    wiring.require_ready()
    looked, forgot = -CALENDAR_SECONDS, -FORGET_SECONDS
    while not stop.wait(SWEEP_SECONDS):
        try:
            if monotonic() - forgot >= FORGET_SECONDS:
                forgot = monotonic()
                retention.forget(wiring.database, task_days=wiring.settings.task_retention_days)
            if monotonic() - looked >= CALENDAR_SECONDS:
                looked = monotonic()
                start_due(wiring)
                log.debug("calendar_looked")
            sweep(wiring.database, wiring.publisher, max_crashes=wiring.settings.max_crashes)
        except (Busy, BrokerDown) as error:
            log.warning("sweep_waits", why=str(error))


def start_due(wiring: Wiring) -> None:
    """Accept what the calendar asks for: with a retention set, one cleanup a day, however many loops run."""
    days = wiring.settings.report_retention_days
    if days is None:
        return
    today = wiring.clock.now().date().isoformat()
    key = idempotency.Key(owner="calendar", route="cleanup", key=today, body=b"{}")
    with wiring.database.write() as session:
        submissions.submit_cleanup(session, days_to_keep=days, key=key)
