"""What free text loses before it is stored."""

from __future__ import annotations

import pytest

from hansei.services.text import note, printable


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Ask ada.lovelace+x@example.co.uk today", "Ask [e-mail] today"),
        ("@ada and (@bob_b) did it", "[name] and ([name]) did it"),
        ("  \n ", None),
        (None, None),
        ("a\x00b\x1b[31mc\u202ed\u200be", "ab[31mcde"),
        ("line 1\r\nline 2\rline 3", "line 1\nline 2\nline 3"),
        ("5 @ 3 € – schöne Grüße 👩‍💻", "5 @ 3 € – schöne Grüße 👩‍💻"),
    ],
)
def test_a_note_keeps_its_sense_and_loses_addresses(given: str | None, kept: str | None) -> None:
    assert note(given) == kept


def test_lone_surrogates_are_dropped() -> None:
    assert printable("a\ud800b") == "ab"
