"""A stored report as HTML: the parts that a page shows, and a file that needs nothing else.

Foreign text reaches HTML only through :func:`markupsafe.escape`; the charts are our own drawings.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from hansei.core.narrative import Narrative
from hansei.render import charts, markdown
from hansei.render.charts import Chart, DataTable
from hansei.render.document import (
    Block,
    Bullets,
    Document,
    Figure,
    Heading,
    Paragraph,
    Quote,
    Section,
    Span,
    Spans,
    Table,
    block_texts,
    parse,
    place,
    plain,
    refs,
)

#: Which kind of block is the home of an evidence id, by its letter: where a click on the id leads.
_HOMES: Mapping[str, tuple[type, ...]] = {
    "S": (Figure, Table),
    "F": (Figure, Paragraph),
    "L": (Table,),
    "D": (Table, Paragraph),
    "O": (Paragraph,),
    "A": (Paragraph,),
    "H": (Paragraph,),
    "E": (Heading,),
    "R": (Bullets,),
    "T": (Figure, Paragraph),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A section ready to be shown: ``anchor`` is its id on the page, ``body`` is safe HTML."""

    key: str
    anchor: str
    number: str
    title: str
    body: Markup


@dataclass(frozen=True, slots=True)
class Page:
    """A report ready to be shown: the headline as text, the rest as safe HTML."""

    title: str
    lead: Markup
    parts: tuple[Part, ...]


def document_of(
    report: Mapping[str, Any], narrative: Narrative, drawn: Iterable[Chart], **told: str | None
) -> Document:
    """Return the text of a report with the places of its charts; ``told`` is what the Markdown is told."""
    text = markdown.render(
        report,
        narrative,
        team_name=told.get("team_name") or "",
        custom_context=told.get("custom_context"),
        assumed=told.get("assumed"),
        simulated=told.get("simulated"),
        measured=told.get("measured"),
    )
    return place(parse(text), {c.id: c.caption for c in drawn})


def page(
    document: Document,
    drawn: Iterable[Chart],
    drawings: Mapping[str, str],
    sources: Mapping[str, str] | None = None,
) -> Page:
    """Return the parts of a page.

    ``drawings`` holds the SVG of each chart that is drawn already, in light colours; ``sources`` the addresses where
    the others are to be had.
    """
    writer = _Writer({c.id: c for c in drawn}, drawings, _homes(document), sources or {})
    parts = tuple(
        Part(s.key, s.key or f"section-{i}", s.number, s.title, writer.blocks(s.blocks, s))
        for i, s in enumerate(document.sections, 1)
    )
    return Page(document.title, writer.blocks(document.lead, None), parts)


def render(
    report: Mapping[str, Any],
    narrative: Narrative,
    *,
    team_name: str,
    custom_context: str | None,
    assumed: str | None = None,
    simulated: str | None = None,
    measured: str | None = None,
    drawings: Mapping[str, str] | None = None,
) -> str:
    """Return the report as one HTML file that loads nothing: own style, charts inside, for screen and print.

    ``drawings`` holds the SVG of each chart in light colours; a chart that is not among them shows its table instead.
    Without it they are drawn here (about 0.1 s each, 1 s for the first): for the command line, not for a web request.

    Raises:
        InvalidInput: ``report`` is not a stored report.
    """
    drawn = charts.charts_of(report)
    document = document_of(
        report,
        narrative,
        drawn,
        team_name=team_name,
        custom_context=custom_context,
        assumed=assumed,
        simulated=simulated,
        measured=measured,
    )
    if drawings is None:
        drawings = {c.id: charts.to_svg(c) for c in drawn}
    return (
        _templates()
        .get_template("report.html")
        .render(
            page=page(document, drawn, drawings),
            style=Markup(stylesheet()),  # noqa: S704 - our own file
            policy=policy(),
        )
    )


@cache
def policy() -> str:
    """Return the content security policy of the file: nothing is loaded, no script runs, only its own style holds."""
    digest = b64encode(hashlib.sha256(stylesheet().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@cache
def stylesheet() -> str:
    """Return the style of a report: colours, type, tables, charts, and a print sheet."""
    return (resources.files(__package__) / "templates" / "report.css").read_text(encoding="utf-8")


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("hansei.render"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )


def inline_svg(svg: str, chart: Chart) -> Markup:
    """Return a drawing for the inside of a page: colours from the page, a name for those who hear it."""
    head = Markup('<svg role="graphics-document" aria-label="{}" class="drawing" ').format(chart.caption)
    body = re.sub(r'^<svg |(?<=") (width|height)="\d+"(?=[^<]*>)', "", charts.recolour(svg), count=3)
    return head + Markup(body)  # noqa: S704 - drawn by us from escaped values


def figure(chart: Chart, svg: str | None, source: str) -> Markup:
    """Return one chart on its own with its caption and table; without ``svg`` it is loaded from ``source``."""
    drawn = {chart.id: svg} if svg else {}
    writer = _Writer({chart.id: chart}, drawn, {}, {chart.id: source})
    return writer.figure(Figure(chart.id, (Span("plain", chart.caption),)))


def _homes(document: Document) -> dict[str, Block]:
    """Return where each evidence id is at home: the first fitting block, a chart before anything else."""
    out: dict[str, Block] = {}
    blocks = [b for s in document.sections for b in s.blocks]
    for block in sorted(blocks, key=lambda b: not isinstance(b, Figure)):
        for ident in _named(block):
            if isinstance(block, _HOMES.get(ident[0], ())):
                out.setdefault(ident, block)
    return out


def _named(block: Block) -> list[str]:
    if isinstance(block, Figure):
        return [block.chart_id]
    return [found for text in block_texts(block) for found in re.findall(r"\[([A-Z]\d{1,4})\]", text)]


@dataclass(frozen=True, slots=True)
class _Writer:
    charts: Mapping[str, Chart]
    drawings: Mapping[str, str]
    homes: Mapping[str, Block]
    sources: Mapping[str, str]

    def blocks(self, blocks: Iterable[Block], section: Section | None) -> Markup:
        """Write blocks; the folded figures at the end share one fold."""
        out, folded = [], []
        for block in blocks:
            if isinstance(block, Figure) and block.folded:
                folded.append(self.figure(block))
            else:
                out.append(self.block(block, section))
        if folded:
            more = Markup("\n").join(folded)
            out.append(
                Markup('<details class="more"><summary>More charts ({})</summary>{}</details>').format(
                    len(folded), more
                )
            )
        return Markup("\n").join(out)

    def block(self, block: Block, section: Section | None) -> Markup:
        """Write one block."""
        match block:
            case Paragraph(spans):
                look = Markup("")
                if section is None:
                    strong = any(s.style == "strong" for s in spans)
                    look = Markup(' class="{}"').format("summary" if strong else "meta")
                return Markup("<p{}{}>{}</p>").format(look, self._id(block, refs(spans)), self.spans(spans))
            case Heading(spans):
                return Markup("<h3{}>{}</h3>").format(self._id(block, refs(spans)), self.spans(spans))
            case Bullets(items):
                rows = [
                    Markup("<li{}>{}</li>").format(self._id(block, refs(i)), self.spans(i)) for i in items
                ]
                return Markup("<ul>{}</ul>").format(Markup("").join(rows))
            case Quote(lines):
                text = Markup("<br>").join(self.spans(x) for x in lines)
                return Markup("<blockquote><p>{}</p></blockquote>").format(text)
            case Figure():
                return self.figure(block)
            case Table():
                return self.table(block)

    def spans(self, spans: Spans) -> Markup:
        """Write text with its styles."""
        return Markup("").join(self._span(s) for s in spans)

    def _span(self, span: Span) -> Markup:
        text = escape(span.text)
        match span.style:
            case "strong":
                return Markup("<strong>{}</strong>").format(text)
            case "emph":
                return Markup("<em>{}</em>").format(text)
            case "code":
                return Markup("<code>{}</code>").format(text)
            case "ref":
                if span.text in self.homes:
                    return Markup('<a class="ref" href="#{0}">[{0}]</a>').format(text)
                return Markup('<span class="ref">[{}]</span>').format(text)
        return text

    def _id(self, block: Block, named: Iterable[str], taken: set[str] | None = None) -> Markup:
        """Return the id attribute of an element that is the home of an evidence id."""
        for ident in named:
            if self.homes.get(ident) is block and ident not in (taken or ()):
                if taken is not None:
                    taken.add(ident)
                return Markup(' id="{}"').format(ident)
        return Markup("")

    def figure(self, figure: Figure) -> Markup:
        """Write a chart: its finding, the drawing (or nothing yet), its table behind a fold."""
        chart = self.charts[figure.chart_id]
        # Behind a fold a page loads its drawing when somebody opens it; a file has nowhere to load it from.
        svg = None if figure.folded and self.sources else self.drawings.get(chart.id)
        source = self.sources.get(chart.id, "")
        image = Markup('<img class="drawing" loading="lazy" src="{}" alt="{}" width="723" height="226">')
        if not svg and not source:
            return Markup('<figure class="chart" id="{}"><figcaption>{}</figcaption>{}</figure>').format(
                chart.id, self.spans(figure.caption), _data(chart.table, shown=True)
            )
        drawing = inline_svg(svg, chart) if svg else image.format(source, chart.caption)
        return Markup(
            '<figure class="chart" id="{}"{}><figcaption>{}</figcaption>'
            '<div class="canvas" tabindex="0" role="group" aria-label="{}" data-chart="{}">{}</div>{}</figure>'
        ).format(
            chart.id,
            Markup(' data-since="{}"').format(chart.since) if chart.since else "",
            self.spans(figure.caption),
            f"Chart: {chart.title}",
            chart.id,
            drawing,
            _data(chart.table),
        )

    def table(self, table: Table) -> Markup:
        """Write a table in a frame that scrolls by itself."""
        taken: set[str] = set()
        head = Markup("").join(
            Markup('<th scope="col"{}>{}</th>').format(_side(right=r), self.spans(c))
            for c, r in zip(table.head, table.right, strict=True)
        )
        rows = []
        for row in table.rows:
            cells = []
            for i, (cell, r) in enumerate(zip(row, table.right, strict=True)):
                ident = self._id(table, refs(cell), taken)
                inner = (ident, _side(right=r, short=len(plain(cell)) <= 8), self.spans(cell))
                row_head, data = Markup('<th scope="row"{}{}>{}</th>'), Markup("<td{}{}>{}</td>")
                cells.append((data if i else row_head).format(*inner))
            rows.append(Markup("<tr>{}</tr>").format(Markup("").join(cells)))
        return Markup(
            '<div class="scroll" tabindex="0" role="group" aria-label="Table"><table>'
            "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>"
        ).format(head, Markup("").join(rows))


def _side(*, right: bool, short: bool = False) -> Markup:
    look = " ".join(name for name, wanted in (("num", right), ("short", short)) if wanted)
    return Markup(' class="{}"').format(look) if look else Markup("")


def _data(table: DataTable, *, shown: bool = False) -> Markup:
    """Write the numbers of a chart as a table behind a fold, which ``shown`` opens."""
    head = Markup("").join(
        Markup('<th scope="col"{}>{}</th>').format(_side(right=i > 0), h) for i, h in enumerate(table.head)
    )
    rows = Markup("").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(
                (Markup('<td class="num">{}</td>') if i else Markup('<th scope="row">{}</th>')).format(c)
                for i, c in enumerate(row)
            )
        )
        for row in table.rows
    )
    return Markup(
        '<details class="data"{}><summary>Show as table</summary><div class="scroll" tabindex="0" role="group" '
        'aria-label="Numbers of the chart"><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div></details>'
    ).format(Markup(" open") if shown else Markup(""), head, rows)
