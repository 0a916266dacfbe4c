"""Sessions of browsers where tokens are needed: opened with a token, kept as a hash, ended with it."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from hansei.db.models import PageSession, Token
from hansei.db.session import Database
from hansei.db.types import database_time
from hansei.services import access
from hansei.services.access import Caller
from hansei.services.handed_out import digest, end_of, is_usable

LIFE = timedelta(hours=12)


def open_session(database: Database, token: str) -> str:
    """Return the cookie of a new session for a valid token.

    Raises:
        AccessDenied: malformed, unknown, expired or revoked.
    """
    caller = access.verify(database, token.strip())
    cookie = secrets.token_urlsafe(32)
    with database.write() as session:
        session.execute(delete(PageSession).where(PageSession.expires_at < database_time()))
        owner = session.scalars(select(Token.id).where(Token.prefix == caller.owner)).one()
        expires = end_of(session, LIFE)
        session.add(PageSession(sha256=digest(cookie), token_id=owner, expires_at=expires))
    return cookie


def caller_of(database: Database, cookie: str) -> Caller | None:
    """Return who a cookie stands for; None where it, or its token, is not valid any more."""
    with database.read() as session:
        query = (
            select(Token.prefix, Token.scope)
            .join(PageSession, PageSession.token_id == Token.id)
            .where(
                PageSession.sha256 == digest(cookie),
                PageSession.expires_at > database_time(),
                is_usable(Token),
            )
        )
        found = session.execute(query).one_or_none()
    return Caller(*found) if found else None


def end(session: Session, cookie: str) -> None:
    """End a session."""
    session.execute(delete(PageSession).where(PageSession.sha256 == digest(cookie)))
