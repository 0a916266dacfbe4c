"""Values held briefly: equal to the mapping they came from, in every way that a reader could tell."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hansei.core.compact import Compact, Compactor, plain

NUMBERS = st.one_of(st.floats(allow_nan=False), st.integers(-9, 9))


@given(st.dictionaries(st.text(), NUMBERS, min_size=40, max_size=60))
def test_a_compact_mapping_is_the_mapping_that_it_came_from(values: dict[str, float]) -> None:
    compact = Compactor()
    found = compact(values)
    assert isinstance(found, Compact)
    assert found == values
    assert values == found
    assert dict(found) == values
    assert [*map(repr, found.items())] == [*map(repr, values.items())]  # 1 stays 1, and 1.0 stays 1.0
    assert {**found, "more": 1.0} == {**values, "more": 1.0}
    assert found == compact(dict(values))
    assert found == Compactor()(dict(values))
    first = next(iter(values))
    assert found != compact({**values, first: values[first] + 1 if abs(values[first]) < 1e9 else 0.0})
    assert found != {k: v for k, v in values.items() if k != first}


def test_few_values_stay_as_they_are() -> None:
    few = {"a": 1.0}
    assert Compactor()(few) is few


@given(st.dictionaries(st.text(), NUMBERS, min_size=40, max_size=60))
def test_a_plain_dictionary_of_values_is_equal_and_a_new_one(values: dict[str, float]) -> None:
    found = Compactor()(values)
    for one in (values, found):
        made = plain(one)
        assert type(made) is dict
        assert [*map(repr, made.items())] == [*map(repr, values.items())]
        made.clear()
        assert plain(one) == values
