"""Names and headers as they are compared: without what people write in different ways."""

from __future__ import annotations

import re
import unicodedata

_MARK = re.compile(r"[^\w%]|_")


def plain(text: str) -> str:
    """Return a header in small letters without accents and marks, words apart by one space."""
    flat = text.casefold()
    if not flat.isascii():
        flat = "".join(c for c in unicodedata.normalize("NFKD", flat) if not unicodedata.combining(c))
    return " ".join(_MARK.sub(" ", flat).split())


def word_list(text: str) -> frozenset[str]:
    """Return the plain words that are written with ``|`` between them."""
    return frozenset(text.split("|"))
