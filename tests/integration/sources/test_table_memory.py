"""No table can fill the memory or take long to refuse: measured in a process of its own, through the command line."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hansei.render import xlsx

READ = """
import pathlib, re, sys
from hansei.cli.analyse import bring
from hansei.errors import HanseiError
from hansei.sources.table import read

try:
    print("read", len(read(bring(pathlib.Path("-")), filename="it", answers={"measures": "all"}).sprints), sep=":")
except HanseiError as error:
    print("refused", error.sentence().replace(" ", "_"), sep=":")
print(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1])
"""
SMALL = xlsx.write([["Sprint", "Velocity"], ["Sprint 1", 20.0]], title="A")
BLOCK = b"x" * (1 << 20)


def packed(old: bytes, new: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(SMALL)) as book, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in book.namelist():
            copy.writestr(name, book.read(name).replace(old, new), compresslevel=1)
    return made.getvalue()


def one_line_of_a_gigabyte() -> Iterator[bytes]:
    for _ in range(1000):
        yield BLOCK


def a_bomb() -> Iterator[bytes]:
    yield packed(b"</sheetData>", b" " * 120_000_000 + b"</sheetData>")


def laughs() -> Iterator[bytes]:
    entities = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    yield packed(b"<worksheet", b'<!DOCTYPE x [<!ENTITY l0 "lol">' + entities + b"]><worksheet")


def nuls() -> Iterator[bytes]:
    yield "Sprint,Velocity\n".encode("utf-16-le") * 100_000


def a_login_page() -> Iterator[bytes]:
    yield b"<!doctype html><html><title>Sign in</title>" + b"<p>" * 1_000_000


def as_many_cells_as_are_read() -> Iterator[bytes]:
    header = ",".join(["Sprint", *(f"m_{n}" for n in range(499))])
    rows = (f"S{n}," + ",".join("1" * 499) for n in range(5000))
    yield "\n".join([header, *rows]).encode()[:4_999_000].rpartition(b"\n")[0]


def a_full_sheet() -> Iterator[bytes]:
    header: list[str | float | None] = ["Sprint", *(f"m_{n}" for n in range(499))]
    rows: list[list[str | float | None]] = [
        [f"S{n}", *([1.0] * 499)] for n in range(4400)
    ]  # more packs to over 5 MB
    yield xlsx.write([header, *rows], title="A")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak memory from /proc")
@pytest.mark.parametrize(
    ("make", "outcome"),
    [
        (one_line_of_a_gigabyte, "refused:it_is_larger_than_5_MB."),
        (a_bomb, "refused:it_unpacks_to_far_more"),
        (laughs, "refused:it_is_not_a_workbook"),
        (nuls, "refused:it_is_not_plain_text"),
        (a_login_page, "refused:it_is_a_web_page"),
        (as_many_cells_as_are_read, "read:4"),
        (a_full_sheet, "read:4400"),
    ],
)
def test_peak_memory_stays_under_300_mb(make: Callable[[], Iterator[bytes]], outcome: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", READ], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=False
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            for piece in make():
                process.stdin.write(piece)
            process.stdin.close()
        except BrokenPipeError:
            pass  # it has read enough and answers
        said, peak_kb = process.stdout.read().decode().split()
    assert said.startswith(outcome), said
    assert int(peak_kb) / 1000 < 300, (said, peak_kb)
