"""From an Excel workbook (.xlsx) to rows of cells: values only, of the first sheet that holds a table.

python-calamine reads it (measured: 5,000 × 500 cells in 3 s and 200 MB; openpyxl took 25 s). It trusts what it is
given, so it never sees the file that came: only a copy with the parts that hold cells, each unpacked within a bound and
checked. Macros, links to other workbooks, comments, drawings and lists of people are not in that copy.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from hansei.errors import InvalidInput
from hansei.sources.table.cells import Cell
from hansei.sources.table.grid import (
    FORM,
    MAX_ABOVE,
    MAX_COLUMNS,
    MAX_ROWS,
    Grid,
    Line,
    Worth,
    check_size,
    too_high,
)

_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_PARTS = (
    "[Content_Types].xml",
    "_rels/.rels",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "xl/styles.xml",
)
_STRINGS = "xl/sharedStrings.xml"
#: Unpacked sizes: a full sheet of short numbers takes 80 MB, everything else is small.
MAX_SHEETS, MAX_STRINGS, MAX_OTHER = 100_000_000, 20_000_000, 5_000_000
MAX_CELLS = (MAX_ROWS + MAX_ABOVE) * MAX_COLUMNS
#: Text that all cells together may stand for: strings are kept once in the file, and once a cell when read.
MAX_TEXT = 30_000_000
MAX_STRING, MAX_STRING_COUNT = 500_000, 400_000
CHUNK, OVERLAP = 1 << 18, 512
#: (Each pattern begins with a letter that is searched for fast; the space before it is looked at afterwards.)
#: A cell that holds something, further out than a table reaches: column 521 or row 10,000 on.
_FAR = re.compile(
    rb"""r(?<=\sr)\s*=\s*["']\s*(?:[A-Za-z]{3}|[T-Zt-z][A-Za-z]\d|[A-Za-z]{1,2}\d{5})[^>]{0,200}[^>/]>"""
)
_STRING_CELL = re.compile(rb"""t(?<=\st)\s*=\s*["']s["']""")
_SHARED = re.compile(rb"""t(?<=\st)\s*=\s*["']s["'][^>]{0,100}>\s*<(?:\w+:)?v[^>]{0,50}>\s*(\d{1,7})""")
_STRING = re.compile(rb"<(?:\w+:)?si[\s>/]")
#: A cell begins with one of these, and so do columns and rules: some of them are let pass.
_CELL_STARTS = (b"<c", b":c")
MAX_STARTS = MAX_CELLS + 50_000
_STRANGE = "is not a workbook as Excel writes it"
_AGAIN = "Open it, save it again as .xlsx or as “CSV UTF-8”, and use that."


def is_workbook(source: str | bytes) -> bool:
    """Return whether a file is packed as workbooks are."""
    return isinstance(source, bytes) and source.startswith(b"PK\x03\x04")


def from_workbook(source: bytes, filename: str, worth: Worth) -> Grid:
    """Return the grid of the sheet that looks most like a table.

    Raises:
        InvalidInput: it is no workbook, is hostile, or breaks a limit.
    """
    check_size(len(source), filename)
    copy = _copied(source, filename)
    from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(copy)) as book:
            names = [s.name for s in book.sheets_metadata if s.visible == SheetVisibleEnum.Visible]
            best: tuple[int, int, list[Line]] | None = None
            for place, name in enumerate(names[:10]):
                lines = list(_lines(book.get_sheet_by_name(name).iter_rows(), filename))
                value = max((worth(line.cells) for line in lines[:MAX_ABOVE]), default=-1)
                if best is None or value > best[0]:
                    best = (value, place, lines)
    except InvalidInput:
        raise
    except BaseException as error:
        # What its Rust code gives up on arrives as PanicException, which is no Exception.
        if (
            isinstance(error, (CalamineError, OSError, ValueError, KeyError))
            or "Panic" in type(error).__name__
        ):
            raise InvalidInput(f"{filename} {_STRANGE}.", remedy=_AGAIN) from None
        raise
    if best is None or not best[2]:
        raise InvalidInput(f"{filename} is empty.", remedy=FORM)
    # By its number: the name of a sheet may be a person's.
    note = f"Read from sheet {best[1] + 1} of {len(names)}." if len(names) > 1 else ""
    return Grid(best[2], "Row", (note,) if note else ())


def _lines(rows: Iterable[Iterable[object]], filename: str) -> Iterator[Line]:
    read = _Cells()
    count = 0
    for number, row in enumerate(rows, 1):
        if bool in map(type, row):  # True is 1 to a dictionary, and no number to people
            row = [str(value) if value.__class__ is bool else value for value in row]  # noqa: PLW2901 - the same row
        cells = [*map(read.__getitem__, row)]
        if any(not isinstance(c, str) or c.strip() for c in cells):
            count += 1
            if count > MAX_ROWS + MAX_ABOVE:
                raise too_high(filename)
            yield Line(number, cells)


class _Cells(dict[object, Cell]):
    """Cells by the value that they came as. A full sheet has millions, most of them equal: each is looked at once."""

    def __missing__(self, value: object) -> Cell:
        cell = self[value] = _cell(value)
        return cell


def _cell(value: object) -> Cell:
    if isinstance(value, (str, datetime)):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time.min)
    if isinstance(value, timedelta):
        return value / timedelta(hours=1)
    return float(value) if isinstance(value, (int, float)) else ""


def _copied(source: bytes, filename: str) -> bytes:
    """Return a workbook with the checked parts only, each as it was packed: what was checked is what will be read."""
    kept: list[tuple[zipfile.ZipInfo, memoryview]] = []
    try:
        with zipfile.ZipFile(io.BytesIO(source)) as book:
            entries = book.infolist()
        names = [entry.filename for entry in entries]
        if len(names) > 2_000 or len(set(names)) != len(names) or "xl/workbook.xml" not in names:
            raise InvalidInput(f"{filename} {_STRANGE}.", remedy=_AGAIN)
        counter = _Counter(filename)
        entries.sort(key=lambda entry: entry.filename != _STRINGS)  # first the texts that cells point at
        for entry in entries:
            name = entry.filename
            if name not in _PARTS and name != _STRINGS and not _SHEET.fullmatch(name):
                continue
            packed = _packed(source, entry)
            chunks = _unpacked(packed, entry)
            if name in _PARTS:
                _checked(_whole(chunks, MAX_OTHER, filename), filename)
            elif name == _STRINGS:
                counter.strings(_whole(chunks, MAX_STRINGS, filename))
            else:
                counter.sheet(chunks)
            kept.append((entry, packed))
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError, ValueError):
        raise InvalidInput(f"{filename} {_STRANGE}.", remedy=_AGAIN) from None
    return _archive(kept)


def _packed(source: bytes, entry: zipfile.ZipInfo) -> memoryview:
    """Return a part as it is packed in the archive (APPNOTE.TXT 4.3.7)."""
    head = source[entry.header_offset : entry.header_offset + 30]
    if len(head) < 30 or not head.startswith(b"PK\x03\x04") or entry.flag_bits & 1:  # 1: encrypted
        raise zipfile.BadZipFile
    name_length, extra_length = struct.unpack("<HH", head[26:30])
    start = entry.header_offset + 30 + name_length + extra_length
    packed = memoryview(source)[start : start + entry.compress_size]
    if len(packed) < entry.compress_size:
        raise zipfile.BadZipFile
    return packed


def _unpacked(packed: memoryview, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield what a part unpacks to, in pieces of a size; fail where it is not just as long as the archive says."""
    size = 0
    begun = bytearray()
    for piece in _inflated(packed) if entry.compress_type == zipfile.ZIP_DEFLATED else _sliced(packed):
        size += len(piece)
        begun += piece
        if len(begun) >= CHUNK:
            yield bytes(begun)
            begun.clear()
    yield bytes(begun)
    if size != entry.file_size or entry.compress_type not in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
        raise zipfile.BadZipFile


def _inflated(packed: memoryview) -> Iterator[bytes]:
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    for piece in _sliced(packed):
        rest = piece
        while rest and not inflate.eof:
            yield inflate.decompress(rest, CHUNK)
            rest = inflate.unconsumed_tail
    yield inflate.flush()
    if not inflate.eof or inflate.unused_data:
        raise zipfile.BadZipFile


def _sliced(packed: memoryview) -> Iterator[bytes]:
    for at in range(0, len(packed), CHUNK):
        yield bytes(packed[at : at + CHUNK])


def _archive(parts: list[tuple[zipfile.ZipInfo, memoryview]]) -> bytes:
    """Return an archive of packed parts (APPNOTE.TXT 4.3.7, 4.3.12 and 4.3.16)."""
    out = bytearray()
    directory = bytearray()
    for entry, packed in parts:
        name = entry.filename.encode("ascii")
        facts = struct.pack(
            "<HHHHHLLLHH",
            20,
            0,
            entry.compress_type,
            0,
            0,
            entry.CRC,
            len(packed),
            entry.file_size,
            len(name),
            0,
        )
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + facts
        directory += struct.pack("<HHHLL", 0, 0, 0, 0, len(out)) + name
        out += b"PK\x03\x04" + facts + name + packed
    count = len(parts)
    end = struct.pack("<HHHHLLH", 0, 0, count, count, len(directory), len(out), 0)
    return bytes(out + directory + b"PK\x05\x06" + end)


class _Counter:
    """Counts what a workbook would cost to read, and refuses what costs too much."""

    def __init__(self, filename: str) -> None:
        self._filename = filename
        self._lengths: list[int] = []
        self._longest = 0
        self._bytes = self._text = 0

    def strings(self, part: bytes) -> None:
        _checked(part, self._filename)
        starts = [found.start() for found in _STRING.finditer(part)]
        self._lengths = [after - start for start, after in pairwise((*starts, len(part)))]
        self._longest = max(self._lengths, default=0)
        if len(starts) > MAX_STRING_COUNT or self._longest > MAX_STRING:
            raise _bomb(self._filename)

    def sheet(self, chunks: Iterable[bytes]) -> None:
        """Look at a sheet, piece by piece."""
        before, cells = b"", 0
        for number, chunk in enumerate(chunks):
            self._bytes += len(chunk)
            cells += sum(chunk.count(start) for start in _CELL_STARTS)
            if self._bytes > MAX_SHEETS or cells > MAX_STARTS:
                raise _bomb(self._filename)
            if number == 0:
                _checked(chunk, self._filename)
            self._look(before + chunk)
            before = chunk[-OVERLAP:]

    def _look(self, piece: bytes) -> None:
        if b"<!" in piece and (b"<!D" in piece or b"<!E" in piece):
            raise _bomb(self._filename)
        if _FAR.search(piece):
            raise InvalidInput(
                f"{self._filename} has cells far outside a table.",
                remedy=f"Keep at most {MAX_ROWS:,} rows and {MAX_COLUMNS} columns, at the top left of the sheet.",
            )
        strings = len(_STRING_CELL.findall(piece))
        if strings * self._longest < MAX_TEXT // 400:
            self._text += strings * self._longest
        else:
            places = [int(at) for at in _SHARED.findall(piece)]
            known = sum(self._lengths[at] for at in places if at < len(self._lengths))
            self._text += known + (strings - len(places)) * self._longest
        if self._text > MAX_TEXT:
            raise _bomb(self._filename)


def _whole(chunks: Iterable[bytes], limit: int, filename: str) -> bytes:
    parts, size = [], 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise _bomb(filename)
        parts.append(chunk)
    return b"".join(parts)


def _checked(part: bytes, filename: str) -> bytes:
    """Return a part that is XML without definitions of its own: those are how small files become large ones."""
    head = part.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head.startswith(b"<") or b"\x00" in head[:200] or b"utf-16" in head[:200].lower():
        raise InvalidInput(f"{filename} {_STRANGE}.", remedy=_AGAIN)
    if b"<!DOCTYPE" in part or b"<!ENTITY" in part:
        raise _bomb(filename)
    return part


def _bomb(filename: str) -> InvalidInput:
    return InvalidInput(
        f"{filename} unpacks to far more than a table needs.",
        remedy="Copy the table into a new workbook, or save it as “CSV UTF-8”.",
    )
