"""Free text, made safe to keep: no control characters, no e-mail addresses, no @handles."""

from __future__ import annotations

import re
import unicodedata

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_HANDLE = re.compile(r"(?<![\w@])@[A-Za-z0-9][\w.-]*")
_KEEP = {"\n", "\t", "\u200c", "\u200d"}  # the joiners belong to Persian, Hindi and emoji


def printable(text: str) -> str:
    """Drop control characters and the invisible ones that reorder or hide text; keep line breaks."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        c for c in text if c in _KEEP or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )


def note(text: str | None) -> str | None:
    """Return a note as it may be stored; None where nothing is left. Names cannot be found reliably."""
    if text is None:
        return None
    masked = _HANDLE.sub("[name]", _EMAIL.sub("[e-mail]", printable(text)))
    return masked.strip() or None
