"""The prose of a report, and the check that nothing in it is more than the report's evidence says.

``prose`` is what a narrator hands over, ``check`` reads it against the report; ``facts`` holds what the evidence
says of each measure, ``lexicon`` the English that can be read, ``reading`` turns a sentence into marks, ``claims``
judges them, a module a kind.
"""

from __future__ import annotations

from hansei.core.narrative.check import Refused, check, mentions_note, refused_sentences, without_note
from hansei.core.narrative.prose import HEADLINE_LIMIT, SECTIONS, Narrative, Paragraph, Section, Wording

__all__ = [
    "HEADLINE_LIMIT",
    "SECTIONS",
    "Narrative",
    "Paragraph",
    "Refused",
    "Section",
    "Wording",
    "check",
    "mentions_note",
    "refused_sentences",
    "without_note",
]
