"""The page on the words of a report counts what the tests count."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from builders.corpus import FILES, REPORTS, labelled
from hansei.core.narrative.check import Reader
from hansei.core.stored import read_report

PAGE = Path(__file__).resolve().parents[3] / "docs" / "method" / "narrative.md"
_ROW = re.compile(r"^\| `(\w+)\.tsv`.*? \| (\d+) \| .*? \| (\d+) of (\d+) \| .*? \| (?:(\d+) of (\d+)|–) \|$")


@cache
def reader(name: str) -> Reader:
    return Reader(read_report(json.loads((REPORTS / f"{name}.json").read_text(encoding="utf-8"))))


def test_the_table_of_the_corpus_says_what_the_checker_does_now() -> None:
    rows = [found for line in PAGE.read_text(encoding="utf-8").splitlines() if (found := _ROW.match(line))]
    assert [row[1] for row in rows] == [*FILES]
    for row in rows:
        read = [(x, not list(reader(x.report).refused("", x.sentence, x.cites))) for x in labelled(row[1])]
        false = [accepted for x, accepted in read if not x.true]
        true = [not accepted for x, accepted in read if x.true]
        told = [int(n or 0) for n in row.groups()[1:]]
        assert told == [len(read), sum(false), len(false), sum(true), len(true)], row[1]
