"""The team that somebody means by a name, in any script."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from hansei.db.models import Team
from hansei.errors import InvalidInput, Problem
from hansei.services import teams

_OTHER = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 80
"""Leaves room for what tells two ids apart."""


def of_name(session: Session, name: str) -> str:
    """Return the id of the team that is called so, by its id or its name; else one that no other team has.

    Raises:
        InvalidInput: nothing is left of the name, or two teams are called so.
    """
    called = teams.clean_name(name)
    if session.get(Team, called) is not None:
        return called
    # A sample takes no other sprints, so that nobody means it here.
    query = select(Team.id).where(Team.name == called, Team.sample.is_(False))
    found = session.scalars(query.order_by(Team.id).limit(2)).all()
    if len(found) > 1:
        raise _refusal(
            f"More than one team is called “{called}”.",
            f"Give the team's id, such as {found[0]} or {found[1]}.",
        )
    return found[0] if found else _free(session, _made(called))


def _made(name: str) -> str:
    """Return an id for a name: "Team Heron" becomes Team-Heron.

    Letters that an id cannot have ("班") are told by a few signs made of the whole name, the same ones each time.
    """
    if not any(c.isalnum() for c in name):
        raise _refusal(
            "The team needs a name.", "Give it one with letters or digits of any script, such as Heron."
        )
    flat = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    plain = _OTHER.sub("-", flat).strip("-")[:_LONGEST]
    if all(c.isascii() for c in flat if c.isalnum()):
        return plain
    told = hashlib.sha256(unicodedata.normalize("NFC", name).encode()).hexdigest()[:8]
    return "-".join(
        filter(None, (plain if re.search("[A-Za-z]", plain) else f"team-{plain}".strip("-"), told))
    )


def _free(session: Session, wanted: str) -> str:
    """Return the id, with a number where another team has it."""
    ids = (wanted if n == 1 else f"{wanted}-{n}" for n in count(1))
    return next(i for i in ids if session.get(Team, i) is None)


def _refusal(sentence: str, remedy: str) -> InvalidInput:
    return InvalidInput(sentence, remedy=remedy, problems=(Problem("/team", sentence),))
