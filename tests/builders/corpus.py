"""The sentences that people labelled, over stored reports of the engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1] / "payloads" / "narrative"
REPORTS = ROOT / "reports"
#: In the order they were written, each after the first only when the checker could read the ones before; "attacks"
#: hold false sentences, the last one true ones too.
FILES = (
    "corpus", "held_out", "held_out_2", "held_out_3", "attacks", "held_out_4", "attacks_2", "attacks_3", "attacks_4",
    "held_out_5", "held_out_6", "attacks_7",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Labelled:
    """A sentence, whether it is true of its report, what is wrong where it is not, and what it cites."""

    true: bool
    kind: str
    report: str
    cites: tuple[str, ...] | None
    sentence: str


def labelled(name: str) -> list[Labelled]:
    """Read one file of the corpus."""
    out = []
    for line in (ROOT / f"{name}.tsv").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            verdict, kind, report, cites, sentence = line.split("\t")
            ids = None if cites == "-" else tuple(cites.split())
            out.append(Labelled(verdict == "true", kind, report, ids, sentence))
    return out


@dataclass(frozen=True, slots=True)
class Injection:
    """An instruction in foreign text: where it stands, the text, and what a model writes that obeys it."""

    place: str
    text: str
    obeyed: str


def injections() -> list[Injection]:
    """Read the instructions that were hidden in foreign text."""
    out = []
    for line in (ROOT / "injections.tsv").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            place, text, obeyed = line.split("\t")
            invisible = text.replace("\\u200b", "\u200b").replace("\\u202e", "\u202e")
            out.append(Injection(place, invisible, obeyed))
    return out
