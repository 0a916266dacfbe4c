"""What measures are called, and what goes with what."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

#: What a measure is also called. A bare "bugs" is every count of bugs in the report.
ALSO_CALLED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "review_time": ("review", "reviews", "reviewing", "time in review", "code review", "code reviews",
            "the review", "review times", "hours in review"),
        "coding_time": ("coding", "time in coding", "time spent coding"),
        "testing_time": ("testing", "time in testing", "time in test"),
        "cycle_time": ("cycle times", "from its start to its end", "from start to end", "from start to finish",
            "start to finish", "the whole cycle"),
        "lead_time": ("lead times", "from request to end", "from its creation to its end"),
        "story_points_completed": ("points", "velocity", "completed points", "points done", "points finished",
            "story points completed", "finished points"),
        "story_points_planned": ("planned points", "the plan", "story points planned", "points have been planned",
            "points are planned", "points were planned", "points are being planned",
            "commitment"),
        "items_completed": ("completed items", "items done", "items finished", "finished items"),
        "items_planned": ("planned items",),
        "items_carried_over": ("carry-over", "carryover", "carried over", "items carried over", "carried-over items",
            "items that moved on", "unfinished items"),
        "items_out_of_sprint_percent": ("carry-over share", "share of items carried over", "carried-over share",
            "share of carried-over items", "carryover share", "of the items are carried over",
            "of items are carried over", "of the items were carried over", "share of items that is carried over",
            "share of work carried over", "share of the work carried over",
            "share of work that is carried over", "share of carried-over work"),
        "bugs_prod": ("production bugs", "bugs in production", "bugs reach production", "bugs reached production",
            "bugs have reached production", "reached production", "reach production", "reaches production",
            "found in production", "been found in production",
            "have reached production"),
        "bugs_test": ("bugs in test", "test bugs", "bugs in testing", "bugs found in test"),
        "open_bugs_count": ("open bugs",),
        "team_happiness": ("happiness", "mood", "morale", "team happiness"),
        "wip": ("work in progress", "open work"),
        "unplanned_work_percent": ("unplanned work", "unplanned share", "share of unplanned work",
            *(f"of the work {is_} unplanned" for is_ in ("is", "was", "has been"))),
        "scope_change_percent": ("scope", "scope change", "scope changes"),
        "story_share_large": ("large stories", "share of large stories", "share of stories that are large",
            *(f"of {the}{done}stories {are} large" for the in ("", "the ") for done in ("", "finished ")
              for are in ("are", "were", "have been"))),
        "say_do_ratio": ("committed work done", "say/do ratio", "share of the committed work done"),
    }
)  # fmt: skip
_PLANS = ("plan", "planned", "planning", "were planned", "have been planned")
_FINISHES = (
    "were completed", "have been completed", "complete", "completed", "completing", "finish",
    "finished", "finishing", "deliver", "delivered", "delivering",
)  # fmt: skip
#: What a team does, as a verb: with "more" or "fewer" and its noun it says which way a measure went.
ACTS: Final[Mapping[str, tuple[tuple[str, ...], str]]] = MappingProxyType(
    {
        "story_points_planned": ((*_PLANS, "commit to", "committed to", "take on", "took on"), "points"),
        "story_points_completed": (_FINISHES, "points"),
        "items_planned": (_PLANS, "items"),
        "items_completed": (_FINISHES, "items"),
        "items_carried_over": (("carry over", "carried over", "carrying over", "were carried over"), "items"),
        "bugs_prod": (
            ("were found in production", "have been found in production", "reached production"),
            "bugs",
        ),
        "bugs_test": (("were found in test", "have been found in test", "were found in testing"), "bugs"),
    }
)
#: A verb alone names a measure where its unit stands beside it: "27 points have been completed".
BARE_ACTS: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(("completed", "finished", "delivered"), "completed") | {"planned": "planned"}
)
#: Two measures, one story.
SHARE: Final = frozenset(
    [
        "share an ingredient",
        "overlap",
        "overlaps",
        "part of",
        "one story",
        "same story",
        "two proofs",
        "share a part",
        "single story",
        "tell one story",
        "made of the same",
        "contains",
        "is part of",
        "not as two",
    ]
)
TOGETHER: Final = frozenset(
    [
        "often moved together",
        "often move together",
        "often move up or down together",
        "often moved up or down together",
        "often rise and fall together",
        "often rise or fall together",
        "often rose and fell together",
        "often rise and fall together with",
        "often move together with",
        "often moved together with",
        "moved together",
        "together with",
        "often up together",
        "down together",
        "moves with",
        "move together",
        "went together",
        "go together",
        "often followed",
        "moved in opposite ways",
        "opposite ways",
        "often one up when the other was down",
    ]
)
#: Says what goes with what: between two measures that is a cause in disguise.
LINKS: Final = frozenset(
    [
        "where",
        "when",
        "whenever",
        "if",
        "once",
        "as",
        "with",
        "since",
        "after",
        "before",
        "until",
        "without",
        "by",
        "given",
    ]
)
