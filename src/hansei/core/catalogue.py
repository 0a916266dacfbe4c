"""What may stand behind a change, and what a team can try: data, no logic.

A family predicts which metrics move, which way, how strongly beside the first one, and how late. The first
prediction is the family's own sign; the others come along often, not always. ``against`` names metrics whose
move speaks against the family. The mechanisms are what the numbers cannot tell apart; each question asks for a
story, never for a yes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Way = Literal[1, -1]


@dataclass(frozen=True, slots=True)
class Predicts:
    """One metric of a family: ``way`` it moves, ``often`` it does, ``half`` as strongly, one sprint ``late``."""

    metric: str
    way: Way
    often: float = 0.7
    half: bool = False
    late: bool = False


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of cause. ``weight`` is its share of all causes before any data, relative to the others."""

    key: str
    title: str
    predicts: tuple[Predicts, ...]
    against: tuple[tuple[str, Way, str], ...]
    mechanisms: tuple[str, ...]
    questions: tuple[str, ...]
    source: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Idea:
    """An experiment of the catalogue, before it is registered for a team.

    ``metrics`` are tried in order: the first that the team measures is the goal. ``useful`` is the smallest
    worthwhile change as a fraction of the level.
    """

    key: str
    family: str
    title: str
    change: str
    steps: tuple[str, ...]
    cost: str
    role: str
    metrics: tuple[tuple[str, Way], ...]
    guardrails: tuple[str, ...]
    useful: float = 0.2
    sprints: int = 4


P = Predicts

_FAMILIES = (
    Family(
        "review_bottleneck",
        "Finished work waits for someone to look at it",
        (
            P("review_time", 1, 0.97),
            P("items_carried_over", 1, 0.7, half=True, late=True),
            P("items_out_of_sprint_percent", 1, 0.7, half=True, late=True),
            P("team_happiness", -1, 0.6, half=True, late=True),
            P("cycle_time", 1, 0.7, half=True),
            P("lead_time", 1, 0.4, half=True),
            P("wip", 1, 0.4, half=True),
            P("flow_efficiency", -1, 0.5, half=True),
        ),
        (
            ("coding_time", 1, "coding takes longer too, so the delay does not begin after the coding"),
            ("story_share_large", 1, "stories are larger, and larger work takes longer to review by itself"),
        ),
        (
            "Fewer people review than before, or one person reviews most of it.",
            "Changes have become larger, so each takes longer to read.",
            "Reviews wait for another team or for a specialist.",
            "A new rule asks for more approvals.",
            "Starting something new feels more urgent than finishing a colleague's work.",
        ),
        (
            "Think of the last item that waited for review. What was it waiting for?",
            "Who could have looked at it, and what were they doing instead?",
        ),
        "Sadowski et al., Modern code review: a case study at Google, ICSE-SEIP 2018; Rigby & Bird, ESEC/FSE 2013",
        3.0,
    ),
    Family(
        "story_sizing",
        "Work enters the sprint in pieces too big to finish",
        (
            P("story_share_large", 1, 0.9),
            P("items_carried_over", 1, 0.85),
            P("items_out_of_sprint_percent", 1, 0.85),
            P("story_points_completed", -1, 0.6, half=True),
            P("items_completed", -1, 0.3, half=True),
            P("cycle_time", 1, 0.4, half=True),
            P("coding_time", 1, 0.25, half=True),
            P("say_do_ratio", -1, 0.5, half=True),
        ),
        (("review_time", 1, "reviews take longer, which delays items of every size"),),
        (
            "Items are not split before the sprint starts.",
            "The kind of work has changed: a new area, a migration, more unknowns.",
            "Several small items were merged into larger ones for planning.",
            "Estimates have drifted while the work stayed the same.",
        ),
        (
            "Take the largest item that was not finished. When did we first know that it would not be?",
            "How would we have cut it so that half of it was already useful?",
        ),
        "Jørgensen, What we do and don't know about software development effort estimation, IEEE Software 31, 2014",
        3.0,
    ),
    Family(
        "quality_degradation",
        "More faults reach the people who use the product",
        (
            P("defect_rate_production", 1, 0.9),
            P("bugs_prod", 1, 0.9),
            P("defect_rate_all", 1, 0.75),
            P("bugs_missed_testing", 1, 0.6, half=True),
            P("open_bugs_count", 1, 0.3, half=True),
            P("defect_escape_rate", 1, 0.4, half=True),
            P("bugs_missed_impact", 1, 0.2, half=True),
        ),
        (("bugs_test", 1, "more is also found in test, so the net before release works"),),
        (
            "Changes reach further than they seem: the code has become harder to change safely.",
            "Time pressure shortens the last checks.",
            "New people or a new area: knowledge is missing, not care.",
            "Usage has grown or changed, and old faults show now.",
            "Reporting has become easier, so that more is reported.",
        ),
        (
            "Take the last fault that reached a user. Where could it have been seen first?",
            "What did we leave out in the sprint before it, and what made us do so?",
        ),
        "Boehm & Basili, Software defect reduction top 10 list, IEEE Computer 34, 2001",
        3.0,
    ),
    Family(
        "testing_gaps",
        "Checks before release let through what they used to stop",
        (
            P("bugs_missed_testing", 1, 0.95),
            P("bugs_prod", 1, 0.75, half=True),
            P("defect_escape_rate", 1, 0.7, half=True),
            P("defect_rate_production", 1, 0.7, half=True),
            P("testing_time", -1, 0.4, half=True),
            P("bugs_missed_impact", 1, 0.3, half=True),
            P("bugs_acc", 1, 0.3, half=True),
        ),
        (("testing_time", 1, "testing takes longer, not shorter"),),
        (
            "Tests are skipped or switched off when time is short.",
            "New code has fewer tests than old code.",
            "The test environment differs from production in a way that matters.",
            "Unreliable tests taught everybody to ignore red.",
        ),
        (
            "Which test would have caught the last escaped fault, and what would it take to have it?",
            "When did we last release although a test was red, and what made that feel right?",
        ),
        "Luo et al., An empirical analysis of flaky tests, FSE 2014; Nagappan et al., Empir. Softw. Eng. 13, 2008",
    ),
    Family(
        "morale",
        "Something weighs on the team",
        (
            P("team_happiness", -1, 0.97),
            P("say_do_ratio", -1, 0.2, half=True, late=True),
            P("story_points_completed", -1, 0.15, half=True, late=True),
        ),
        (("team_happiness", 1, "happiness rose"),),
        (
            "Pressure from outside: dates, changed goals, uncertainty about the future.",
            "Work that feels pointless, or results that nobody uses.",
            "An unspoken conflict.",
            "Tiredness after a long push.",
            "Something outside work, or a few answers only.",
        ),
        (
            "What gave you energy in these sprints, and what took it?",
            "What would have to be different for next sprint to be one point better?",
        ),
        "Graziotin et al., What happens when software developers are (un)happy, J. Syst. Softw. 140, 2018; "
        "Edmondson, Adm. Sci. Q. 44, 1999",
        3.0,
    ),
    Family(
        "workflow",
        "Items stand still between two steps of the work",
        (
            P("cycle_time", 1, 0.9),
            P("work_item_age", 1, 0.7),
            P("flow_efficiency", -1, 0.7),
            P("testing_time", 1, 0.5),
            P("lead_time", 1, 0.5, half=True),
            P("wip", 1, 0.4, half=True),
            P("throughput", -1, 0.4, half=True),
            P("items_completed", -1, 0.3, half=True),
        ),
        (("review_time", 1, "the waiting can be placed: it is in review"),),
        (
            "Hand-overs to another team or role have become slower.",
            "A step is done in batches, at the end of the sprint.",
            "An environment or a person that everybody needs is busy.",
            "Blocked items stay in place while new ones are started.",
        ),
        (
            "Follow one slow item day by day. On which days did nobody work on it?",
            "Which step would you be glad to find empty tomorrow?",
        ),
        "Reinertsen, The Principles of Product Development Flow, 2009; Anderson, Kanban, 2010",
    ),
    Family(
        "overcommitment",
        "The plan holds more than the sprint can",
        (
            P("story_points_planned", 1, 0.9),
            P("items_planned", 1, 0.7),
            P("say_do_ratio", -1, 0.8),
            P("completion_ratio", -1, 0.6),
            P("items_carried_over", 1, 0.6, half=True),
            P("items_out_of_sprint_percent", 1, 0.6, half=True),
            P("team_happiness", -1, 0.2, half=True, late=True),
        ),
        (("story_points_completed", 1, "more was also completed, so the plan had grown for a reason"),),
        (
            "Someone asked for a date, and the plan followed.",
            "Left-over work is carried along and new work is planned on top.",
            "Absences were not counted in.",
            "The best sprint is taken as the normal one.",
        ),
        (
            "How did the last plan come to be that size? Who said the number first?",
            "What would we leave out if only three quarters fitted?",
        ),
        "Kula et al., Factors affecting on-time delivery in large-scale agile software development, "
        "IEEE Trans. Softw. Eng. 48, 2022",
    ),
    Family(
        "scope_churn",
        "The goal moves after the sprint has begun",
        (
            P("scope_change_percent", 1, 0.97),
            P("unplanned_work_percent", 1, 0.4, half=True),
            P("items_carried_over", 1, 0.5, half=True),
            P("items_out_of_sprint_percent", 1, 0.4, half=True),
            P("say_do_ratio", -1, 0.5, half=True),
            P("team_happiness", -1, 0.2, half=True, late=True),
        ),
        (("scope_change_percent", -1, "the scope was steadier than before"),),
        (
            "Priorities change faster than a sprint lasts.",
            "Items were not clear at the start and grew when understood.",
            "Several people may put work into the sprint.",
            "A dependency came late and other work took its place.",
        ),
        (
            "Take the last item that came in after the start. What would have happened had it waited?",
            "Which change of the plan was the right one, and how do we know?",
        ),
        "Méndez Fernández et al., Naming the pain in requirements engineering, Empir. Softw. Eng. 22, 2017",
    ),
    Family(
        "unplanned_work",
        "Urgent requests take the place of what was agreed",
        (
            P("unplanned_work_percent", 1, 0.97),
            P("story_points_completed", -1, 0.5, half=True),
            P("say_do_ratio", -1, 0.5, half=True),
            P("open_bugs_count", 1, 0.3, half=True),
            P("items_carried_over", 1, 0.5, half=True),
            P("cycle_time", 1, 0.3, half=True),
        ),
        (("say_do_ratio", 1, "what was agreed got done all the same"),),
        (
            "Faults in production need an answer at once.",
            "Another team or a customer has a direct line to one of us.",
            "Operational work was never planned for.",
            "Support for a release that is being rolled out.",
        ),
        (
            "Where did the last three urgent requests come from, and by which way?",
            "Which of them could have waited until planning, and who would have had to know?",
        ),
        "Mark, Gudith & Klocke, The cost of interrupted work, CHI 2008; Meyer et al., FSE 2014",
    ),
    Family(
        "wip_overload",
        "Too much is begun before the rest is done",
        (
            P("wip", 1, 0.95),
            P("cycle_time", 1, 0.7, half=True),
            P("work_item_age", 1, 0.7, half=True),
            P("lead_time", 1, 0.4, half=True),
            P("flow_efficiency", -1, 0.5, half=True),
            P("items_carried_over", 1, 0.5, half=True),
            P("review_time", 1, 0.3, half=True),
        ),
        (("wip", -1, "less was open at the same time"),),
        (
            "Blocked items are parked and new ones begun.",
            "Everybody works on their own item, nobody on the same.",
            "Several goals run at once.",
            "Starting is visible and praised; finishing is not.",
        ),
        (
            "What made us start the last item instead of helping to finish another?",
            "Which open item would nobody miss if we stopped it today?",
        ),
        "Little, A proof for the queuing formula L = λW, Oper. Res. 9, 1961; Anderson, Kanban, 2010",
    ),
    Family(
        "environment_or_config_trouble",
        "The surroundings of the code make trouble, not the code",
        (
            P("bugs_configuration", 1, 0.85),
            P("bugs_third_party", 1, 0.45, half=True),
            P("bugs_database", 1, 0.45, half=True),
            P("testing_time", 1, 0.4, half=True),
            P("bugs_other", 1, 0.3, half=True),
            P("cycle_time", 1, 0.25, half=True),
        ),
        (("bugs_missed_testing", 1, "gaps in testing explain more of the faults than the surroundings"),),
        (
            "Environments differ and are set up by hand.",
            "A supplier or a library changed.",
            "Settings are spread over several places.",
            "A migration or a move to another platform is under way.",
        ),
        (
            "When did it last work on one machine and fail on another? What was the difference?",
            "What changed around the code in these weeks that none of us changed?",
        ),
        "Humble & Farley, Continuous Delivery, 2010; Forsgren, Humble & Kim, Accelerate, 2018",
    ),
    Family(
        "requirement_gaps",
        "What was built is not what was meant",
        (
            P("bugs_requirement_gap", 1, 0.95),
            P("bugs_acc", 1, 0.6, half=True),
            P("scope_change_percent", 1, 0.4, half=True),
            P("bugs_missed_impact", 1, 0.2, half=True),
            P("lead_time", 1, 0.25, half=True),
        ),
        (("bugs_requirement_gap", -1, "fewer faults went back to unclear requirements"),),
        (
            "Examples are missing: the words were clear, the case was not.",
            "Whoever knows the need is hard to reach.",
            "The need changed while it was being built.",
            "Acceptance looks at other things than development did.",
        ),
        (
            "Take one item that came back. Which sentence did we read differently?",
            "Who knew the answer, and when could we have asked?",
        ),
        "Méndez Fernández et al., Naming the pain in requirements engineering, Empir. Softw. Eng. 22, 2017",
    ),
    Family(
        "improvement",
        "Something that you changed has begun to pay off",
        (),
        (),
        (
            "An agreement of an earlier retrospective is working.",
            "The work was easier in these sprints.",
            "People know the area better by now.",
            "Something outside the team got better: a tool, a supplier, fewer interruptions.",
        ),
        (
            "What did we do differently just before it began?",
            "What would we have to do to lose it again?",
        ),
        "Forsgren, Humble & Kim, Accelerate, 2018",
        7.0,
    ),
)
FAMILIES: Mapping[str, Family] = MappingProxyType({f.key: f for f in _FAMILIES})

#: A move that counts as an improvement although the registry gives the metric no better direction.
EXTRA_IMPROVEMENTS: Mapping[str, Way] = MappingProxyType({"coding_time": -1})

R = "review_time"
_IDEAS = (
    Idea(
        "reviews_first",
        "review_bottleneck",
        "Reviews first",
        "Nobody starts a new item while another one waits for review longer than 4 hours.",
        (
            "Make waiting reviews visible on the board.",
            "Before starting anything, look there first.",
            "At the daily meeting, begin with the oldest one.",
        ),
        "a habit",
        "someone who reminds the team at the daily meeting",
        ((R, -1), ("cycle_time", -1)),
        ("bugs_prod", "coding_time"),
    ),
    Idea(
        "smaller_changes",
        "review_bottleneck",
        "Changes that can be read in a quarter of an hour",
        "A change for review is small enough to be read in 15 minutes; larger ones are split first.",
        (
            "Agree on a rough size, such as 200 changed lines.",
            "Split refactoring from behaviour.",
            "Say so kindly when a change is too large.",
        ),
        "some practice in splitting",
        "someone who helps to split",
        ((R, -1), ("cycle_time", -1)),
        ("bugs_prod", "coding_time"),
    ),
    Idea(
        "split_before_start",
        "story_sizing",
        "Nothing larger than a few days enters the sprint",
        "An item is taken in only when the team believes that it takes at most three days.",
        (
            "In refinement, ask: what is the smallest useful part?",
            "Split by case or by user, not by layer.",
            "Keep the rest for later, visibly.",
        ),
        "half an hour more refinement each week",
        "someone who asks the question",
        (("items_carried_over", -1), ("items_out_of_sprint_percent", -1), ("story_share_large", -1)),
        ("story_points_completed", "team_happiness"),
        0.3,
    ),
    Idea(
        "midway_cut",
        "story_sizing",
        "Cut in the middle",
        "Halfway through the sprint, each item that will not be finished is cut to a part that will.",
        (
            "Fix a quarter of an hour at half-time.",
            "For each open item, decide what can still be finished.",
            "Put the rest back into the backlog.",
        ),
        "15 minutes each sprint",
        "someone who calls the meeting",
        (("items_carried_over", -1), ("items_out_of_sprint_percent", -1)),
        ("bugs_prod", "team_happiness"),
        0.3,
    ),
    Idea(
        "fault_of_the_week",
        "quality_degradation",
        "One escaped fault a week, looked at together",
        "Each week the team looks at one fault that reached a user, and changes one thing to see its kind earlier.",
        (
            "Choose the fault together.",
            "Ask where it could have been seen first.",
            "Change one check, test or agreement, and write it down.",
        ),
        "half an hour a week",
        "someone who keeps the list",
        (("bugs_prod", -1), ("defect_rate_production", -1)),
        ("story_points_completed", "cycle_time"),
        0.3,
        5,
    ),
    Idea(
        "pair_on_risk",
        "quality_degradation",
        "Two people on risky changes",
        "A change in an area that broke before is made by two people together.",
        (
            "List the areas that broke in the last months.",
            "Mark items that touch them in planning.",
            "Make these as a pair.",
        ),
        "two people for some items",
        "someone who knows the history of the areas",
        (("bugs_prod", -1), ("defect_rate_production", -1), ("defect_rate_all", -1)),
        ("items_completed", "team_happiness"),
        0.3,
        5,
    ),
    Idea(
        "test_with_the_fix",
        "testing_gaps",
        "A test with every fix",
        "No fault is closed without a test that would have caught it.",
        (
            "Write the failing test first.",
            "Show it in the review.",
            "Note where a test was not possible, and why.",
        ),
        "a little more time for each fix",
        "whoever reviews",
        (("bugs_missed_testing", -1), ("defect_escape_rate", -1), ("bugs_prod", -1)),
        ("testing_time", "cycle_time"),
        0.3,
        5,
    ),
    Idea(
        "red_means_stop",
        "testing_gaps",
        "Red means stop",
        "While the shared tests are red, making them green comes first; an unreliable test is repaired or removed.",
        (
            "Make the state visible to all.",
            "Agree who looks first.",
            "Keep a list of unreliable tests and shorten it each week.",
        ),
        "interruptions in the first weeks",
        "a turn that changes weekly",
        (("bugs_missed_testing", -1), ("bugs_prod", -1)),
        ("coding_time", "team_happiness"),
        0.3,
        5,
    ),
    Idea(
        "one_thing_less",
        "morale",
        "One thing less",
        "The team names the one thing that takes most energy and leaves it out for the time of the experiment.",
        (
            "Collect in silence what takes energy.",
            "Choose one that the team itself may drop.",
            "Tell those whom it touches, with the end date.",
        ),
        "an explanation to others",
        "someone who speaks with those outside the team",
        (("team_happiness", 1),),
        ("bugs_prod", "items_carried_over"),
        0.1,
    ),
    Idea(
        "quiet_mornings",
        "morale",
        "Mornings without meetings",
        "Two mornings a week are free of meetings and of expected answers.",
        (
            "Choose the mornings.",
            "Move or drop what is there.",
            "Say outside the team when you can be reached.",
        ),
        "slower answers on two mornings",
        "someone who guards the calendar",
        (("team_happiness", 1), ("cycle_time", -1)),
        ("items_completed", "bugs_prod"),
        0.1,
    ),
    Idea(
        "walk_from_the_right",
        "workflow",
        "Begin with what is nearly done",
        "The daily meeting goes through the board from the finished side, and asks what each item needs to move.",
        (
            "Start at the last column.",
            "Ask what it needs, not who is on it.",
            "Mark what is blocked, with the reason.",
        ),
        "a habit",
        "whoever moderates the daily meeting",
        (("cycle_time", -1), ("work_item_age", -1), ("testing_time", -1)),
        ("bugs_prod", "items_completed"),
    ),
    Idea(
        "test_as_you_go",
        "workflow",
        "Test each item on the day it is ready",
        "An item is tested within a day after it is ready, instead of at the end of the sprint.",
        (
            "Make ready items visible.",
            "Agree who can test what.",
            "Stop starting when more than two wait.",
        ),
        "less time for new items at first",
        "someone who watches the column",
        (("testing_time", -1), ("cycle_time", -1)),
        ("bugs_prod", "coding_time"),
    ),
    Idea(
        "plan_from_what_was",
        "overcommitment",
        "Plan what the last sprints really held",
        "The plan is at most the middle of what was completed in the last five sprints.",
        (
            "Look at the last five sprints in planning.",
            "Take the middle one as the limit.",
            "Keep a short list of what comes next if there is room.",
        ),
        "a conversation about expectations",
        "whoever speaks with those who wait for the work",
        (("items_carried_over", -1), ("items_out_of_sprint_percent", -1), ("say_do_ratio", 1)),
        ("story_points_completed", "team_happiness"),
    ),
    Idea(
        "room_for_the_unknown",
        "overcommitment",
        "Leave a fifth free",
        "A fifth of the sprint stays unplanned; what is left over goes to the first item of the next plan.",
        (
            "Write the free fifth into the plan.",
            "Note what it was used for.",
            "Look at the notes in the retrospective.",
        ),
        "a smaller plan",
        "someone who keeps the notes",
        (("items_carried_over", -1), ("say_do_ratio", 1), ("items_out_of_sprint_percent", -1)),
        ("story_points_completed", "team_happiness"),
    ),
    Idea(
        "swap_not_add",
        "scope_churn",
        "One in, one out",
        "Whoever brings an item into a running sprint names an item of the same size that leaves it.",
        (
            "Tell everybody who may bring work.",
            "Write each swap down with its reason.",
            "Read the list together at the end.",
        ),
        "a conversation at each swap",
        "whoever decides about the order of the work",
        (("scope_change_percent", -1), ("items_carried_over", -1)),
        ("story_points_completed", "team_happiness"),
    ),
    Idea(
        "ready_before_start",
        "scope_churn",
        "Only what two people can explain",
        "An item is planned only when two people of the team can say what it is for and how we see that it is done.",
        (
            "Ask two people at random in planning.",
            "If they differ, the item waits.",
            "Use the time to clear it up.",
        ),
        "fewer items on the day of planning",
        "whoever moderates planning",
        (("scope_change_percent", -1), ("bugs_requirement_gap", -1)),
        ("items_completed", "team_happiness"),
    ),
    Idea(
        "one_door",
        "unplanned_work",
        "One door for urgent requests",
        "Urgent requests go to one person of the team, in turn; everybody else stays with the plan.",
        (
            "Choose the first turn, one sprint long.",
            "Tell those who ask.",
            "Count the requests and note where they come from.",
        ),
        "one person's time",
        "the person whose turn it is",
        (("unplanned_work_percent", -1), ("items_carried_over", -1)),
        ("bugs_prod", "team_happiness"),
    ),
    Idea(
        "ask_the_date",
        "unplanned_work",
        "Ask for the day",
        "Before an urgent request is taken, ask by which day it is needed; what can wait goes to planning.",
        (
            "Agree on the sentence to ask.",
            "Write down the day that was named.",
            "Check later how many were truly urgent.",
        ),
        "a habit",
        "everybody who is asked",
        (("unplanned_work_percent", -1), ("say_do_ratio", 1)),
        ("open_bugs_count", "team_happiness"),
    ),
    Idea(
        "wip_limit",
        "wip_overload",
        "At most as many open items as people, less one",
        "A new item is started only when fewer items are open than there are people in the team, less one.",
        (
            "Write the limit on the board.",
            "At the limit, help to finish.",
            "Note each time it was broken, and what for.",
        ),
        "waiting that feels idle at first",
        "whoever moderates the daily meeting",
        (("wip", -1), ("cycle_time", -1)),
        ("items_completed", "bugs_prod"),
    ),
    Idea(
        "finish_friday",
        "wip_overload",
        "A day for finishing",
        "One day a week nothing new is started.",
        (
            "Choose the day.",
            "Collect what is nearly done.",
            "Work on it together.",
        ),
        "a day a week without new work",
        "someone who reminds the team the day before",
        (("wip", -1), ("work_item_age", -1), ("items_carried_over", -1)),
        ("bugs_prod", "team_happiness"),
    ),
    Idea(
        "settings_in_one_place",
        "environment_or_config_trouble",
        "Settings in one place, checked at the start",
        "All settings of a system stand in one file that is checked when it starts, the same way in every environment.",
        (
            "List the settings that caused the last three faults.",
            "Move them into one file.",
            "Refuse to start when one is missing.",
        ),
        "a few days of work",
        "someone who knows the environments",
        (("bugs_configuration", -1), ("bugs_third_party", -1)),
        ("items_completed", "cycle_time"),
        0.3,
        5,
    ),
    Idea(
        "rehearse_the_release",
        "environment_or_config_trouble",
        "Rehearse the release",
        "Each release is first carried out on a copy of production, by the same steps.",
        (
            "Write down the steps.",
            "Carry them out on the copy.",
            "Change a step only there first.",
        ),
        "an hour for each release",
        "whoever releases",
        (("bugs_configuration", -1), ("bugs_database", -1), ("bugs_prod", -1)),
        ("lead_time", "items_completed"),
        0.3,
        5,
    ),
    Idea(
        "three_examples",
        "requirement_gaps",
        "Three examples before the work begins",
        "Whoever asks for an item and whoever builds it write three examples: the usual case, the edge, the mistake.",
        (
            "Sit together for ten minutes.",
            "Write the examples into the item.",
            "Use them again at acceptance.",
        ),
        "ten minutes for each item",
        "whoever starts the item",
        (("bugs_requirement_gap", -1), ("bugs_acc", -1)),
        ("cycle_time", "items_completed"),
        0.3,
        5,
    ),
    Idea(
        "show_it_halfway",
        "requirement_gaps",
        "Show it halfway",
        "Each larger item is shown, unfinished, to the one who asked for it.",
        (
            "Agree on the half-way point when you start.",
            "Show it for five minutes.",
            "Write down what was a surprise.",
        ),
        "five minutes for each item",
        "whoever builds it",
        (("bugs_requirement_gap", -1), ("bugs_acc", -1), ("scope_change_percent", -1)),
        ("cycle_time", "team_happiness"),
        0.3,
        5,
    ),
    Idea(
        "write_it_down",
        "improvement",
        "Name what works and keep it",
        "The team writes down what it believes made the difference, and keeps exactly that for the next sprints.",
        (
            "Collect in silence, then compare.",
            "Choose one thing.",
            "Watch that it is not given up quietly.",
        ),
        "nothing new",
        "someone who asks for it in each planning",
        (),
        ("team_happiness", "bugs_prod"),
        0.1,
    ),
    Idea(
        "leave_it_out_once",
        "improvement",
        "Leave it out once",
        "For a fixed time, the team leaves out what it believes helped, and sees whether the numbers go back.",
        (
            "Choose the thing and the time.",
            "Tell those whom it touches.",
            "Stop at once if something breaks.",
        ),
        "perhaps the improvement itself",
        "someone who watches the guardrails",
        (),
        ("team_happiness", "bugs_prod"),
        0.1,
    ),
)
IDEAS: tuple[Idea, ...] = _IDEAS
