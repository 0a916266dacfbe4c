"""Links to one report for readers without a token: made once and shown once, kept only as a hash, ended at will.

Whoever has the link reads that report and nothing else; an unknown, an expired and an ended link look the same.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from hansei.db.models import Share
from hansei.errors import InvalidInput, NotFound, Problem
from hansei.services import exports, handed_out, renderings, reports
from hansei.services.exports import ExportOrder
from hansei.services.handed_out import digest, end_of, is_usable
from hansei.services.reports import StoredReport

DEFAULT_DAYS = 30
MAX_DAYS = 365
#: So many links of one report may be open at a time.
MOST = 50
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class ShareView:
    """A link as it may be shown: everything but the secret. ``usable``: neither expired nor revoked."""

    share_id: int
    report_id: int
    with_note: bool
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    usable: bool


@dataclass(frozen=True, slots=True)
class NewShare:
    """A link just made. ``path`` holds the secret: shown now and never again."""

    path: str
    view: ShareView


@dataclass(frozen=True, slots=True)
class SharedReport:
    """What a link opens: the report, without the team's note unless it was ticked, and its charts if drawn."""

    report: StoredReport
    charts: bytes | None


def create(
    session: Session, report_id: int, *, with_note: bool = False, expires_in_days: int = DEFAULT_DAYS
) -> NewShare:
    """Make a link to a report; only its SHA-256 is stored (256 random bits: nothing to guess).

    Where its charts are not drawn yet, a task is accepted that does it: readers of the link can ask for nothing.

    Raises:
        NotFound: there is no such report.
        InvalidInput: the life is too long, or the report has too many open links.
    """
    report = reports.get(session, report_id)
    if not 1 <= expires_in_days <= MAX_DAYS:
        sentence = f"A link lives for 1 to {MAX_DAYS} days."
        raise InvalidInput(sentence, problems=(Problem("/expires_in_days", sentence),))
    if len(listed(session, report_id, limit=MOST)) >= MOST:
        raise InvalidInput(f"This report has {MOST} open links.", remedy="End some of them first.")
    secret = secrets.token_urlsafe(32)
    row = Share(
        report_id=report_id,
        sha256=digest(secret),
        with_note=with_note,
        expires_at=end_of(session, timedelta(days=expires_in_days)),
    )
    session.add(row)
    session.flush()
    session.refresh(row)
    if renderings.kept(session, report, "charts") is None:
        exports.accept(session, report.team_id, ExportOrder(report_id, "charts"))
    return NewShare(f"/shared/{secret}", _view(row, usable=True))


def listed(session: Session, report_id: int | None = None, *, limit: int = MOST) -> list[ShareView]:
    """Return the links that still open, newest first; of one report or of all."""
    query = select(Share).where(is_usable(Share)).order_by(Share.id.desc()).limit(limit)
    if report_id is not None:
        query = query.where(Share.report_id == report_id)
    return [_view(row, usable=True) for row in session.scalars(query)]


def revoke(session: Session, share_id: int) -> ShareView:
    """End a link; the next look at it finds nothing. Ending it twice changes nothing.

    Raises:
        NotFound: there is no such link.
    """
    row = handed_out.revoke(session, Share, share_id)
    if row is None:
        raise NotFound(f"There is no link {share_id}.", remedy="GET /shares lists those that are open.")
    return _view(row, usable=False)


def opened(session: Session, secret: str) -> SharedReport:
    """Return what a link opens.

    Raises:
        NotFound: unknown, expired or ended; the answer never says which.
    """
    gone = NotFound("This link opens nothing (any more).", remedy="Ask whoever gave it to you for a new one.")
    if not _SECRET.fullmatch(secret):
        raise gone
    row = session.scalar(select(Share).where(Share.sha256 == digest(secret), is_usable(Share)))
    if row is None:
        raise gone
    stored = reports.get(session, row.report_id)
    charts = renderings.kept(session, stored, "charts")
    return SharedReport(stored if row.with_note else reports.without_words(stored), charts)


def _view(row: Share, *, usable: bool) -> ShareView:
    return ShareView(
        share_id=row.id,
        report_id=row.report_id,
        with_note=row.with_note,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        usable=usable,
    )
