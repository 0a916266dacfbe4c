"""What a narrator hands over: headline, summary, and paragraphs that cite their evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

Section: TypeAlias = Literal["tried", "changed", "normal", "ordinary", "unseen", "leads", "forecast"]
SECTIONS: tuple[str, ...] = get_args(Section)
HEADLINE_LIMIT = 90


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A piece of prose and the evidence ids it rests on.

    ``section`` is one of :data:`SECTIONS`. ``heading`` is a sentence of its own that runs into the text.
    Both are plain text: a renderer escapes them for its own format.
    """

    section: str
    text: str
    cites: tuple[str, ...] = ()
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Narrative:
    """Headline (≤ 90 characters), summary, and paragraphs by section; ``narrator`` says who wrote it."""

    headline: str
    summary: str
    paragraphs: tuple[Paragraph, ...]
    narrator: str

    def part(self, section: Section) -> tuple[Paragraph, ...]:
        """Return the paragraphs of one section, in order."""
        return tuple(p for p in self.paragraphs if p.section == section)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values; :meth:`from_dict` reads them back."""
        return {
            "headline": self.headline,
            "summary": self.summary,
            "paragraphs": [
                {"section": p.section, "heading": p.heading, "text": p.text, "cites": list(p.cites)}
                for p in self.paragraphs
            ],
            "narrator": self.narrator,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Narrative:
        """Read stored prose; what an older version did not write is empty."""
        return cls(
            headline=str(data.get("headline", "")),
            summary=str(data.get("summary", "")),
            paragraphs=tuple(
                Paragraph(
                    section=str(p.get("section", "")),
                    text=str(p.get("text", "")),
                    cites=tuple(str(c) for c in p.get("cites", ())),
                    heading=str(p.get("heading", "")),
                )
                for p in data.get("paragraphs", ())
            ),
            narrator=str(data.get("narrator", "")),
        )
