"""Why it may be: a lead stands in its own words, with its confidence and number."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hansei.core.narrative import lexicon as lx
from hansei.core.narrative.claims.sentence import Sentence, is_move
from hansei.core.narrative.reading import Mark, Number
from hansei.core.phrases import in_ten

#: The only words that may stand around a lead.
AROUND_A_LEAD = frozenset(
    [
        "a",
        "an",
        "the",
        "this",
        "that",
        "it",
        "its",
        "is",
        "are",
        "be",
        "been",
        "to",
        "of",
        "for",
        "in",
        "on",
        "at",
        "by",
        "with",
        "about",
        "our",
        "we",
        "us",
        "one",
        "only",
        "our",
        "your",
        "you",
        "both",
        "these",
        "those",
        "they",
        "them",
        "which",
        "what",
        "as",
        "well",
        "also",
        "here",
        "there",
        "put",
        "give",
        "gives",
        "given",
        "say",
        "says",
        "see",
        "first",
        "next",
        "reason",
        "reasons",
        "lead",
        "leads",
        "confidence",
        "idea",
        "possible",
        "possibly",
        "may",
        "might",
        "could",
        "one's",
        "such",
        "out",
        "own",
        "among",
        "and",
        "or",
        "now",
        "then",
        "still",
        "not",
        "no",
        "cannot",
        "ask",
        "question",
        "offer",
        "offered",
        "offers",
        "holds",
        "medium",
        "time",
        "change",
        "rise",
        "evidence",
        "report",
        "team",
        "collect",
        "uncover",
        "look",
        "discuss",
        "talk",
        "sprint",
        "sprints",
        "measure",
        "measures",
        "at",
        "most",
        "best",
    ]
)


def judge_leads(s: Sentence) -> Iterator[str]:
    """Check that a reason is a lead of the report, in its words, beside its confidence and number."""
    chances = [m.value for m in s.marks if m.kind == "number" and m.value.kind == "chance"]
    tens, hundreds = [c for c in chances if c.b == "10"], [c for c in chances if c.b == "100"]
    leads = {m.value for m in s.marks if m.kind == "leadtitle"}
    soft = [m for m in s.marks if m.kind == "soft"]
    if any(c.b not in ("10", "100") for c in chances):
        yield "a chance is said in 100 (that it changed) or in 10 (why it may have)"
    words_of_leads = any(m.text in ("High", "Medium", "Low") for m in s.marks)
    if hundreds and (leads or soft or tens or words_of_leads):
        yield "“it changed” and “this is why” are mixed in one sentence"
    if not (leads or tens or soft):
        return
    told = any(
        m.kind in ("change", "moves", "odd", "metric", "sprint") or is_move(m)
        for m in s.marks
        if not _confidence(m)
    )
    if tens and told and not s.says("may explain", "might explain", "could explain", "fits with"):
        yield "a number in 10 says why something may have changed, not that it did"
    if not (leads or tens) and _harmless(s):
        return
    if len(leads) > 1:
        yield "one sentence, one lead"
        return
    lead = next(iter(leads), s.lead)
    h = s.facts.leads.get(lead or "")
    if h is None:
        yield "a possible reason needs a lead of the report"
        return
    odd = [
        m.text
        for m in s.marks
        if m.kind in ("word", "phrase", "hedge")
        and m.text.casefold() not in AROUND_A_LEAD
        and m.kind != "hedge"
    ]
    if (soft or tens) and odd:
        yield f"“{odd[0]}” says more about the reason than the lead does"
    moved = {k.metric for c in s.clauses for k in c.known if c.named and not k.sure}
    if soft and moved - s.facts.of[h.id]:
        yield "the lead does not speak of this measure"
    words = re.findall(r"\b(high|medium|low)\b", s.text.casefold())
    if not tens and not words:
        if soft or leads:
            yield "a lead needs its confidence, word and number, in the same sentence"
        return
    if not tens or not words or [lx.CONFIDENCE[w] for w in words] != [h.confidence]:
        yield f"the confidence of this lead is “{h.confidence}, {in_ten(h.probability)}”, the word beside its number"
    elif any(not _in_ten(c, h.probability) for c in tens):
        yield f"the confidence of this lead is “{h.confidence}, {in_ten(h.probability)}”"


def _confidence(m: Mark) -> bool:
    return m.text.casefold() in lx.CONFIDENCE


def _harmless(s: Sentence) -> bool:
    """Say whether "reason" or "lead" is only spoken of: "we offer no reasons", "collect your own reasons first"."""
    if s.has("not", "quant") and not s.has("dir", "moves", "number") and not s.says("may", "might", "could"):
        return not s.has("metric")
    if s.says("own", "collect", "covered", "uncover") and not s.has("metric", "dir", "moves", "number"):
        return not s.says("may", "might", "could", "is", "are")
    tallies = [m.value for m in s.marks if m.kind == "number" and m.value.kind == "tally"]
    return (
        bool(tallies)
        and all(t.noun in ("leads", "experiments") for t in tallies)
        and not s.has("metric", "dir")
    )


def _in_ten(number: Number, p: float) -> bool:
    said = in_ten(p)
    if said.startswith("more"):
        return number.a == "9" and number.bound == "least:more than"
    if said.startswith("fewer"):
        return number.a == "1" and number.bound == "most:fewer than"
    return number.bound in ("", "about") and said.split()[1] == number.a
