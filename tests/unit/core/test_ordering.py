"""The order of undated sprints as their names tell it; every expectation is written by hand, oldest first."""

from __future__ import annotations

import random

import pytest

from hansei.core.metrics import SprintMetrics, in_time_order
from hansei.core.ordering import told_by_names

MONTHS_OF = {
    "en": "January February March April May June July August September October November December",
    "en, cut": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
}


def ordered(names: list[str]) -> list[str] | None:
    told = told_by_names(names)
    return None if told is None else [names[at] for at in told]


@pytest.mark.parametrize("months", MONTHS_OF.values(), ids=MONTHS_OF.keys())
@pytest.mark.parametrize("form", ["{} 2025", "{}", "{}-2025", "Sprint {} 2025"])
def test_months_follow_each_other_as_in_the_year(months: str, form: str) -> None:
    names = [form.format(month) for month in months.split()]
    assert ordered(names) == names
    assert ordered(names[::-1]) == names
    stored = [SprintMetrics(name, name) for name in names]
    random.Random(7).shuffle(stored)
    assert [s.name for s in in_time_order(stored)] == names


@pytest.mark.parametrize(
    "names",
    [
        "Q3 2024,Q4 2024,Q1 2025",
        "Q3/24,Q4/24,Q1/25",
        "2024-Q4,2025-Q1",
        "Q4 2024 Sprint 1,Q4 2024 Sprint 2,Q1 2025 Sprint 1",
        "2024-W50,2024-W52,2025-W02",
        "KW 50/2024,KW 52/2024,KW 2/2025",
        "06.01.2025,20.01.2025,03.02.2025",
        "30.12.24 - 10.01.25,13.01.25 - 24.01.25,27.01.25 - 07.02.25",
        "2024-12-30,2025-01-13",
        "Dec 30 2024,Jan 13 2025",
        "13 de janeiro de 2025,10 de fevereiro de 2025",
        "S9,Sprint 10,S11,Sprint #12",
        "HER Sprint 35,HER Sprint 36,HER Sprint 41",
        "Sprint 31 (Jan 2025),Sprint 32 (Jan 2025),Sprint 33 (Feb 2025)",
        "Sprint 9 - Jan,Sprint 10 - Jan,Sprint 11 - Feb",
        "Sprint 99,Sprint 100",
        "PI 3.1,PI 3.2,PI 4.1",
        "A,B,C",
    ],
)
def test_names_that_tell_the_order_keep_it_without_dates(names: str) -> None:
    right = names.split(",")
    assert ordered(right) == right
    assert ordered(right[::-1]) == right
    assert [s.name for s in in_time_order(SprintMetrics(n, n) for n in right[::-1])] == right


@pytest.mark.parametrize(
    "names",
    [
        "KW 50,KW 52,KW 2",
        "Week 50,Week 52,Week 2",
        "KW 50/51,KW 52/01,KW 02/03",
        "Oct,Nov,Dec,Jan,Feb",
        "Q3,Q4,Q1",
        "Jan 6 - Jan 17,Jan 20 - Jan 31,Feb 3 - Feb 14",
        "16.12. - 27.12.,6.1. - 17.1.,20.1. - 31.1.",
        "Sprint 25/24,Sprint 26/24,Sprint 1/25",
        "25/24,26/24,1/25",
        "06/01/2025,20/01/2025,03/02/2025",
        "12/22/2024,01/06/2025,01/20/2025",
        "Mercury 1,Venus 2,Earth 3,Mars 4",
        "Login (S12),Checkout (S13)",
    ],
)
def test_names_and_rows_together_tell_the_order(names: str) -> None:
    right = names.split(",")
    assert ordered(right) == right
    assert ordered(right[::-1]) == right


@pytest.mark.parametrize(
    "names",
    [
        "Venus,Mars,Earth",
        "Venus,Mars",
        "Earth,Mars,Venus",
        "Sprint 25,Sprint 26,Sprint 1,Sprint 2",  # of two years, or in no order
        "Sprint 2,Sprint 1,Sprint 26,Sprint 25",
        "Jan,Jul,Feb",
        "Q1,Q3",
        "KW 2,KW 50,KW 51",
        "Release 1.10.20,Release 1.11.18",  # no days of 2020 and 2018
        "Sprint 1,Hardening,Sprint 2",
        "Venus 3,Mars 1,Earth 2",
        "Mars,Mars",
    ],
)
def test_where_neither_tells_nothing_is_guessed(names: str) -> None:
    assert told_by_names(names.split(",")) is None


def test_rows_in_no_order_are_put_in_that_of_their_one_number() -> None:
    assert ordered(["Sprint 11", "Sprint 9", "Sprint 10"]) == ["Sprint 9", "Sprint 10", "Sprint 11"]
    assert ordered(["Mar 2025", "Jan 2025", "Feb 2025"]) == ["Jan 2025", "Feb 2025", "Mar 2025"]
