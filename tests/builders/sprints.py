"""Any sprints that may be stored, for property tests."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from hansei.core.metrics import MAX_VALUE, NOTES, REGISTRY, SIZES, SprintMetrics

UNSEEN = "\u115f\u1160\u17b4\u17b5\u2065\u3164"
"""What nobody sees although Unicode does not call it a mark of format."""
#: The days that any door takes; nothing else is stored, so nothing else is written.
DAYS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 12, 31)).map(  # noqa: DTZ001 - made aware in the next line
    lambda d: d.replace(microsecond=d.microsecond // 1000 * 1000, tzinfo=UTC)
)
#: Marks that nobody sees are left out at every door, but for those that join letters.
NAMES = (
    st.text(st.characters(exclude_categories=("Cc", "Cs", "Cf"), exclude_characters=UNSEEN), min_size=1, max_size=20)
    | st.sampled_from(["Total", "n/a", "-", "=1+1", "'=x", "''", "'", "a;b,c\"d", "@home", "Sprint 9", "series:x",
                       "x" * 100, "sprint_id", "🚀", "left\u2028right", "क्\u200dष 1"])
).map(str.strip).filter(bool)  # fmt: skip
EXTRA = st.from_regex(r"[A-Za-z][A-Za-z0-9_.\-]{0,20}", fullmatch=True).filter(
    lambda n: n.lower() not in REGISTRY and not any(n.lower() in m.aliases for m in REGISTRY.values())
)


@st.composite
def sprint(draw: st.DrawFn, sprint_id: str) -> SprintMetrics:
    """Return a sprint with this id."""
    start, end = sorted((draw(DAYS), draw(DAYS)))
    noted = draw(st.sets(st.sampled_from(NOTES)))
    values: dict[str, float] = {}
    for name in draw(
        st.lists(st.sampled_from([m for m in REGISTRY.values() if m.family != "composition"]), max_size=6)
    ):
        values[name.name] = draw(st.floats(0, name.upper or MAX_VALUE))
    return SprintMetrics(
        sprint_id=sprint_id,
        name=draw(NAMES),
        start=draw(st.sampled_from([None, start])),
        end=draw(st.sampled_from([None, end])),
        values=values,
        sizes=draw(st.none() | st.dictionaries(st.sampled_from(SIZES), st.integers(0, 10**9), min_size=1)),
        extra=draw(st.dictionaries(EXTRA, st.floats(-MAX_VALUE, MAX_VALUE), max_size=3)),
        provisional=draw(st.booleans()),
        notes=tuple(n for n in NOTES if n in noted),
        left_out=draw(st.booleans()),
        assumed=draw(st.booleans()),
    )


#: Some sprints of one team.
SOME = st.lists(NAMES, min_size=1, max_size=6, unique=True).flatmap(lambda ids: st.tuples(*map(sprint, ids)))
