"""What the OpenAPI document promises: the mission's models, a scope on every route, problems everywhere."""

from __future__ import annotations

from html import unescape
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from fastapi.routing import APIRoute

from hansei.api.app import ROUTERS, create_app
from hansei.api.deps import Needs
from hansei.api.guard import OPEN_PATHS
from hansei.bootstrap import wire
from hansei.core.metrics import REGISTRY

OPERATIONS = {
    "POST /tasks/reports/generate": "write",
    "POST /tasks/metrics/sync": "write",
    "POST /tasks/reports/cleanup": "admin",
    "GET /tasks/status/{task_id}": "read",
    "GET /tasks": "read",
    "GET /tasks/{task_id}/events": "read",
    "DELETE /tasks/{task_id}": "write",
    "GET /teams": "read",
    "GET /teams/{team_id}": "read",
    "PUT /teams/{team_id}": "write",
    "DELETE /teams/{team_id}": "admin",
    "GET /teams/{team_id}/quality": "read",
    "PUT /teams/{team_id}/sources": "write",
    "GET /sources": "read",
    "GET /sources/{name}": "read",
    "PUT /sources/{name}": "admin",
    "DELETE /sources/{name}": "admin",
    "POST /sources/{name}/test": "write",
    "GET /teams/{team_id}/notes/{sprint_id}": "read",
    "PUT /teams/{team_id}/notes/{sprint_id}": "write",
    "DELETE /teams/{team_id}/notes/{sprint_id}": "write",
    "GET /teams/{team_id}/sprints": "read",
    "POST /teams/{team_id}/sprints": "write",
    "GET /teams/{team_id}/sprints.csv": "read",
    "POST /teams/{team_id}/imports": "write",
    "GET /teams/{team_id}/sprints/{sprint_id}": "read",
    "PUT /teams/{team_id}/sprints/{sprint_id}": "write",
    "DELETE /teams/{team_id}/sprints/{sprint_id}": "write",
    "GET /reports": "read",
    "GET /reports/{report_id}": "read",
    "GET /reports/{report_id}.json": "read",
    "GET /reports/{report_id}.md": "read",
    "GET /reports/{report_id}.csv": "read",
    "GET /reports/{report_id}.html": "read",
    "GET /reports/{report_id}.pdf": "read",
    "DELETE /reports/{report_id}": "admin",
    "GET /wording": "read",
    "GET /teams/{team_id}/wording": "read",
    "PUT /teams/{team_id}/wording": "write",
    "GET /reports/{report_id}/narrative": "read",
    "POST /reports/{report_id}/narrative": "write",
    "GET /reports/{report_id}/hypotheses": "read",
    "PUT /hypotheses/{hypothesis_id}/feedback": "write",
    "GET /reports/{report_id}/decision": "read",
    "POST /reports/{report_id}/decision": "write",
    "POST /shares": "write",
    "GET /shares": "read",
    "DELETE /shares/{share_id}": "write",
    "GET /experiments": "read",
    "POST /experiments": "write",
    "GET /experiments/{experiment_id}": "read",
    "POST /experiments/{experiment_id}/start": "write",
    "POST /experiments/{experiment_id}/abandon": "write",
    "PUT /experiments/{experiment_id}/conclusion": "write",
    "GET /health": None,
    "GET /ready": None,
    "GET /version": None,
}


def document(*, local: bool = True) -> dict[str, Any]:
    found: dict[str, Any] = create_app(wire({}), local=local).openapi()
    return found


def operations(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {f"{m.upper()} {path}": op for path, ms in found["paths"].items() for m, op in ms.items()}


def test_the_document_lists_these_operations_with_these_scopes() -> None:
    assert {name: op.get("x-scope") for name, op in operations(document()).items()} == OPERATIONS


def test_the_mission_s_models_are_named() -> None:
    names = {"TaskStatus", "AsyncReportRequest", "AsyncReportResponse"}
    names |= {"AsyncMetricsSyncRequest", "AsyncMetricsSyncResponse"}
    assert names <= set(document()["components"]["schemas"])


def test_no_route_is_left_without_a_scope_by_mistake() -> None:
    undocumented = []
    for route in (r for router in ROUTERS for r in router.routes if isinstance(r, APIRoute)):
        needs = [d.dependency for d in route.dependencies if isinstance(d.dependency, Needs)]
        if not route.include_in_schema:
            undocumented.append(route.path)
        elif route.path not in OPEN_PATHS:
            assert len(needs) == 1, route.path
    assert undocumented == ["/docs", "/docs/style.css"]


@pytest.mark.parametrize("local", [True, False])
def test_security_is_optional_in_local_mode_only(local: bool) -> None:
    for name, op in operations(document(local=local)).items():
        if OPERATIONS[name] is not None:
            assert op["security"] == [{"token": [OPERATIONS[name]]}, *([{}] if local else [])]


def test_every_error_is_a_problem_and_every_operation_has_a_summary() -> None:
    for name, op in operations(document()).items():
        assert op["summary"], name
        for code, answer in op["responses"].items():
            if code.startswith("4"):
                assert list(answer["content"]) == ["application/problem+json"], (name, code)


def test_the_document_is_valid_openapi_3_1() -> None:
    found = document()
    assert found["openapi"].startswith("3.1")
    for schema in found["components"]["schemas"].values():
        whole = {**schema, "components": found["components"]}
        jsonschema_rs.validator_for(whole)
    ids = [op["operationId"] for op in operations(found).values()]
    assert len(ids) == len(set(ids))


def test_the_docs_page_shows_every_operation_and_metric_and_loads_nothing_from_elsewhere() -> None:
    from hansei.api.routers import docs

    page = unescape("\n".join(docs._page(document())))
    for name in OPERATIONS:
        assert name.partition(" ")[2] in page
    assert all(metric in page for metric in REGISTRY)
    assert "<script" not in page
    assert "style=" not in page
    assert "http://" not in page.replace("http://localhost", "")
    assert "https://" not in page


def test_the_reference_page_is_there() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "http.md").read_text(
        encoding="utf-8"
    )
    assert all(f"`{name}`" in text for name in OPERATIONS)
