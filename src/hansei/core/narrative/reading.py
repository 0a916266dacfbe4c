"""Turns a sentence into marks: measures, sprints, numbers, directions, and the words that say what they mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from hansei.core.metrics import REGISTRY, describe
from hansei.core.naming import plain_number, sprint_name, sprint_short
from hansei.core.narrative import lexicon as lx
from hansei.core.narrative.facts import Facts
from hansei.core.phrases import clean
from hansei.core.words import Words

_TOKEN = re.compile(
    r"\d{4}-\d{2}-\d{2}|\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:st|nd|rd|th)\b|\d+(?:\.\d+)?|"
    r"[^\W\d_][\w’']*(?:[-/][^\W\d_][\w’']*)*|\S"
)
#: A hedge inside a clause of the catalogue: "fewer points have probably been planned".
_BETWEEN = re.compile(
    r"\b(have|has) (probably|likely|perhaps|possibly) been (planned|completed|finished|delivered|carried over)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?])[”\"’)]*\s+(?=[“\"(A-Z0-9])")
QUIET: Final = frozenset(",;:()[]–—-.!?“”\"'’‘±·÷…/")
SPLITS: Final = frozenset(",;:()–—")
LONGEST = 16


@dataclass(frozen=True, slots=True)
class Number:
    """A number with what it is: value, range, chance, odds, of, count, tally, times, percent, effect, ordinal, date."""

    kind: str
    a: str
    b: str = ""
    unit: str = ""
    bound: str = ""
    noun: str = ""
    moved: bool = False
    per: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A piece of a sentence: its kind, its value, and its text."""

    kind: str
    value: Any
    text: str


def sentences(text: str) -> list[str]:
    """Split a text into sentences; a line break ends one too."""
    return [s.strip() for line in text.splitlines() for s in _SENTENCE.split(line) if s.strip()]


def dictionary(facts: Facts, words: Words) -> dict[str, tuple[str, Any]]:
    """Return phrase → (kind, value) for one report; what comes later wins over what came before."""
    out = dict(_lexicon())
    out |= {_key(p): ("metric", m) for p, m in measures(facts, words).items()}
    out |= {_key(p): ("moves", m) for p, m in _clauses(facts, words).items()}
    out |= {_key(p): ("sprint", at) for p, at in _sprints(facts, words).items()}
    last = ("last sprint", "the last sprint", "latest sprint", "the latest sprint", "most recent sprint")
    return out | {p: ("last", p) for p in last}


@cache
def _lexicon() -> Mapping[str, tuple[str, Any]]:
    out: dict[str, tuple[str, Any]] = {}

    def put(kind: str, phrases: Iterable[str] | Mapping[str, Any]) -> None:
        for p in phrases:
            out[_key(p)] = (kind, phrases[p] if isinstance(phrases, Mapping) else p)

    put("word", lx.PLAIN)
    put("not", lx.NOT)
    put("hedge", lx.HEDGES)
    put("tense", lx.TENSES)
    put("role", lx.ROLES)
    put("join", lx.JOINS)
    put("about", lx.ABOUT)
    put("place", lx.PLACES)
    put("least", lx.LEAST - set(lx.PLACES))
    put("most", lx.MOST - set(lx.PLACES))
    put("change", lx.CHANGE)
    put("dir", lx.DIRECTIONS)
    put("super", lx.SUPERLATIVES)
    put("manner", lx.MANNERS)
    put("apart", lx.APART)
    put("back", lx.BACK)
    put("ratio", lx.RATIOS)
    put("fraction", lx.FRACTIONS)
    put("sure", lx.SURE)
    put("cause", lx.CAUSE)
    put("soft", lx.SOFT)
    put("odd", lx.ODD)
    put("cmp", lx.COMPARISONS)
    put(
        "quant",
        dict.fromkeys(lx.ALL, "all") | dict.fromkeys(lx.NONE, "none") | dict.fromkeys(lx.REST, "rest"),
    )
    put("unseen", lx.UNSEEN)
    put("next", lx.NEXT)
    put("share", lx.SHARE)
    put("together", lx.TOGETHER)
    put("same time", lx.SAME_TIME)
    put("about time", lx.ABOUT_TIME)
    put("confirmed", lx.CONFIRMED)
    put("never", lx.NEVER)
    put("phrase", lx.PHRASES)
    put("counted in", [u for u in lx.UNITS if " " in u])
    return out


def _key(phrase: str) -> str:
    return " ".join(t.casefold() for t in _TOKEN.findall(phrase.replace("’", "'")))


def measures(facts: Facts, words: Words) -> dict[str, frozenset[str]]:
    """Return every name of every measure, also of those that the report does not hold, so that they are found."""
    out: dict[str, frozenset[str]] = {}
    for metric in [*REGISTRY, *facts.known]:
        known = facts.known.get(metric)
        entry, measure = describe(metric), words.measures.get(metric)
        names = [entry.title, metric.replace("_", " "), *lx.ALSO_CALLED.get(metric, ())]
        names += [a.replace("_", " ") for a in entry.aliases]
        names += [measure.label, measure.label.partition(" (")[0]] if measure else []
        names += [clean(known.title, 60)] if known else []
        for n in names:
            if len(_key(n)) > 1:
                out.setdefault(_key(n), frozenset({metric}))
                if known:
                    out[_key(n)] = frozenset({metric})
    out |= {f"measurename_{i}": frozenset({m}) for i, m in enumerate(facts.known)}
    bugs = frozenset(m for m in facts.known if describe(m).unit == "bugs" and facts.known[m].level)
    out["bugs"] = bugs or frozenset({"bugs"})
    return out


def _clauses(facts: Facts, words: Words) -> dict[str, tuple[str, str]]:
    """Return the catalogue's own clauses: "reviews have taken longer" is review time, up."""
    out = {}
    for metric, m in words.measures.items():
        for text, way in ((m.more, "up"), (m.fewer, "down")):
            for form in (text, text.removeprefix("There have been ")):
                out[form] = (metric, way)
    for metric, (verbs, noun) in lx.ACTS.items():
        for verb in verbs:
            for way, count in (("up", "more"), ("down", "fewer")):
                out[f"{verb} {count} {noun}"] = (metric, way)
                out[f"{count} {noun} {verb}"] = (metric, way)
    for metric, known in facts.known.items():
        if metric not in words.measures:
            title = clean(known.title, 60)
            for kind, name in (("count", title[:1].lower() + title[1:]), ("value", title)):
                out[words(f"{kind}.more", title=name)] = (metric, "up")
                out[words(f"{kind}.fewer", title=name)] = (metric, "down")
    return out


def _sprints(facts: Facts, words: Words) -> dict[str, tuple[int, int]]:
    """Return every form of every sprint's name that means one sprint and no other."""
    meant: dict[str, set[int]] = {}
    for i, (name, called) in enumerate(zip(facts.names, facts.called, strict=True)):
        forms = {name, clean(name, 24), clean(name, 40), sprint_name(name, words)}
        n = plain_number(called)
        if n:
            forms |= {f"Sprint {n}", f"S{n}", f"sprint number {n}", f"sprint no. {n}"}
            forms |= {f"sprint {w}" for w, k in lx.NUMERALS.items() if str(k) == n}
            forms |= {f"{n}th sprint", f"the {n}th sprint"}
        for form in forms:
            if len(form) > 1 and not form.isdecimal():
                meant.setdefault(form, set()).add(i)
    out = {form: (min(at), max(at)) for form, at in meant.items() if len(at) == 1}
    for i, called in enumerate(facts.called):
        forms = {called, sprint_short(called, words), f"sprintname_{i}"}
        out |= {form: (i, i) for form in forms if len(form) > 1}
    out |= _spans(facts)
    if len(facts.names) > 1:
        at = len(facts.names) - 2
        out |= dict.fromkeys(("second last sprint", "second-last sprint", "last sprint but one"), (at, at))
    return out


def _spans(facts: Facts) -> dict[str, tuple[int, int]]:
    """Return the report's own spans, however its sprints are named: "13.1 to 14.2"."""
    last, window = len(facts.names) - 1, len(facts.report.window)
    ends = {(last + 1 - window, last), (0, last), (0, last - window)}
    ids = [s.sprint_id for s in facts.report.sprints]
    return {
        facts.sprints.span(ids[a], ids[b], short=short): (a, b)
        for a, b in ends
        if 0 <= a < b
        for short in (False, True)
    }


def read(sentence: str, phrases: Mapping[str, tuple[str, Any]], facts: Facts) -> list[Mark]:
    """Return the marks of a sentence, longest phrases first; a word that nobody knows is marked "unknown"."""
    text = sentence.replace("’", "'").replace("n't ", " n't ").replace("\u00a0", " ")
    tokens = _TOKEN.findall(_BETWEEN.sub(r"\1 been \3 \2", text))
    out: list[Mark] = []
    i = 0
    while i < len(tokens):
        span, named = _span(tokens, i, facts), _longest(tokens, i, phrases)
        longer = span is None or (named[0].kind == "sprint" and named[1] > span[1])  # "Sprint 1 of 2026"
        mark, used = named if longer or span is None else span
        out.append(mark)
        i += used
    return _beside_usual(_numbers(_settled(out)))


def _beside_usual(marks: list[Mark]) -> list[Mark]:
    """Let "above the usual 17 %" be a direction: beside one number, not inside or outside a range."""
    out = list(marks)
    for i, m in enumerate(marks):
        if m.kind != "place" or m.text.casefold() not in ("above", "below"):
            continue
        after = [
            x
            for x in marks[i + 1 : i + 5]
            if x.text.casefold() not in ("the", "its", "your") and x.kind != "about"
        ]
        usual = after[:1] and after[0].kind == "role" and after[0].value == "usual"
        if usual and after[1:2] and after[1].kind == "number" and after[1].value.kind == "value":
            out[i] = Mark("dir", "up" if m.text.casefold() == "above" else "down", m.text)
    return out


@cache
def plain_marks(text: str) -> tuple[Mark, ...]:
    """Return the marks of a text that names no measure and no sprint: a piece of the catalogue."""
    tokens, phrases, out, i = _TOKEN.findall(text), _lexicon(), list[Mark](), 0
    while i < len(tokens):
        mark, used = _longest(tokens, i, phrases)
        out.append(mark)
        i += used
    return tuple(_numbers(_settled(out)))


def _longest(  # noqa: PLR0911 - one return a form of token
    tokens: Sequence[str], i: int, phrases: Mapping[str, tuple[str, Any]]
) -> tuple[Mark, int]:
    for n in range(min(LONGEST, len(tokens) - i), 0, -1):
        text = " ".join(tokens[i : i + n])
        found = phrases.get(text.casefold())
        if found is not None and not (n == 1 and text.casefold() in lx.NUMERALS and found[0] != "sprint"):
            return Mark(found[0], found[1], text), n
    text = tokens[i]
    low = text.casefold()
    two = " ".join(tokens[i : i + 2]).casefold()
    if two in lx.NUMERALS:
        return Mark("num", str(lx.NUMERALS[two]), two), 2
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return Mark("date", text, text), 1
    if re.fullmatch(r"\d+(?:st|nd|rd|th)", low):
        return Mark("ordinal", int(low[:-2]), text), 1
    if text[0].isdigit():
        return Mark("num", text, text), 1
    if low in lx.NUMERALS:
        return Mark("num", str(lx.NUMERALS[low]), text), 1
    if low == "s" or text in QUIET:
        return Mark("punct", text, text), 1
    if low == "%":
        return Mark("percent", text, text), 1
    return Mark("unknown", text, text), 1


def _span(tokens: list[str], i: int, facts: Facts) -> tuple[Mark, int] | None:
    """Read "Sprints 29–40", "S29-40" and a sprint that the report does not have."""
    low = tokens[i].casefold()
    glued = re.fullmatch(r"s(\d+)", low)
    at = i + 1
    if glued:
        first = glued[1]
    elif low in ("sprint", "sprints") and at < len(tokens) and tokens[at].isdecimal():
        first, at = tokens[at], at + 1
    else:
        return None
    last = first
    if (
        at + 1 < len(tokens)
        and tokens[at] in ("–", "-", "to", "and", "through")
        and low in ("sprints", f"s{first}")
    ):
        other = tokens[at + 1].casefold().removeprefix("s")
        if other.isdecimal():
            last, at = other, at + 2
    plain = facts.numbered
    text = " ".join(tokens[i:at])
    if first not in plain or last not in plain:
        return Mark("no sprint", text, text), at - i
    return Mark("sprint", (plain[first], plain[last]), text), at - i


def _settled(marks: list[Mark]) -> list[Mark]:
    """Decide what a word with several meanings means here."""
    out: list[Mark] = []
    for i, m in enumerate(marks):
        low, before = m.text.casefold(), marks[i - 1] if i else None
        after = marks[i + 1] if i + 1 < len(marks) else None
        numbered = before is not None and (before.kind in ("num", "percent") or before.text == "±")
        if low == "up to" and after is not None and after.kind == "sprint":
            out.append(Mark("role", "before", "until"))
        elif low in lx.UNITS and numbered:
            out.append(Mark("unit", lx.UNITS[low], m.text))
        elif m.kind == "percent":
            out.append(Mark("unit", "%", m.text))
        elif low in lx.UNITS and m.kind in ("unknown", "counted in"):
            out.append(Mark("word", low, m.text))
        elif m.kind == "place" and low in ("above", "below") and _numbered_before(marks, i):
            out.append(
                Mark("dir", "up" if low == "above" else "down", m.text)
            )  # "30 % above the 52 h it was before"
        elif m.kind == "place" and after is not None and _numeric(marks, i + 1):
            kind = "least" if low in ("above", "over") else "most" if low in ("below", "under") else "place"
            out.append(m if kind == "place" else Mark(kind, low, m.text))
        elif m.kind == "dir" and low.startswith("as ") and _multiplied(before):
            out.append(Mark("cmp", low, m.text))  # "2.2 times as long as before"
        elif (m.kind == "place" and low in ("over", "under")) or _pronoun(marks, i):
            out.append(Mark("word", low, m.text))
        else:
            out.append(m)
    return out


def _numbered_before(marks: list[Mark], i: int) -> bool:
    """Say whether a place stands between two numbers, and so says how far one lies from the other."""
    before = [m.kind for m in marks[max(0, i - 2) : i]]
    return (
        "num" in before
        and (before[-1] in ("num", "percent") or marks[i - 1].text.casefold() in lx.UNITS)
        and [m.text.casefold() for m in marks[i + 1 : i + 2]] == ["the"]
        and _numeric(marks, i + 2)
    )


def _multiplied(before: Mark | None) -> bool:
    return before is not None and (before.kind in ("ratio", "fraction") or before.text.casefold() == "times")


def _numeric(marks: list[Mark], i: int) -> bool:
    return any(m.kind == "num" for m in marks[i : i + 2]) and marks[i].kind in ("num", "about")


def _pronoun(marks: list[Mark], i: int) -> bool:
    """Say whether "one" or "two" at this place stands for what was named, not for a number."""
    low = marks[i].text.casefold() if marks[i].kind == "num" else ""
    return (low == "two" and _the_two(marks, i)) or (low == "one" and not _counts(marks, i))


def _the_two(marks: list[Mark], i: int) -> bool:
    """Say whether "the two" stands for what was named before; "the two sprints" counts them."""
    before, after = marks[i - 1].text.casefold() if i else "", marks[i + 1 : i + 2]
    if after and lx.COUNTED.get(after[0].text.casefold()) == "sprints":
        return False
    return before in ("the", "these", "those") and (
        not after or after[0].kind in ("word", "punct", "share", "tense")
    )


def _counts(marks: list[Mark], i: int) -> bool:
    """Say whether "one" at this place is a number."""
    nxt = [m.text.casefold() for m in marks[i + 1 : i + 3]]
    if not nxt:
        return False
    if nxt[0] in ("of", "in"):
        return (len(nxt) > 1 and marks[min(i + 2, len(marks) - 1)].kind == "num") or "the" in nxt
    if nxt[0] in ("point", "item", "bug", "hour", "sprint"):
        return not (nxt[0] == "sprint" and len(nxt) > 1 and nxt[1] in ("only", "stood", "is"))
    return nxt[0] in lx.FOREIGN_UNITS or nxt[0] in (
        "measure",
        "change",
        "lead",
        "reason",
        "experiment",
        "more",
        "percent",
    )


def _numbers(marks: list[Mark]) -> list[Mark]:
    """Join numbers with their units and what they count."""
    out: list[Mark] = []
    i = 0
    while i < len(marks):
        if marks[i].kind == "num":
            number, used = _number(marks, i)
            bound = _bound(out)
            text = " ".join(m.text for m in marks[i : i + used])
            out.append(Mark("number", replace(number, bound=bound, per=_per(marks, i + used)), text))
            i += used
        elif marks[i].kind == "ordinal" or (
            marks[i].text.casefold() in lx.ORDINALS
            and i + 1 < len(marks)
            and marks[i + 1].text.casefold() == "sprint"
        ):
            n = marks[i].value if marks[i].kind == "ordinal" else lx.ORDINALS[marks[i].text.casefold()]
            out.append(Mark("number", Number("ordinal", str(n)), marks[i].text))
            i += 1
        elif marks[i].kind == "date":
            out.append(Mark("number", Number("date", marks[i].text), marks[i].text))
            i += 1
        else:
            out.append(marks[i])
            i += 1
    return out


def _per(marks: list[Mark], k: int) -> str:
    """Return what a number is said to be per: "26 h per item", "9 more bugs a sprint"."""
    for j in range(k, min(k + 4, len(marks) - 1)):
        text, noun = marks[j].text.casefold(), marks[j + 1].text.casefold()
        if marks[j].kind in ("punct", "join", "num"):
            break
        inside = (
            marks[j - 1].text.casefold() == "in"
        )  # "at least 19 h in every sprint" is not told per sprint
        if text == "per" or (text in ("a", "an", "each", "every") and noun in lx.PER and not inside):
            return noun
    return ""


def _bound(before: list[Mark]) -> str:
    for m in reversed(before[-3:]):
        if m.kind in ("least", "most"):
            return f"{m.kind}:{m.text.casefold()}"
        if m.kind == "about" or m.text.casefold() in ("the", "a", "an", "just"):
            continue
        break
    return "about" if before and before[-1].kind == "about" else ""


def _number(marks: list[Mark], i: int) -> tuple[Number, int]:  # noqa: C901, PLR0911, PLR0912, PLR0915 - one branch a form
    """Read the number that begins here; return it and how many marks it took."""

    def text(k: int) -> str:
        return marks[k].text.casefold() if 0 <= k < len(marks) else ""

    def kind(k: int) -> str:
        return marks[k].kind if 0 <= k < len(marks) else ""

    a = str(marks[i].value)
    moved = any(text(k) == "from" for k in (i - 1, i - 2))
    if text(i + 1) in ("in", "out", "of"):
        k = i + 2
        while text(k) in ("of", "the", "its", "your", "our", "these", "those", "last", "every"):
            k += 1
        if kind(k) == "num":
            b = str(marks[k].value)
            if text(k + 1) == "cases":
                return Number("odds", a, b), k + 2 - i
            if text(i + 1) in ("in", "out") or (
                b in ("10", "100") and text(k + 1) not in ("sprints", "sprint")
            ):
                return Number("chance", a, b), k + 1 - i
            return Number("of", a, b), k + 1 - i
        if text(i + 1) == "of" and text(k) == "them":
            return Number("tally", a, noun="changes"), k + 1 - i
        if text(i + 1) == "of" and text(k) == "sprints":
            return Number("count", a, noun="of"), 1
    if text(i + 1) == "times" and text(i + 2) == "in" and kind(i + 3) == "num":
        return Number("odds", a, str(marks[i + 3].value)), 4
    if text(i + 1) in tuple(m.casefold() for m in lx.MONTHS) or (
        text(i + 1)[:3] in {m[:3] for m in lx.MONTHS}
        and (
            kind(i + 1) in ("unknown", "hedge")
            and text(i + 1).rstrip(".") in {m[:3] for m in lx.MONTHS} | set(lx.MONTHS)
        )
    ):
        year = kind(i + 2) == "num" and len(text(i + 2)) == 4
        return Number("date", a, text(i + 1)[:3], noun=text(i + 2) if year else ""), 3 if year else 2
    if text(i - 1).endswith("these") and (i + 1 == len(marks) or kind(i + 1) in ("punct", "join")):
        return Number("tally", a, noun="changes"), 1
    k, unit = i + 1, ""
    if kind(k) == "unit":
        unit, k = str(marks[k].value), k + 1
    joins = (
        ("–", "-", "to", "and") if text(i - 1) == "between" or text(i - 2) == "between" else ("–", "-", "to")
    )
    j = k + 1
    while kind(j) == "about":
        j += 1
    if text(k) in joins and kind(j) == "num":
        b, k = str(marks[j].value), j + 1
        if kind(k) == "unit":
            both = (unit, str(marks[k].value))
            unit, k = both[1] if both[0] in ("", both[1]) else " and ".join(both), k + 1
        elif text(k) == "times":
            return Number("range", a, b, "times", moved=moved), k + 1 - i
        if not unit and text(k) in lx.FOREIGN_UNITS:
            unit, k = text(k), k + 1
        return Number("range", a, b, unit, noun=_change_word(marks, k), moved=moved), k - i
    if not unit and text(k) == "times":
        return Number("times", a), k + 1 - i
    if unit == "%" and (
        kind(k) in ("sure", "hedge")
        or text(k) in ("chance", "probability", "confident", "confidence", "certain")
    ):
        return Number("chance", a, "100"), k - i
    counted = k
    while text(counted) in (
        "more",
        "other",
        "closed",
        "recent",
        "further",
        "possible",
        "earlier",
        "last",
        "latest",
        "such",
    ):
        counted += 1
    if not unit and text(counted) in lx.COUNTED:
        noun = lx.COUNTED[text(counted)]
        if "more" in [text(x) for x in range(k, counted)]:
            noun = f"more {noun}"
        if "earlier" in [text(x) for x in range(k, counted)]:
            noun = f"earlier {noun}"
        return Number("count" if noun.endswith("sprints") else "tally", a, noun=noun), counted + 1 - i
    if not unit and text(k) == "more" and text(k + 1).startswith((",", "stand", "in ")):
        return Number("tally", a, noun="listed"), k + 1 - i
    if not unit and text(k) in lx.FOREIGN_UNITS:
        return Number("foreign", a, unit=text(k)), k + 1 - i
    if unit == "pp":
        return Number("effect", a, unit="%", noun=_change_word(marks, k)), k - i
    way = _change_word(marks, k)
    by = text(i - 1) == "by" or (kind(i - 1) in ("about", "least", "most") and text(i - 2) == "by")
    of = (text(i - 1) == "of" and kind(i - 2) == "dir") or (
        kind(i - 1) == "about" and text(i - 2) == "of" and kind(i - 3) == "dir"
    )
    shift = by or bool(way) or of or (unit == "%" and kind(i - 1) == "dir" and text(i - 1) in ("up", "down"))
    if shift:
        return Number("percent" if unit == "%" else "effect", a, unit=unit, noun=way), k - i
    return Number("value", a, unit=unit, moved=moved), k - i


def _change_word(marks: list[Mark], k: int) -> str:
    """Return the direction of a comparative that follows a size: "10 h longer"."""
    for m in marks[k : k + 2]:
        if m.kind == "dir" and m.value in ("up", "down"):
            return str(m.value)
        if m.kind == "moves":
            return str(m.value[1])
        if m.text.casefold() not in ("points", "items", "bugs", "of"):
            break
    return ""
