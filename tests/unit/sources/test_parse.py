"""Whatever a source sends, each row is read, refused with a reason, or counted as sent twice."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from hansei.core.metrics import HEADER, REGISTRY, SprintMetrics
from hansei.core.ports import Fetched
from hansei.sources.metrics_api.parse import Malformed, read_page, to_row
from hansei.sources.rows import gather, most_recent, not_numbers

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=20,
)
ROW = st.dictionaries(
    st.sampled_from([*HEADER, *REGISTRY, "velocity", "extra_series"]) | st.text(max_size=8), JSON, max_size=8
)
MOMENT = st.integers(946_684_800, 4_102_444_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
NUMBER = st.floats(0, 10, allow_nan=False)
SPRINT = st.builds(
    SprintMetrics,
    sprint_id=st.text(st.characters(categories=("L", "N", "So")), min_size=1, max_size=20),
    name=st.text(st.characters(categories=("L", "N", "So")), min_size=1, max_size=20),
    end=st.none() | MOMENT,
    values=st.dictionaries(
        st.sampled_from([m.name for m in REGISTRY.values() if m.family != "composition"]), NUMBER, max_size=5
    ),
    sizes=st.none() | st.fixed_dictionaries({"small": st.integers(0, 9), "large": st.integers(0, 9)}),
    extra=st.dictionaries(st.from_regex(r"x_[a-z]{1,8}", fullmatch=True), NUMBER, max_size=3),
)


def through(items: list[object]) -> Fetched:
    page = read_page(json.dumps(items).encode())
    return gather(to_row(number, item) for number, item in enumerate(page.items))


@given(st.lists(ROW | JSON, max_size=6))
def test_every_row_is_answered_for(items: list[object]) -> None:
    fetched = through(items)
    twice = [int(note.split()[0]) for note in fetched.notes if "counted once" in note]
    assert len(fetched.sprints) + len(fetched.rejected) + sum(twice) == len(items)
    for refused in fetched.rejected:
        assert refused.reason.endswith((".", ")"))
        assert (refused.sprint_id or "").isprintable()
    json.dumps([(r.sprint_id, r.reason) for r in fetched.rejected], ensure_ascii=False)
    assert all(len(name) <= 80 for name in not_numbers(items)[0])


@given(st.lists(SPRINT, max_size=6, unique_by=lambda s: s.sprint_id))
def test_what_is_written_is_read_back(sprints: list[SprintMetrics]) -> None:
    fetched = through([s.to_payload() for s in sprints])
    assert list(fetched.sprints) == sprints
    assert fetched.rejected == ()


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_answer_is_a_page_or_malformed(body: bytes) -> None:
    try:
        page = read_page(body)
    except Malformed as error:
        said = str(error)
        assert said.startswith("answered with ")
    else:
        assert page.values >= 1


def test_the_most_recent_by_date_not_by_place() -> None:
    sprints = [SprintMetrics(str(day), "S", end=datetime(2026, 1, day, tzinfo=UTC)) for day in (9, 30, 2, 16)]
    assert [s.sprint_id for s in most_recent(sprints, 2)] == ["16", "30"]
    assert [s.sprint_id for s in most_recent(sprints, 99)] == ["2", "9", "16", "30"]
