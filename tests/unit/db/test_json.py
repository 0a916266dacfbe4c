"""What is stored as JSON is JSON, and is read back as it was."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansei.db.session import dumps, loads

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)


@given(st.dictionaries(NAMES, st.floats(allow_nan=False, allow_infinity=False), max_size=8))
def test_numbers_by_name_are_read_back_as_they_were(values: dict[str, float]) -> None:
    assert [*map(repr, json.loads(dumps(values)).items())] == [*map(repr, values.items())]


@given(st.dictionaries(NAMES, st.floats() | st.integers(-9, 9) | st.none() | NAMES, max_size=8))
def test_anything_else_is_read_back_as_well_and_what_is_no_number_is_refused(
    values: dict[str, object],
) -> None:
    if any(isinstance(v, float) and not math.isfinite(v) for v in values.values()):
        with pytest.raises(ValueError, match="not JSON compliant"):
            dumps(values)
    else:
        assert [*map(repr, json.loads(dumps(values)).items())] == [*map(repr, values.items())]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | NAMES,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
        max_leaves=12,
    )
)
def test_lists_in_lists_are_read_back_as_they_were_by_the_reader_in_use(value: object) -> None:
    assert repr(loads(dumps(value))) == repr(json.loads(dumps(value))) == repr(value)


def test_a_text_may_hold_the_words_that_are_no_numbers() -> None:
    assert json.loads(dumps(["NaN", {"-Infinity": "NaN"}])) == ["NaN", {"-Infinity": "NaN"}]


def test_what_is_nested_deep_or_holds_half_of_a_character_is_read_all_the_same() -> None:
    deep: list[object] = []
    for _ in range(300):
        deep = [deep]
    assert repr(loads(dumps(deep))) == repr(deep)
    assert loads(r'"half \ud83d"') == "half \ud83d"
