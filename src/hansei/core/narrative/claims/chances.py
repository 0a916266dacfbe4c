"""How sure it is that something changed."""

from __future__ import annotations

from collections.abc import Iterator

from hansei.core.narrative import lexicon as lx
from hansei.core.narrative.claims.sentence import LIKELY, Clause, Sentence
from hansei.core.narrative.facts import rounds_to, sureness
from hansei.core.narrative.reading import Number
from hansei.core.phrases import borrows

#: More than any chance of a report is.
_CERTAIN = ("certain", "certainty", "surely", "for sure", "for certain", "doubt")


def judge_early(c: Clause, s: Sentence) -> Iterator[str]:
    """Let only a hint be too early to say: what changed can be said, and that something did not change."""
    early = [m for m in c.marks if m.kind == "hedge" and m.text.casefold() in lx.EARLY]
    settled = [k for k in c.known if k.sure or not k.signal]
    hints = [x for x in s.facts.report.signals if not x.significant]
    claims = any(x.claims for x in s.clauses)
    if early and (settled or (not c.known and claims and (s.facts.sure or not hints))):
        yield f"“{early[0].text}”: of {settled[0].title if settled else 'what changed'} it can be said"


def judge_certain(s: Sentence, c: Clause) -> Iterator[str]:
    """Let only what is sure be called so; and say that what could be checked was."""
    chance = any(m.kind == "number" and m.value.kind == "chance" for m in s.marks)
    for i, m in enumerate(c.marks):
        denied = any(x.kind == "not" for x in c.marks[max(0, i - 4) : i]) or any(
            x.kind == "quant" and x.value == "none" for x in c.marks[:i]
        )
        beside = any(x.kind == "number" and x.value.kind == "chance" for x in c.marks)
        if m.kind == "sure" and m.text.casefold() in _CERTAIN and not (beside or denied):
            yield f"“{m.text}”: nothing is certain"
        if m.kind != "sure" or chance or denied:
            continue
        if not c.known and any(sureness(x)[0] < LIKELY for x in s.facts.sure):
            yield f"“{m.text}”: not all that changed is"
        unsure = [k for k in c.known if k.signal and (not k.sure or sureness(k.sure)[0] < LIKELY)]
        unsure = [k for k in unsure if not s.hedges(k.metric)]
        if unsure:
            yield f"“{m.text}”: {unsure[0].title} is not"
    if c.quant() == "none" and s.says("checked", "looked") and s.facts.report.checked:
        yield "some measures were checked"


def judge_chance(s: Sentence, c: Clause, n: Number, text: str) -> Iterator[str]:
    """Check "about 98 in 100" against the change that it is said of."""
    if not s.has("sure", "hedge", "change", "dir", "moves", "odd") and not s.says("chance"):
        yield f"“{text}”: of what?"
    value = any(m.kind == "number" and m.value.kind == "value" for m in s.marks)
    if value and s.says("that") and not s.has("change", "dir", "moves", "odd"):
        yield f"“{text}” is the chance that something changed, not of a value"
    signals = [k.signal for k in c.known if k.signal]
    if not signals and not c.known and len(s.facts.sure) == 1:
        signals = s.facts.sure
    if not signals:
        yield f"“{text}” is the chance of nothing in the report"
    for x in signals:
        shown, own = sureness(x)
        p = own if borrows(x) and s.says("own", "alone") and n is _last_chance(s) else shown
        if n.bound == "least:more than":
            right = n.a == "99" and p > 0.99
        else:
            right = (
                n.bound in ("", "about") and rounds_to(100 * p, n.a) and float(n.a) < 100
            )  # nothing is certain
        if not right:
            yield f"“{text}” is not how sure it is that {x.title} changed"


def _last_chance(s: Sentence) -> Number | None:
    found = [m.value for m in s.marks if m.kind == "number" and m.value.kind == "chance"]
    return found[-1] if found else None
