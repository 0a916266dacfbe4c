"""The sample metrics API, read by the source that reads a team's own."""

from __future__ import annotations

import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from hansei import sample
from hansei.core.ports import Fetched
from hansei.errors import SourceRefused
from hansei.sample.serve import PAGE, SampleApi
from hansei.sources.egress import Egress
from hansei.sources.metrics_api import MetricsApi


def quiet(percent: int, stage: str) -> None:
    """Take progress and do nothing."""


def fetch(api: SampleApi, count: int, team_id: str | None, key: str | None = None) -> Fetched:
    return MetricsApi(api.url, key, name="sample", egress=Egress(trusted=True)).fetch(count, team_id, quiet)


def test_it_answers_for_no_team_for_the_simulated_and_for_the_real_one() -> None:
    with SampleApi() as api:
        nobody, alpha, real = (fetch(api, 200, team) for team in (None, "TEAM-ALPHA", "sample-velocity"))
    assert nobody == alpha
    assert [s.to_payload()["sprint_id"] for s in alpha.sprints] == [f"ALPHA-{n}" for n in range(27, 41)]
    assert [s.sprint_id for s in real.sprints] == [str(n) for n in range(41, 67)]
    assert real.unknown_names == ("bug_issues", "bug_points")
    assert alpha.unknown_names == alpha.notes == real.notes == ()
    assert alpha.rejected == real.rejected == ()


@pytest.mark.parametrize("count", [1, 5, PAGE, PAGE + 1, 2 * PAGE, 26])
def test_count_takes_the_most_recent_over_pages(count: int) -> None:
    with SampleApi() as api:
        got = [s.sprint_id for s in fetch(api, count, sample.REAL).sprints]
    assert got == [str(n) for n in range(41, 67)][-count:]


def test_the_key_is_asked_for() -> None:
    with SampleApi(key="secret") as api:
        assert len(fetch(api, 5, None, "secret").sprints) == 5
        for wrong in ("Secret", "secret2", None):
            with pytest.raises(SourceRefused, match="401"):
                fetch(api, 5, None, wrong)


def test_an_unknown_team_is_refused_not_invented() -> None:
    with SampleApi() as api, pytest.raises(SourceRefused, match="404"):
        fetch(api, 5, "someone-else")


@pytest.mark.parametrize("query", ["count=0", "count=x", "count=5&cursor=-1", "cursor=x"])
def test_a_query_it_does_not_understand_is_400(query: str) -> None:
    with SampleApi() as api, pytest.raises(urllib.error.HTTPError, match="400") as caught:
        urllib.request.urlopen(f"{api.url}/sprints?{query}", timeout=5)
    caught.value.close()


def test_stopping_frees_the_port() -> None:
    with SampleApi() as api:
        port = api.port
    with SampleApi(port) as again:
        assert again.port == port


def test_it_runs_as_a_command() -> None:
    command = [sys.executable, "-m", "hansei.sample.serve", "--key", "k"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = server.stdout.readline().split()[-1]
            source = MetricsApi(url, "k", name="sample", egress=Egress(trusted=True))
            assert len(source.fetch(3, None, quiet).sprints) == 3
        finally:
            server.terminate()
