"""The prose of a report: what a narrator hands over."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A piece of prose and the evidence ids it rests on. ``section`` is one of the report's stage words."""

    section: str
    text: str
    cites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Narrative:
    """Headline (≤ 90 characters), summary, and paragraphs by section; ``narrator`` says who wrote it."""

    headline: str
    summary: str
    paragraphs: tuple[Paragraph, ...]
    narrator: str
