"""That a sentence is built of what can be read, and of nothing besides."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from hansei.core.narrative.lexicon.constructions import CATALOGUE, CONSTRUCTIONS, FREE, MACROS
from hansei.core.narrative.reading import Mark, plain_marks
from hansei.core.words import Words

_TEXT = ("word", "phrase", "punct", "join", "tense", "quant", "not", "apart")
_SHORT = {
    "metric": "m", "together": "tog", "same time": "same", "about time": "same", "no sprint": "refused",
    "unknown": "refused", "never": "refused", "cause": "refused",
}  # fmt: skip
#: Roles by what they say; those that take a sprint or a number stand for themselves.
_OWN_ROLE = ("before", "since", "after", "until", "until then", "since then", "used to", "once")
_ADJECTIVES = ("usual", "typical", "normal", "ordinary")
_SHORTEST = 4
_TOKEN = re.compile(r"[()|?]|[^\s()|?]+")
#: Places of the catalogue that hold a whole number, and any others.
_COUNTED = re.compile(r"\{(?:n|p|count|out|held|tried)\}")
_BETWEEN = re.compile(r"\{\w+\}|(?<=\.)\s")


@dataclass(slots=True)
class Node:
    """A place in the tree of all constructions: what may follow, and whether one may end here."""

    next: dict[str, Node] = field(default_factory=dict)
    ends: bool = False

    def add(self, row: Sequence[str]) -> None:
        """Add a construction."""
        node = self
        for x in row:
            node = node.next.setdefault(x, Node())
        node.ends = True


def judge_constructed(marks: Sequence[Mark], constructions: Node) -> Iterator[str]:
    """Yield the first word that stands in no known construction."""
    row = [symbol(m) for m in marks]
    reached = {0}
    for at in range(len(row)):
        if at in reached:
            reached |= {at + 1} if row[at] in FREE else set()
            node: Node | None = constructions
            for end in range(at, len(row)):
                node = node.next.get(row[end]) if node else None
                if node is None:
                    break
                if node.ends:
                    reached.add(end + 1)
    if len(row) not in reached:
        yield f"“{marks[max(reached)].text}” stands here in no way that can be checked"


def symbol(m: Mark) -> str:
    """Return what a construction knows of a mark."""
    low = "_".join(m.text.casefold().split())
    if m.kind in _TEXT:
        return low
    if m.kind == "number":
        return f"<n:{m.value.kind}>"
    if m.kind == "sprint":
        return "<s>" if m.value[0] == m.value[1] else "<span>"
    if m.kind == "dir":
        return f"<{m.value}>"
    if m.kind == "role":
        return _role(m)
    return f"<{_SHORT.get(m.kind, m.kind)}>"


def _role(m: Mark) -> str:
    low = m.text.casefold()
    if low in _OWN_ROLE:
        return low.replace(" ", "_")
    if m.value == "usual":
        return "usual" if low in _ADJECTIVES else "usually"
    return {"after": "now", "before": "earlier"}.get(m.value, f"<{m.value}>")


def constructions(words: Words) -> Node:
    """Return what a sentence may be built of: the known constructions, and the catalogue's own sentences."""
    return _tree(tuple(t for key, t in words.texts.items() if key.startswith(CATALOGUE)))


@cache
def _tree(texts: tuple[str, ...]) -> Node:
    root = Node()
    for pattern in CONSTRUCTIONS:
        written = re.sub("|".join(MACROS), lambda found: MACROS[found[0]], pattern)
        for row in _rows(_TOKEN.findall(written)):
            root.add(row)
    for row in _segments(texts):
        root.add(row)
    return root


def _rows(tokens: list[str]) -> list[list[str]]:
    """Return every row of symbols that a construction stands for; the tokens are used up to its closing bracket."""
    rows: list[list[str]] = []
    mine: list[list[str]] = [[]]
    while tokens:
        sign = tokens.pop(0)
        if sign == ")":
            break
        if sign == "|":
            rows, mine = rows + mine, [[]]
            continue
        parts = _rows(tokens) if sign == "(" else [[sign]]
        if tokens[:1] == ["?"]:
            tokens.pop(0)
            parts = [*parts, []]
        mine = [a + b for a in mine for b in parts]
    return rows + mine


def _segments(texts: Iterable[str]) -> Iterator[list[str]]:
    """Yield the pieces between the places of the catalogue's sentences that are more than a few words."""
    for text in texts:
        for piece in _BETWEEN.split(_COUNTED.sub("5", text)):
            row = [symbol(m) for m in plain_marks(piece)]
            bound = [x for x in row if x not in FREE]
            if (bound and len(row) >= _SHORTEST) or any("_" in x for x in bound):
                yield row
