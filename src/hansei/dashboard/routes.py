"""Every page of the dashboard, and the files they share."""

from __future__ import annotations

from importlib import resources
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.staticfiles import StaticFiles

from hansei.dashboard import (
    experiment_pages,
    import_pages,
    login_pages,
    report_pages,
    share_pages,
    source_pages,
    task_pages,
    team_pages,
    wording_pages,
)
from hansei.dashboard.pages import PageRoute
from hansei.render import html

router = APIRouter(include_in_schema=False, route_class=PageRoute)
ROUTERS = (
    team_pages.router,
    task_pages.router,
    report_pages.router,
    share_pages.router,
    login_pages.router,
    experiment_pages.router,
    import_pages.router,
    source_pages.router,
    wording_pages.router,
    router,
)


class Static(StaticFiles):
    """Files that may be kept for an hour: their addresses carry the version."""

    def file_response(self, *args: Any, **more: Any) -> Response:
        """Return a file, or that it has not changed."""
        answer = super().file_response(*args, **more)
        answer.headers["Cache-Control"] = "max-age=3600"
        return answer


def static() -> Static:
    """Return the pages' own style and modules."""
    return Static(directory=str(resources.files("hansei.dashboard") / "static"))


@router.get("/dashboard/report.css")
def report_style() -> Response:
    """Return the style that pages and exported files share."""
    return Response(html.stylesheet(), media_type="text/css", headers={"Cache-Control": "max-age=3600"})
