"""``Idempotency-Key``: what was sent first under a key, and what was answered.

A task keeps its key with its row (:mod:`hansei.services.submissions`). Every other request notes its key in its own
first write transaction, so that what it does and the key are stored together or not at all, and keeps its answer
after that.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hansei.db.models import IdempotencyKey
from hansei.db.types import database_time
from hansei.errors import Conflict, InvalidInput

KEY_LIFE_HOURS = 24
KEY_LIFE = timedelta(hours=KEY_LIFE_HOURS)
_ROUTE_LENGTH = 100


@dataclass(frozen=True)
class Key:
    """An ``Idempotency-Key`` as it came: who sent it, to which route, with which body and query."""

    owner: str
    route: str
    key: str
    body: bytes
    query: bytes = b""

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of body and query; JSON bodies that differ only in spacing or order count as the same."""
        try:
            canonical = json.dumps(json.loads(self.body or b"{}"), sort_keys=True).encode()
        except ValueError:
            canonical = self.body
        return hashlib.sha256(canonical + (b"?" + self.query if self.query else b"")).hexdigest()

    @property
    def row(self) -> tuple[str, str, str]:
        """The primary key of its row."""
        return self.owner, self.route, self.key


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: status, headers worth keeping, and the body's text."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str


def route_of(method: str, path: str) -> str:
    """Return what stands for a route in a key's row; a path too long for it by its hash."""
    name = f"{method} {path}"
    return name if len(name) <= _ROUTE_LENGTH else f"{method} {hashlib.sha256(path.encode()).hexdigest()}"


def used(session: Session, key: Key) -> IdempotencyKey | None:
    """Return the row of a key that was used within its life, or None.

    Raises:
        InvalidInput: it was used with another body or other parameters.
    """
    owner, route, name = key.row
    row = session.scalar(
        select(IdempotencyKey).where(
            IdempotencyKey.owner == owner,
            IdempotencyKey.route == route,
            IdempotencyKey.key == name,
            IdempotencyKey.created_at >= database_time(-KEY_LIFE),
        )
    )
    if row is None:
        return None
    if row.body_sha256 != key.digest:
        raise InvalidInput(
            "This Idempotency-Key was used before with another body or other parameters.",
            remedy="Send a new key, or the same body and parameters as the first time.",
        )
    return row


def answered(session: Session, key: Key) -> tuple[bool, Answer | None]:
    """Say whether a key was used, and what was answered then (None: that is not known, or not yet).

    Raises:
        InvalidInput: it was used with another body or other parameters.
    """
    row = used(session, key)
    if row is None or row.answer is None:
        return row is not None, None
    kept = row.answer
    return True, Answer(kept["status"], tuple((k, v) for k, v in kept["headers"]), kept["body"])


def reserve(session: Session, key: Key) -> None:
    """Note a key in the transaction of what is done under it.

    Raises:
        Conflict: another request with this key was first.
    """
    forget_old(session)
    session.add(_row(key))
    try:
        session.flush()
    except IntegrityError:
        raise Conflict("Another request with this Idempotency-Key was first.") from None


def keep(session: Session, key: Key, answer: Answer) -> None:
    """Keep the answer to what was done under a key."""
    row = session.get(IdempotencyKey, key.row)
    if row is None:  # nothing had to be written to answer it
        forget_old(session)
        row = _row(key)
        session.add(row)
    row.answer = {"status": answer.status, "headers": [list(h) for h in answer.headers], "body": answer.body}


def forget_old(session: Session) -> None:
    """Delete keys past their life."""
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < database_time(-KEY_LIFE)))


def _row(key: Key) -> IdempotencyKey:
    return IdempotencyKey(owner=key.owner, route=key.route, key=key.key, body_sha256=key.digest)
