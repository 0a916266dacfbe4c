"""A stored report as PDF: A4, tagged, with the charts as vector drawings.

The template (``templates/report.typ``) is fixed; the report reaches it as data and is never part of its source, so
no text can be code there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any

from hansei.core.narrative import Narrative
from hansei.render import charts
from hansei.render.charts import Chart
from hansei.render.document import (
    Block,
    Bullets,
    Document,
    Figure,
    Heading,
    Paragraph,
    Quote,
    Spans,
    Table,
    plain,
)
from hansei.render.html import document_of

#: typst brings this family along, so a PDF looks the same on every machine.
FONT = "Libertinus Serif"


def render(
    report: Mapping[str, Any],
    narrative: Narrative,
    *,
    team_name: str,
    custom_context: str | None,
    created_at: datetime,
    assumed: str | None = None,
    simulated: str | None = None,
    measured: str | None = None,
    drawings: Mapping[str, str] | None = None,
) -> bytes:
    """Return the report as a tagged PDF (A4). Equal arguments give equal bytes.

    ``created_at`` is when the report was stored. ``drawings`` holds the SVG of each chart in light colours; without it
    they are drawn here (about 0.1 s each, 1 s for the first): for a worker or the command line.

    Raises:
        InvalidInput: ``report`` is not a stored report.
    """
    import typst

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
    svgs = drawings or {c.id: charts.to_svg(c) for c in drawn}
    data = data_of(document, drawn, {i: charts.set_in(svg, FONT) for i, svg in svgs.items()})
    made = typst.compile(
        _template(),
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"report": json.dumps(data)},
        timestamp=int(created_at.timestamp()),
    )
    assert isinstance(made, bytes)  # noqa: S101 - without an output path typst returns the bytes
    return made


def data_of(document: Document, drawn: Iterable[Chart], drawings: Mapping[str, str]) -> dict[str, Any]:
    """Return what the template reads: plain lists and strings."""
    known = {c.id: c for c in drawn}
    return {
        "title": document.title,
        "lead": [_block(b, known, drawings) for b in document.lead],
        "sections": [
            {
                "number": s.number,
                "title": s.title,
                "blocks": [_block(b, known, drawings) for b in s.blocks],
            }
            for s in document.sections
        ],
    }


@cache
def _template() -> bytes:
    return (resources.files(__package__) / "templates" / "report.typ").read_bytes()


def _block(block: Block, known: Mapping[str, Chart], drawings: Mapping[str, str]) -> dict[str, Any]:
    match block:
        case Paragraph(spans):
            return {"kind": "paragraph", "spans": _spans(spans)}
        case Heading(spans):
            return {"kind": "heading", "spans": _spans(spans)}
        case Bullets(items):
            return {"kind": "bullets", "items": [_spans(i) for i in items]}
        case Quote(lines):
            return {"kind": "quote", "lines": [_spans(x) for x in lines]}
        case Figure(chart_id, caption, _):
            return {
                "kind": "figure",
                "caption": _spans(caption),
                "svg": drawings[chart_id],
                "alt": known[chart_id].caption,
            }
        case Table(head, right, rows):
            return {
                "kind": "table",
                "head": [_spans(c) for c in head],
                "right": list(right),
                "wide": _wide(block),
                "rows": [[_spans(c) for c in row] for row in rows],
            }


def _wide(table: Table) -> list[bool]:
    """Say which columns share what the short ones leave: those whose texts are too long for one line."""
    longest = [max(len(plain(row[i])) for row in (table.head, *table.rows)) for i in range(len(table.head))]
    return [n > 24 for n in longest] if max(longest) > 24 else [i == 0 for i in range(len(longest))]


def _spans(spans: Spans) -> list[dict[str, str]]:
    return [{"style": s.style, "text": s.text} for s in spans]
