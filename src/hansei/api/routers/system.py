"""What probes ask: alive, ready, which version. No token is needed."""

from __future__ import annotations

import threading
from time import monotonic

from fastapi import Request, Response

import hansei
from hansei.api.deps import routes
from hansei.api.schemas.system import Check, Health, Readiness, Version
from hansei.bootstrap import Wiring
from hansei.errors import HanseiError, NotReady
from hansei.services import workers
from hansei.services.relay import BrokerDown

router = routes("system")
#: A broker is asked no more often than this, however many probes there are.
ASK_SECONDS = 1.0


class BrokerProbe:
    """Whether the broker answers, asked by one thread at a time and remembered for a moment."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._lock = threading.Lock()
        self._said = Check(name="broker", ok=False, detail="not asked yet")
        self._asked_at = -ASK_SECONDS

    def __call__(self) -> Check:
        """Return what the broker said last."""
        with self._lock:
            if monotonic() - self._asked_at >= ASK_SECONDS:
                self._said = self._ask()
                self._asked_at = monotonic()
            return self._said

    def _ask(self) -> Check:
        try:
            self._wiring.publisher.depth("reports")
        except (BrokerDown, NotReady):
            sentence = "does not answer: tasks are accepted and stored, and start when it is back"
            return Check(name="broker", ok=False, detail=sentence)
        return Check(name="broker", ok=True, detail="answers")


@router.get("/health")
async def health() -> Health:
    """Say that the process is alive."""
    return Health(status="ok")


@router.get("/ready", responses={503: {"description": "The database is away or stale.", "model": Readiness}})
def ready(request: Request, response: Response) -> Readiness:
    """Say whether requests can be answered (else 503), and whether tasks are taken and will run (else `degraded`)."""
    wiring: Wiring = request.app.state.wiring
    database, migrations, worker = _database(wiring)
    checks = [database, migrations, _broker(request), worker]
    if not migrations.ok:  # a full disk is no reason: what is stored can still be read
        response.status_code = 503
    return Readiness(status="ready" if all(c.ok for c in checks) else "degraded", checks=checks)


@router.get("/version")
async def version() -> Version:
    """Say which Hansei this is."""
    return Version(name="hansei", version=hansei.__version__)


def _broker(request: Request) -> Check:
    """Return what the broker answers, and what it did with the last message: it may answer and take none."""
    found: Check = request.app.state.broker_probe()
    if not found.ok or request.app.state.relay.broker_up:
        return found
    sentence = (
        "answers, but takes no messages: tasks are accepted and stored, and start when it takes them again"
    )
    return Check(name="broker", ok=False, detail=sentence)


def _database(wiring: Wiring) -> tuple[Check, Check, Check]:
    try:
        wiring.require_schema()
        with wiring.database.read() as session:
            seen = workers.fresh(session)
    except HanseiError as error:
        stale = "upgrade" in error.remedy
        return (
            Check(name="database", ok=stale, detail="answers" if stale else "does not answer"),
            Check(name="migrations", ok=False, detail=error.sentence() if stale else "not known"),
            Check(name="worker", ok=False, detail="not known"),
        )
    count = f"{len(seen)} seen within the last minute" if seen else "none seen within the last minute"
    count += "".join(f"; {w.warning}" for w in seen if w.warning)
    full = "answers, but its disk was full a moment ago: what is stored can be read, nothing new is stored"
    return (
        Check(
            name="database", ok=not wiring.database.full, detail=full if wiring.database.full else "answers"
        ),
        Check(name="migrations", ok=True, detail="fit this version"),
        Check(name="worker", ok=bool(seen), detail=count),
    )
