"""The PDF report: read back, it says what the Markdown says; foreign text is never typst's code."""

from __future__ import annotations

import io
import re
import unicodedata
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

import pytest
from pypdf import PdfReader

from hansei.render import markdown, pdf
from hansei.render.document import parse, texts
from unit.render.conftest import Sample, make

WHEN = datetime(2026, 4, 17, 9, 30, tzinfo=UTC)


def read(sample: Sample) -> PdfReader:
    made = pdf.render(sample.stored, sample.narrative, created_at=WHEN, **sample.told)
    return PdfReader(io.BytesIO(made))


def letters(text: str) -> str:
    """Return the text without spaces, hyphenation and page numbers' breaks; ligatures as letters."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


@pytest.mark.parametrize("name", ["changed", "quiet", "unchecked", "odd_sprint", "borrowed", "hostile"])
def test_its_numbers_are_those_of_the_markdown(name: str) -> None:
    sample = make(name)
    document = parse(markdown.render(sample.stored, sample.narrative, **sample.told))
    shown = letters("".join(page.extract_text() for page in read(sample).pages))
    for line in texts(document):
        for number in re.findall(r"\d+(?:\.\d+)?", line):
            assert number in shown, line
    assert letters(document.title) in shown


def test_it_is_tagged_a4_and_titled(changed: Sample) -> None:
    reader = read(changed)
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert "/StructTreeRoot" in root
    width, height = (float(x) for x in reader.pages[0].mediabox[2:])
    assert (round(width), round(height)) == (595, 842)
    assert reader.metadata is not None
    assert reader.metadata.title == changed.narrative.headline


def test_hostile_text_is_neither_code_nor_a_link(hostile: Sample) -> None:
    reader = read(hostile)
    shown = letters("".join(page.extract_text() for page in reader.pages))
    assert letters('#panic("x")') in shown
    assert not any("/Annots" in page for page in reader.pages)


def test_equal_reports_give_equal_bytes_in_time(changed: Sample) -> None:
    first = pdf.render(changed.stored, changed.narrative, created_at=WHEN, **changed.told)
    start = perf_counter()
    second = pdf.render(changed.stored, changed.narrative, created_at=WHEN, **changed.told)
    assert perf_counter() - start < 10  # a guard against the unthinkable; benchmarks/speed measures
    assert first == second
