"""``python -m hansei.render.draw``: reads an order on standard input, writes what was drawn to standard output."""

from __future__ import annotations

import json
import sys
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hansei.core.narrative import Narrative
from hansei.core.phrases import Figures
from hansei.core.report import Tried
from hansei.core.stored import read_value
from hansei.render import charts, pdf
from hansei.render.tried import chart_of

#: The exit code where the system refused to read or write (``EX_IOERR``); the reason is on standard error.
REFUSED = 74


def draw(order: Mapping[str, Any]) -> dict[str, Any]:
    """Return the drawings of the charts (id to SVG) and, where the order asks for it, the PDF in base64.

    An order that brings ``drawings`` spares drawing them again. The form ``tried`` is the chart of one experiment.

    Raises:
        InvalidInput: the order holds no stored report.
    """
    if order["form"] == "tried":
        value = read_value(Tried, order["tried"])
        drawn = chart_of(value, Figures.of_tried(value))
        return {"tried": charts.to_svg(drawn) if drawn else ""}
    report = order["report"]
    drawings = order["drawings"] or {c.id: charts.to_svg(c) for c in charts.charts_of(report)}
    if order["form"] == "charts":
        return {"charts": drawings}
    made = pdf.render(
        report,
        Narrative.from_dict(order["narrative"]),
        team_name=order["team_name"],
        custom_context=order["custom_context"],
        created_at=datetime.fromisoformat(order["created_at"]),
        assumed=order["assumed"],
        drawings=drawings,
    )
    return {"charts": drawings, "pdf": b64encode(made).decode()}


if __name__ == "__main__":
    try:
        json.dump(draw(json.load(sys.stdin)), sys.stdout)
        sys.stdout.flush()
    except OSError as error:
        sys.stderr.write((error.strerror or "unknown reason").lower())
        sys.exit(REFUSED)
