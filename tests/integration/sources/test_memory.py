"""A hostile source cannot fill the memory of a worker: measured in a process of its own."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from support import upstream as up
from support.upstream import Reply, upstream

FETCH = """
import pathlib, re, sys
from hansei.errors import SourceError
from hansei.sources.egress import Egress
from hansei.sources.metrics_api import MetricsApi

try:
    api = MetricsApi(sys.argv[1], None, name="default", egress=Egress(trusted=True), seconds=20)
    print(len(api.fetch(200, None, lambda percent, stage: None).sprints))
except SourceError as error:
    print(type(error).__name__)
print(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1])
"""


def bomb() -> Reply:
    return Reply(gzip.compress(bytes(300_000_000), 1), headers={"Content-Encoding": "gzip"})


def empty_objects() -> Reply:
    return Reply(b"[" + b"{}," * 6_600_000 + b"{}]")


def one_text() -> Reply:
    return Reply(b'["' + "é".encode() * 9_900_000 + b'"]')


def most_that_is_read() -> Reply:
    row = b'{"sprint_id":"%d",' + b",".join(b'"s%02d_%%d":1.5' % k for k in range(22)) + b"}"
    return Reply(b"[" + b",".join(row % ((n,) * 23) for n in range(20_000)) + b"]")


def many_names() -> Reply:
    return Reply(b"[{" + b",".join(b'"n%06d":1.5' % n for n in range(499_000)) + b"}]")


def endless() -> up.Raw:
    return up.endless


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak memory from /proc")
@pytest.mark.parametrize("reply", [bomb, empty_objects, one_text, most_that_is_read, many_names, endless])
def test_peak_memory_stays_under_300_mb(reply: Callable[[], Reply | up.Raw]) -> None:
    with upstream(reply()) as server:
        done = subprocess.run(
            [sys.executable, "-c", FETCH, server.url], capture_output=True, text=True, timeout=110, check=True
        )
    outcome, peak_kb = done.stdout.split()
    assert int(peak_kb) / 1000 < 300, (outcome, peak_kb)
