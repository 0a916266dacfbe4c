"""Free text, made safe to keep: no control characters, no e-mail addresses, no @handles."""

from __future__ import annotations

import re

from hansei.core.unseen import is_shown

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_HANDLE = re.compile(r"(?<![\w@])@[A-Za-z0-9][\w.-]*")


def printable(text: str) -> str:
    """Drop control characters and the invisible ones that reorder or hide text; keep line breaks."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text if c in "\n\t" or is_shown(c))


def note(text: str | None) -> str | None:
    """Return a note as it may be stored; None where nothing is left. Names cannot be found reliably."""
    if text is None:
        return None
    masked = _HANDLE.sub("[name]", _EMAIL.sub("[e-mail]", printable(text)))
    return masked.strip() or None
