"""When: which of a measure's numbers is meant, what comes next, and what came together."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

#: Which of a measure's numbers is meant.
ROLES: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(
        [
            "before",
            "earlier",
            "previously",
            "formerly",
            "used to",
            "until then",
            "originally",
            "prior",
            "before that",
            "in earlier sprints",
            "in the sprints before",
            "had been",
            "until",
            "once",
            "in the past",
            "before then",
            "was then",
        ],
        "before",
    )
    | dict.fromkeys(
        [
            "now",
            "since",
            "currently",
            "today",
            "these days",
            "by now",
            "at present",
            "recently",
            "lately",
            "since then",
            "afterwards",
            "after that",
            "after",
            "nowadays",
            "in recent sprints",
            "has been",
            "have been",
            "from then on",
            "today's",
            "ever since",
            "thereafter",
        ],
        "after",
    )
    | dict.fromkeys(
        [
            "usual",
            "usually",
            "typical",
            "typically",
            "normal",
            "normally",
            "as a rule",
            "ordinarily",
            "ordinary",
            "a typical sprint",
        ],
        "usual",
    )
    | dict.fromkeys(
        [
            "last sprint",
            "the last sprint",
            "latest sprint",
            "the latest sprint",
            "most recent sprint",
            "in the last sprint",
        ],
        "last",
    )
)
#: Weaker than the words above: the tense decides only where nothing else does.
TENSES: Final[Mapping[str, str]] = MappingProxyType(
    {"was": "before", "were": "before", "is": "after", "are": "after", "spends": "after", "takes": "after"}
)
#: What came before what: of two measures that is half a cause.
ORDER: Final = frozenset(["first", "second", "later", "earlier", "sooner", "then", "afterwards", "next"])
NEXT: Final = frozenset(
    [
        "will probably bring",
        "will likely bring",
        "next sprint",
        "the next sprint",
        "forecast",
        "for planning",
        "half of the time",
        "if nothing changes",
        "expect",
        "expected",
        "will most likely fall",
        "will most likely end with",
        "will probably end with",
        "will most likely bring",
        "will most likely be",
        "will likely fall",
    ]
)
SAME_TIME: Final = frozenset(
    [
        "at the same time",
        "at that time",
        "in the same sprint",
        "also since then",
        "from the same sprint on",
        "the same sprint",
        "that same sprint",
    ]
)
ABOUT_TIME: Final = frozenset(
    ["at about the same time", "around the same time", "about the same time", "from about the same sprint on"]
)
#: Comparison with the time before: it says nothing of which number stands beside it.
COMPARISONS: Final = frozenset(
    [
        "than before",
        "than it was",
        "than they were",
        "than it used to be",
        "as before",
        "than usual",
        "than in the sprints before",
        "than in earlier sprints",
        "than it used to",
        "than they used to be",
        "compared with before",
        "than they used to",
    ]
)
CONFIRMED: Final = frozenset(
    ["the last report said so too", "confirmed", "the previous report said so too", "as in the last report"]
)
