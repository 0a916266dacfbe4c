"""What is stored as JSON is JSON, and is read back as it was."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansei.db.session import dumps

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
