"""The Markdown report: its sections, its tables, its words, and that no foreign text comes alive in it."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from markdown_it import MarkdownIt

from builders import reports
from hansei.core.catalogue import FAMILIES, IDEAS
from hansei.core.metrics import REGISTRY
from hansei.core.narrative import check as read_against
from hansei.core.phrases import Figures
from hansei.core.pipeline import analyse
from hansei.core.report import Answered, Evidence, Interval, Report, Series
from hansei.core.stored import read_report
from hansei.core.words import ENGLISH
from hansei.errors import InvalidInput
from hansei.narrative.template import TemplateNarrator
from hansei.render.markdown import quote, render, safe

#: product.md section 4: what is never written. A whole word each, in any case.
FORBIDDEN = (
    "95 % CI",
    "± 2 SE",
    "significant",
    "p <",
    "p-value",
    "caused by",
    "root cause",
    "stable performance",
    "no issues",
    "control limits?",
    "UCL",
    "drives",
    "leads to",
    "should have",
    "failed to",
    "rank(?:ed|ing)?",
    "score",
    "grade",
    "health",
    "traffic light",
    "benchmark",
    "other teams",
    "underperform\\w*",
    "blame",
    "posterior",
    "prior",
    "sigma",
    "hypothes[ie]s",
    "correlat\\w*",
    "confidence interval",
)


def page(report: Report, **options: Any) -> str:
    stored = json.loads(json.dumps(report.to_dict()))
    narrative = TemplateNarrator().narrate(report, team_name="Heron", custom_context=None)
    return render(stored, narrative, **{"team_name": "Heron", "custom_context": None, **options})


def titles(text: str) -> list[str]:
    return re.findall(r"^## (.*)$", text, re.MULTILINE)


def section(text: str, title: str) -> str:
    found = re.search(rf"^## \d+ · {re.escape(title)}.*?\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


def tables(text: str) -> Iterator[list[str]]:
    block: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            block.append(line)
        elif block:
            yield block
            block = []


def test_sections_of_a_report_with_a_change() -> None:
    assert titles(page(reports.changed())) == [
        "1 · What changed",
        "2 · What looks like news and is not",
        "3 · What we could not have seen",
        "4 · Leads: possible reasons",
        "5 · Experiments to choose from (choose one)",
        "6 · Next sprint, if nothing changes",
        "7 · How to run the hour",
        "8 · Small print",
    ]


def test_sections_where_nothing_changed() -> None:
    assert titles(page(reports.quiet())) == [
        "1 · Your normal (where the next sprint will most likely fall)",
        "2 · What looks like news and is not",
        "3 · What we could not have seen",
        "4 · Leads: none",
        "5 · Choose a level, not an event",
        "6 · Next sprint, if nothing changes",
        "7 · How to run the hour",
        "8 · Small print",
    ]


def test_head() -> None:
    lines = page(reports.changed(), simulated="simulated example").split("\n\n")
    assert lines[0] == "# Reviews have taken longer since Sprint 36 (about 14 h before, 24 h now)"
    assert lines[1] == (
        "Team Heron · Sprints 29–40 (12, two weeks each) · 8 measures · data to 17 Apr 2026 · *simulated example*"
    )
    assert lines[2].startswith("**In short.** Something changed around Sprint 36")


def test_no_length_is_told_where_sprints_differ_in_length() -> None:
    report = reports.changed()
    first, *others = report.sprints
    short = [
        replace(s, end=s.start + timedelta(days=5)) if s.start and i in (3, 7) else s
        for i, s in enumerate(others)
    ]
    head = page(replace(report, sprints=(first, *short))).split("\n\n")[1]
    assert head.startswith("Team Heron · Sprints 29–40 (12) · 8 measures")


def test_assumed_dates_are_said_at_once() -> None:
    text = page(reports.EVERY["undated"](), assumed="No dates in the source: a two-week cadence is assumed.")
    assert "\n\n*No dates in the source: a two-week cadence is assumed.*\n\n" in text.split("## 1")[0]
    assert "data to" not in text


def test_table_of_changes() -> None:
    table = next(tables(section(page(reports.changed()), "What changed")))
    assert table == [
        "| Measure | before (S29–35) | since S36 | the data fit | sure that it changed |",
        "| --- | ---: | ---: | ---: | --- |",
        "| Review time per item [S1] | 14 h | 24 h | 1.4 to 1.9 times as long | more than 99 in 100 |",
        "| Cycle time per item [S2] | 55 h | 68 h | 13 % to 37 % longer | about 97 in 100 |",
        "| Items carried over [S3] | 2.1 | 4.0 | 1.0 to 2.9 more per sprint | about 95 in 100 |",
    ]


def test_changes_at_different_times_have_their_own_column() -> None:
    table = next(tables(section(page(reports.EVERY["two_times"]()), "What changed")))
    assert table[0] == "| Measure | since | before | now | the data fit | sure that it changed |"
    assert table[3].startswith("| Items carried over [S3] | S39 |")


def test_values_stand_under_their_finding_with_the_change_marked() -> None:
    text = section(page(reports.changed()), "What changed")
    assert "Sprint by sprint (S29–40): 14 · 13 · 16 · 12 · 15 · 14 · 14 ▸ 19 · 24 · 27 · 21 · 29" in text


def test_a_change_sure_only_with_companions_says_so() -> None:
    text = section(page(reports.borrowed()), "What changed")
    assert "about 92 in 100 (by its own numbers about 55 in 100)" in text
    assert "anything from 5 % shorter to 100 % longer" in text
    assert "measures that usually move with it changed at the same time" in text


def test_levels_are_there_to_be_ticked() -> None:
    table = next(tables(section(page(reports.quiet()), "Your normal")))
    assert table[0] == "| Measure | typical | usual range | last | happy with this level? |"
    assert "| Items carried over [L3] | 2.1 | 1–3 | 3 | ☐ yes ☐ no |" in table
    assert "| Happiness (0–10) [L6] | 7.1 | 6.6–7.7 | 7.1 | ☐ yes ☐ no |" in table


def test_lead_has_word_and_number_for_against_and_question() -> None:
    text = section(page(reports.changed()), "Leads: possible reasons")
    assert "Confidence: **High, about 8 in 10** [H1]" in text
    assert "- For: Review time [S1] and items carried over [S3] went up, as this would predict." in text
    assert (
        "- Against: No change shows in points completed [L4]; with this lead one would expect a fall." in text
    )
    assert "- Ask: “Think of the last item that waited. What was it waiting for?”" in text
    # 1 − 0.81 − 0.11
    assert text.rstrip().endswith("**Something we do not measure, or none of these:** about 1 in 10.")


def test_what_the_same_holds_for_beside_a_lead_is_one_sentence() -> None:
    said = "moved only as it usually does; this would predict down."
    against = (Evidence("L4", f"Points completed {said}"), Evidence("L6", f"Happiness {said}"))
    text = page(reports.changed(hypotheses=(replace(reports.LEAD, evidence_against=against),)))
    assert (
        "- Against: No change shows in points completed [L4] and happiness [L6]; with this lead one would expect "
        "a fall."
    ) in text


@pytest.mark.parametrize(("chance", "title"), [(0.79, "What may have changed"), (0.8, "What changed")])
def test_the_title_over_the_changes_is_no_surer_than_they_are(chance: float, title: str) -> None:
    changed = replace(reports.REVIEW_SIGNAL, probability=chance, probability_with_companions=chance)
    assert f"## 1 · {title}\n" in page(reports.changed(signals=(changed,)))


def test_few_sprints_show_no_normal_yet() -> None:
    base = reports.quiet()
    short = replace(
        base, sprints=base.sprints[-5:], series=tuple(replace(s, values=s.values[-5:]) for s in base.series)
    )
    assert "## 1 · Your numbers so far (a first sketch of your normal)\n" in page(short)


def test_where_no_experiment_fits_the_team_is_asked_for_its_own() -> None:
    text = section(page(reports.changed(experiments=())), "An experiment of your own")
    assert "Write your own: one habit to change, one measure that would show it" in text


def test_a_report_on_chosen_measures_says_what_it_leaves_out() -> None:
    text = section(page(reports.changed(focus_metrics=("review_time",))), "Small print")
    assert (
        "You asked for review time: what other measures showed is left out, unless a lead rests on it."
        in text
    )


def test_at_most_three_leads_and_experiments() -> None:
    many = tuple(replace(reports.LEAD, id=f"H{i}", probability=0.2, confidence="Low") for i in range(1, 7))
    tries = tuple(replace(reports.EXPERIMENT, id=f"E{i}", title=f"Idea {i}") for i in range(1, 7))
    text = page(reports.changed(hypotheses=many, experiments=tries))
    assert len(re.findall(r"^### [A-Z] · ", text, re.MULTILINE)) == 3
    assert len(re.findall(r"^### \d · ", text, re.MULTILINE)) == 3


def test_no_reason_where_nothing_changed() -> None:
    assert "We do not offer reasons where no change was seen." in page(reports.quiet())


def test_experiment_says_what_is_expected_and_how_it_is_judged() -> None:
    text = section(page(reports.changed()), "Experiments to choose from")
    assert (
        "- We expect: review time from 24 h to 19 h or less. Judged against S37–40; the first number is their "
        "plain average." in text
    )  # 24 h less a fifth: 19.2
    assert "- Must not get worse: bugs in production (talk at once if above 3) [L7] and coding time." in text
    assert "A fall of 25 % or more would show, 4 times in 5;" in text
    assert "the best estimate is at least 20 %" in text


def test_no_percentage_from_a_small_base() -> None:
    card = section(page(reports.changed()), "Experiments to choose from").split("### 2")[1]
    assert "- We expect: items carried over from 4.0 to 2.8 or less. Judged against S37–40; " in card
    assert "A fall of 2.4 per sprint or more would show" in card  # 0.6 × 4.0
    assert "%" not in card


def test_refusals_stand_with_their_reason() -> None:
    text = page(reports.changed())
    assert "Not checked: testing time (recorded in 3 of 12 sprints; at least 4 are needed)" in text
    assert "- Testing time: recorded in 3 of 12 sprints; at least 4 are needed. [R1]" in text


def test_measures_refused_for_one_reason_stand_in_one_line() -> None:
    why = "recorded in 2 of 2 sprints; at least 4 are needed."
    base = reports.unchecked()
    alike = tuple(
        replace(r, title=t, text=f"{t}: {why}")
        for r, t in zip(base.refusals, ("Review time", "Bugs in production"), strict=True)
    )
    assert f"\n- Review time [R1] and bugs in production [R2]: {why}\n" in page(replace(base, refusals=alike))


def test_who_was_there_is_no_measure_in_the_plain_table() -> None:
    base = reports.unchecked()
    people = Series("team_size", "Team size", "people", (7.0, 7.0))
    text = page(replace(base, series=(*base.series, people)))
    assert "Team size" not in text
    assert "| --- | ---: | ---: |" in text


def test_too_little_data_shows_the_plain_table() -> None:
    text = page(reports.unchecked())
    assert titles(text)[0] == "1 · What was recorded"
    assert "| Bugs in production | 0 | – |" in text
    assert "Experiments" not in text
    assert "0 series checked" in text


def test_missing_values_stay_missing() -> None:
    happy = reports.signal(
        "S1", "team_happiness", "Happiness", "points (0–10)", ratio=None, ratio_interval=None
    )
    text = page(reports.changed(signals=(happy,)))
    assert "7.1 · 7.3 · 7.0 · 7.4 · – · 7.2 · 7.1 ▸ 7.0" in text


def test_gaps_are_named() -> None:
    assert "- Missing values: happiness (S33)." in page(reports.changed())


def test_a_stock_is_not_per_sprint() -> None:
    stock = reports.signal(
        "S1",
        "open_bugs_count",
        "Open bugs",
        "bugs",
        before=3.0,
        after=6.0,
        interval=Interval(1.0, 5.0),
        ratio_interval=None,
    )
    assert "| 1 to 5 more |" in page(reports.changed(signals=(stock,)))


def test_measured_error_rate_is_shown_only_when_it_is_passed_in() -> None:
    claim = "On teams where nothing changed fewer than 1 report in 20 claims a change."
    assert claim not in page(reports.changed())
    assert claim in page(reports.changed(), measured=claim)


@pytest.mark.parametrize("name", reports.EVERY)
def test_tables_stay_tables(name: str) -> None:
    for table in tables(page(reports.EVERY[name]())):
        widths = {len(re.split(r"(?<!\\)\|", line)) for line in table}
        assert len(widths) == 1, table[0]


@pytest.mark.parametrize("name", reports.EVERY)
def test_no_number_without_its_evidence_and_no_empty_place(name: str) -> None:
    text = page(reports.EVERY[name]())
    assert not re.search(
        r"\bNone(?! of)\b|\bnan\b|\binf\b|\{\w*\}|\(\s*\)|:\s*$(?=\n\n##)", text, re.MULTILINE
    )
    assert not re.search(r"\b1 (sprints|items|bugs|points|hours|values|measures)\b", text)
    assert not re.search(r"\d\.\d{3,}", text)


@pytest.mark.parametrize("word", FORBIDDEN)
def test_words_that_are_never_written(word: str) -> None:
    found = {
        name: m[0]
        for name, make in reports.EVERY.items()
        if name != "hostile"
        for m in [re.search(rf"\b{word}(?!\w)" if word[0].isalnum() else word, page(make()), re.IGNORECASE)]
        if m
    }
    assert not found


def test_the_catalogues_do_not_hold_them_either() -> None:
    texts = [*ENGLISH.texts.values(), repr(ENGLISH.measures), repr(FAMILIES), repr(IDEAS)]
    for word in FORBIDDEN:
        pattern = rf"\b{word}(?!\w)" if word[0].isalnum() else word
        assert not [m[0] for t in texts if (m := re.search(pattern, t, re.IGNORECASE))]


@pytest.mark.parametrize(
    "name", ["story_points_completed", "story_points_planned", "coding_time", "throughput"]
)
def test_no_judgement_where_the_registry_has_no_direction(name: str) -> None:
    assert REGISTRY[name].better is None
    for way in ("up", "down"):
        s = reports.signal("S1", name, REGISTRY[name].title, REGISTRY[name].unit, direction=way, helpful=None)
        part = section(page(reports.changed(signals=(s,))), "What changed")
        assert not re.search(r"\b(better|worse|helpful|improve\w*|good|bad)\b", part, re.IGNORECASE)


# foreign text

LIVE = re.compile(
    r"(?<!\\)<[a-z/!]|(?<!\\)\]\(|(?<!\\)!\[|(?<!:\\)(?<=http:)//|(?<!\\)\bwww\.|(?<!\\)@|(?<!\\)`(?![0-9a-f]{16}`|\s)"
    r"|&lt;",
    re.IGNORECASE,
)
BLOCKS = "# big\n- list\n+ list\n1. one\n===\n    code\n> q\n~~~\n```\n[x]: http://evil.example\n| a | b |\n|---|---|"
HIDDEN = re.compile("[\u0000-\u0008\u000b-\u001f\u007f\u200b\u202a-\u202e\u2066-\u2069\ufeff]")


def test_hostile_names_and_notes_stay_text() -> None:
    text = page(
        reports.hostile(),
        team_name=reports.HOSTILE,
        custom_context=f"{reports.HOSTILE}\n{BLOCKS}",
    )
    body = re.sub(r"Fingerprint `[0-9a-f]{16}`", "", text)
    assert not HIDDEN.search(body)
    found = LIVE.search(body)
    assert found is None, body[max(0, found.start() - 60) : found.end() + 20] if found else ""
    for line in body.splitlines():
        assert not re.match(r"^\[.*\]:", line)


def test_a_parser_sees_no_foreign_link_image_html_or_block() -> None:
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])

    def shape(text: str) -> list[str]:
        flat = [t for token in parser.parse(text) for t in (token, *(token.children or ()))]
        return [t.type for t in flat]

    note = f"{reports.HOSTILE}\n\n{BLOCKS}"
    seen = set(shape(page(reports.hostile(), team_name=reports.HOSTILE, custom_context=note)))
    assert not seen & {
        "link_open",
        "image",
        "html_inline",
        "html_block",
        "fence",
        "code_block",
        "s_open",
        "hr",
    }
    quoted = set(shape(quote(note)))
    assert quoted <= {"blockquote_open", "blockquote_close", "paragraph_open", "paragraph_close", "inline", "text",
        "text_special", "softbreak", "hardbreak"}  # fmt: skip


def test_note_is_quoted_as_written() -> None:
    text = page(
        reports.changed(), custom_context="Two of us were away.\n\n# Not a heading\n- not a list\n2. nor this"
    )
    assert "\n\nTeam's own note (as written):\n\n> Two of us were away.\n>\n" in text
    assert "> \\# Not a heading  \n> \\- not a list  \n> 2\\. nor this\n" in text


def test_note_has_a_limit() -> None:
    assert len(quote("word " * 40_000)) < 5_000


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("a|b", "a\\|b"),
        ("http://x.example", "http:\\//x\\.example"),
        ("www.x.example", "www\\.x\\.example"),
        ("me@x.example", "me\\@x\\.example"),
        ("AT&T &lt;b&gt; &#60;", "AT&amp;T &amp;lt;b&amp;gt; &amp;\\#60;"),
        ("line\nbreak\ttab", "line break tab"),
        ("\u202eevil\u202c", "evil"),
        ("v1.5 of 0.31", "v1.5 of 0.31"),
    ],
)
def test_safe(raw: str, shown: str) -> None:
    assert safe(raw) == shown


# stored reports


@pytest.mark.parametrize("name", reports.EVERY)
def test_a_stored_report_reads_back_the_same(name: str) -> None:
    report = reports.EVERY[name]()
    assert read_report(json.loads(json.dumps(report.to_dict()))) == report


def test_an_older_report_without_newer_parts_is_still_rendered() -> None:
    stored = reports.changed().to_dict()
    for part in ("associations", "notes", "focus_metrics"):
        del stored[part]
    for s in stored["signals"]:
        del s["joined_with"]
    stored["from_the_future"] = 1
    narrative = TemplateNarrator().narrate(reports.changed(), team_name="Heron", custom_context=None)
    assert "# Reviews have taken longer" in render(stored, narrative, team_name="Heron", custom_context=None)


def test_what_is_not_a_report_is_refused_with_the_place() -> None:
    stored = reports.changed().to_dict()
    stored["signals"][0]["before"] = "fourteen"
    with pytest.raises(InvalidInput, match="/signals/0/before"):
        read_report(stored)


def test_every_text_of_the_catalogue_can_be_filled() -> None:
    for key, text in ENGLISH.texts.items():
        fields = dict.fromkeys(re.findall(r"\{(\w+)\}", text), 1)
        assert ENGLISH(key, **fields)
        assert html.unescape(text) == text


def test_figures_never_show_more_decimals_than_the_data_allow() -> None:
    figures = Figures.of(reports.changed())
    assert figures.cell("review_time", "h", 14.26, 24.51) == ("14 h", "25 h")
    assert figures.cell("items_carried_over", "items", 2.14, 4.0) == ("2.1", "4.0")
    assert figures.cell("bugs_prod", "bugs", 0.4449) == ("0.4",)
    assert figures.cell("review_time", "h", 14.1, 14.4) == ("14.1 h", "14.4 h")


def test_the_small_print_says_what_its_columns_are_and_holds_no_size_against_a_change() -> None:
    print_ = section(page(reports.changed()), "Small print")
    rows = {line.split("|")[1].split(" [")[0].strip(): line for line in next(tables(print_))}
    assert "| changed [S1] |" in rows["Review time per item"]
    assert "[D" in rows["Happiness (0–10)"]
    assert "changed [" not in rows["Happiness (0–10)"]
    assert "“Typical” is the plain average of the sprints behind it" in print_
    assert "they need not equal an average" in print_
    assert "It is no measure of what did change" in print_
    calm = section(page(reports.quiet()), "Small print")
    assert "“Typical” is" not in calm  # there is no “before” beside it
    assert "4 times in 5" in calm


def test_a_lead_that_answers_moved_says_from_where() -> None:
    report = reports.changed()
    first, *rest = report.hypotheses

    def told(**changes: float) -> str:
        lead = replace(first, answered=Answered(1, 2, **changes))
        return page(replace(report, hypotheses=(lead, *rest)))

    assert (
        "- Your earlier answers: 1 confirmed, 2 rejected. Without them this lead would stand at about 3 in 10."
        in told(without=0.31)
    )
    assert "They move this lead by less than 1 in 10." in told(without=first.probability)
    assert "Your earlier answers" not in page(report)


def test_the_end_of_a_drift_is_no_level_since_it_began() -> None:
    """Cycle time climbs bit by bit to 100 h; the end of the fitted line lies above every sprint that was recorded."""
    climbs = [38, 44, 49, 54, 56, 58, 64, 65, 72, 74, 81, 81, 88, 92, 98, 100]
    points = [40, 44, 37, 42, 45, 39, 41, 36, 43, 40, 38, 45, 42, 44, 39, 46]
    rows = [
        {"sprint_id": f"s{n}", "sprint_name": f"Sprint {n}", "cycle_time": h, "story_points_completed": p}
        for n, (h, p) in enumerate(zip(climbs, points, strict=True), 1)
    ]
    report = analyse(rows)
    (drift,) = report.signals
    assert drift.kind == "drift"
    assert drift.after > 100
    narrative = TemplateNarrator().narrate(report, team_name="Wren", custom_context=None)
    assert (
        f"bit by bit since Sprint {drift.since_sprint_name.removeprefix('Sprint ')}: about"
        in narrative.summary
    )
    assert "by now" in narrative.summary
    assert "In Sprint 16, cycle time came to 100 h." in narrative.part("changed")[0].text
    assert read_against(narrative, report) == ()
    text = render(report.to_dict(), narrative, team_name="Wren", custom_context=None)
    row = next(x for x in text.splitlines() if x.startswith("| Cycle time per item [S1]"))
    assert "bit by bit (last recorded: 100 h)" in row
    assert "since S" not in next(x for x in text.splitlines() if x.startswith("| Measure"))


def test_an_experiment_that_keeps_or_leaves_out_expects_no_further_gain() -> None:
    reviews = [12.4, 12.6, 11.4, 12.4, 12.2, 12.9, 11.3, 12.5, 11.1, 10.1, 4.9, 4.6, 5.1, 5.0, 5.4, 5.2]
    rows = [
        {"sprint_id": f"s{n}", "sprint_name": f"Sprint {n}", "review_time": h}
        for n, h in enumerate(reviews, 1)
    ]
    report = analyse(rows)
    narrative = TemplateNarrator().narrate(report, team_name="Wren", custom_context=None)
    text = render(report.to_dict(), narrative, team_name="Wren", custom_context=None)
    assert {e.key for e in report.experiments} == {"write_it_down", "leave_it_out_once"}
    # (4.6 + 5.1 + 5.0 + 5.4 + 5.2) / 5 = 5.06: the sprint that told the change apart is left out
    assert (
        "We expect: review time stays where it is (about 5.1 h). Judged against S12–16; the number is their"
        in text
    )
    assert (
        "We expect: review time goes back from about 5.1 h if this is what helped, and stays if it is not."
        in text
    )
    assert "or less" not in text.partition("Experiments")[2].partition("Next sprint")[0]
