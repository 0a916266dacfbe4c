"""The page and its plots, from the stored figures."""

# ruff: noqa: E501 - lines of the page, broken where its reader's lines break

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hansei.core.catalogue import FAMILIES
from hansei.core.policy import Policy

Row = Mapping[str, Any]
Get = Callable[[Row], float]


def pc(share: float | None, digits: int = 1) -> str:
    """Write a share as a percentage."""
    return "–" if share is None else f"{100 * share:.{digits}f} %"


def points(gap: float) -> str:
    """Write a difference of two shares, which is no share."""
    return f"{100 * gap:.1f} points"


def gap(word: str) -> Get:
    """Return how far stated and observed are apart."""
    return lambda b: abs(b["words"][word][0] - b["words"][word][1])


#: Row of the first table: what, peer, textbook, how to read ours, least (True) or most it may be, limit.
#: Peer and textbook are the stored results of the external benchmark on the same kind of histories.
FIELD: tuple[tuple[str, str, str, Get, bool, float], ...] = (
    ("a change claimed where none was: independent", "100 %", "3.7 %", lambda b: b["alarms"]["null"], False, 0.04),
    ("… autocorrelated (phi 0.3)", "100 %", "20.5 %", lambda b: b["alarms"]["null_ar"], False, 0.06),
    ("… metrics computed from each other", "100 %", "9.5 %", lambda b: b["alarms"]["null_coupled"], False, 0.06),
    ("… worst of 12 kinds and lengths", "100 %", "29 %", lambda b: b["worst_length"], False, 0.12),
    ("quiet team, 16 reports running: ever alarmed", "–", "63 %", lambda b: b["sequence"]["ever"], False, 0.45),
    ("… ever confirmed", "–", "17 %", lambda b: b["sequence"]["ever confirmed"], False, 0.12),
    ("quiet team: a lead marked High", "41 %", "0 %", lambda b: b["quiet"]["high"], False, 0.01),
    ("… Medium or High", "76 %", "0 %", lambda b: b["quiet"]["medium_or_high"], False, 0.04),
    ("… any lead", "76 %", "0 %", lambda b: b["quiet"]["any_hypothesis"], False, 0.20),
    ("claims about a metric that stood still: planted", "–", "8 %", lambda b: b["unmoved"]["planted"], False, 0.06),
    ("… partial causes", "–", "10 %", lambda b: b["unmoved"]["partial"], False, 0.06),
    ("the right metric and direction, 2 sigma", "37 %", "9 %", lambda b: b["trend"]["2"], True, 0.28),
    ("… 3 sigma", "43 %", "23 %", lambda b: b["trend"]["3"], True, 0.54),
    ("… wrong direction", "–", "0 %", lambda b: b["wrong_direction"], False, 0.005),
    ("the right cause in the top 3, 1 sigma", "34 %", "1 %", lambda b: b["lead"]["1"], True, 0.25),
    ("… 2 sigma", "45 %", "6 %", lambda b: b["lead"]["2"], True, 0.60),
    ("… 3 sigma", "56 %", "18 %", lambda b: b["lead"]["3"], True, 0.78),
    ("… when nothing changed", "22 %", "0 %", lambda b: b["lead_when_quiet"], False, 0.05),
    ("an improvement said at 3 sigma", "0 %", "0 %", lambda b: b["improvement"], True, 0.42),
    ("“High” is right", "14 %", "94 %", lambda b: b["words"]["High"][1], True, 0.92),
    ("“High”: stated minus right", "69 points", "6 points", gap("High"), False, 0.06),
    ("“Medium”: stated minus right", "49 points", "–", gap("Medium"), False, 0.06),
    ("“Low”: stated minus right", "–", "–", gap("Low"), False, 0.06),
    ("every cause: Brier skill over the base rate", "negative", "–", lambda b: b["skill"], True, 0.20),
    ("… calibration error", "56.4 points", "–", lambda b: b["ece"], False, 0.05),
)  # fmt: skip


#: Rows that are a difference of two shares: told in points.
DIFFERENCES = frozenset(
    what for what, *_ in FIELD if "stated minus right" in what or "calibration error" in what
)


def limit_of(what: str, at_least: bool, limit: float) -> str:
    """Write a target."""
    unit = "points" if what in DIFFERENCES else "%"
    return f"{'≥' if at_least else '≤'} {100 * limit:g} {unit}"


def share(r: dict[str, Any] | None, digits: int = 0) -> str:
    """Write a share with its interval."""
    return "–" if r is None else f"{pc(r['rate'], digits)} ({100 * r['low']:.0f}–{100 * r['high']:.0f})"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(r) + " |" for r in rows)])


def verdict(value: float, at_least: bool, limit: float) -> str:
    """Say whether a target holds."""
    return "yes" if (value >= limit if at_least else value <= limit) else "**no**"


def field(b: Row) -> str:
    """Return the table of the external benchmark's targets."""
    rows = []
    for what, peer, book, get, at_least, limit in FIELD:
        each = [get(one) for one in b["each"].values()]
        spread = f"{100 * min(each):.1f}–{100 * max(each):.1f}"
        ours = points(get(b)) if what in DIFFERENCES else pc(get(b))
        target = limit_of(what, at_least, limit)
        rows.append((what, peer, book, target, f"**{ours}** ({spread})", verdict(get(b), at_least, limit)))
    return table(("", "peer", "textbook", "target", "Hansei: mean (of each seed)", "met"), rows)


def words(b: Row) -> str:
    """Return stated and observed of each word."""
    rows = [(w, pc(b["words"][w][0]), pc(b["words"][w][1])) for w in ("High", "Medium", "Low")]
    return table(("word", "stated on average", "right"), rows)


CAUSES = {"review_bottleneck": "review bottleneck", "quality_degradation": "quality", "oversized_stories": "story size",
          "morale_decline": "morale, slowly", "improvement": "an improvement"}  # fmt: skip


def beside(b: Row, key: str, head: Sequence[str], names: Mapping[str, str]) -> str:
    """Return one table of ours beside the others."""
    parts = [b["others"]["peer"][key], b["others"]["textbook"][key], b[key]]
    rows = [
        (names.get(k, k), *(" / ".join(pc(p[k][i], 0) for p in parts) for i in range(len(b[key][k]))))
        for k in b[key]
    ]
    return table(head, rows)


def own(b: Row) -> str:
    """Return the table of what a metric's own values show without borrowing."""
    rows = []
    for level, r in b["own"].items():
        alarms = " / ".join(pc(v) for v in r["alarms"].values())
        rows.append((level, alarms, pc(r["2"]), pc(r["3"])))
    return table(
        ("own probability above", "quiet teams alarmed: the three kinds", "2 σ found", "3 σ found"), rows
    )


def stated(b: dict[str, Any], name: str) -> str:
    """Return stated → observed of a word in one group of teams."""
    found = next((w for w in b.get("words", []) if w["word"] == name), None)
    return "–" if found is None else f"{100 * found['stated']:.0f} → {100 * found['observed']:.0f} %"


def group(title: str, blocks: dict[str, Any]) -> str:
    """Return the table of one grouping of our own teams."""
    head = (title, "quiet: alarm", "quiet: High", "2 σ found", "3 σ found", "cause at 3 σ", "stood still, claimed", "High",
            "Medium", "Low")  # fmt: skip
    rows = [
        (name, share(b["false_alarms"]), share(b["quiet_with_high"]), share(b["power"]["2"]), share(b["power"]["3"]),
         share(b["lead"]["3"]), share(b["unmoved"]), stated(b, "High"), stated(b, "Medium"), stated(b, "Low"))
        for name, b in blocks.items()
    ]  # fmt: skip
    return table(head, rows)


def causes(blocks: dict[str, Any]) -> str:
    """Return the table of each planted cause of our own teams."""
    head = ("cause", "first metric found: 1 σ", "2 σ", "3 σ", "cause in the top 3: 1 σ", "2 σ", "3 σ")
    rows = [
        (k, *(share(b["power"][d]) for d in "123"), *(share(b["lead"][d]) for d in "123"))
        for k, b in blocks.items()
    ]
    return table(head, rows)


PAPER, INK, LINE, BLUE, ORANGE, GREY = "#FAF8F4", "#1E2326", "#8A8578", "#12599C", "#A8480B", "#5F666D"


def _svg(width: int, height: int, label: str, body: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        f'font-size="12" fill="{INK}" role="img" aria-label="{label}"><rect width="{width}" height="{height}" '
        f'fill="{PAPER}"/>{body}</svg>\n'
    )


def reliability(s: Row, b: Row) -> str:
    """Return stated against observed of each word: our own teams and the external ones; the diagonal is honesty."""
    ours = [(w["word"], w["stated"], w["observed"], BLUE) for w in s["all"]["words"]]
    theirs = [(w, *b["words"][w], ORANGE) for w in ("High", "Medium", "Low")]
    dots = "".join(
        f'<circle cx="{40 + 240 * x:.1f}" cy="{260 - 240 * y:.1f}" r="5" fill="{colour}"/>'
        for _, x, y, colour in ours + theirs
    )
    names = "".join(
        f'<text x="{52 + 240 * x:.1f}" y="{276 - 240 * y:.1f}">{word}</text>' for word, x, y, _ in ours
    )
    marks = "".join(
        f'<text x="{40 + 240 * p:.0f}" y="278" text-anchor="middle">{p:g}</text>'
        f'<text x="34" y="{264 - 240 * p:.0f}" text-anchor="end">{p:g}</text>'
        for p in (0, 0.5, 1)
    )
    body = (
        f'<path d="M40 20V260H280" fill="none" stroke="{LINE}"/><path d="M40 260L280 20" stroke="{LINE}" '
        f'stroke-dasharray="4 4"/>{marks}{dots}{names}<text x="160" y="300" text-anchor="middle">stated</text>'
        f'<text x="44" y="14">right</text><circle cx="320" cy="40" r="5" fill="{BLUE}"/><text x="330" y="44">our own teams'
        f'</text><circle cx="320" cy="62" r="5" fill="{ORANGE}"/><text x="330" y="66">external teams</text>'
    )
    return _svg(430, 310, "Stated against observed share of right leads", body)


def power(b: Row) -> str:
    """Return, for each cause at 3 sigma, how often it was among the leads: peer, textbook, ours."""
    bars, labels = [], []
    parts = (
        (b["others"]["peer"], GREY, "peer"),
        (b["others"]["textbook"], LINE, "textbook"),
        (b, BLUE, "Hansei"),
    )
    for i, (key, title) in enumerate(CAUSES.items()):
        y = 34 + 58 * i
        labels.append(f'<text x="112" y="{y + 25}" text-anchor="end">{title}</text>')
        for j, (part, colour, _) in enumerate(parts):
            value = part["by_cause"][key][1]
            bars.append(
                f'<rect x="120" y="{y + 14 * j}" width="{max(300 * value, 1):.0f}" height="12" fill="{colour}"/>'
                f'<text x="{126 + 300 * value:.0f}" y="{y + 10 + 14 * j}" font-size="11">{pc(value, 0)}</text>'
            )
    legend = "".join(
        f'<rect x="{120 + 90 * i}" y="8" width="12" height="12" fill="{c}"/><text x="{137 + 90 * i}" y="18">{n}</text>'
        for i, (_, c, n) in enumerate(parts)
    )
    return _svg(
        480, 330, "The planted cause among the first three leads, at 3 sigma", legend + "".join(labels + bars)
    )


def files(parts: Mapping[str, Row], engine: str) -> dict[str, str]:
    """Return the page and its plots by file name."""
    s, b = parts["study"], parts["retrobench"]
    return {
        "evidence.md": text(parts, engine),
        "evidence.svg": reliability(s, b),
        "evidence-power.svg": power(b),
    }


#: Level of a range, points by which its coverage may differ, most of the relative interval score.
FORECAST = (("0.50", 8, 0.95), ("0.85", 6, 0.90), ("0.95", 6, 0.85))


def forecast_met(v: Row, level: str, room: int, most: float) -> bool:
    """Say whether the ranges of one level hold as often as they should, and are narrow enough."""
    return abs(v["coverage"][level] - float(level)) <= room / 100 and bool(v["relative score"][level] <= most)


def forecasts(v: Row) -> str:
    """Return the table of the real teams' forecasts."""
    rows = []
    for level, room, most in FORECAST:
        held, score = v["coverage"][level], v["relative score"][level]
        ok = forecast_met(v, level, room, most)
        rows.append(
            (pc(float(level), 0), f"{pc(held)} (± {room} points)", pc(v["coverage of mean ± normal quantile"][level]),
             f"{score:.3f} (≤ {most:g})", f"{v['relative score, cut at zero'][level]:.3f}", "yes" if ok else "**no**")
        )  # fmt: skip
    return table(
        ("range", "held", "mean ± normal quantile held", "score ÷ theirs", "… theirs cut at zero", "met"),
        rows,
    )


def change_points(t: Row) -> str:
    """Return the table of the annotated series."""
    rows = [
        (name.upper() if name == "f1" else name, f"{t[name]:.3f}", f"{t[f'binary segmentation {name}']:.3f}",
         verdict(t[name], True, t[f"binary segmentation {name}"] - 0.02))
        for name in ("f1", "cover")
    ]  # fmt: skip
    each = ", ".join(f"{k} {r['f1']:.2f} ({r['binary segmentation f1']:.2f})" for k, r in t["series"].items())
    control = "found nothing, as it should" if not t["control"] else f"**found {t['control']}**"
    head = ("", "Hansei", "binary segmentation", "not below by more than 0.02")
    return f"{table(head, rows)}\n\nThe control without a change: {control}. F1 of each (theirs): {each}."


def outcome(r: Row) -> str:
    """Write the shares of the verdicts."""
    return (
        f"“worked” {pc(r['worked'])}, “made it worse” {pc(r['made_it_worse'])}, "
        f"“no useful effect” {pc(r['no_useful_effect'])}, inconclusive {pc(r['inconclusive'])}"
    )


def text(parts: Mapping[str, Row], engine: str) -> str:
    """Return the page."""
    s, b, v, t = (parts[k] for k in ("study", "retrobench", "velocities", "annotated"))
    seq, none, real = s["after_every_sprint"], s["do_nothing"], s["real_effect"]
    return f"""<!-- Generated by benchmarks/evidence/run.py: run `make evidence`, do not edit. -->
# How far what Hansei says can be trusted

Engine `{engine}` (a hash of its code, numbers and policy; `make check` fails when they change and this page does not).
Your team is not a simulation: these figures say how the method behaves when the truth is known, not that your team is one
of these.

What was run: the external benchmark with {b["null_reps"]} quiet teams of each kind and length and {b["reps"]} of each planted
change, seeds {", ".join(map(str, b["seeds"]))} ({b["histories"]:,} histories, {60 * len(b["seeds"])} quiet teams followed over 16 reports);
{s["all"]["teams"] + s["partial"]["teams"]:,} simulated teams of our own (seed {", ".join(map(str, s["seeds"]))}); {v["forecasts"]} forecasts of
{v["series"]} series of real teams; {len(t["series"])} annotated series. All priors and thresholds were chosen on other seeds.

## Beside others, on a generator that we did not write

The peer is a public analyzer of the same kind of data; the textbook is t-tests with Bonferroni's correction.

{field(b)}

{words(b)}

**Per cause**, at 3 sigma: peer / textbook / Hansei.

{beside(b, "by_cause", ("planted", "first metric found", "cause in the top 3"), CAUSES)}

![The planted cause among the first three leads](evidence-power.svg)

**Per number of sprints**, all sizes from 0.5 to 3 sigma together: peer / textbook / Hansei.

{beside(b, "by_length", ("sprints", "quiet team alarmed", "first metric found", "cause in the top 3"), {})}

**From a metric's own values alone**, without borrowing from those that move with it. A report uses both; this is what one
series can carry by itself, at the level that keeps the alarms within 4 / 6 / 6 %, and at 0.3.

{own(b)}

## On our own simulated teams

Twelve causes and improvements, each team tracking a random part of 31 metrics. “Quiet” teams have no change. A change
of 3 σ is three times what the metric does by itself. Brackets: 95 % interval. High, Medium, Low: stated → observed share
of right leads, if half of the teams changed.

{group("kind of noise", s["worlds"])}

{group("sprints", s["lengths"])}

{causes(s["causes"])}

![Stated against observed](evidence.svg)

Over all: Brier skill {pc(s["all"]["skill"])}, calibration error {points(s["all"]["calibration_error"])}. Where only the
companions of a cause moved ({s["partial"]["teams"]} teams), {share(s["partial"]["unmoved"])} of the reports claimed a metric that had not.

**Reported on after every sprint** ({seq["teams"]} quiet teams, 16 reports each): {pc(seq["ever"])} ever see a change claimed,
{pc(seq["confirmed"])} see one confirmed by the next report.

## Verdicts on experiments

- Nothing was done, begun after a bad sprint: {outcome(none["phi 0"])}. With autocorrelation (phi 0.3):
  {outcome(none["phi 0.3"])}. Target: “worked” ≤ 3 %.
- A true effect of twice the smallest detectable one that the registration stated: {outcome(real["2"])}. Target: “worked” ≥ 80 %.
- A true effect of exactly that size: {outcome(real["1"])}.

## Forecasts of real teams

One sprint ahead along each history, from the fifth sprint on (one board is left out: four in five of its sprints
deliver nothing). The interval score (Gneiting & Raftery, JASA 2007) counts width and misses; below 1 is better than
mean ± normal quantile.

{forecasts(v)}

On simulated points the ranges held {" / ".join(f"{100 * x:.0f}" for x in s["forecast"].values())} % of the time.

## Change points of long series

Where a history is searched for old changes, the search is measured on series that five people each annotated (van den
Burg & Williams, 2020: F1 with a margin of 5, and cover), beside binary segmentation (`ruptures`, least squares,
penalty 3 log n).

{change_points(t)}

## Where it falls short

{shortfalls(b)}{own_shortfalls(s)}{judged_shortfalls(parts)}- With few sprints little can be seen: on the external teams with {min(b["by_length"], key=int)} sprints the first metric of a cause is
  found in {pc(b["by_length"][min(b["by_length"], key=int)][1], 0)} over all sizes. The report says in its own section what could not have been seen.
- Heavy tails raise the share of false alarms above that of well-behaved teams: one odd last sprint cannot be told from the
  first sprint of a change. The next report, one sprint later, can.
- Where people leave or sprints grow longer, open bugs, work in progress and what is carried over move with the size too, but
  are not compared by it.
- The external benchmark plants {len(b["by_cause"])} of our {len(FAMILIES)} families, our own teams plant all: what the words state lies between the two.
- An experiment begun while things are bad, on a metric with autocorrelation, is called “made it worse” more often than on a
  steady one ({pc(none["phi 0.3"]["made_it_worse"])} against {pc(none["phi 0"]["made_it_worse"])}): the bad spell goes on by itself.
- The families are ours. A cause that is not in the catalogue, or whose metrics the team does not record, is “none of these”.
- The stated probabilities assume that in {rarely(POLICY.prior_change)} of the reports a cause of the catalogue is at work. If in your team it is one
  in five, a lead stated at 8 in 10 is right about {10 * shifted(0.8, POLICY.prior_change, 0.2):.0f} times in 10.
"""


#: What we ask of our own teams in each kind of noise: as of the external ones.
ALARM, STOOD_STILL, HIGH_RIGHT, APART, QUIET_HIGH, HARD = 0.06, 0.06, 0.92, 0.06, 0.01, 0.5
POLICY = Policy()


def rarely(share: float) -> str:
    """Write a share in words."""
    return {0.5: "half", 0.2: "one in five"}.get(share, pc(share, 0))


def shifted(p: float, prior: float, other: float) -> float:
    """Return a probability as it is under another prior."""
    odds = p / (1 - p) * other / (1 - other) * (1 - prior) / prior
    return odds / (1 + odds)


def own_shortfalls(s: Row) -> str:
    """Return a line for each figure of our own teams that misses what we ask, with every group in which it does."""
    groups = {**s["worlds"], **{f"{n} sprints": block for n, block in s["lengths"].items()}}

    def rates(key: str, most: float) -> list[str]:
        over = {name: b[key] for name, b in groups.items() if b[key] and b[key]["rate"] > most}
        return [f"{name} {share(r, 1)}" for name, r in over.items()]

    def apart(word: str, wrong: Callable[[float, float], bool]) -> list[str]:
        found = {
            name: next((w for w in b.get("words", ()) if w["word"] == word), None)
            for name, b in groups.items()
        }
        return [
            f"{name} {100 * w['stated']:.1f} → {pc(w['observed'])}"
            for name, w in found.items()
            if w and wrong(w["stated"], w["observed"])
        ]

    told = {
        f"alarms on quiet teams, wanted ≤ {pc(ALARM, 0)}": rates("false_alarms", ALARM),
        f"a lead marked High on quiet teams, wanted ≤ {pc(QUIET_HIGH, 0)}": rates(
            "quiet_with_high", QUIET_HIGH
        ),
        f"a metric that stood still was claimed, wanted ≤ {pc(STOOD_STILL, 0)}": rates(
            "unmoved", STOOD_STILL
        ),
        f"“High” is right less often than {pc(HIGH_RIGHT, 0)} (stated → right)": apart(
            "High", lambda _, right: right < HIGH_RIGHT
        ),
        **{
            f"“{word}” is right less often than stated, by more than {100 * APART:.0f} points": apart(
                word, lambda said, right: said - right > APART
            )
            for word in ("High", "Medium", "Low")
        },
        **{
            f"“{word}” is right more often than stated, by more than {100 * APART:.0f} points": apart(
                word, lambda said, right: right - said > APART
            )
            for word in ("High", "Medium", "Low")
        },
    }
    lines = [f"- On our own teams, {what}: {'; '.join(where)}.\n" for what, where in told.items() if where]
    hard = {k: c["power"]["3"] for k, c in s["causes"].items() if c["power"]["3"]["rate"] < HARD}
    if hard:
        each = "; ".join(f"{k} {share(r)}" for k, r in hard.items())
        lines.append(
            f"- At 3 sigma the first metric of these is found less often than in {pc(HARD, 0)}: {each}.\n"
        )
    still = s["partial"]["unmoved"]
    if still and still["rate"] > STOOD_STILL:
        lines.append(
            f"- On our own teams, where only the companions of a cause moved: a metric that stood still was claimed in {share(still, 1)}, "
            f"wanted ≤ {pc(STOOD_STILL, 0)}.\n"
        )
    return "".join(lines)


def judged_shortfalls(parts: Mapping[str, Row]) -> str:
    """Return a line for each target of verdicts, forecasts and change points that was missed."""
    s, v, t = parts["study"], parts["velocities"], parts["annotated"]
    worst, twice = max(r["worked"] for r in s["do_nothing"].values()), s["real_effect"]["2"]["worked"]
    lines = []
    if worst > 0.03:
        lines.append(f"- Experiments in which nothing was done “worked” in {pc(worst)}, target ≤ 3 %.\n")
    if twice < 0.8:
        lines.append(
            f"- Effects of twice the smallest detectable one “worked” in {pc(twice)}, target ≥ 80 %.\n"
        )
    for level, room, most in FORECAST:
        if not forecast_met(v, level, room, most):
            held, score = v["coverage"][level], v["relative score"][level]
            lines.append(
                f"- Forecasts at {pc(float(level), 0)}: held {pc(held)} (± {room} points), score {score:.3f} (≤ {most:g}).\n"
            )
    lines += [
        f"- Change points: {name} {t[name]:.3f}, binary segmentation {t[f'binary segmentation {name}']:.3f}.\n"
        for name in ("f1", "cover")
        if t[name] < t[f"binary segmentation {name}"] - 0.02
    ]
    return "".join(lines)


def shortfalls(b: Row) -> str:
    """Return a line for each target that was missed, and for what the own values miss."""
    lines = [
        f"- {what.lstrip('… ')}: {points(get(b)) if what in DIFFERENCES else pc(get(b))}, "
        f"target {limit_of(what, least, limit)}.\n"
        for what, _, _, get, least, limit in FIELD
        if verdict(get(b), least, limit) != "yes"
    ]
    book = b["others"]["textbook"]["by_cause"]
    lines += [
        f"- On the external teams, {CAUSES[k]}, at 3 sigma: the textbook's tests find the first metric in {pc(book[k][0], 0)}, Hansei in {pc(ours[0], 0)}.\n"
        for k, ours in b["by_cause"].items()
        if book[k][0] > ours[0]
    ]
    level, strict = next(iter(b["own"].items()))
    if strict["2"] < 0.11 or strict["3"] < 0.32:
        loose = b["own"]["0.300"]
        lines.append(
            f"- From a metric's own values alone we wanted 11 / 32 % at 2 / 3 sigma. Within the allowed alarms it is {pc(strict['2'])} / "
            f"{pc(strict['3'])} (level {level}); at level 0.3 it is {pc(loose['2'])} / {pc(loose['3'])}, with more alarms "
            f"({' / '.join(pc(x) for x in loose['alarms'].values())}). Tried on other seeds: flatter priors on the date, one or three "
            "sizes instead of two, levels that depend on the number of sprints (at best 10.4 or 29.1 %), and a prior of the noise "
            "two and four times as strong (10.0 / 30.6 and 10.0 / 30.2 %, from 9.6 / 28.5 %, but it would bind teams with other noise).\n"
        )
    return "".join(lines)
