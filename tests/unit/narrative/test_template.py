"""The template narrator: what it says, that its numbers are the report's, and that it never says certain words."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import pytest

from builders import reports
from hansei.core.narrative import HEADLINE_LIMIT, SECTIONS, Narrative
from hansei.core.narrative import check as read_against
from hansei.core.report import Report
from hansei.narrative.template import TemplateNarrator


def tell(report: Report) -> Narrative:
    return TemplateNarrator().narrate(report, team_name="Heron", custom_context=None)


def prose(narrative: Narrative) -> str:
    return "\n".join(
        [narrative.headline, narrative.summary, *(f"{p.heading} {p.text}" for p in narrative.paragraphs)]
    )


def test_headline_says_what_since_when_and_how_much() -> None:
    assert (
        tell(reports.changed()).headline
        == "Reviews have taken longer since Sprint 36 (about 14 h before, 24 h now)"
    )


def test_summary_tells_one_change_that_shows_in_three_measures() -> None:
    assert tell(reports.changed()).summary == (
        "Something changed around Sprint 36, and it shows in three measures. Since Sprint 36 an item spends about 24 "
        "hours in review; before, about 14. From the same sprint on, items have taken longer from start to end and "
        "more items have been carried over. No change shows in points completed, coding time, happiness and bugs in "
        "production. The numbers show that it changed and when. Only you know why."
    )


def test_finding_counts_the_sprints_outside_the_usual_range() -> None:
    first, *_ = tell(reports.changed()).part("changed")
    assert first.heading == "Review time per item: about 24 h since Sprint 36, 14 h before."
    # 19 24 27 21 29 against 6.2 to 21.8: the 24, 27 and 29 lie above
    assert first.text == "Three of the five sprints since then lie above the usual range (6–22 h)."
    assert first.cites == ("S1", "L1")


def test_measures_that_share_an_ingredient_are_one_story() -> None:
    story = tell(reports.changed()).part("changed")[-1]
    assert story.text == "Review time and cycle time overlap: read them as one story, not as two proofs."
    assert story.cites == ("S1", "S2")


def test_a_change_at_another_time_is_told_apart() -> None:
    told = tell(reports.EVERY["two_times"]())
    assert told.headline.endswith(", and one more change")
    assert told.summary.startswith("Two measures changed, not all at the same time.")
    assert "Apart from that, more items have been carried over since Sprint 39." in told.summary


def test_a_last_value_outside_its_range_is_named_and_called_no_change() -> None:
    told = tell(reports.stray())
    assert told.summary.startswith(
        "No measure changed for sure. In Sprint 40, review time came to 29 h, above the usual range (6–22 h). One "
        "sprint outside the usual range is too little to call it a change: look again next time. No change shows "
        "in the others. Stable does not mean good."
    )
    assert "nobody has to explain" not in prose(told)
    assert "Nothing stood out" not in prose(replace_ordinary(reports.stray()))
    assert read_against(told, reports.stray()) == ()


def replace_ordinary(report: Report) -> Narrative:
    return tell(replace(report, ordinary=()))


def test_beside_a_change_too_a_stray_value_is_named() -> None:
    base = reports.changed()
    coding = next(x for x in base.levels if x.metric == "coding_time")
    levels = tuple(replace(x, last=40.0) if x is coding else x for x in base.levels)
    report = replace(base, levels=levels)
    summary = tell(report).summary
    assert "In Sprint 40, coding time came to 40 h, above the usual range" in summary
    assert "No change shows in points completed, coding time, happiness and bugs in production." in summary
    assert [
        x.reasons for x in read_against(tell(report), report) if "coding time came" not in x.sentence
    ] == []


def test_nothing_changed_is_a_finding() -> None:
    told = tell(reports.quiet())
    assert told.headline == "No real change in Sprints 29–40: this is your normal"
    assert told.summary.startswith("No change shows in any measure. That is a finding:")
    assert "nobody has to explain Sprint 40" in told.summary


def test_one_odd_sprint_is_not_a_new_level() -> None:
    told = tell(reports.odd_sprint())
    assert told.headline == "Sprint 38 stood out: bugs in production 9, usually about 1"
    assert "One sprint is not a new level" in told.part("changed")[0].text


def test_the_value_of_an_odd_sprint_is_the_one_that_was_recorded() -> None:
    report = reports.odd_sprint()
    odd = replace(report.signals[0], since_sprint_id="s32", since_sprint_name="Sprint 32", after=1.3)
    told = tell(replace(report, signals=(odd,)))
    assert told.headline == "Sprint 32 stood out: bugs in production 1, usually about 1"
    assert told.part("changed")[0].text.startswith("By itself it would lie inside the usual range (0–3).")


def test_a_hint_stays_a_hint() -> None:
    told = tell(reports.unsure())
    assert told.headline == "No sure change in Sprints 29–40; one measure to watch: review time"
    assert "about 62 in 100 sure, too little to call it a change" in told.part("normal")[0].text


def test_a_likely_change_is_not_told_as_a_fact() -> None:
    likely = replace(
        reports.REVIEW_SIGNAL, probability=0.62, probability_with_companions=0.64, joined_with=()
    )
    told = tell(reports.changed(signals=(likely,)))
    assert told.headline == "Perhaps reviews have taken longer since Sprint 36 (about 14 h before, 24 h now)"
    assert told.summary.startswith(
        "Perhaps reviews have taken longer since Sprint 36: about 24 h now, about 14 h before. Whether it changed is "
        "not sure: about 62 in 100 that it did."
    )
    assert told.summary.endswith("If it changed, the numbers say when. Only you know why.")
    assert told.part("changed")[0].heading == (
        "Review time per item: perhaps a new level since Sprint 36, about 24 h; 14 h before."
    )


@pytest.mark.parametrize(
    ("chance", "begins", "says"),
    [
        (0.56, "Perhaps reviews have", "Whether it changed is not sure: about 56 in 100 that it did."),
        (0.664, "Perhaps reviews have", "Whether it changed is not sure: about 66 in 100 that it did."),
        (0.666, "Probably reviews have", "That is likely, not sure: about 67 in 100."),
        (0.79, "Probably reviews have", "That is likely, not sure: about 79 in 100."),
        (0.8, "Reviews have", "Since Sprint 36 an item spends about 24 hours in review; before, about 14."),
    ],
)
def test_a_change_is_told_as_surely_as_it_is_known(chance: float, begins: str, says: str) -> None:
    changed = replace(
        reports.REVIEW_SIGNAL, probability=chance, probability_with_companions=chance, joined_with=()
    )
    told = tell(reports.changed(signals=(changed,)))
    assert told.headline.startswith(begins)
    assert says in told.summary
    assert read_against(told, reports.changed(signals=(changed,))) == ()


def test_a_fact_makes_the_headline_before_what_is_only_likely() -> None:
    likely = replace(reports.REVIEW_SIGNAL, probability=0.7, probability_with_companions=0.7, joined_with=())
    told = tell(reports.changed(signals=(likely, reports.CYCLE_SIGNAL)))
    assert told.headline.startswith("Items have taken longer from start to end since Sprint 36")
    assert "Probably, from the same sprint on, reviews have taken longer." in told.summary


def test_where_nothing_is_sure_each_change_is_told_with_its_doubt_and_none_is_counted() -> None:
    likely, perhaps = (
        replace(s, probability=p, probability_with_companions=p, joined_with=())
        for s, p in ((reports.REVIEW_SIGNAL, 0.7), (reports.CARRIED_SIGNAL, 0.6))
    )
    made = reports.changed(signals=(likely, perhaps))
    told = tell(made)
    assert told.summary.startswith("Probably reviews have taken longer since Sprint 36:")
    assert "Perhaps, from the same sprint on, more items have been carried over." in told.summary
    assert read_against(told, made) == ()


@pytest.mark.parametrize(("chance", "word"), [(0.6, "Perhaps"), (0.75, "Probably")])
def test_an_odd_sprint_keeps_the_capital_of_its_name(chance: float, word: str) -> None:
    report = reports.odd_sprint()
    odd = replace(report.signals[0], probability=chance, probability_with_companions=chance)
    told = tell(replace(report, signals=(odd,)))
    assert told.headline == f"{word} Sprint 38 stood out: bugs in production 9, usually about 1"
    assert read_against(told, replace(report, signals=(odd,))) == ()


def few(count: int) -> Report:
    """The quiet team after so many sprints."""
    base = reports.quiet()
    return replace(
        base,
        sprints=base.sprints[-count:],
        series=tuple(replace(s, values=s.values[-count:]) for s in base.series),
        detectable=tuple(replace(d, sample=(count - 2, 2)) for d in base.detectable),
    )


def test_few_sprints_are_no_finding_that_nothing_changed() -> None:
    told = tell(few(5))
    assert told.headline == "No large change seen in Sprints 36–40; a smaller one could hide"
    assert told.summary == (
        "There are five sprints to look at. With so few only a large change would have shown, and none did; a smaller "
        "one could hide. Nobody has to explain Sprint 40. Take the ranges below as a first sketch; each further sprint "
        "makes them sharper."
    )
    assert read_against(told, few(5)) == ()
    assert tell(few(8)).headline == "No real change in Sprints 33–40: this is your normal"


def test_where_only_a_large_change_would_have_shown_nothing_is_called_stable() -> None:
    hard = reports.quiet(detectable=tuple(replace(d, fraction=0.7) for d in reports.SIZES))
    told = tell(hard)
    assert told.headline == "No large change seen in Sprints 29–40; a smaller one could hide"
    assert "Only a large change would have shown, and a smaller one could hide." in told.summary
    assert "That is a finding" not in told.summary
    assert "Stable" not in told.summary
    assert read_against(told, hard) == ()


@pytest.mark.parametrize(("count", "wait"), [(3, "one more sprint"), (2, "two more sprints")])
def test_a_new_team_hears_how_many_sprints_to_wait(count: int, wait: str) -> None:
    base = reports.unchecked(policy={"least_values": 4})
    report = replace(base, sprints=reports.sprints(count))
    assert tell(report).summary.startswith(
        f"After {wait} this team's measures can be looked at for a change."
    )


def test_what_is_likely_is_said_so_beside_what_is_sure() -> None:
    unsure = replace(reports.CARRIED_SIGNAL, probability=0.7, probability_with_companions=0.7)
    report = reports.changed(signals=(reports.REVIEW_SIGNAL, reports.CYCLE_SIGNAL, unsure))
    told = tell(report)
    assert "Probably, from the same sprint on, more items have been carried over." in told.summary
    findings = {p.cites[0]: p.text for p in told.part("changed")}
    assert findings[unsure.id].startswith("That is likely, not sure: about 70 in 100.")
    assert "likely" not in findings[reports.CYCLE_SIGNAL.id]
    assert read_against(told, report) == ()


def test_helpful_direction_is_said_only_where_there_is_one() -> None:
    better = tell(reports.improved()).part("changed")[0].text
    assert "That is the helpful direction" in better
    assert "The last report said so too." in better
    points = replace(
        reports.REVIEW_SIGNAL,
        metric="story_points_completed",
        title="Points completed",
        unit="points",
        helpful=None,
    )
    assert "helpful" not in prose(tell(reports.changed(signals=(points,))))


def test_what_was_not_checked_is_named_with_its_reason() -> None:
    assert tell(reports.changed()).part("unseen")[-1].text == (
        "Not checked: testing time (recorded in 3 of 12 sprints; at least 4 are needed)."
    )


def test_sizes_we_would_have_noticed() -> None:
    easy, hard, _ = tell(reports.changed()).part("unseen")
    assert easy.text == (
        "Had something changed 5 sprints ago, we would have noticed it, 4 times in 5, if it was at least this large: "
        "points completed ± 25 %, coding time ± 25 % and happiness ± 0.5. Smaller changes stay hidden."
    )
    assert hard.text == (
        "In some measures only a large change would have shown: bugs in production (more than 1.5 per sprint)."
    )


def test_next_sprint_with_how_often_it_held() -> None:
    assert tell(reports.changed()).part("forecast")[0].text == (
        "Points completed: half of the time 31–36; 17 times in 20, 30–39. On your own past the second range held in 6 "
        "of 7 sprints."
    )


def test_pairs_never_say_which_came_first() -> None:
    now, later, opposite = tell(reports.EVERY["pairs"]()).part("leads")
    assert now.text == (
        "Often one up when the other was down: points completed with coding time. This does not say which came first."
    )
    assert "does not say that one made the other" in later.text
    assert opposite.text.startswith(
        "The second often followed the first one sprint later, the other way: coding time"
    )


def test_sprints_are_named_so_that_a_sentence_stays_one() -> None:
    dotted = tell(reports.EVERY["dotted"]())
    assert "since Sprint 13.7 (from about 14 h to 24 h)" in dotted.part("normal")[0].text
    assert (
        dotted.headline == "No sure change in Sprint 13.0 to Sprint 14.1; one measure to watch: review time"
    )
    long = tell(reports.EVERY["long_names"]())
    assert long.headline == "No real change in Sprints 80–91: this is your normal"
    assert "nobody has to explain Sprint 91." in long.summary
    unnumbered = reports.named(
        lambda i: f"{'ABCDEFGHIJKL'[i]}: all of what we planned for it", reports.quiet()
    )
    assert tell(unnumbered).headline == "No real change in A to L: this is your normal"
    titled = reports.named(lambda i: f"{'ABCDEFGHIJKL'[i] * 9} and {'ABCDEFGHIJKL'[i] * 9}", reports.quiet())
    assert tell(titled).headline == "No real change in the last 12 sprints: this is your normal"


def test_a_drift_is_told_as_one() -> None:
    first, *_ = tell(reports.EVERY["drift"]()).part("changed")
    assert first.heading == "Review time per item: from about 14 h to 24 h, bit by bit since Sprint 36."


def test_nothing_checked_claims_nothing() -> None:
    told = tell(reports.unchecked())
    assert told.headline == "Not enough data yet to look for a change in Sprints 29–30"
    assert not told.part("changed")
    assert not told.part("ordinary")


@pytest.mark.parametrize("name", reports.EVERY)
def test_every_number_is_in_the_evidence(name: str) -> None:
    if name == "hostile":
        pytest.skip(
            "each sprint has the same name there: which one is meant cannot be read, so it is refused"
        )
    report = reports.EVERY[name]()
    assert read_against(tell(report), report) == ()


@pytest.mark.parametrize("name", reports.EVERY)
def test_headline_fits_and_sections_are_known(name: str) -> None:
    told = tell(reports.EVERY[name]())
    assert 10 <= len(told.headline) <= HEADLINE_LIMIT
    assert {p.section for p in told.paragraphs} <= {*SECTIONS}
    assert "{" not in prose(told)
    assert not re.search(
        r"\b1 (sprints|items|bugs|points|hours)\b| {2}|\(\)|\bNone(?! of)\b|\bnan\b", prose(told)
    )


@pytest.mark.parametrize("name", reports.EVERY)
def test_cites_exist(name: str) -> None:
    report = reports.EVERY[name]()
    kinds = ("tried", "signals", "associations", "ordinary", "levels", "detectable", "forecast", "refusals")
    ids = {x.id for kind in kinds for x in getattr(report, kind)}
    assert {c for p in tell(report).paragraphs for c in p.cites} <= ids


def test_same_report_same_prose_and_it_survives_storage() -> None:
    told = tell(reports.changed())
    assert told == tell(reports.changed())
    assert Narrative.from_dict(told.to_dict()) == told
    assert told.narrator == "template"


def test_three_milliseconds_are_enough() -> None:
    report = reports.changed()
    tell(report)
    best = min(_seconds(report) for _ in range(20))
    assert best < 0.003


def _seconds(report: Report) -> float:
    start = time.perf_counter()
    tell(report)
    return time.perf_counter() - start
