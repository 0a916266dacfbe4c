"""The headline over reports of every shape: it fits, it is whole, and it says nothing that the report does not hold."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from builders import reports
from hansei.core.metrics import REGISTRY
from hansei.core.narrative import HEADLINE_LIMIT
from hansei.core.phrases import clean
from hansei.core.report import Report, Signal
from hansei.core.words import ENGLISH
from hansei.narrative.template import TemplateNarrator

NAMES = st.one_of(st.text(max_size=80), st.integers(1, 999).map(lambda n: f"Sprint {n}"))
METRICS = st.sampled_from([*REGISTRY, "extra_measure"])
SIZES = st.floats(0, 1e9, allow_nan=False) | st.floats(0, 50, allow_nan=False)


@st.composite
def signals(draw: st.DrawFn, ids: tuple[str, ...], names: tuple[str, ...]) -> Signal:
    metric, at, p = draw(METRICS), draw(st.integers(1, len(ids) - 1)), draw(st.floats(0.5, 1))
    entry = REGISTRY.get(metric)
    return reports.signal(
        draw(st.sampled_from(["S1", "S2", "S3"])),
        metric,
        entry.title if entry else draw(NAMES),
        entry.unit if entry else "",
        kind=draw(st.sampled_from(["step", "drift", "outlier"])),
        direction=draw(st.sampled_from(["up", "down"])),
        significant=draw(st.booleans()),
        probability=p,
        probability_with_companions=draw(st.floats(0.5, 1)),
        since_sprint_id=ids[at],
        since_sprint_name=names[at],
        before=draw(SIZES),
        after=draw(SIZES),
        helpful=draw(st.sampled_from([True, False, None])),
    )


@st.composite
def every_report(draw: st.DrawFn) -> Report:
    names = tuple(draw(st.lists(NAMES, min_size=4, max_size=8)))
    refs = tuple(replace(s, name=n) for s, n in zip(reports.sprints(len(names)), names, strict=True))
    found = draw(st.lists(signals(tuple(s.sprint_id for s in refs), names), max_size=5))
    checked = max(len(found), draw(st.sampled_from([0, 7])))
    return reports.changed(sprints=refs, series=(), signals=tuple(found), ordinary=(), checked=checked)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(report=every_report())
def test_it_always_fits_and_is_never_cut(report: Report) -> None:
    told = TemplateNarrator().narrate(report, team_name="Heron", custom_context=None)
    assert 0 < len(told.headline) <= HEADLINE_LIMIT
    assert not re.search(r"\d…", told.headline) or any(
        clean(s.name, 24).endswith("…") for s in report.sprints
    )
    sure = [s for s in report.signals if s.significant]
    lasting = [s for s in sure if s.kind != "outlier"]
    if not sure:
        assert re.match(r"No (real|sure|large) change|Not enough data", told.headline)
    if not sure and report.signals:
        assert told.headline != ENGLISH("headline.none.short")
    if sure and not lasting:
        assert "stood out" in told.headline
