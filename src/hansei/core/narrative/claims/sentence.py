"""A sentence in clauses, and what is asked of its marks by every kind of claim."""

from __future__ import annotations

from dataclasses import dataclass, field

from hansei.core.narrative.facts import Facts, Known
from hansei.core.narrative.reading import Mark

CLAIMS = frozenset(
    [
        "number",
        "dir",
        "change",
        "odd",
        "ratio",
        "fraction",
        "moves",
        "place",
        "sure",
        "super",
        "manner",
        "back",
    ]
)


#: Below this a change is likely, and not sure.
LIKELY = 0.8


EARLIER = ("before", "until", "up to", "through")


#: Things a sentence may be about that are no measures.
NOT_MEASURES = (
    "item", "items", "work", "team", "people", "sprint", "plans", "plan", "meeting", "pace", "volume", "waiting",
    "size", "list", "table", "amounts", "hour", "day", "days", "week", "weeks",
)  # fmt: skip


@dataclass
class Clause:
    """A statement of a sentence and the measures it speaks of."""

    marks: list[Mark] = field(default_factory=list)
    joined_by: str = ""
    metrics: tuple[str, ...] = ()
    known: list[Known] = field(default_factory=list)
    inherited: bool = False
    #: Whether the sentence has set aside the measures that changed: "apart from review time, nothing …".
    apart: bool = False

    @property
    def named(self) -> tuple[str, ...]:
        """The measures that the clause itself names."""
        out: list[str] = []
        for m in self.marks:
            if m.kind == "metric":
                out += sorted(m.value)
            elif m.kind == "moves":
                out.append(m.value[0])
        return tuple(dict.fromkeys(out))

    @property
    def claims(self) -> bool:
        """Whether it says anything that can be true or false."""
        return any(m.kind in CLAIMS for m in self.marks) or (self.has("not") and self.has("tense"))

    def has(self, *kinds: str) -> bool:
        """Say whether a mark of one of these kinds is in it."""
        return any(m.kind in kinds for m in self.marks)

    def quant(self) -> str:
        """Return all, none, rest, or nothing."""
        found = [m.value for m in self.marks if m.kind == "quant"]
        if self.apart:
            return "rest"
        return "none" if "none" in found else "rest" if "rest" in found else found[0] if found else ""

    def negated(self, at: int) -> bool:
        """Say whether a "not" stands shortly before a mark."""
        return any(m.kind == "not" for m in self.marks[max(0, at - 4) : at]) or self.quant() == "none"

    def roles(self) -> list[tuple[int, str]]:
        """Return the role words and where they stand; one before a sprint belongs to the sprint."""
        return [
            (i, "last" if m.kind == "last" else m.value)
            for i, m in enumerate(self.marks)
            if m.kind in ("role", "last")
        ]


@dataclass
class Sentence:
    """A sentence in clauses."""

    text: str
    clauses: list[Clause]
    facts: Facts
    #: Of which measures other sentences of the text say that a change is likely, or may be; "" stands for all.
    hedged: frozenset[str]
    lead: str | None

    @property
    def marks(self) -> list[Mark]:
        """All marks, in order."""
        return [m for c in self.clauses for m in c.marks]

    def has(self, *kinds: str) -> bool:
        """Say whether a mark of one of these kinds is in it."""
        return any(m.kind in kinds for m in self.marks)

    def hedges(self, metric: str) -> set[str]:
        """Return the words that say of a measure here that its change is likely, or may be.

        One that stands before any measure is said of all that follow.
        """
        out: set[str] = set()
        named = False
        for c in self.clauses:
            named = named or bool(c.named)
            if metric in c.metrics or not named:
                out |= {m.text.casefold() for m in c.marks if m.kind == "hedge"}
        return out

    def is_hedged(self, metric: str) -> bool:
        """Say whether the text holds that a measure's change is likely, or may be, in words or as a number."""
        chance = any(m.kind == "number" and m.value.kind == "chance" for m in self.marks)
        return chance or bool(self.hedges(metric)) or bool(self.hedged & {"", metric})

    def says(self, *words: str) -> bool:
        """Say whether one of these words is in it."""
        low = {m.text.casefold() for m in self.marks}
        return any(w in low for w in words)


def is_move(m: Mark) -> bool:
    """Say whether a mark is a move up or down."""
    return m.kind == "dir" and m.value in ("up", "down")


def is_tally(m: Mark) -> bool:
    """Say whether a mark counts changes, measures, leads or experiments."""
    return m.kind == "number" and m.value.kind == "tally"


def measures_of(m: Mark | None) -> set[str]:
    """Return the measures that a mark names."""
    if m is None or m.kind not in ("metric", "moves"):
        return set()
    return set(m.value) if m.kind == "metric" else {m.value[0]}


def preposition(c: Clause, i: int) -> str:
    """Return the word that says how the sprint at this place is meant."""
    for m in reversed(c.marks[max(0, i - 2) : i]):
        low = m.text.casefold()
        if low in (
            "since",
            "from",
            "around",
            "about",
            "near",
            "in",
            "before",
            "until",
            "after",
            "through",
            "up to",
            "starting",
            "beginning",
            "of",
            "with",
            "at",
            "on",
            "between",
            "to",
            "by",
            "for",
            "than",
            "against",
        ):
            return low
        if low in ("date back to", "dates back to"):
            return "in"
    return ""


def something_else(s: Sentence, c: Clause) -> bool:
    """Say whether a sentence that names no measure speaks of things that were not measured."""
    return (
        c.inherited and not c.has("place") and not any(x.named for x in s.clauses) and s.says(*NOT_MEASURES)
    )
