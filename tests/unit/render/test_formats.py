"""One report, five formats, the same numbers: read back from each and compared with the stored values."""

from __future__ import annotations

import csv as csv_reader
import io
import json
import re
import unicodedata
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from pypdf import PdfReader

from builders import reports
from hansei.core.guide import make_guide
from hansei.render import csv, html, markdown, pdf
from unit.render.conftest import Sample, make

WHEN = datetime(2026, 4, 17, tzinfo=UTC)
NUMBER = re.compile(r"\d+(?:\.\d+)?")


def rows_of(sample: Sample) -> dict[str, dict[str, str]]:
    """Return the CSV's rows that have an evidence id of a signal."""
    read = csv_reader.DictReader(io.StringIO(csv.render(sample.stored)))
    return {r["id"]: r for r in read if re.fullmatch(r"S\d+", r["id"])}


def cells_of(sample: Sample) -> dict[str, list[str]]:
    """Return the rows of the Markdown's table of changes by their evidence id."""
    text = markdown.render(sample.stored, sample.narrative, **sample.told)
    rows = [x.strip("| ").split(" | ") for x in text.splitlines() if re.match(r"\| [^|]*\[S\d+\] \|", x)]
    return {re.findall(r"\[(S\d+)\]", r[0])[0]: r for r in rows}


def shown_as(value: float, text: str) -> bool:
    """Say whether a text shows this value, rounded to the decimals that the text has."""
    (shown,) = NUMBER.findall(text)
    places = len(shown.partition(".")[2])
    return bool(abs(float(shown) - abs(value)) <= 0.5 * 10**-places + 1e-9)


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


@pytest.mark.parametrize("name", [n for n in reports.EVERY if n not in ("quiet", "unchecked", "hostile")])
def test_every_format_holds_the_same_numbers(name: str) -> None:
    sample = make(name)
    stored: dict[str, Any] = json.loads(json.dumps(sample.stored))
    signals = {s["id"]: s for s in stored["signals"] if s["significant"]}
    table, told = rows_of(sample), cells_of(sample)
    assert set(signals) <= set(table)
    page = html.render(sample.stored, sample.narrative, **sample.told, drawings={})
    paper = "".join(
        p.extract_text()
        for p in PdfReader(
            io.BytesIO(pdf.render(sample.stored, sample.narrative, created_at=WHEN, **sample.told))
        ).pages
    )
    for ident, signal in signals.items():
        for side in ("before", "after"):
            assert float(table[ident][side]) == pytest.approx(signal[side], rel=1e-5)
        if signal["kind"] == "outlier":
            continue  # its own value stands in place of a level
        cells = told[ident]
        measured = [c for c in cells[1:] if NUMBER.search(c) and not c.startswith(("S", "about", "more"))][:2]
        assert shown_as(signal["before"], measured[0]), cells
        assert shown_as(signal["after"], measured[1]), cells
        (row,) = re.findall(
            rf'<tr><th scope="row"[^>]*>[^<]*<a class="ref" href="#{ident}">.*?</tr>', page, re.DOTALL
        )
        assert squeezed(re.sub(r"<[^>]+>", "", row)) == squeezed("".join(cells))
        assert squeezed("".join(cells)) in squeezed(paper), "the same row, in the same words"


@pytest.mark.parametrize("name", ["changed", "quiet", "unchecked", "tried"])
def test_every_format_plans_the_meeting_and_shows_no_lead_in_it(name: str) -> None:
    sample = make(name)
    report = reports.EVERY[name]()
    guide = make_guide(report)
    text = markdown.render(sample.stored, sample.narrative, **sample.told)
    page = html.render(sample.stored, sample.narrative, **sample.told, drawings={})
    paper = pdf.render(sample.stored, sample.narrative, created_at=WHEN, **sample.told)
    whole = {
        "Markdown": text.replace("\\", ""),
        "HTML": unescape(re.sub(r"<[^>]+>", " ", page)),
        "PDF": "".join(p.extract_text() for p in PdfReader(io.BytesIO(paper)).pages),
    }
    secrets = [t for h in report.hypotheses for t in (h.title, *h.mechanisms, *h.questions)]
    for kind, content in whole.items():
        told = squeezed(content).rpartition(squeezed("How to run the hour"))[2]
        for step in (s for plan in guide.plans.values() for s in plan):
            assert squeezed(f"{step.start}–{step.end}") in told, kind
            assert squeezed(step.text) in told, (kind, step.text)
        for said in (*guide.questions, *(t for v in guide.variants for t in (v.name, *v.texts.values()))):
            assert squeezed(said) in told, (kind, said)
        assert not [x for x in secrets if squeezed(x) in told], kind
