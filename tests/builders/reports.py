"""Reports made by hand: the two models of the product page, and the edges a renderer meets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hansei.core.report import (
    Association,
    Decided,
    Detectable,
    Evidence,
    Experiment,
    Forecast,
    ForecastRange,
    Hypothesis,
    Interval,
    Level,
    Moved,
    Refusal,
    Registration,
    Report,
    Series,
    Signal,
    SprintRef,
    Swing,
    Tried,
    TriedSprint,
)

REVIEW = (14.0, 13.0, 16.0, 12.0, 15.0, 14.0, 14.0, 19.0, 24.0, 27.0, 21.0, 29.0)
CYCLE = (55.0, 53.0, 58.0, 54.0, 52.0, 57.0, 56.0, 66.0, 69.0, 70.0, 65.0, 70.0)
CARRIED = (2.0, 3.0, 1.0, 2.0, 3.0, 2.0, 2.0, 3.0, 5.0, 4.0, 4.0, 4.0)
POINTS = (36.0, 33.0, 41.0, 35.0, 30.0, 38.0, 36.0, 33.0, 35.0, 36.0, 30.0, 34.0)
CODING = (26.0, 27.0, 25.0, 28.0, 24.0, 26.0, 27.0, 26.0, 25.0, 28.0, 26.0, 27.0)
HAPPY = (7.1, 7.3, 7.0, 7.4, None, 7.2, 7.1, 7.0, 7.3, 7.2, 6.9, 7.1)
BUGS = (1.0, 0.0, 2.0, 1.0, 1.0, 0.0, 2.0, 1.0, 1.0, 2.0, 0.0, 1.0)
TESTING = (None,) * 9 + (8.0, 9.0, 8.0)

HOSTILE = (
    "<script>alert(1)</script> | [click](http://evil.example/x) ![i](http://evil.example/p.png) "
    "`code` **bold** www.evil.example a@evil.example \u202eabc\u202c \x1b[31m \u200b\x00 # head &lt; $x$ ~~no~~ "
)


def sprints(
    count: int = 12, first: int = 29, *, dated: bool = True, baseline: int = 0
) -> tuple[SprintRef, ...]:
    """Two-week sprints that begin on Mondays, named "Sprint 29" and so on."""
    start = datetime(2025, 11, 3, tzinfo=UTC)
    return tuple(
        SprintRef(
            sprint_id=f"s{first + i}",
            name=f"Sprint {first + i}",
            start=start + timedelta(days=14 * i) if dated else None,
            end=start + timedelta(days=14 * i + 11, hours=17) if dated else None,
            role="baseline" if i < baseline else "window",
        )
        for i in range(count)
    )


def signal(ident: str, metric: str, title: str, unit: str, **changes: object) -> Signal:
    """A rise since Sprint 36 from 14 to 24; ``changes`` replace its fields."""
    base = Signal(
        id=ident,
        metric=metric,
        title=title,
        unit=unit,
        kind="step",
        direction="up",
        significant=True,
        probability=0.996,
        probability_with_companions=0.999,
        status="new",
        since_sprint_id="s36",
        since_sprint_name="Sprint 36",
        before=14.0,
        after=24.0,
        effect=10.0,
        effect_sigma=3.0,
        ratio=24 / 14,
        interval=Interval(5.6, 12.6),
        ratio_interval=Interval(1.4, 1.9),
        sample=(7, 5),
        helpful=False,
    )
    return replace(base, **changes)  # type: ignore[arg-type]  # the fields are Signal's own


REVIEW_SIGNAL = signal("S1", "review_time", "Review time", "h", joined_with=("S2",))
CYCLE_SIGNAL = signal(
    "S2",
    "cycle_time",
    "Cycle time",
    "h",
    probability=0.97,
    before=55.0,
    after=68.0,
    effect=13.0,
    ratio=68 / 55,
    interval=Interval(7.2, 20.4),
    ratio_interval=Interval(1.13, 1.37),
    joined_with=("S1",),
)
CARRIED_SIGNAL = signal(
    "S3",
    "items_carried_over",
    "Items carried over",
    "items",
    probability=0.95,
    before=2.14,
    after=4.0,
    effect=1.86,
    ratio=None,
    interval=Interval(0.96, 2.9),
    ratio_interval=None,
)
LEVELS = (
    Level("L1", "review_time", "Review time", "h", 14.0, Interval(6.2, 21.8), 29.0, 7),
    Level("L2", "cycle_time", "Cycle time", "h", 55.0, Interval(44.0, 66.0), 70.0, 7),
    Level("L3", "items_carried_over", "Items carried over", "items", 2.14, Interval(0.4, 3.9), 4.0, 7),
    Level("L4", "story_points_completed", "Points completed", "points", 34.8, Interval(21.6, 48.7), 34.0, 12),
    Level("L5", "coding_time", "Coding time", "h", 26.2, Interval(20.9, 31.5), 27.0, 12),
    Level("L6", "team_happiness", "Happiness", "points (0–10)", 7.12, Interval(6.6, 7.7), 7.1, 11),
    Level("L7", "bugs_prod", "Bugs in production", "bugs", 1.0, Interval(0.0, 3.4), 1.0, 12),
)
#: The same where the last value of each lies inside.
SETTLED = (*(replace(x, last=y) for x, y in zip(LEVELS, (19.0, 60.0, 3.0), strict=False)), *LEVELS[3:])
SIZES = (
    Detectable("D4", "story_points_completed", "Points completed", "points", 8.7, 0.25, (7, 5)),
    Detectable("D5", "coding_time", "Coding time", "h", 6.5, 0.248, (7, 5)),
    Detectable("D6", "team_happiness", "Happiness", "points (0–10)", 0.5, None, (7, 5)),
    Detectable("D7", "bugs_prod", "Bugs in production", "bugs", 1.5, 1.5, (7, 5)),
)
LEAD = Hypothesis(
    "H1",
    "review_bottleneck",
    "Finished work waits for someone to look at it",
    0.81,
    "High",
    (
        Evidence("S1", "Review time went up, as this would predict."),
        Evidence("S3", "Items carried over went up, as this would predict."),
    ),
    (Evidence("L4", "Points completed moved only as it usually does; this would predict down."),),
    ("Fewer people review than before.", "Changes have become larger."),
    ("Think of the last item that waited. What was it waiting for?",),
    "A study",
)
WEAK = replace(
    LEAD,
    id="H2",
    family="story_sizing",
    title="Work enters the sprint in pieces too big to finish",
    probability=0.11,
    confidence="Low",
)
EXPERIMENT = Experiment(
    id="E1",
    key="review_first",
    family="review_bottleneck",
    hypothesis_id="H1",
    title="Reviews first",
    change="Nobody starts a new item while another one waits for review longer than 4 hours.",
    steps=("Make waiting reviews visible.", "Look there first."),
    cost="a habit",
    role="someone who reminds the team",
    registration=Registration(
        metric="review_time",
        direction="down",
        baseline_level=24.0,
        useful_effect=0.2,
        detectable_effect=0.25,
        baseline_sprint_ids=("s37", "s38", "s39", "s40"),
        sprints=4,
        guardrails=("bugs_prod", "coding_time"),
        rule="After 4 sprints.",
        fingerprint="ab",
    ),
)
SMALL_EXPERIMENT = replace(
    EXPERIMENT,
    id="E2",
    title="Cut in the middle",
    registration=replace(
        EXPERIMENT.registration,
        metric="items_carried_over",
        baseline_level=4.0,
        useful_effect=0.3,
        detectable_effect=0.6,
        guardrails=("story_points_completed", "team_happiness"),
    ),
)
FORECAST = Forecast(
    "F1",
    "story_points_completed",
    "Points completed",
    "points",
    33.6,
    (
        ForecastRange(0.5, 30.6, 36.2, 4, 7),
        ForecastRange(0.85, 29.2, 39.4, 6, 7),
        ForecastRange(0.95, 26, 43, 7, 7),
    ),
    12,
)
SWING = Swing(
    "O1",
    "story_points_completed",
    "Points completed",
    "points",
    ("s38", "s39"),
    ("Sprint 38", "Sprint 39"),
    (36.0, 30.0),
    Interval(21.6, 48.7),
)
NOT_CHECKED = Refusal(
    "R1",
    "testing_time",
    "Testing time",
    "too_short",
    "Testing time: recorded in 3 of 12 sprints; at least 4 are needed.",
    3,
)
PAIR = Association(
    "A1",
    ("story_points_completed", "coding_time"),
    ("Points completed", "Coding time"),
    "negative",
    0,
    True,
    -0.8,
    0.001,
    12,
)


TRIED = Tried(
    id="T1",
    experiment_id=7,
    title="Smaller stories",
    state="judged",
    metric="items_carried_over",
    metric_title="Items carried over",
    unit="items",
    direction="down",
    useful_effect=0.5,
    baseline_level=2.0,
    sprints=3,
    done=3,
    started_after="Sprint 34",
    judged_after="Sprint 37",
    points=(
        TriedSprint("s31", "Sprint 31", "baseline", 2.0),
        TriedSprint("s32", "Sprint 32", "baseline", None),
        TriedSprint("s33", "Sprint 33", "baseline", 3.0),
        TriedSprint("s34", "Sprint 34", "baseline", 1.0),
        TriedSprint("s35", "Sprint 35", "experiment", 2.0),
        TriedSprint("s36", "Sprint 36", "experiment", 3.0),
        TriedSprint("s37", "Sprint 37", "experiment", 2.0),
    ),
    outcome="inconclusive",
    reason="The data fit a useful change and also none.",
    goal=Moved(
        "items_carried_over",
        "Items carried over",
        "items",
        2.0,
        2.3,
        0.3,
        Interval(-1.1, 2.2),
        Interval(0.45, 2.1),
        (3, 3),
        None,
    ),
    guardrails=(),
    broken=(),
    late=(),
    conclusion=None,
    note="",
    fingerprint="abc" * 20,
)
RUNNING = replace(
    TRIED,
    id="T2",
    experiment_id=8,
    title="Reviews first",
    state="running",
    metric="review_time",
    metric_title="Review time",
    unit="h",
    useful_effect=0.2,
    baseline_level=24.0,
    sprints=4,
    done=1,
    started_after="Sprint 39",
    judged_after="",
    points=(
        TriedSprint("s39", "Sprint 39", "baseline", 26.0),
        TriedSprint("s40", "Sprint 40", "experiment", 29.0),
    ),
    outcome=None,
    reason="",
    goal=None,
)
BROKEN = replace(
    TRIED,
    id="T3",
    title="Two in one go (12 at most)",
    guardrails=(
        Moved(
            "coding_time",
            "Coding time",
            "h",
            20.0,
            31.0,
            11.0,
            Interval(4.0, 19.0),
            Interval(1.2, 1.95),
            (6, 3),
            "up",
        ),
    ),
    broken=("coding_time",),
    late=("Sprint 36",),
    conclusion="stop",
    note="It cost 2 hours a day.",
)
STOPPED = replace(
    RUNNING,
    id="T4",
    title="Pair on bugs",
    state="abandoned",
    points=RUNNING.points[:1],
    note="Nobody liked it.",
)
DECIDED = Decided(
    3, "experiment", "Reviews first", "Waiting hurts most", "daily host", datetime(2026, 4, 20, tzinfo=UTC)
)


def changed(**changes: object) -> Report:
    """The team of the product page: reviews take longer since Sprint 36, and it shows in three measures."""
    report = Report(
        sprints=sprints(),
        series=(
            Series("review_time", "Review time", "h", REVIEW),
            Series("cycle_time", "Cycle time", "h", CYCLE),
            Series("items_carried_over", "Items carried over", "items", CARRIED),
            Series("story_points_completed", "Points completed", "points", POINTS),
            Series("coding_time", "Coding time", "h", CODING),
            Series("team_happiness", "Happiness", "points (0–10)", HAPPY),
            Series("bugs_prod", "Bugs in production", "bugs", BUGS),
            Series("testing_time", "Testing time", "h", TESTING),
        ),
        signals=(REVIEW_SIGNAL, CYCLE_SIGNAL, CARRIED_SIGNAL),
        associations=(),
        hypotheses=(LEAD, WEAK),
        cause_probabilities={"review_bottleneck": 0.81, "story_sizing": 0.11, "none": 0.08},
        experiments=(EXPERIMENT, SMALL_EXPERIMENT),
        forecast=(FORECAST,),
        ordinary=(SWING,),
        levels=LEVELS,
        detectable=SIZES,
        refusals=(NOT_CHECKED,),
        focus_metrics=(),
        checked=7,
        notes=("1 value missing in the series that were checked.",),
        policy={"own_sure": 0.9},
        engine="1",
        fingerprint="c0ffee" * 10,
    )
    return replace(report, **changes)  # type: ignore[arg-type]  # the fields are Report's own


def quiet(**changes: object) -> Report:
    """A team where nothing changed."""
    report = changed(
        signals=(),
        hypotheses=(),
        cause_probabilities={"none": 1.0},
        experiments=(replace(SMALL_EXPERIMENT, id="E1", hypothesis_id=None),),
        levels=SETTLED,
    )
    return replace(report, **changes)  # type: ignore[arg-type]  # the fields are Report's own


def stray() -> Report:
    """A team where nothing changed, and reviews took longer than usual in the last sprint only."""
    return quiet(levels=(replace(SETTLED[0], last=29.0), *SETTLED[1:]))


def unchecked(**changes: object) -> Report:
    """Two sprints: everything refused."""
    report = changed(
        sprints=sprints(2),
        series=(
            Series("review_time", "Review time", "h", (14.0, 15.5)),
            Series("bugs_prod", "Bugs in production", "bugs", (0.0, None)),
        ),
        signals=(),
        hypotheses=(),
        cause_probabilities={"none": 1.0},
        experiments=(),
        forecast=(),
        ordinary=(),
        levels=(),
        detectable=(),
        refusals=(
            Refusal(
                "R1", "review_time", "Review time", "too_short", "Review time: recorded in 2 of 2 sprints.", 2
            ),
            Refusal(
                "R2", "bugs_prod", "Bugs in production", "all_zero", "Bugs in production: zero in all.", 1
            ),
        ),
        checked=0,
    )
    return replace(report, **changes)  # type: ignore[arg-type]  # the fields are Report's own


def odd_sprint() -> Report:
    """One sprint that stood out, and no lasting change."""
    bugs = signal(
        "S1",
        "bugs_prod",
        "Bugs in production",
        "bugs",
        kind="outlier",
        since_sprint_id="s38",
        since_sprint_name="Sprint 38",
        probability=0.98,
        probability_with_companions=0.98,
        before=1.0,
        after=9.0,
        effect=8.0,
        ratio=None,
        interval=Interval(5.0, 11.0),
        ratio_interval=None,
        sample=(11, 1),
    )
    base = quiet(signals=(bugs,))
    values = tuple(9.0 if i == 9 else v for i, v in enumerate(BUGS))
    return replace(
        base, series=tuple(replace(s, values=values) if s.metric == "bugs_prod" else s for s in base.series)
    )


def improved() -> Report:
    """Fewer items carried over, since a sprint with no number in its name; no ratio."""
    fewer = replace(
        CARRIED_SIGNAL,
        id="S1",
        direction="down",
        helpful=True,
        status="confirmed",
        before=4.0,
        after=2.1,
        effect=-1.9,
        interval=Interval(-3.2, -0.6),
    )
    return changed(signals=(fewer,), hypotheses=(), experiments=(), associations=(PAIR,))


def unsure() -> Report:
    """Only a hint, and one change that is sure through its companions alone."""
    hint = replace(REVIEW_SIGNAL, significant=False, probability=0.62, probability_with_companions=0.6)
    return quiet(signals=(hint,))


def borrowed() -> Report:
    """A change that is sure only together with its companions; the data fit a fall too."""
    weak = replace(
        REVIEW_SIGNAL,
        probability=0.55,
        probability_with_companions=0.92,
        interval=Interval(-0.7, 14.0),
        ratio_interval=Interval(0.95, 2.0),
    )
    return changed(signals=(weak, CYCLE_SIGNAL))


def hostile() -> Report:
    """Names that try to be links, images, HTML, table cells and headings."""
    base = changed()
    refs = tuple(
        replace(s, name=f"{HOSTILE}{i}"[:100], sprint_id=f"={s.sprint_id}")
        for i, s in enumerate(base.sprints)
    )
    moved = tuple(
        replace(s, since_sprint_id=refs[7].sprint_id, since_sprint_name=refs[7].name) for s in base.signals
    )
    swing = replace(SWING, sprint_names=(refs[9].name, refs[10].name))
    return replace(
        base,
        sprints=refs,
        signals=moved,
        ordinary=(swing,),
        hypotheses=(replace(LEAD, title=HOSTILE, mechanisms=(HOSTILE,), questions=(HOSTILE,)),),
        refusals=(replace(NOT_CHECKED, title=HOSTILE, text=f"{HOSTILE}: no."),),
        notes=(HOSTILE,),
        tried=(
            replace(BROKEN, title=HOSTILE, note=HOSTILE, started_after=HOSTILE),
            replace(STOPPED, title=HOSTILE),
        ),
        decided=replace(DECIDED, what=HOSTILE, reason=HOSTILE, role=HOSTILE),
    )


def named(names: Callable[[int], str], base: Report) -> Report:
    """A report whose sprints have other names."""
    refs = tuple(replace(s, name=names(i)) for i, s in enumerate(base.sprints))
    known = {s.sprint_id: s.name for s in refs}
    moved = tuple(replace(s, since_sprint_name=known[s.since_sprint_id]) for s in base.signals)
    swings = tuple(
        replace(o, sprint_names=(known[o.sprint_ids[0]], known[o.sprint_ids[1]])) for o in base.ordinary
    )
    return replace(base, sprints=refs, signals=moved, ordinary=swings)


EVERY: dict[str, Callable[[], Report]] = {
    "changed": changed,
    "quiet": quiet,
    "stray": stray,
    "unchecked": unchecked,
    "odd_sprint": odd_sprint,
    "improved": improved,
    "unsure": unsure,
    "borrowed": borrowed,
    "likely": lambda: changed(
        signals=(replace(REVIEW_SIGNAL, probability=0.74, probability_with_companions=0.74, joined_with=()),)
    ),
    "hostile": hostile,
    "dotted": lambda: named(lambda i: f"{13 + i // 10}.{i % 10}", unsure()),
    "long_names": lambda: named(lambda i: f"{80 + i} - Release of {i} features & error codes", quiet()),
    "no_forecast": lambda: changed(forecast=()),
    "undated": lambda: changed(sprints=sprints(dated=False)),
    "with_baseline": lambda: changed(sprints=sprints(baseline=4)),
    "drift": lambda: changed(signals=(replace(REVIEW_SIGNAL, kind="drift"),)),
    "two_times": lambda: changed(
        signals=(
            REVIEW_SIGNAL,
            replace(CARRIED_SIGNAL, since_sprint_id="s39", since_sprint_name="Sprint 39"),
        )
    ),
    "nothing_detectable": lambda: quiet(detectable=(), experiments=()),
    "tried": lambda: changed(tried=(TRIED, RUNNING, STOPPED), decided=DECIDED),
    "tried_broken": lambda: quiet(tried=(BROKEN,)),
    "decided_nothing": lambda: quiet(decided=replace(DECIDED, choice="nothing", what="", role="")),
    "pairs": lambda: quiet(
        associations=(
            PAIR,
            replace(PAIR, id="A2", sign="positive", lag=1),
            replace(PAIR, id="A3", metrics=PAIR.metrics[::-1], titles=PAIR.titles[::-1], lag=1),
        )
    ),
}
