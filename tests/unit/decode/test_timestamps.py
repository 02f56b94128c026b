from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from dualface.decode.timestamps import TimestampRepair

TIME_BASE = Fraction(1, 1000)


def repair(
    pts: Sequence[int | None], durations: Sequence[int] | None = None, start: int | None = None
) -> tuple[list[int], int]:
    clock = TimestampRepair(TIME_BASE, Fraction(25), start)
    stamps = [clock.stamp(each, duration) for each, duration in zip(pts, durations or [0] * len(pts), strict=True)]
    return [stamp.pts for stamp in stamps], clock.repaired


def test_uneven_timestamps_are_copied() -> None:
    assert repair([-5, 0, 40, 41, 900]) == ([-5, 0, 40, 41, 900], 0)


def test_a_missing_timestamp_follows_the_frame_before() -> None:
    assert repair([0, None, 80]) == ([0, 40, 80], 1)
    assert repair([0, None, 80], [25, 0, 0]) == ([0, 25, 80], 1)


def test_a_missing_first_timestamp_is_the_streams_start() -> None:
    assert repair([None, None], start=700) == ([700, 740], 2)
    assert repair([None], start=None) == ([0], 1)


def test_a_repeated_timestamp_becomes_the_next_possible() -> None:
    assert repair([0, 40, 40, 40, 80]) == ([0, 40, 41, 42, 80], 2)


def test_a_clock_that_starts_anew_goes_on_without_a_gap() -> None:
    assert repair([5000, 5040, 0, 40, 80]) == ([5000, 5040, 5080, 5120, 5160], 3)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.none() | st.integers(-(10**6), 10**6)))
def test_timestamps_always_increase(pts: list[int | None]) -> None:
    assert all(earlier < later for earlier, later in pairwise(repair(pts)[0]))


@settings(max_examples=40, deadline=None)
@given(st.sets(st.integers(-(10**9), 10**9)))
def test_increasing_timestamps_are_never_changed(pts: set[int]) -> None:
    assert repair(sorted(pts)) == (sorted(pts), 0)
