"""What a language model is told of a report: the parts to word, a table of facts, and placeholders for its numbers.

The model writes ``{S1.before}`` and never 12 h: what stands for a placeholder is put in here, from the report.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hansei.core.narrative import HEADLINE_LIMIT, Narrative, Section
from hansei.core.phrases import (
    Figures,
    certainty,
    clean,
    doubt,
    in_hundred,
    lasting,
    lower_first,
    upper_first,
)
from hansei.core.report import Level, Report, Signal, Swing
from hansei.core.words import ENGLISH, Words

#: Verdicts, sizes that would have shown and forecasts are told in the catalogue's own sentences, or not at all.
WORDED: tuple[Section, ...] = ("changed", "normal", "ordinary")
PARTS_SENT, SUMMED_UP = 12, 4
NOTE_SENT, NAME_SENT = 2000, 60
HEADLINE, SUMMARY = "headline", "summary"
SUMMARY_LIMIT, TEXT_LIMIT = 900, 500

_PLACEHOLDER = re.compile(r"\{\s*([A-Za-z]\w{0,9}\.[a-z_]{1,20})\s*\}")
_BRACES = re.compile(r"\{[^{}]{0,60}\}|[{}]")
_REFERENCE = re.compile(r"\s*[\[(][A-Z]\d{1,3}(?:\s*,\s*[A-Z]\d{1,3})*[\])]")
_IMAGE = re.compile(r"!\[[^\[\]]{0,300}\]\([^()]{0,2000}\)")
_LINK = re.compile(r"\[([^\[\]]{0,300})\]\([^()]{0,2000}\)")
_TAG = re.compile(r"<[^<>]{0,2000}>")
_DOMAIN = re.compile(r"\b(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}\b")
_ADDRESS = re.compile(r"\b(?:[a-z][a-z0-9+.-]{1,20}://|www\.)\S*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """A part to word: its name, the template's text, its evidence (None: all), and how long it may become.

    ``must`` are evidence ids that have to be spoken of, since a part that leaves its matter out hides it.
    """

    name: str
    text: str
    cites: tuple[str, ...] | None
    limit: int
    heading: str = ""
    must: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Filled:
    """A text of the model with the numbers in place.

    ``refers`` are the ids of the evidence it speaks of, ``unknown`` placeholders that mean nothing; ``address`` says
    that something in it looks like one.
    """

    text: str
    refers: frozenset[str]
    unknown: tuple[str, ...]
    address: bool = False


@dataclass(frozen=True, slots=True)
class Briefing:
    """All that a model is told. ``values`` holds what stands for each placeholder."""

    parts: tuple[Part, ...]
    facts: tuple[Mapping[str, Any], ...]
    values: Mapping[str, str]
    note: str

    @classmethod
    def of(
        cls, report: Report, told: Narrative, custom_context: str | None, words: Words = ENGLISH
    ) -> Briefing:
        """Draw up what a model is told of a report whose template prose is ``told``."""
        parts = tuple(_parts(report, told))
        cited = {c for p in parts for c in p.cites or ()}
        facts = tuple(_Facts(report, Figures.of(report, words), words).rows(cited))
        values = {
            key[1:-1]: str(value) for fact in facts for key, value in fact.items() if key.startswith("{")
        }
        return cls(parts, facts, values, inert(custom_context or "", NOTE_SENT))

    def data(self) -> dict[str, Any]:
        """Return what is sent, as plain JSON values."""
        parts = [
            {"part": p.name, "at_most": p.limit}
            | ({"about": [*p.cites]} if p.cites else {})
            | ({"must": [*p.must]} if p.must else {})
            | ({"heading": p.heading} if p.heading else {})
            | {"template": p.text}
            for p in self.parts
        ]
        note = {"note": self.note} if self.note else {}
        return {**note, "facts": [dict(f) for f in self.facts], "parts": parts}

    def fill(self, text: str) -> Filled:
        """Return a text of the model as plain text with the numbers in place."""
        refers: set[str] = set()
        unknown: list[str] = []

        bare = _REFERENCE.sub("", stripped(text))

        def value(found: re.Match[str]) -> str:
            key = found[1]
            if key not in self.values:
                unknown.append(found[0])
                return ""
            refers.add(key.partition(".")[0])
            before = bare[: found.start()].rstrip()
            opens = not before or before[-1] in ".!?"
            return upper_first(self.values[key]) if opens else self.values[key]

        unknown += [b for b in _BRACES.findall(_PLACEHOLDER.sub("", bare)) if b]
        address = bool(_DOMAIN.search(_PLACEHOLDER.sub("", bare)))
        return Filled(clean(_PLACEHOLDER.sub(value, bare), 4000), frozenset(refers), tuple(unknown), address)


def stripped(text: str) -> str:
    """Return a text without links, images, HTML and addresses; the words of a link stay."""
    for _ in range(3):  # one inside another
        text = _TAG.sub("", _LINK.sub(r"\1", _IMAGE.sub("", text)))
    return _ADDRESS.sub("", text)


def inert(text: str, most: int) -> str:
    """Return foreign text for a prompt: no control, zero-width or reordering character, at most ``most`` long."""
    kept = "".join(c if c == "\n" or unicodedata.category(c)[0] not in "CZ" else " " for c in _visible(text))
    lines = (" ".join(line.split()) for line in kept.splitlines())
    return "\n".join(line for line in lines if line)[:most]


def _visible(text: str) -> str:
    return "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cs", "Co", "Cn"))


def _parts(report: Report, told: Narrative) -> Iterator[Part]:
    told_first = [s.id for s in lasting(report) or report.signals if s.significant]
    if (
        told_first
    ):  # that nothing changed is told in the catalogue's words: there is no fact to hold others to
        yield Part(HEADLINE, told.headline, None, HEADLINE_LIMIT, must=tuple(told_first[:1]))
        yield Part(SUMMARY, told.summary, None, SUMMARY_LIMIT, must=tuple(told_first[:SUMMED_UP]))
    # A paragraph without a heading that is no swing is a warning (read the two as one story): it stays as it is.
    worded = [
        (i, p)
        for i, p in enumerate(told.paragraphs)
        if p.section in WORDED and p.cites and (p.heading or p.section == "ordinary")
    ]
    for i, p in worded[:PARTS_SENT]:
        levels = [c for c in p.cites if c[0] == "L"]  # the heading has told the change already
        yield Part(str(i), p.text, p.cites, TEXT_LIMIT, p.heading, must=tuple(levels or p.cites[:1]))


@dataclass(frozen=True, slots=True)
class _Facts:
    """Writes the table of facts: a row for each piece of evidence, its numbers under their placeholders."""

    report: Report
    figures: Figures
    words: Words

    def rows(self, cited: Iterable[str]) -> Iterator[dict[str, Any]]:
        """Return the rows: all changes and hints, and what the parts cite.

        Leads are left out: they stay covered until the team has spoken, so no part that is worded may name one.
        """
        wanted = {*cited}
        window = self.report.window
        if window:
            yield {
                "id": "report",
                "is": "the sprints under review",
                "{report.sprints}": inert(
                    self.figures.sprints.span(window[0].sprint_id, window[-1].sprint_id), NAME_SENT
                ),
                "{report.last}": inert(self.figures.sprints(window[-1].sprint_id), NAME_SENT),
            }
        yield from map(self._signal, self.report.signals)
        yield from map(self._level, (x for x in self.report.levels if x.id in wanted))
        yield from map(self._swing, (x for x in self.report.ordinary if x.id in wanted))

    def _signal(self, s: Signal) -> dict[str, Any]:
        before, after = self.figures.sizes(s)
        sure = certainty(s) if s.significant else s.probability
        once = s.kind == "outlier"
        return {
            "id": s.id,
            "is": "one sprint that stood out" if once else "a change that lasts",
            "certainty": self._certainty(s),
            **self._measure(s.id, s.title),
            f"{{{s.id}.moved}}": lower_first(self.figures.clause(s.metric, s.title, s.direction)),
            f"{{{s.id}.sprint}}": inert(self.figures.since(s), NAME_SENT),
            f"{{{s.id}.before}}": before,
            f"{{{s.id}.after}}": after,
            f"{{{s.id}.sure}}": in_hundred(sure, self.words),
            **({} if once else {f"{{{s.id}.fit}}": self.figures.fit(s)}),
        }

    def _certainty(self, s: Signal) -> str:
        if not s.significant:
            return "too early to say: write may"
        return {"": "sure", ".likely": "likely: write probably", ".perhaps": "not sure: write perhaps"}[
            doubt(s)
        ]

    def _level(self, x: Level) -> dict[str, Any]:
        (typical,) = self.figures.cell(x.metric, x.unit, x.typical)
        return {
            "id": x.id,
            "is": "the usual range of a measure",
            **self._measure(x.id, x.title),
            f"{{{x.id}.usual}}": self.figures.usual(x.metric, x.unit, x.usual),
            f"{{{x.id}.typical}}": typical,
        }

    def _swing(self, x: Swing) -> dict[str, Any]:
        first, last = self.figures.cell(x.metric, x.unit, *x.values, mean=False)
        return {
            "id": x.id,
            "is": "a move inside the usual range: no news",
            **self._measure(x.id, x.title),
            f"{{{x.id}.first_sprint}}": self._sprint(x, 0),
            f"{{{x.id}.first}}": first,
            f"{{{x.id}.last_sprint}}": self._sprint(x, 1),
            f"{{{x.id}.last}}": last,
            f"{{{x.id}.usual}}": self.figures.usual(x.metric, x.unit, x.usual),
        }

    def _measure(self, ident: str, title: str) -> dict[str, str]:
        return {f"{{{ident}.measure}}": inert(self.figures.name(title), NAME_SENT)}

    def _sprint(self, x: Swing, at: int) -> str:
        return inert(self.figures.sprints(x.sprint_ids[at], clean(x.sprint_names[at])), NAME_SENT)
