"""A sheet of a workbook cut into pieces, each a small sheet of its own.

python-calamine holds a whole sheet at once, each cell of it twice: 180 MB for a full one. In pieces of a few megabytes
it takes a tenth of that, and no longer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

#: How large a piece is: 200,000 cells or so.
PIECE = 4_000_000
#: A single row that is longer than this is none of a table.
MAX_ROW = 16_000_000
EMPTY = b"<worksheet><sheetData/></worksheet>"
_DATA = re.compile(rb"<((?:\w+:)?)sheetData(?:\s[^>]*)?>")
_PLACE = re.compile(rb"""\sr\s*=""")


class NotInPiecesError(ValueError):
    """A large sheet that cannot be cut: there are comments in which a row may seem to end."""


class LongRowError(ValueError):
    """A row that is none of a table."""


def cut(chunks: Iterable[bytes], size: int = PIECE) -> Iterator[bytes]:
    """Yield a sheet's pieces, of about this size; a sheet that is no larger is left as it is.

    Raises:
        NotInPiecesError: it is larger and cannot be cut.
        LongRowError: a row is far too long.
    """
    waiting = bytearray()
    head = tail = mark = b""
    rows, row = 0, re.compile(b"<row")
    for chunk in chunks:
        waiting += chunk
        if len(waiting) < size:
            continue
        if not head:
            found = _DATA.search(waiting)
            if found is None:
                raise NotInPiecesError
            head, prefix = bytes(waiting[: found.end()]), found[1]
            tail = b"</%ssheetData></%sworksheet>" % (prefix, prefix)
            mark = b"</%srow>" % prefix
            row = re.compile(rb"<%srow(?=[\s/>])" % prefix)  # begins with a text: searched for fast
            del waiting[: found.end()]
        if b"!" in waiting and b"<!" in waiting:
            raise NotInPiecesError
        if len(waiting) > MAX_ROW + size:
            raise LongRowError
        end = waiting.rfind(mark) + len(mark)
        if end < len(mark):  # a long row goes on
            continue
        piece = bytes(waiting[:end])
        del waiting[:end]
        yield head + _placed(piece, row, rows) + tail
        rows += len(row.findall(piece))
    if head and b"<!" in waiting:
        raise NotInPiecesError
    yield head + _placed(bytes(waiting), row, rows)


def _placed(piece: bytes, row: re.Pattern[bytes], before: int) -> bytes:
    """Return rows of which the first says where it stands, where it did not: below so many others."""
    first = row.search(piece) if before else None
    if first is None or _PLACE.search(piece, first.end(), piece.find(b">", first.end()) + 1):
        return piece
    return piece[: first.end()] + b' r="%d"' % (before + 1) + piece[first.end() :]
