"""Access tokens: made once and shown once, kept only as a hash, checked on every request.

A token is ``hansei_`` + 8 characters that name it + 43 secret ones (256 random bits in base 62) + 6 of a CRC-32,
so that a mistyped or cut token is refused without a look into the database, and scanners can find leaked ones.
"""

from __future__ import annotations

import secrets
import string
import zlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from hansei.db.models import SCOPES, Token
from hansei.db.session import Database
from hansei.db.types import database_time
from hansei.errors import AccessDenied, Busy, InvalidInput, NotFound, Problem
from hansei.services import handed_out
from hansei.services.handed_out import digest, end_of, is_usable
from hansei.services.text import printable

Scope = Literal["read", "write", "admin"]

START = "hansei_"
DEFAULT_DAYS = 90
MAX_DAYS = 365
#: ``last_used_at`` is written no more often than this: a busy client costs one write a minute.
USED_EVERY = timedelta(minutes=1)
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_NAME, _SECRET, _CHECK = 8, 43, 6
_LENGTH = len(START) + _NAME + _SECRET + _CHECK
REMEDY = "Make one with `hansei token create` and send it as `Authorization: Bearer …`."


class Forbidden(AccessDenied):
    """Who asks is known, or need not be; this request is not allowed all the same."""

    title = "Not allowed"


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token as it may be shown: everything but the secret. ``usable``: neither expired nor revoked."""

    id: int
    name: str
    prefix: str
    scope: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    usable: bool


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made. ``text`` is the secret: shown now and never again."""

    text: str
    view: TokenView


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the token's prefix, or ``local`` where none is needed."""

    owner: str
    scope: str

    def require(self, scope: Scope) -> None:
        """Do nothing where this caller may act in the scope.

        Raises:
            Forbidden: it may not.
        """
        if SCOPES.index(self.scope) < SCOPES.index(scope):
            raise Forbidden(
                f"This token may {self.scope}; the request needs the scope “{scope}”.",
                remedy=f"Make another with `hansei token create NAME --scope {scope}`.",
            )


LOCAL = Caller("local", "admin")


def create(
    session: Session, name: str, scope: str = "write", *, expires_in_days: int = DEFAULT_DAYS
) -> NewToken:
    """Make a token; only its SHA-256 is stored.

    Raises:
        InvalidInput: the name is empty, the scope unknown, or the life too long.
    """
    clean = " ".join(printable(name).split())[:100]
    if not clean:
        raise _invalid("name", "A token needs a name that says what it is for.")
    if scope not in SCOPES:
        raise _invalid("scope", f"A scope is one of {', '.join(SCOPES)}.")
    if not 1 <= expires_in_days <= MAX_DAYS:
        raise _invalid("expires_in_days", f"A token lives for 1 to {MAX_DAYS} days.")
    text = _compose(_random(_NAME), _base62(int.from_bytes(secrets.token_bytes(32)), _SECRET))
    row = Token(
        name=clean,
        prefix=text[: len(START) + _NAME],
        sha256=digest(text),
        scope=scope,
        expires_at=end_of(session, timedelta(days=expires_in_days)),
    )
    session.add(row)
    session.flush()
    session.refresh(row)
    return NewToken(text, _view(row, usable=True))


def listed(session: Session) -> list[TokenView]:
    """Return every token, newest first."""
    query = select(Token, is_usable(Token).label("usable")).order_by(Token.id.desc())
    return [_view(row, usable=bool(usable)) for row, usable in session.execute(query)]


def revoke(session: Session, token_id: int) -> TokenView:
    """End a token; the next request with it is refused. Ending it twice changes nothing.

    Raises:
        NotFound: there is no such token.
    """
    row = handed_out.revoke(session, Token, token_id)
    if row is None:
        raise NotFound(f"There is no token {token_id}.", remedy="`hansei token list` shows the ids.")
    return _view(row, usable=False)


def any_usable(session: Session) -> bool:
    """Say whether anybody could use the API with a token."""
    return session.scalar(select(Token.id).where(is_usable(Token)).limit(1)) is not None


def verify(database: Database, text: str) -> Caller:
    """Return whose token this is, and note that it was used.

    Raises:
        AccessDenied: malformed, unknown, expired or revoked; the answer never says which of the last three.
        Busy: the database did not answer.
    """
    if not well_formed(text):
        raise AccessDenied("This is not a token of Hansei, or it was cut off.", remedy=REMEDY)
    stale = or_(Token.last_used_at.is_(None), Token.last_used_at < database_time(-USED_EVERY))
    with database.read() as session:
        query = select(Token.id, Token.prefix, Token.scope, stale).where(
            Token.sha256 == digest(text), is_usable(Token)
        )
        found = session.execute(query).one_or_none()
    if found is None:
        raise AccessDenied("This token is unknown, expired or revoked.", remedy=REMEDY)
    token_id, prefix, scope, due = found
    if due:
        with (
            suppress(Busy),
            database.write() as session,
        ):  # a note about the use is no reason to refuse the use
            used = update(Token).where(Token.id == token_id, stale)
            session.execute(used.values(last_used_at=database_time()))
    return Caller(prefix, scope)


def well_formed(text: str) -> bool:
    """Say whether the text has a token's shape and its checksum holds."""
    if len(text) != _LENGTH or not text.isascii() or not text.startswith(START):
        return False
    return secrets.compare_digest(text[-_CHECK:], _check(text[:-_CHECK]))


def _view(row: Token, *, usable: bool) -> TokenView:
    return TokenView(
        id=row.id,
        name=row.name,
        prefix=row.prefix,
        scope=row.scope,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
        usable=usable,
    )


def _compose(name: str, secret: str) -> str:
    text = f"{START}{name}{secret}"
    return text + _check(text)


def _check(text: str) -> str:
    return _base62(zlib.crc32(text.encode()), _CHECK)


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _base62(number: int, width: int) -> str:
    digits = []
    while number:
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits)).rjust(width, _ALPHABET[0])


def _invalid(field: str, sentence: str) -> InvalidInput:
    return InvalidInput(sentence, problems=(Problem(f"/{field}", sentence),))
