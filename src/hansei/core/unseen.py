"""Which characters of a text are seen, and which show nothing by themselves, hide or turn what stands beside them."""

from __future__ import annotations

import re
import unicodedata

#: Persian, Hindi and emoji need them.
JOINERS = "\u200c\u200d"
#: They show nothing, and are not of the categories that say so.
_FILLERS = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2065\u3164\ufe00-\ufe0f]")
#: What stands beside them is drawn otherwise without them: joiners, the variations of emoji, the signs around a number
#: in Arabic, Syriac and Kaithi, the places of hieroglyphs.
_DRAWN_BY = re.compile(
    f"[{JOINERS}\ufe00-\ufe0f\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd\U00013430-\U0001343f]"
)


def is_unseen(char: str) -> bool:
    """Return whether a character shows nothing by itself, so that it tells no name from another."""
    if char.isascii():
        return False
    return unicodedata.category(char) in ("Cf", "Cc") or _FILLERS.match(char) is not None


def without_unseen(text: str) -> str:
    """Return a text without the marks that nobody sees, but for those by which what stands beside them is drawn."""
    if text.isascii():
        return text
    return "".join(c for c in text if not is_unseen(c) or _DRAWN_BY.match(c))


def is_shown(char: str) -> bool:
    """Return whether a character may stand in a text that is shown: none that controls, hides or has no meaning."""
    return char in JOINERS or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn")
