"""Forms of a report that a worker draws: a real worker, a real server, one task for all who ask."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from sqlalchemy import delete

from builders import reports as builders
from hansei import jobs
from hansei.dashboard import drawings
from hansei.db.models import WorkerSeen
from hansei.errors import NotFound
from hansei.narrative.template import TemplateNarrator
from hansei.services import exports, renderings, reports, teams, workers
from hansei.services.exports import ExportOrder
from support import databases, stack
from support.http_api import Api, client, running, wired
from support.waiting import until


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, broker_url: str) -> Iterator[Api]:
    url = databases.sqlite(tmp_path_factory.mktemp("exports") / "one.db")
    wiring = wired(url, broker_url)
    with running(wiring) as address, client(address) as http:
        http.get("/dashboard")
        yield Api(address, wiring, http)


@pytest.fixture
def unseen(api: Api) -> None:
    """No worker has said that it lives."""
    with api.wiring.database.write() as session:
        session.execute(delete(WorkerSeen))


@pytest.fixture(scope="module")
def _worker(api: Api, broker_url: str) -> Iterator[psutil.Process]:
    environ = stack.environment(str(api.wiring.database.url), broker_url)
    with stack.worker(environ, "--pool=prefork", "--concurrency=1", "--queues=reports,metrics") as process:
        yield process


@pytest.fixture
def worker(api: Api, _worker: psutil.Process) -> psutil.Process:
    """A worker as the mission's own command starts it; it is seen even where it is held still."""
    with api.wiring.database.write() as session:
        workers.seen(session, "celery@here", queues=("metrics", "reports"), pool="prefork")
    return _worker


def store(api: Api, team: str = "heron") -> int:
    report = builders.EVERY["changed"]()
    narrative = TemplateNarrator().narrate(report, team_name=team, custom_context=None)
    order = reports.ReportOrder(team, 12, None, None, ())
    with api.wiring.database.write() as session:
        teams.put(session, team)
        made = reports.store(session, order, reports.Written(report, narrative), job_id=None)
    return int(made["report_id"])


def tasks(api: Api, number: int) -> list[jobs.JobView]:
    with api.wiring.database.read() as session:
        found = jobs.newest(session, limit=200, kind="export")
    return [job for job in found if job.params["report_id"] == number]


@pytest.mark.usefixtures("unseen")
@pytest.mark.parametrize("path", ["/reports/{}.pdf", "/reports/{}.html", "/dashboard/reports/{}/export.pdf",
    "/dashboard/reports/{}/charts/S1.svg"])  # fmt: skip
def test_where_no_worker_is_seen_the_answer_comes_at_once_with_the_remedy(api: Api, path: str) -> None:
    number = store(api)
    begun = time.monotonic()
    answer = api.http.get(path.format(number))
    assert time.monotonic() - begun < 5
    assert answer.status_code == 503
    assert "hansei worker" in answer.text
    assert tasks(api, number) == [], "nothing is handed in that nobody would take"
    for ending in ("md", "csv", "json"):
        assert api.http.get(f"/reports/{number}.{ending}").status_code == 200


@pytest.mark.usefixtures("worker")
def test_all_who_ask_wait_for_one_task_and_later_readers_for_none(api: Api) -> None:
    number = store(api)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: api.http.get(f"/reports/{number}.pdf"), range(4)))
    assert [a.status_code for a in answers] == [200] * 4
    assert {a.content for a in answers} == {answers[0].content}
    assert answers[0].content.startswith(b"%PDF-")
    assert [t.status for t in tasks(api, number)] == ["SUCCESS"]
    assert api.http.get(f"/dashboard/reports/{number}/export.pdf").content == answers[0].content
    html = api.http.get(f"/reports/{number}.html")
    assert html.text.count("<svg") >= 5
    assert len(tasks(api, number)) == 1, "the charts were drawn with the PDF"
    assert f"Make the PDF of report {number}" in api.http.get("/dashboard/tasks").text


def test_a_reader_who_waited_long_enough_is_told_where_the_task_is(
    api: Api, worker: psutil.Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawings, "WAIT_SECONDS", 0.3)
    number = store(api)
    held = [worker, *worker.children(recursive=True)]
    for process in held:
        process.suspend()
    try:
        answer = api.http.get(f"/reports/{number}.pdf")
        assert answer.status_code == 202
        task = answer.json()["task_id"]
        assert answer.headers["location"] == f"/tasks/status/{task}"
        page = api.http.get(f"/dashboard/reports/{number}/export.pdf")
        assert (page.status_code, page.headers["location"]) == (303, f"/dashboard/tasks/{task}")
        assert api.http.get(f"/dashboard/reports/{number}/charts/S1.svg").status_code == 503
        other = api.http.get(f"/reports/{number}.html").json()["task_id"]
        assert api.http.delete(f"/tasks/{other}").status_code == 200
    finally:
        for process in held:
            process.resume()
    monkeypatch.undo()
    until(
        "it is drawn", lambda: api.http.get(f"/tasks/status/{task}").json()["status"] == "SUCCESS", seconds=60
    )
    assert api.http.get(f"/reports/{number}.pdf").status_code == 200


def test_a_task_whose_report_is_gone_fails_with_a_sentence_and_keeps_nothing(
    api: Api,
) -> None:
    number = store(api)
    database = api.wiring.database
    keep = exports.make(database, ExportOrder(number, "pdf"), lambda *_: None)
    with database.write() as session:
        reports.remove(session, number)
    with pytest.raises(NotFound), database.write() as session:
        keep(session)
    with pytest.raises(NotFound):
        exports.make(database, ExportOrder(number, "pdf"), lambda *_: None)


def test_a_renderer_that_dies_fails_with_a_sentence_and_the_next_one_works(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = store(api)
    with api.wiring.database.read() as session:
        stored = reports.get(session, number)
    with monkeypatch.context() as broken:
        broken.setattr("sys.executable", "/bin/false")
        with pytest.raises(renderings.DrawingFailed, match="the renderer ended with 1"):
            renderings.obtain(api.wiring.database, stored, "pdf")
    with api.wiring.database.read() as session:
        assert renderings.kept(session, stored, "pdf") is None
    assert renderings.obtain(api.wiring.database, stored, "pdf").startswith(b"%PDF-")


def test_a_renamed_team_gets_its_pdf_anew_and_keeps_its_charts(api: Api) -> None:
    number = store(api, "renamed")
    database = api.wiring.database
    with database.read() as session:
        stored = reports.get(session, number)
    renderings.obtain(database, stored, "pdf")
    with database.write() as session:
        teams.put(session, "renamed", name="Another name")
    with database.read() as session:
        stored = reports.get(session, number)
        assert renderings.kept(session, stored, "pdf") is None
        assert renderings.kept(session, stored, "charts") is not None
