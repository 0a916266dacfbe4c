"""The metrics API as a source, over real HTTP; every answer is a file or written out here."""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from hansei.core.ordering import natural
from hansei.core.ports import Fetched
from hansei.errors import SourceRefused, SourceUnavailable, TaskStopped
from hansei.sources.egress import Egress
from hansei.sources.metrics_api import MetricsApi
from support import upstream as up
from support.upstream import Reply, upstream

PAYLOADS = Path(__file__).resolve().parents[2] / "payloads/metrics_api"
KEY = "canary-key-7f3a"


def payload(name: str, **headers: str) -> Reply:
    return Reply((PAYLOADS / name).read_bytes(), headers=headers)


def quiet(percent: int, stage: str) -> None:
    """Take progress and do nothing."""


def source(url: str, key: str | None = KEY, **more: Any) -> MetricsApi:
    """A source that notes its pauses instead of sleeping."""
    options: dict[str, Any] = {"seconds": 10.0, "sleep": lambda _: None, "rng": random.Random(1)} | more
    return MetricsApi(url, key, name="default", egress=Egress(trusted=True), **options)


def fetch(reply: Reply | up.Raw, *more: Reply | up.Raw, count: int = 200) -> Fetched:
    with upstream(reply, *more) as server:
        return source(server.url).fetch(count, None, quiet)


# --- what is asked


def test_it_asks_as_the_contract_says() -> None:
    with upstream(Reply([])) as server:
        source(server.url + "/v2/?tenant=7").fetch(12, "TEAM ä", quiet)
        path, headers = server.seen[0]
    assert urlsplit(path).path == "/v2/sprints"
    assert parse_qs(urlsplit(path).query) == {"tenant": ["7"], "count": ["12"], "team_id": ["TEAM ä"]}
    assert headers["authorization"] == f"Bearer {KEY}"
    assert headers["accept"] == "application/json"


def test_without_team_and_key_neither_is_sent() -> None:
    with upstream(Reply([])) as server:
        source(server.url, None).fetch(5, None, quiet)
        path, headers = server.seen[0]
    assert path == "/sprints?count=5"
    assert "authorization" not in headers


# --- what is read


def test_an_array_in_any_order_is_read_in_time_order() -> None:
    fetched = fetch(payload("array.json"))
    assert [s.sprint_id for s in fetched.sprints] == ["S-9", "S-10"]
    nine, ten = fetched.sprints
    assert nine.start == datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert nine.values == {"story_points_completed": 28.5, "bugs_prod": 0.0}
    assert ten.end == datetime(2026, 3, 27, 23, 59, 59, tzinfo=UTC)
    assert (fetched.rejected, fetched.unknown_names, fetched.notes) == ((), (), ())


def test_unknown_numbers_are_kept_and_unknown_texts_are_named() -> None:
    fetched = fetch(payload("items.json"))
    (sprint,) = fetched.sprints
    assert (sprint.sprint_id, sprint.name) == ("41", "Sprint 41 🚀")
    assert sprint.value("story_points_completed") is None
    assert sprint.value("story_share_large") == 10.0
    assert sprint.extra == {"deploys_per_week": 4.5}
    assert fetched.unknown_names == ("deploys_per_week",)
    assert fetched.notes == (
        "Not read, because they are not numbers or not named like a metric: blocked, goal.",
    )


def test_names_that_are_not_metric_names_are_counted_not_shown() -> None:
    fetched = fetch(Reply([{"sprint_id": "1", "Ben B.": 3, "goal": "y"}]))
    assert fetched.notes == (
        "Not read, because they are not numbers or not named like a metric: goal and 1 more.",
    )


def test_no_series_of_a_single_person_is_read_and_none_is_named() -> None:
    row = {"sprint_id": "1", "velocity": 3, "anna@example.com": 1, "Anna.Schmidt": 2, "assignee_otto": 3}
    fetched = fetch(Reply([row]))
    assert (fetched.sprints[0].extra, fetched.unknown_names) == ({}, ())
    assert fetched.notes == (
        "Not read, because no number of a single person is kept and the name may be of one: 3 fields; if it measures"
        " the whole team, name it in small letters and without a word for a person, such as build_time.",
    )


def test_bad_rows_are_refused_each_with_its_reason_and_the_good_one_is_kept() -> None:
    fetched = fetch(payload("mixed.json"))
    assert [s.sprint_id for s in fetched.sprints] == ["good"]
    reasons = {(r.row, r.sprint_id): r.reason for r in fetched.rejected}
    expected = {
        (1, "nan"): "not a finite number",
        (2, "inf"): "not a finite number",
        (3, "text"): "must be a number",
        (4, "negative"): "cannot be negative",
        (5, "share"): "101 lies above",
        (6, "dates"): "ends before it starts",
        (7, "day"): "ISO 8601",
        (8, None): "“sprint_id” must be a text",
        (9, "lone?"): "“sprint_id” must be a text",
        (10, None): "must be an object",
        (11, "twice"): "has a name twice",
        (12, "alias"): "are the same metric",
        (13, "clash"): "comes 2 times with different values",
        (14, "clash"): "comes 2 times with different values",
        (15, "flag"): "must be a number",
    }
    assert reasons.keys() == expected.keys()
    for place, part in expected.items():
        assert part in reasons[place]
    assert [r.row for r in fetched.rejected] == sorted(r.row for r in fetched.rejected)


def test_pages_joined_by_a_cursor_and_a_row_on_both() -> None:
    with upstream(payload("page_1.json"), payload("page_2.json")) as server:
        fetched = source(server.url).fetch(50, "T", quiet)
        assert server.paths == [
            "/sprints?count=50&team_id=T",
            "/sprints?count=50&team_id=T&cursor=b2Zmc2V0PTI",
        ]
    assert [s.sprint_id for s in fetched.sprints] == ["P-1", "P-2", "P-3"]
    assert fetched.notes == ("1 row came twice and counted once.",)


@pytest.mark.parametrize("follow", ["/sprints?page=2", "?page=2", "{url}/sprints?page=2#x", "sprints?page=2"])
def test_pages_joined_by_an_address(follow: str) -> None:
    first: dict[str, Any] = {"items": [{"sprint_id": "1"}]}
    with upstream(Reply(first), Reply([{"sprint_id": "2"}])) as server:
        first["next"] = follow.format(url=server.url)
        assert len(source(server.url).fetch(5, None, quiet).sprints) == 2
        assert server.paths[1] == "/sprints?page=2"
        assert server.seen[1][1]["authorization"] == f"Bearer {KEY}"


def test_more_than_asked_for_keeps_the_most_recent() -> None:
    rows = [{"sprint_id": f"Sprint {n}", "wip": n} for n in (9, 12, 10, 11)]
    fetched = fetch(Reply(rows), count=2)
    assert [s.name for s in fetched.sprints] == ["Sprint 11", "Sprint 12"]
    assert fetched.notes == (
        "The source sent 4 sprints where 2 were asked for; the 2 most recent were taken.",
    )


@pytest.mark.parametrize("body", [[], {"items": []}, {"items": [], "next": None}])
def test_no_sprints_is_an_answer_and_said(body: object) -> None:
    fetched = fetch(Reply(body))
    assert fetched.sprints == ()
    assert fetched.notes == ("The source knows no sprints.",)


def test_ten_thousand_sprints_in_one_answer() -> None:
    rows = [
        {"sprint_id": f"S{n}", "end_date": "2026-01-01"} | {f"series_{k}": n for k in range(20)}
        for n in range(10_000)
    ]
    fetched = fetch(Reply(rows), count=10_000)
    assert [s.sprint_id for s in fetched.sprints] == sorted(
        (s.sprint_id for s in fetched.sprints), key=natural
    )
    assert len(fetched.sprints) == 10_000


# --- what is refused at once


REFUSALS: list[tuple[Reply | up.Raw, str, str]] = [
    (Reply(status=401), "does not accept the key (401)", "HANSEI_METRICS_API_KEY"),
    (Reply(status=403), "does not let this key read sprints (403)", "read access"),
    (Reply(status=404), "has nothing at this address (404)", "without /sprints"),
    (Reply(status=400), "answered 400", "docs/howto/own-metrics-api.md"),
    (Reply(status=204), "answered 204", "docs/howto/own-metrics-api.md"),
    (Reply(status=301, headers={"Location": "https://a.example/canary"}), "redirects (301)", "final"),
    (Reply(b"{"), "not JSON (line 1)", "Check the address"),
    (Reply(b""), "answered with nothing", "Check the address"),
    (Reply(b"\xff\xfe[\x00]\x00"), "not UTF-8", "Check the address"),
    (Reply(b"[" * 100_000), "nested too deeply", "Check the address"),
    (Reply(b"[" + b"9" * 5000 + b"]"), "not JSON", "Check the address"),
    (Reply(b"[" + b"{}," * 600_000 + b"{}]"), "more than 500,000 values", "Check the address"),
    (Reply({"data": []}), "no list of sprints", "Check the address"),
    (Reply(b"null"), "no list of sprints", "Check the address"),
    (Reply({"items": [], "next": True}), "neither an address nor a cursor", "Check the address"),
    (Reply({"items": {}}), "no list of sprints", "Check the address"),
    (payload("login.html"), "a web page instead of JSON", "Check the address"),
    (Reply(b"[]", headers={"Content-Type": "text/html"}), "a web page instead of JSON", "Check the address"),
    (Reply({"items": [], "next": "https://evil.example/sprints?x"}), "another host", "same host"),
    (Reply({"items": [], "next": "//evil.example/sprints"}), "another host", "same host"),
    (Reply({"items": [], "next": "http://[::1/?"}), "no address", "docs/howto"),
    (Reply({"items": [], "next": "?count=200"}), "read before", "null at the end"),
    (Reply({"items": [], "next": "same"}), "read before", "null at the end"),
]  # fmt: skip


@pytest.mark.parametrize(("reply", "what", "remedy"), REFUSALS, ids=[r[1] for r in REFUSALS])
def test_refused_at_once_with_source_address_and_remedy(reply: Reply, what: str, remedy: str) -> None:
    with upstream(reply) as server:
        with pytest.raises(SourceRefused) as caught:
            source(server.url + "/api?token=canary-query").fetch(200, None, quiet)
        asked = len(server.seen)
        assert f"The source “default” ({server.url}/api/sprints) " in caught.value.message
    assert what in caught.value.message
    assert remedy in caught.value.remedy
    assert "canary" not in caught.value.sentence()
    assert asked <= 2


def test_an_error_on_a_later_page_repeats_no_word_of_its_address() -> None:
    with upstream(Reply({"items": [], "next": "/canary?page=2"}), Reply(b"{")) as server:
        with pytest.raises(SourceRefused) as caught:
            source(server.url).fetch(200, None, quiet)
        assert len(server.seen) == 2
    assert f"({server.url}/sprints) answered with something that is not JSON" in caught.value.message
    assert "canary" not in caught.value.sentence()


def test_endless_paging_ends() -> None:
    def more(connection: Any, over: Any) -> None:
        body = json.dumps({"items": [], "next": f"c{random.random()}"}).encode()
        connection.sendall(up.HEAD + b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    with upstream(more) as server, pytest.raises(SourceRefused, match="still had more after 100 pages"):
        source(server.url).fetch(5, None, quiet)
    assert len(server.seen) == 100


@pytest.mark.parametrize("url", ["ftp://x", "not a url", "https://u:canary@x.example"])
def test_an_address_that_cannot_be_called(url: str) -> None:
    with pytest.raises(SourceRefused, match="The source “default”") as caught:
        source(url).fetch(5, None, quiet)
    assert "canary" not in caught.value.sentence()


@pytest.mark.parametrize("key", ["two\r\nX-Evil: 1", "schlüssel"])
def test_a_key_that_cannot_be_one_is_refused_before_any_call(key: str) -> None:
    with upstream(Reply([])) as server:
        with pytest.raises(SourceRefused, match="its key holds characters") as caught:
            source(server.url, key).fetch(5, None, quiet)
        assert server.seen == []
    assert key not in caught.value.sentence()


def test_an_untrusted_address_must_be_public() -> None:
    with upstream(Reply([])) as server:
        api = MetricsApi(server.url, KEY, name="team tracker", egress=Egress())
        with pytest.raises(SourceRefused, match="not public") as caught:
            api.fetch(5, None, quiet)
        assert server.seen == []
    assert "HANSEI_EGRESS_ALLOW" in caught.value.remedy


# --- what is tried again


def paused(
    reply: Reply | up.Raw, *more: Reply | up.Raw, **options: Any
) -> tuple[int, list[float], Fetched | None]:
    """Fetch once; return the number of calls, the seconds paused, and what came (None: unavailable)."""
    pauses: list[float] = []
    got: Fetched | None = None
    with upstream(reply, *more) as server:
        with suppress(SourceUnavailable):
            got = source(server.url, sleep=pauses.append, **options).fetch(5, None, quiet)
        return len(server.seen), pauses, got


GOOD = Reply([{"sprint_id": "1"}])


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
def test_trouble_that_may_pass_is_tried_again(status: int) -> None:
    calls, pauses, got = paused(Reply(status=status), Reply(status=status), GOOD)
    assert (calls, got is not None) == (3, True)
    assert 0 < sum(pauses) <= 1 + 2


@pytest.mark.parametrize("reply", [up.cut_off, Reply(status=500)])
def test_it_gives_up_after_four_tries(reply: Reply | up.Raw) -> None:
    calls, _, got = paused(reply)
    assert (calls, got) == (4, None)


def test_pauses_differ_between_seeds_and_not_between_runs() -> None:
    runs = [paused(Reply(status=500), rng=random.Random(seed))[1] for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]


def test_retry_after_in_seconds_is_waited_for() -> None:
    calls, pauses, got = paused(Reply(status=429, headers={"Retry-After": "3"}), GOOD)
    assert (calls, got is not None) == (2, True)
    assert 3 <= sum(pauses) <= 4


def test_retry_after_as_a_date_is_waited_for() -> None:
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=5), usegmt=True)
    _, pauses, got = paused(Reply(status=503, headers={"Retry-After": at}), GOOD)
    assert got is not None
    assert 3 < sum(pauses) <= 6  # the date has whole seconds


@pytest.mark.parametrize("value", ["Thu, 01 Jan 1970 00:00:00 GMT", "soon", "-5", "", "1e9"])
def test_odd_retry_after_headers_do_no_harm(value: str) -> None:
    _, pauses, got = paused(Reply(status=503, headers={"Retry-After": value}), GOOD)
    assert got is not None
    assert sum(pauses) <= 2


@pytest.mark.parametrize("value", ["3600", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_longer_pause_than_the_deadline_is_not_waited_for(value: str) -> None:
    calls, pauses, got = paused(Reply(status=429, headers={"Retry-After": value}))
    assert (calls, pauses, got) == (1, [], None)


def test_the_sentence_says_what_the_source_asks_for() -> None:
    with upstream(Reply(status=429, headers={"Retry-After": "120"})) as server:
        with pytest.raises(SourceUnavailable) as caught:
            source(server.url).fetch(5, None, quiet)
        assert caught.value.sentence() == (
            f"The source “default” ({server.url}/sprints) is not available: it answered 429 and asks for a pause "
            "of 120 s (1 try). Try again later, or ask whoever runs it."
        )


@pytest.mark.parametrize("reply", [up.stall, up.drip_body, up.drip_head])
def test_the_deadline_covers_everything(reply: up.Raw) -> None:
    with upstream(reply) as server:
        begun = datetime.now(UTC)
        with pytest.raises(SourceUnavailable, match=r"within 0\.5 s"):
            source(server.url, seconds=0.5).fetch(5, None, quiet)
        assert datetime.now(UTC) - begun < timedelta(seconds=1.5)


def test_cancelling_during_a_pause_ends_it() -> None:
    def stop_while_waiting(percent: int, stage: str) -> None:
        if stage == "waiting for the source":
            raise TaskStopped("cancelled")

    with upstream(Reply(status=503, headers={"Retry-After": "5"})) as server, pytest.raises(TaskStopped):
        source(server.url).fetch(5, None, stop_while_waiting)


def test_the_key_is_in_no_log_error_or_repr(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    said: list[str] = []

    def tell(percent: int, stage: str) -> None:
        said.append(stage)

    for reply in (Reply([]), Reply(status=401), Reply(status=500), up.cut_off, payload("login.html")):
        with upstream(reply) as server:
            api = source(server.url)
            said.append(repr(api) + str(api))
            try:
                api.fetch(5, None, tell)
            except (SourceRefused, SourceUnavailable) as error:
                said += [repr(error), error.sentence(), repr(error.__cause__)]
    assert len(caplog.records) > 10  # httpcore does log at this level
    assert KEY not in caplog.text + "".join(said)


def test_progress_never_goes_back_over_pages() -> None:
    pages: list[Callable[..., Any] | Reply] = [
        Reply({"items": [{"sprint_id": str(n)}], "next": f"c{n}"}) for n in range(30)
    ]
    steps: list[int] = []

    def tell(percent: int, stage: str) -> None:
        steps.append(percent)

    with upstream(*pages, Reply(status=500), Reply([])) as server:
        source(server.url).fetch(50, None, tell)
    assert steps == sorted(steps)
    assert steps[-1] < 80
