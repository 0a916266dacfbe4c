"""What is handed out once and kept as a hash (tokens, links to a report, cookies of browsers): until when it counts."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from hansei.db.models import Share, Token
from hansei.db.types import database_time

Kind = TypeVar("Kind", Token, Share)


def digest(secret: str) -> str:
    """Return the hash by which a secret is known; the secret itself is stored nowhere."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_usable(kind: type[Kind]) -> ColumnElement[bool]:
    """Return the condition that one is neither expired nor revoked."""
    return and_(kind.revoked_at.is_(None), kind.expires_at > database_time())


def end_of(session: Session, life: timedelta) -> datetime:
    """Return when one that is made now expires, by the database's clock."""
    return session.scalars(select(database_time(life))).one()


def revoke(session: Session, kind: type[Kind], key: int) -> Kind | None:
    """End one and return it; None where there is none. Ending it twice changes nothing."""
    session.execute(
        update(kind).where(kind.id == key, kind.revoked_at.is_(None)).values(revoked_at=database_time())
    )
    return session.get(kind, key, populate_existing=True)
