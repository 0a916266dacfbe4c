"""Who may ask: local mode, tokens and scopes. The matrix is generated from the OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from hansei.bootstrap import wire
from hansei.db.models import Token
from hansei.db.session import Database
from hansei.db.types import database_time
from hansei.errors import AccessDenied, InvalidInput, NotFound
from hansei.services import access
from hansei.services.access import TokenView
from support import databases
from support.http_api import Api, client, running

NewToken = Callable[[str], tuple[str, TokenView]]
SCOPES = ("read", "write", "admin")
SYNC = "/tasks/metrics/sync"


def make(database: Database, scope: str = "write") -> access.NewToken:
    with database.write() as session:
        return access.create(session, "ci", scope)


def test_a_token_is_stored_as_a_hash_only(database: Database) -> None:
    made = make(database)
    assert re.fullmatch(r"hansei_[0-9A-Za-z]{57}", made.text)
    with database.read() as session:
        row = session.scalars(select(Token)).one()
        kept = " ".join(str(getattr(row, c.name)) for c in Token.__table__.columns)
    assert made.text not in kept
    assert made.text[15:] not in kept
    assert made.text.startswith(made.view.prefix)
    assert made.view.expires_at - made.view.created_at == pytest.approx(
        timedelta(days=90), abs=timedelta(seconds=5)
    )


def test_a_token_is_verified_and_its_use_noted_once_a_minute(database: Database) -> None:
    made = make(database, "read")
    assert access.verify(database, made.text) == access.Caller(made.view.prefix, "read")
    with database.read() as session:
        first = access.listed(session)[0].last_used_at
    assert first is not None
    access.verify(database, made.text)
    with database.read() as session:
        assert access.listed(session)[0].last_used_at == first
    with database.write() as session:
        session.execute(update(Token).values(last_used_at=database_time(-timedelta(seconds=61))))
    access.verify(database, made.text)
    with database.read() as session:
        again = access.listed(session)[0].last_used_at
    assert again is not None
    assert again >= first


def test_what_is_no_token_is_refused(database: Database) -> None:
    made = make(database)
    swapped = made.text[:20] + ("A" if made.text[20] != "A" else "B") + made.text[21:]
    for text in (
        "",
        "hansei_",
        made.text[:-1],
        made.text + "x",
        swapped,
        "x" * 100_000,
        "hänsei",
        "\x00" * 64,
    ):
        assert not access.well_formed(text)
        with pytest.raises(AccessDenied):
            access.verify(database, text)
    other = access._compose("A" * 8, "b" * 43)  # well formed, never made
    assert access.well_formed(other)
    with pytest.raises(AccessDenied, match="unknown, expired or revoked"):
        access.verify(database, other)


def test_revoking_and_expiring_end_a_token(database: Database) -> None:
    one, two = make(database), make(database)
    with database.read() as session:
        assert access.any_usable(session)
    with database.write() as session:
        assert access.revoke(session, one.view.id).revoked_at is not None
        ended = access.revoke(session, one.view.id).revoked_at
    with database.write() as session:
        assert access.revoke(session, one.view.id).revoked_at == ended
        session.execute(update(Token).where(Token.id == two.view.id).values(expires_at=database_time()))
    for made in (one, two):
        with pytest.raises(AccessDenied):
            access.verify(database, made.text)
    with database.read() as session:
        assert not access.any_usable(session)
        assert [t.usable for t in access.listed(session)] == [False, False]
    with pytest.raises(NotFound), database.write() as session:
        access.revoke(session, 10**6)


@pytest.mark.parametrize(("name", "scope", "days"), [("", "read", 90), ("a", "root", 90), ("a", "read", 366)])
def test_a_token_that_should_not_be_made(database: Database, name: str, scope: str, days: int) -> None:
    with pytest.raises(InvalidInput), database.write() as session:
        access.create(session, name, scope, expires_in_days=days)


def operations(document: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    """Return (method, path with values filled in, scope) for every operation of the document."""
    found = []
    for path, methods in document["paths"].items():
        filled = re.sub(r"\{\w+\}", "1", re.sub(r"\{team_id\}", "T", path))
        found += [(method.upper(), filled, operation.get("x-scope")) for method, operation in methods.items()]
    return found


def test_every_route_asks_for_the_scope_that_its_document_names(open_api: Api, new_token: NewToken) -> None:
    tokens = {scope: new_token(scope) for scope in SCOPES}
    admin = {"Authorization": f"Bearer {tokens['admin'][0]}"}
    document = open_api.http.get("/openapi.json", headers=admin).json()
    open_paths = {path for _, path, scope in operations(document) if scope is None}
    assert open_paths == {"/health", "/ready", "/version"}
    (revoked, ended), (expired, old) = new_token("admin"), new_token("admin")
    with open_api.wiring.database.write() as session:
        access.revoke(session, ended.id)
        session.execute(update(Token).where(Token.id == old.id).values(expires_at=database_time()))
    refused = ({}, *({"Authorization": a} for a in (f"Bearer {revoked}", f"Bearer {expired}", "Basic YTpi")))
    checked = 0
    for method, path, needed in operations(document):
        if needed is None:
            assert open_api.http.request(method, path).status_code in (200, 503)
            continue
        for bad in refused:
            answer = open_api.http.request(method, path, headers=bad)
            assert answer.status_code == 401, (method, path)
            assert answer.headers["WWW-Authenticate"] == "Bearer"
        for scope in SCOPES:
            answer = open_api.http.request(
                method, path, headers={"Authorization": f"Bearer {tokens[scope][0]}"}
            )
            reaches = SCOPES.index(scope) >= SCOPES.index(needed)
            assert (answer.status_code == 403) is not reaches, (method, path, scope, answer.text)
            assert answer.status_code != 401
            checked += 1
    assert checked >= 3 * 20


@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json", "/nothing", "/docs/style.css"])
def test_what_the_document_does_not_list_needs_a_token_too(open_api: Api, path: str) -> None:
    assert open_api.http.get(path).status_code == 401


def test_a_revoked_token_is_refused_on_the_next_request(open_api: Api, new_token: NewToken) -> None:
    text, view = new_token("write")
    headers = {"Authorization": f"Bearer {text}"}
    assert open_api.http.post(SYNC, headers=headers).status_code == 202
    with open_api.wiring.database.write() as session:
        access.revoke(session, view.id)
    answer = open_api.http.post(SYNC, headers=headers)
    assert answer.status_code == 401
    assert text not in answer.text


def test_a_key_belongs_to_its_token(open_api: Api, new_token: NewToken) -> None:
    ids = set()
    for text, _ in (new_token("write"), new_token("write")):
        headers = {"Authorization": f"Bearer {text}", "Idempotency-Key": "same"}
        ids.add(open_api.http.post(SYNC, headers=headers).json()["task_id"])
    assert len(ids) == 2


def test_other_origins_and_proxies_are_no_matter_where_tokens_rule(
    open_api: Api, new_token: NewToken
) -> None:
    text, _ = new_token("write")
    headers = {"Authorization": f"Bearer {text}", "X-Forwarded-For": "1.2.3.4", "Host": "hansei.example"}
    assert open_api.http.post(SYNC, headers=headers).status_code == 202


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8000", "127.0.0.1:1", "[::1]:8000", "[::1]", "LOCALHOST"]
)
def test_local_mode_answers_to_its_own_names(local_api: Api, host: str) -> None:
    assert local_api.http.get("/version", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "10.0.0.1",
        "[::2]",
        "[::1]evil",
        "::",
    ],
)
def test_local_mode_refuses_other_names(local_api: Api, host: str) -> None:
    answer = local_api.http.get("/tasks", headers={"Host": host})
    assert answer.status_code == 403
    assert "localhost" in answer.json()["detail"]


@pytest.mark.parametrize(
    "header",
    [{"Forwarded": "for=1.2.3.4"}, {"X-Forwarded-For": "1.2.3.4"}, {"X-Forwarded-Host": "localhost"}],
)
def test_local_mode_refuses_what_a_proxy_passes_on(local_api: Api, header: dict[str, str]) -> None:
    answer = local_api.http.get("/tasks", headers=header)
    assert answer.status_code == 403
    assert "proxy" in answer.json()["detail"]


@pytest.mark.parametrize(
    "header",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://localhost:1"},
    ],
)
def test_local_mode_refuses_writes_from_other_sites(local_api: Api, header: dict[str, str]) -> None:
    before = local_api.counts()
    assert local_api.http.post(SYNC, headers=header).status_code == 403
    assert local_api.http.delete("/teams/T", headers=header).status_code == 403
    assert local_api.counts() == before
    assert local_api.http.post(SYNC, headers={"Origin": local_api.url}).status_code == 202


def test_local_mode_checks_a_token_that_is_given(local_api: Api) -> None:
    assert local_api.http.get("/tasks", headers={"Authorization": "Bearer nonsense"}).status_code == 401
    reader = make(local_api.wiring.database, "read")
    headers = {"Authorization": f"Bearer {reader.text}"}
    assert local_api.http.get("/tasks", headers=headers).status_code == 200
    assert local_api.http.post(SYNC, headers=headers).status_code == 403


def test_every_answer_carries_the_security_headers(local_api: Api) -> None:
    answers: list[httpx.Response] = [
        local_api.http.get(path) for path in ("/version", "/nothing", "/docs", "/tasks", "/openapi.json", "/")
    ]
    answers += [
        local_api.http.get("/tasks", headers={"Host": "evil"}),
        local_api.http.post(SYNC, content=b"x"),
    ]
    for answer in answers:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "server" not in answer.headers


def test_a_token_that_asks_too_often_is_told_when_to_come_back(tmp_path: Path, broker_url: str) -> None:
    url = databases.sqlite(tmp_path / "paced.db")
    environ = {"HANSEI_DATABASE_URL": url, "HANSEI_BROKER_URL": broker_url, "HANSEI_RATE_LIMIT": "3"}
    wiring = wire(environ)
    with running(wiring, local=False) as url, client(url) as http:
        with wiring.database.write() as session:
            one, other = (
                {"Authorization": f"Bearer {access.create(session, name, 'read').text}"} for name in "ab"
            )
        answers = [http.get("/teams", headers=one) for _ in range(4)]
        assert [a.status_code for a in answers] == [200, 200, 200, 429]
        assert answers[-1].headers["Content-Type"] == "application/problem+json"
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 20
        page = http.get("/dashboard/reports", headers=one)
        assert (page.status_code, page.headers["Content-Type"]) == (429, "text/html; charset=utf-8")
        assert 1 <= int(page.headers["Retry-After"]) <= 20
        assert "more than 3 requests within a minute" in page.text
        assert 'href="/dashboard"' in page.text.partition("<main")[2]
        assert http.get("/teams", headers=other).status_code == 200
        assert http.get("/health").status_code == 200
    with running(wiring, local=True) as url, client(url) as http:
        assert {http.get("/teams", headers=one).status_code for _ in range(9)} == {200}
