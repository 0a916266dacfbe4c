"""Connected sources: list, add, change, remove, try."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Body, Path, Response

from hansei.api.deps import Wired, allow, routes
from hansei.api.schemas import sources as schemas
from hansei.api.schemas.common import TEAM_ID
from hansei.services import sources

router = routes("sources", prefix="/sources")
NewName = Annotated[str, Path(pattern=TEAM_ID, description="Chosen by the caller.")]
CREATED: dict[int | str, Any] = {201: {"description": "It is new.", "model": schemas.SourceOut}}
GONE: dict[int | str, Any] = {204: {"description": "Disconnected."}}


@router.get("", **allow("read"))
def list_sources(wiring: Wired) -> schemas.SourceList:
    """List the source that the environment names, or the running sample, then the connected ones, A to Z.

    No key is ever shown.
    """
    with wiring.database.read() as session:
        found = sources.listed(session, wiring.environment())
    return schemas.SourceList(items=[schemas.SourceOut.of(s) for s in found], next_cursor=None)


@router.get("/{name}", **allow("read", 404))
def get_source(wiring: Wired, name: str) -> schemas.SourceOut:
    """Show one source."""
    with wiring.database.read() as session:
        return schemas.SourceOut.of(sources.get(session, name, wiring.environment()))


@router.put("/{name}", **allow("admin", 409, body=True, more=CREATED))
def put_source(
    wiring: Wired, response: Response, name: NewName, asked: Annotated[schemas.SourceIn, Body()]
) -> schemas.SourceOut:
    """Connect a source or change it; where the address changes, the key is needed again."""
    view, new = wiring.put_source(
        name, address=asked.address, key=asked.key, team_id=asked.team_id, kind=asked.kind
    )
    response.status_code = 201 if new else 200
    return schemas.SourceOut.of(view)


@router.delete("/{name}", status_code=204, **allow("admin", 404, more=GONE))
def delete_source(wiring: Wired, name: str) -> None:
    """Forget a source's address and key; the sprints that it gave stay."""
    with wiring.database.write() as session:
        sources.remove(session, name)


@router.post("/{name}/test", **allow("write", 404, 502))
def test_source(wiring: Wired, name: str) -> schemas.SourceTest:
    """Ask a source for one sprint and store nothing."""
    with wiring.database.read() as session:
        sources.get(session, name, wiring.environment())
    fetched = wiring.source(name, quick=True).fetch(1, None, lambda _percent, _stage: None)
    return schemas.SourceTest(
        sprints=[s.sprint_id for s in fetched.sprints],
        measures=sorted({m for s in fetched.sprints for m in s.values}),
        unknown_names=list(fetched.unknown_names),
        refused=[r.reason for r in fetched.rejected],
        notes=list(fetched.notes),
    )
