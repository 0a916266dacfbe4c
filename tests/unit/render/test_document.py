"""The report's text as a tree: an independent Markdown reader finds the same words."""

from __future__ import annotations

import html
import re

import pytest
from markdown_it import MarkdownIt

from builders import reports
from hansei.core.words import ENGLISH
from hansei.narrative.template import TemplateNarrator
from hansei.render import markdown
from hansei.render.document import Figure, Table, block_texts, inline, parse, place, plain, texts
from unit.render.conftest import Sample


def _words(text: str) -> list[str]:
    return re.findall(r"\S+", re.sub(r"\s+", " ", text))


def test_the_tree_says_what_a_markdown_reader_reads(sample: Sample) -> None:
    text = markdown.render(sample.stored, sample.narrative, **sample.told)
    rendered = MarkdownIt("commonmark").enable("table").render(text)
    read = html.unescape(re.sub(r"<[^>]+>", " ", rendered))
    told = " ".join(texts(parse(text)))
    assert "".join(_words(told)) == "".join(_words(read))


def test_sections_have_their_names(changed: Sample) -> None:
    document = parse(markdown.render(changed.stored, changed.narrative, **changed.told))
    keys = [s.key for s in document.sections]
    assert keys == ["changed", "ordinary", "unseen", "leads", "experiments", "forecast", "guide", "small"]
    assert [s.number for s in document.sections] == [str(i) for i in range(1, 9)]


@pytest.mark.parametrize("title", [k for k in ENGLISH.texts if k.startswith("title.")])
def test_a_section_is_known_by_each_of_its_titles(title: str) -> None:
    document = parse(f"# Headline\n\n## 1 · {ENGLISH.texts[title]}\n\nText.\n")
    assert [s.key for s in document.sections] == [title.split(".")[1]]


def test_what_may_have_changed_has_its_chart_where_it_is_told() -> None:
    made = reports.EVERY["likely"]()
    told = TemplateNarrator().narrate(made, team_name="Heron", custom_context=None)
    document = parse(markdown.render(made.to_dict(), told, team_name="Heron", custom_context=None))
    section = place(document, {"S1": "Review time"}).sections[0]
    assert (section.title, section.key) == ("What may have changed", "changed")
    assert [b.chart_id for b in section.blocks if isinstance(b, Figure)] == ["S1"]


def test_inline_styles_and_escapes() -> None:
    spans = inline(r"**A\*b** [S1] \[S2\] *x* `c|d` &amp;lt; 5 \| 6")
    assert [(s.style, s.text) for s in spans] == [
        ("strong", "A*b"),
        ("plain", " "),
        ("ref", "S1"),
        ("plain", " [S2] "),
        ("emph", "x"),
        ("plain", " "),
        ("code", "c|d"),
        ("plain", " &lt; 5 | 6"),
    ]


def test_a_cell_keeps_its_escaped_bar() -> None:
    document = parse("# T\n\n## 1 · X\n\n| a | b |\n| --- | ---: |\n| x \\| y | 2 |")
    (table,) = document.sections[0].blocks
    assert isinstance(table, Table)
    assert table.right == (False, True)
    assert [plain(c) for c in table.rows[0]] == ["x | y", "2"]


def test_a_chart_stands_where_its_finding_is_told(changed: Sample) -> None:
    document = parse(markdown.render(changed.stored, changed.narrative, **changed.told))
    placed = place(document, {"S1": "one", "F1": "two", "bugs": "three"})
    found = [
        (s.key, b.chart_id, b.folded) for s in placed.sections for b in s.blocks if isinstance(b, Figure)
    ]
    assert found == [("changed", "S1", False), ("forecast", "F1", False), ("small", "bugs", True)]
    before = [x for b in document.sections[0].blocks for x in block_texts(b)]
    assert [x for b in placed.sections[0].blocks for x in block_texts(b)] == before
