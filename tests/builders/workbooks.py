"""Workbooks as bytes: small ones, full ones, and parts exchanged by hand."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence

from hansei.render import xlsx

SHEET = "xl/worksheets/sheet1.xml"
SMALL = xlsx.write([["Sprint", "Velocity"], ["Sprint 1", 20.0], ["Sprint 2", 21.5]], title="A")


def repacked(
    source: bytes, change: Callable[[str, bytes], bytes], more: Mapping[str, bytes] | None = None
) -> bytes:
    """Return a workbook with each part changed, and with more parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(source)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)), compresslevel=1)
        for name, content in (more or {}).items():
            new.writestr(name, content)
    return made.getvalue()


def of_rows(rows: bytes, more: Mapping[str, bytes] | None = None) -> bytes:
    """Return a workbook whose only sheet holds these rows, as XML."""

    def change(name: str, part: bytes) -> bytes:
        if name != SHEET:
            return part
        head, _, rest = part.partition(b"<sheetData>")
        return head + b"<sheetData>" + rows + b"</sheetData>" + rest.partition(b"</sheetData>")[2]

    return repacked(SMALL, change, more)


def full(values: Sequence[int], rows: int = 5000, measures: int = 499) -> bytes:
    """Return as many cells as are read: a header, then rows of ``values``, repeated; no cell says where it stands."""
    text = b'<c t="inlineStr"><is><t>%s</t></is></c>'
    header = text % b"Sprint" + b"".join(text % b"m_%d" % n for n in range(measures))
    cells = [b"<c><v>%d</v></c>" % value for value in values]
    kinds = [b"".join(cells[(n * 7 + at * at) % len(cells)] for at in range(measures)) for n in range(40)]
    body = b"".join(b"<row>" + text % b"S%d" % n + kinds[n % 40] + b"</row>" for n in range(rows))
    return of_rows(b"<row>" + header + b"</row>" + body)
