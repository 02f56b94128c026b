from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import strategies as st

from dualface.film_clock import UNCHANGED, FilmClock, Restart

TWICE = FilmClock((Restart(1000, Fraction(1), Fraction(8)), Restart(2000, Fraction(1), Fraction(16))))
"""Three recordings from 1 s to 9 s."""
JUMPED = FilmClock((Restart(1000, Fraction(5000), Fraction(-4990)),))
"""From 10 s on the source's clock shows 5000 s."""


def test_a_clock_that_is_not_changed() -> None:
    assert UNCHANGED.shift_at(12345) == 0
    assert list(UNCHANGED.shifts_near(12345)) == [0]
    assert UNCHANGED.joint_after(0) is None
    assert UNCHANGED.film_time(Fraction(7)) == 7


@pytest.mark.parametrize(
    ("position", "shift", "near", "joint"),
    [
        (0, 0, (0, 8), 9),
        (999, 0, (0, 8), 9),
        (1000, 8, (8, 0, 16), 17),
        (1999, 8, (8, 0, 16), 17),
        (2000, 16, (16, 8), None),
        (10**12, 16, (16, 8), None),
    ],
)
def test_what_is_added_by_the_place_in_the_file(position: int, shift: int, near: tuple[int, ...], joint: int | None) -> None:
    assert TWICE.shift_at(position) == shift
    assert list(TWICE.shifts_near(position)) == list(near)
    assert TWICE.joint_after(position) == joint


def test_times_that_lie_nowhere_in_the_file() -> None:
    assert [TWICE.film_time(Fraction(n)) for n in (0, 1, 5, 8)] == [0, 1, 5, 8]  # the first of three
    assert [JUMPED.film_time(Fraction(n)) for n in (0, 9, 5000, 5010)] == [0, 9, 10, 20]
    assert JUMPED.film_time(Fraction(3000)) == 10  # while the clock leapt


restarts = st.lists(
    st.builds(Restart, st.integers(0, 2**60), st.fractions(-(10**6), 10**6), st.fractions(-(10**6), 10**6)), max_size=4
)
