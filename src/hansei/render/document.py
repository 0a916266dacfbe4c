"""The report's text as a tree: what the Markdown says, ready to be written as HTML or PDF.

There is one place that puts a report into words and escapes what came from outside: :mod:`hansei.render.markdown`.
The other documents are made from its result, so that no format can say another number than the rest. Only the
Markdown which that module writes is understood: headings, paragraphs, tables, lists, quotes, emphasis, and evidence
ids in brackets. The leaves of the tree are plain text: a writer escapes them for its own format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from hansei.core.words import ENGLISH

Style: TypeAlias = Literal["plain", "strong", "emph", "code", "ref", "break"]


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one style; ``ref`` holds an evidence id without its brackets."""

    style: Style
    text: str


Spans: TypeAlias = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph."""

    spans: Spans


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside a section (level 3)."""

    spans: Spans


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list."""

    items: tuple[Spans, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """Foreign words, line by line."""

    lines: tuple[Spans, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; ``right`` says for each column whether it is aligned right."""

    head: tuple[Spans, ...]
    right: tuple[bool, ...]
    rows: tuple[tuple[Spans, ...], ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """The place of a chart, with the paragraph that says its finding; ``folded``: behind a fold."""

    chart_id: str
    caption: Spans
    folded: bool = False


Block: TypeAlias = Paragraph | Heading | Bullets | Quote | Table | Figure


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered section; ``key`` is the stable name of its kind, such as ``changed``, or empty."""

    key: str
    number: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report: headline, the lines under it, sections."""

    title: str
    lead: tuple[Block, ...]
    sections: tuple[Section, ...]


#: A section's title → its key, whichever of its titles it bears.
_TITLES = {text: key.split(".")[1] for key, text in ENGLISH.texts.items() if key.startswith("title.")}
#: Where no line ends: between a number and its unit.
_UNIT = re.compile(r"(?<=\d) (?=(?:h|%)(?!\w))")
_TOKEN = re.compile(r"\\(?P<escaped>[^\w\s])|&amp;|\[(?P<ref>[A-Z]\d{1,4})\]|`(?P<code>[^`]*)`|\*\*|\*")


def parse(markdown: str) -> Document:
    """Read what :func:`hansei.render.markdown.render` wrote."""
    title = ""
    lead: list[Block] = []
    sections: list[Section] = []
    current: tuple[str, list[Block]] | None = None
    for chunk in re.split(r"\n{2,}", markdown.strip()):
        if chunk.startswith("# "):
            title = plain(inline(chunk[2:]))
        elif chunk.startswith("## "):
            if current:
                sections.append(_section(*current))
            current = (plain(inline(chunk[3:])), [])
        else:
            (current[1] if current else lead).append(_block(chunk))
    if current:
        sections.append(_section(*current))
    return Document(title, tuple(lead), tuple(sections))


def place(document: Document, charts: Mapping[str, str], *, before_fold: int = 4) -> Document:
    """Put charts (id and caption) where their finding is told; those told nowhere go to the end, behind a fold.

    At most ``before_fold`` charts stand open.
    """
    left = dict(charts)
    sections = []
    for section in document.sections:
        blocks: list[Block] = []
        for block in section.blocks:
            told = _told(section.key, block, left)
            if told and isinstance(block, Paragraph):
                shown = len(charts) - len(left)
                del left[told]
                blocks.append(
                    Figure(told, block.spans, folded=shown >= before_fold and section.key == "changed")
                )
            else:
                blocks.append(block)
        sections.append(replace(section, blocks=tuple(blocks)))
    if left and sections:
        more = tuple(Figure(i, (Span("plain", caption),), folded=True) for i, caption in left.items())
        sections[-1] = replace(sections[-1], blocks=(*sections[-1].blocks, *more))
    return replace(document, sections=tuple(sections))


def _told(key: str, block: Block, left: Mapping[str, str]) -> str | None:
    if key not in ("tried", "changed", "forecast") or not isinstance(block, Paragraph):
        return None
    named = refs(block.spans)
    own = key == "forecast" or (block.spans[:1] and block.spans[0].style == "strong")
    return named[0] if own and named and named[0] in left else None


def inline(text: str) -> Spans:
    """Split a line of Markdown into spans."""
    out: list[Span] = []
    style: Style = "plain"
    at = 0
    buffer = ""

    def flush() -> None:
        nonlocal buffer
        if buffer:
            out.append(Span(style, _UNIT.sub("\u00a0", buffer)))
            buffer = ""

    for found in _TOKEN.finditer(text):
        buffer += text[at : found.start()]
        at = found.end()
        mark = found[0]
        if found["escaped"] is not None:
            buffer += found["escaped"]
        elif mark == "&amp;":
            buffer += "&"
        elif found["ref"] is not None:
            flush()
            out.append(Span("ref", found["ref"]))
        elif found["code"] is not None:
            flush()
            out.append(Span("code", found["code"]))
        else:
            flush()
            wanted: Style = "strong" if mark == "**" else "emph"
            style = "plain" if style == wanted else wanted
    buffer += text[at:]
    flush()
    return tuple(out)


def plain(spans: Spans) -> str:
    """Return the text of the spans without any style; evidence ids keep their brackets."""
    return "".join(
        f"[{s.text}]" if s.style == "ref" else "\n" if s.style == "break" else s.text for s in spans
    )


def refs(spans: Spans) -> tuple[str, ...]:
    """Return the evidence ids that the spans name."""
    return tuple(s.text for s in spans if s.style == "ref")


def texts(document: Document) -> Iterator[str]:
    """Yield every line of text of the document, in order: what two formats are compared by."""
    yield document.title
    for block in document.lead:
        yield from block_texts(block)
    for section in document.sections:
        yield f"{section.number} · {section.title}" if section.number else section.title
        for block in section.blocks:
            yield from block_texts(block)


def block_texts(block: Block) -> Iterator[str]:
    """Yield the lines of one block."""
    match block:
        case Paragraph(spans) | Heading(spans) | Figure(_, spans):
            yield plain(spans)
        case Bullets(items):
            yield from map(plain, items)
        case Quote(lines):
            yield from map(plain, lines)
        case Table(head, _, rows):
            yield from (plain(cell) for row in (head, *rows) for cell in row)


def _section(heading: str, blocks: list[Block]) -> Section:
    number, dot, title = heading.partition(" · ")
    if not (dot and number.isdecimal()):
        number, title = "", heading
    return Section(_TITLES.get(title, ""), number, title, tuple(blocks))


def _block(chunk: str) -> Block:
    lines = chunk.split("\n")
    if chunk.startswith("### "):
        return Heading(inline(chunk[4:]))
    if chunk.startswith("| "):
        return _table(lines)
    if chunk.startswith("- "):
        return Bullets(tuple(inline(x.removeprefix("- ")) for x in lines))
    if chunk.startswith(">"):
        return Quote(tuple(inline(x.removeprefix(">").strip()) for x in lines))
    return Paragraph(inline(" ".join(x.strip() for x in lines)))


def _table(lines: list[str]) -> Table:
    rows = [[inline(c.strip()) for c in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    right = tuple(plain(c).endswith(":") for c in rows[1])
    return Table(tuple(rows[0]), right, tuple(tuple(r) for r in rows[2:]))
