"""The HTML report: one file that loads nothing, says what the Markdown says, and keeps foreign text as text."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

from hansei.render import html, markdown
from hansei.render.document import parse, texts
from unit.render.conftest import Sample

ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "main", "header", "section", "h1", "h2", "h3", "p", "ul", "li",
    "blockquote", "br", "strong", "em", "code", "a", "span", "figure", "figcaption", "div", "details", "summary",
    "table", "thead", "tbody", "tr", "th", "td", "svg", "g", "path", "text", "line", "rect", "defs", "clippath",
}  # fmt: skip
ATTRIBUTES = {
    "class",
    "id",
    "href",
    "lang",
    "charset",
    "content",
    "name",
    "http-equiv",
    "scope",
    "tabindex",
    "role",
}


class Reader(HTMLParser):
    """Collects elements, attributes and the visible text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.text: list[str] = []
        self._hidden = 0
        self._stack: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in ("meta", "br"):
            self._stack.append(tag)
        hide = tag in ("style", "svg", "head") or (tag == "details" and ("class", "data") in attrs)
        if hide or self._hidden:
            self._hidden += tag not in ("meta", "br")

    def handle_endtag(self, tag: str) -> None:
        assert self._stack.pop() == tag, f"unbalanced {tag}"
        self._hidden = max(0, self._hidden - 1)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.text.append(data)


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert not reader._stack
    return reader


_pages: dict[str, str] = {}


def page(sample: Sample) -> Reader:
    """Return the page of a sample as it is read; to draw its charts takes longest, so each is rendered once."""
    if sample.name not in _pages:
        _pages[sample.name] = html.render(sample.stored, sample.narrative, **sample.told)
    return read(_pages[sample.name])


def squeezed(text: str) -> str:
    return re.sub(r"[\s·]+", "", text)


def test_it_says_exactly_what_the_markdown_says(sample: Sample) -> None:
    told = parse(markdown.render(sample.stored, sample.narrative, **sample.told))
    shown = squeezed("".join(page(sample).text))
    at = 0
    for line in texts(told):
        wanted = squeezed(line)
        found = shown.find(wanted, at)
        assert found >= 0, line
        at = found


def test_it_loads_nothing_and_runs_nothing(sample: Sample) -> None:
    reader = page(sample)
    assert {t for t in reader.tags if t not in ALLOWED} == set()
    links = [v for _, n, v in reader.attributes if n in ("href", "src", "action", "xlink:href")]
    assert all(re.fullmatch(r"#[A-Z]\d+", v) for v in links)
    assert not [n for _, n, _ in reader.attributes if n.startswith("on") or n == "style"]
    policy = next(v for _, n, v in reader.attributes if n == "content" and "default-src" in v)
    assert "unsafe" not in policy


def test_every_link_to_evidence_arrives(sample: Sample) -> None:
    reader = page(sample)
    ids = [v for _, n, v in reader.attributes if n == "id"]
    assert len(ids) == len(set(ids))
    assert {v[1:] for _, n, v in reader.attributes if n == "href"} <= set(ids)


def test_hostile_text_is_shown_as_text(hostile: Sample) -> None:
    reader = page(hostile)
    assert reader.tags["script"] == reader.tags["img"] == reader.tags["iframe"] == 0
    shown = "".join(reader.text)
    assert "<script>alert(1)</script>" in shown
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", shown)


def test_each_chart_has_its_table_and_its_name(changed: Sample) -> None:
    text = html.render(changed.stored, changed.narrative, **changed.told)
    reader = read(text)
    assert reader.tags["figure"] == text.count('class="data"') == text.count('role="graphics-document"') == 5


def test_rendering_again_changes_nothing(changed: Sample) -> None:
    first = html.render(changed.stored, changed.narrative, **changed.told)
    assert first == html.render(changed.stored, changed.narrative, **changed.told)
