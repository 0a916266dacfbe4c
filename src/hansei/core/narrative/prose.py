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
class Wording:
    """What a language model was asked and what became of its words.

    ``parts`` counts the parts that it was asked for, ``written`` names those that stand in its words (``headline``,
    ``summary``, or a paragraph's number from 0); the others are the template's. ``sentences`` are all that it offered,
    ``refused`` those of them that may not be said. ``why`` says in words what went wrong, "" where nothing did.
    Tokens are what the service said it counted, ``seconds`` what a clock showed. ``prompt`` is what was sent; it is
    kept beside the prose and is no part of its public form.
    """

    model: str
    parts: int = 0
    written: tuple[str, ...] = ()
    sentences: int = 0
    refused: int = 0
    why: str = ""
    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    prompt: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values without the prompt; :meth:`from_dict` reads them back."""
        return {
            "model": self.model,
            "parts": self.parts,
            "written": list(self.written),
            "sentences": self.sentences,
            "refused": self.refused,
            "why": self.why,
            "usage": {
                "requests": self.requests,
                "input_tokens": self.input_tokens,
                "output_tokens": self.output_tokens,
                "seconds": round(self.seconds, 1),
            },
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Wording:
        """Read what was stored; what an older version did not write is empty."""
        usage = data.get("usage", {})
        return cls(
            model=str(data.get("model", "")),
            parts=int(data.get("parts", 0)),
            written=tuple(str(w) for w in data.get("written", ())),
            sentences=int(data.get("sentences", 0)),
            refused=int(data.get("refused", 0)),
            why=str(data.get("why", "")),
            requests=int(usage.get("requests", 0)),
            input_tokens=int(usage.get("input_tokens", 0)),
            output_tokens=int(usage.get("output_tokens", 0)),
            seconds=float(usage.get("seconds", 0.0)),
        )


@dataclass(frozen=True, slots=True)
class Narrative:
    """Headline (≤ 90 characters), summary, and paragraphs by section; ``narrator`` says who wrote it.

    ``wording`` is there where a language model was asked.
    """

    headline: str
    summary: str
    paragraphs: tuple[Paragraph, ...]
    narrator: str
    wording: Wording | None = None

    def part(self, section: Section) -> tuple[Paragraph, ...]:
        """Return the paragraphs of one section, in order."""
        return tuple(p for p in self.paragraphs if p.section == section)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values; :meth:`from_dict` reads them back."""
        told: dict[str, Any] = {
            "headline": self.headline,
            "summary": self.summary,
            "paragraphs": [
                {"section": p.section, "heading": p.heading, "text": p.text, "cites": list(p.cites)}
                for p in self.paragraphs
            ],
            "narrator": self.narrator,
        }
        return told if self.wording is None else {**told, "wording": self.wording.to_dict()}

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
            wording=Wording.from_dict(data["wording"]) if data.get("wording") else None,
        )
