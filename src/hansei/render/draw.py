"""``python -m hansei.render.draw``: reads an order on standard input, writes the drawn report to standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hansei.core.narrative import Narrative
from hansei.render import charts, html, pdf


def draw(order: Mapping[str, Any]) -> bytes:
    """Return the form that the order asks for: ``charts`` (JSON of id to SVG), ``html`` or ``pdf``.

    Raises:
        InvalidInput: the order holds no stored report.
    """
    report, kind = order["report"], order["kind"]
    if kind == "charts":
        return json.dumps({c.id: charts.to_svg(c) for c in charts.charts_of(report)}).encode()
    narrative = Narrative.from_dict(order["narrative"])
    told = {"team_name": order["team_name"], "custom_context": order["custom_context"]}
    told["assumed"] = order["assumed"]
    if kind == "html":
        return html.render(report, narrative, **told).encode()
    return pdf.render(report, narrative, created_at=datetime.fromisoformat(order["created_at"]), **told)


if __name__ == "__main__":
    sys.stdout.buffer.write(draw(json.load(sys.stdin.buffer)))
