"""What tables do to the memory of the API: the real process, the largest tables there are, hostile ones in between."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from builders.workbooks import SHEET, SMALL, full, of_rows, repacked
from integration.api.test_serve import api_process
from support import databases, stack
from support.http_api import client

MOST_MB = 300
MEASURED = Path("/proc/self/clear_refs")
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def peak_mb(pid: int) -> float:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
    assert found is not None
    return int(found[1]) / 1000


def one_line_of_a_gigabyte() -> Iterator[bytes]:
    block = b"x" * (1 << 20)
    yield from (block for _ in range(1000))


def bomb() -> bytes:
    spaces = b" " * 120_000_000
    return repacked(
        SMALL, lambda n, p: p.replace(b"</sheetData>", spaces + b"</sheetData>") if n == SHEET else p
    )


def linked() -> bytes:
    """Return an honest workbook: a formula that looks into another workbook, with the value that it had there."""
    name = b'<c t="inlineStr"><is><t>%s</t></is></c>'
    link = b"<row>" + name % b"Sprint %d" + b"<c><f>[1]Velocity!B%d</f><v>%d</v></c></row>"
    rows = b"<row>" + name % b"Sprint" + name % b"Velocity" + b"</row>"
    rows += b"".join(link % (n, n, 20 + n) for n in range(1, 6))
    target = b"http://192.0.2.1/velocity.xlsx"
    more = {
        "xl/externalLinks/externalLink1.xml": b'<externalLink><externalBook r:id="rId1"/></externalLink>',
        "xl/externalLinks/_rels/externalLink1.xml.rels": b'<Relationships><Relationship Id="rId1" Target="'
        + target
        + b'" TargetMode="External"/></Relationships>',
    }
    return of_rows(rows, more)


HOSTILE: dict[str, tuple[bytes, str]] = {
    "a zip bomb": (bomb(), "unpacks to far more than a table needs"),
    "a login page": (b"<!doctype html><title>Sign in</title>" + b"<p>" * 1_000_000, "is a web page"),
    "UTF-16 with NULs": ("Sprint,Velocity\n".encode("utf-16-le") * 100_000, "is not plain text"),
    "an entity of its own": (
        repacked(
            SMALL,
            lambda n, p: p.replace(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet') if n == SHEET else p,
        ),
        "is not a workbook as Excel writes it",
    ),
}  # fmt: skip


def send(http: httpx.Client, team: str, content: Any, **query: Any) -> httpx.Response:
    return http.post(
        f"/teams/{team}/imports", content=content, headers={"Content-Type": WORKBOOK}, params=query
    )


@pytest.mark.timeout(400)  # millions of cells: seconds where the machine is free, minutes where it is not
@pytest.mark.skipif(not MEASURED.exists(), reason="reads the peak memory from /proc")
def test_no_table_takes_the_api_beyond_300_mb(tmp_path: Path) -> None:
    url = databases.sqlite(tmp_path / "a.db")
    large, everything = full([*range(60)]), {"answer": "measures=all"}
    with (
        api_process(stack.environment(url, "redis://127.0.0.1:1/0")) as (child, address, _),
        client(address, timeout=120) as http,
    ):
        row = {"sprint_id": "S7", "story_points_completed": 21, "m_3": -1}
        assert http.post("/teams/large/sprints", json=[row]).status_code == 200

        stored = send(http, "large", large, **everything).json()
        assert (stored["created"], stored["stored"]) == (5000, True)
        assert "5000 closed sprints and 499 measures" in stored["worth"]
        merged = http.get("/teams/large/sprints/S7").json()
        # The table's own value of sprint 7, column 5 is full()'s: 7 * 7 + 4 * 4 = 65, which is 5 of 60.
        assert (merged["m_3"], merged["m_4"], merged["story_points_completed"]) == (-1, 5, 21)

        assert send(http, "hostile", one_line_of_a_gigabyte()).status_code == 413
        for what, (content, reason) in HOSTILE.items():
            refused = send(http, "hostile", content)
            assert refused.status_code == 422, what
            assert reason in refused.json()["detail"], what

        zeros = send(http, "zeros", full([0]), dry_run=True, **everything).json()
        assert (zeros["created"], zeros["stored"], len(zeros["columns"])) == (5000, False, 500)
        assert send(http, "linked", linked()).json()["created"] == 5
        velocities = [s["story_points_completed"] for s in http.get("/teams/linked/sprints").json()["items"]]
        assert velocities == [25, 24, 23, 22, 21]

        assert {t["team_id"] for t in http.get("/teams").json()["items"]} == {"large", "linked"}
        assert peak_mb(child.pid) <= MOST_MB
