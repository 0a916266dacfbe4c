"""Words of a move: its direction, that something changed, how it came, and where it lies."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

#: Direction of a move. ``good`` and ``bad`` need a better direction in the registry.
_UP = (
    "up|higher|more|longer|larger|bigger|greater|rise|rises|rose|risen|rising|increase|increases|increased|increasing|"
    "grow|grows|grew|grown|growing|growth|climb|climbs|climbed|climbing|jump|jumps|jumped|jumping|lengthened|"
    "go up|goes up|going up|gone up|went up|upward|upwards|extra|additional|high|elevated|slower|slowed|slowing|"
    "at a higher level|on the rise|older|later|went further up|swelled|swollen|mounted|surged|"
    "edged up|more than before|unusually high"
)
_DOWN = (
    "down|lower|fewer|less|shorter|smaller|fall|falls|fell|fallen|falling|drop|drops|dropped|dropping|decline|declines|"
    "declined|declining|decrease|decreases|decreased|decreasing|shrink|shrinks|shrank|shrunk|shrinking|reduced|"
    "reduction|shortened|dip|dips|dipped|sank|sunk|go down|goes down|going down|gone down|went down|downward|"
    "downwards|in less time|low|faster|quicker|sooner|at a lower level|younger|cut|"
    "slipped|slid|eased|edged down|rarer|less than before|fewer than before|unusually low"
)
_FLAT = (
    "unchanged|flat|steady|stable|constant|no change|no change to explain|no real change|no sure change|"
    "the same|same as before|as before|"
    "as usual|than usual only|"
    "as it usually does|as they usually do|as much as it usually does|as much as they usually do|nothing unusual|"
    "nothing out of the ordinary|held steady|stayed put|as long as before|"
    "as much as before|as many as before|as high as before|as low as before|"
    "where they usually are|where it usually is|where they were|where it was|where they have been|where it has been|"
    "as they normally do|as it normally does|as they usually did|as it usually did|as they have been|as it has been|"
    "held their level|held its level|kept their level|kept its level|little changed|stayed level|remained level|"
    "level with before|moved only as usual|ordinary movement|"
    "ordinary swing|usual swing|normal swing|usual ups and downs|"
    "no change shows in any measure|no change shows in|no change shows"
)
DIRECTIONS: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(_UP.split("|"), "up")
    | dict.fromkeys(_DOWN.split("|"), "down")
    | dict.fromkeys(_FLAT.split("|"), "flat")
    | dict.fromkeys(
        [
            "improve",
            "improves",
            "improved",
            "improving",
            "improvement",
            "better",
            "helpful direction",
            "help",
            "helps",
            "helped",
            "helpful",
            "welcome",
            "got better",
            "gets better",
        ],
        "good",
    )
    | dict.fromkeys(
        [
            "worse",
            "worsen",
            "worsened",
            "worsening",
            "deteriorated",
            "got worse",
            "unhelpful direction",
            "unhelpful",
        ],
        "bad",
    )
)
#: A word of change without a direction.
CHANGE: Final = frozenset(
    [
        "changed",
        "change",
        "changes",
        "changing",
        "moved",
        "move",
        "moves",
        "shifted",
        "shift",
        "shifts",
        "moving",
        "different",
        "differs",
        "new level",
        "on its way",
        "real change",
        "more than it usually does",
        "more than they usually do",
        "more than it normally does",
        "more than they normally do",
        "more than usual",
        "in an unusual way",
        "anything out of the ordinary",
        "something out of the ordinary",
        "among the measures that changed",
        "one of the measures that changed",
        "drifted",
        "drifting",
    ]
)
ODD: Final = frozenset(
    [
        "stood out",
        "stands out",
        "odd",
        "odd sprint",
        "one-off",
        "outlier",
        "exception",
        "unusual",
        "stand out",
    ]
)
#: The end of a row of values: up the largest, down the smallest. It needs the sprint that it is said of.
SUPERLATIVES: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(["longest", "highest", "largest", "greatest", "biggest", "peak", "maximum"], "up")
    | dict.fromkeys(["shortest", "lowest", "smallest", "fewest", "least", "minimum"], "down")
)
#: How a change came, and how large it is: each must fit the change that it is said of.
MANNERS: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(
        [
            "gradually",
            "bit by bit",
            "step by step",
            "slowly",
            "steadily",
            "little by little",
            "creeping",
            "crept",
            "creep",
        ],
        "drift",
    )
    | dict.fromkeys(
        ["suddenly", "abruptly", "at once", "all at once", "overnight", "from one sprint to the next"], "step"
    )
    | dict.fromkeys(
        [
            "sharply",
            "considerably",
            "markedly",
            "strongly",
            "substantially",
            "a lot",
            "far",
            "a good deal",
            "noticeably",
        ],
        "large",
    )
    | dict.fromkeys(["slightly", "a little", "a bit", "somewhat", "marginally"], "small")
)
#: Says that a change is over.
BACK: Final = frozenset(
    [
        "back", "back down", "back up", "back to normal", "back to where it was", "back to where they were",
        "come back",
        "came back", "come back down", "came back down", "gone back", "went back", "recovered", "returned", "reversed",
        "is over", "over now",
    ]
)  # fmt: skip
#: What a measure did, as a verb of the past: it did so in a sprint, not up to one.
VERBS: Final = frozenset(
    [
        "rose", "risen", "increased", "grew", "grown", "climbed", "jumped", "went up", "gone up", "fell",
        "fallen", "dropped",
        "declined", "decreased", "shrank", "shrunk", "dipped", "sank", "sunk", "went down", "gone down",
        "improved", "worsened",
    ]
)  # fmt: skip
#: A move of one sprint, and one that takes many.
JUMPS: Final = frozenset(["jump", "jumps", "jumped", "jumping", "surged"])
MOVING: Final = frozenset(
    ["drift", "rising", "increasing", "growing", "climbing", "falling", "dropping", "declining", "decreasing",
     "shrinking",
     "changing", "moving", "improving", "worsening", "going up", "going down", "on the rise", "on its way", "drifted",
     "drifting"]
)  # fmt: skip
#: Says that a move goes on.
ONGOING: Final = frozenset(["keep", "keeps", "kept", "keeping", "still"])
PLACES: Final[Mapping[str, str]] = MappingProxyType(
    {"above": "above", "below": "below", "inside": "inside",
     "without leaving its usual": "inside", "without leaving the usual": "inside", "within": "inside",
     "outside": "outside",
     "beyond": "outside", "over": "above", "under": "below", "exceed": "above", "exceeds": "above",
     "exceeded": "above"}
    | dict.fromkeys(
        [f"{fit} {whose} usual" for fit in ("fit", "fits", "fit in", "fit into") for whose in ("the", "its", "your")],
        "inside",
    )
)  # fmt: skip
#: Apart from what is named after it: what follows is said of the rest.
APART: Final = frozenset(
    [
        "apart from",
        "aside from",
        "except for",
        "except",
        "other than",
        "beyond these",
        "besides these",
        "apart from these",
    ]
)
