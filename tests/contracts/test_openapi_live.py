"""Schemathesis against a running server: no 5xx, and no answer that the document does not describe."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from contracts.test_openapi import OPERATIONS
from hansei.db import schema
from support.http_api import running, wired

#: A rule across fields (a count or ids, not both) and one about what is stored (a known team, a known metric) cannot be
#: written into a schema: such requests are valid by schema and answered 422 with a sentence.
NOT_BY_SCHEMA = "positive_data_acceptance"


@pytest.mark.timeout(320)
def test_no_answer_breaks_the_document(tmp_path: Path, broker_url: str) -> None:
    wiring = wired(f"sqlite:///{tmp_path / 'a.db'}", broker_url)
    schema.upgrade(wiring.database)
    with running(wiring) as url:
        command = [str(Path(sys.executable).parent / "schemathesis"), "run", f"{url}/openapi.json"]
        command += ["--checks", "all", "--exclude-checks", NOT_BY_SCHEMA, "--seed", "20260301"]
        command += ["--max-examples", "15", "--generation-database", "none", "--no-color"]
        # A stream of a task that no worker takes has no end by design; its events have tests of their own.
        command += ["--exclude-path-regex", "/events$"]
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert ran.returncode == 0, ran.stdout[-6000:]
    total = len(OPERATIONS)
    assert f"{total - 1} selected / {total} total" in ran.stdout
