"""Links to one report for readers without a token. Their page is one of the dashboard's."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request

from hansei.api.deps import Bell, Wired, allow, routes
from hansei.api.schemas import shares as schemas
from hansei.dashboard.pages import address
from hansei.services import reports, shares

router = routes("shares", prefix="/shares")
ENDED: dict[int | str, Any] = {204: {"description": "The link opens nothing any more."}}


@router.post("", status_code=201, **allow("write", 404, body=True))
def create_share(wiring: Wired, bell: Bell, request: Request, asked: schemas.ShareIn) -> schemas.ShareMade:
    """Make a link to one report for readers without a token; its address is shown only now."""
    with wiring.database.write() as session:
        made = shares.create(
            session, asked.report_id, with_note=asked.with_note, expires_in_days=asked.expires_in_days
        )
    bell.wake()
    return schemas.ShareMade.of_new(made, address(request, made.path))


@router.get("", **allow("read"))
def list_shares(
    wiring: Wired, report_id: Annotated[int | None, Query(ge=1, lt=2**31)] = None
) -> schemas.ShareList:
    """List the links that still open, newest first; never their addresses."""
    with wiring.database.read() as session:
        found = shares.listed(session, report_id, limit=200)
    return schemas.ShareList(items=[schemas.ShareOut.of(s) for s in found], next_cursor=None)


@router.delete("/{share_id}", status_code=204, **allow("write", 404, more=ENDED))
def revoke_share(wiring: Wired, share_id: str) -> None:
    """End a link at once."""
    with wiring.database.write() as session:
        shares.revoke(session, reports.parse_id(share_id))
