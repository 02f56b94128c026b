from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualface.decode.timestamps import PacketTimes, TimestampRepair

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


def test_slight_disorder_costs_no_more_than_the_frames_in_it() -> None:
    """A fifth of a second is the border; what comes after is as the source has it."""
    assert repair([0, 40, 80, 60, 120]) == ([0, 40, 80, 81, 120], 1)
    assert repair([1000, 801, 1040]) == ([1000, 1001, 1040], 1)


def test_a_wild_step_back_follows_the_frame_before_and_moves_no_other() -> None:
    assert repair([1000, 800, 1080]) == ([1000, 1040, 1080], 1)
    assert repair([5000, 5040, -900, 5120], [0, 30, 0, 0]) == ([5000, 5040, 5070, 5120], 1)


def test_times_that_stay_behind_are_filled_in_until_they_have_caught_up() -> None:
    assert repair([5000, 0, 40, 5090, 5130]) == ([5000, 5040, 5080, 5090, 5130], 2)


@pytest.mark.parametrize(
    ("fps", "base", "step"), [(Fraction(30000, 1001), Fraction(1, 90000), 3003), (Fraction(60), Fraction(1), 1)]
)
def test_what_a_frame_usually_lasts(fps: Fraction, base: Fraction, step: int) -> None:
    clock = TimestampRepair(base, fps, 0)
    assert [clock.stamp(None, 0).pts for _ in range(3)] == [0, step, 2 * step]


def test_durations_are_handed_on() -> None:
    clock = TimestampRepair(TIME_BASE, Fraction(25), 0)
    assert [clock.stamp(pts, duration) for pts, duration in ((0, 40), (40, -1), (None, 20))] == [(0, 40), (40, 0), (80, 20)]


def test_frames_of_avi_get_the_times_of_the_packets_that_many_before() -> None:
    times = PacketTimes()
    shown = []
    for dts in (0, 1, 2, None, 3, 4):
        times.send(dts)
        shown.append(times.receive(dts, 2))
    assert shown == [0, 0, 0, 1, 1, 2]
    assert [times.receive(None, 2) for _ in range(3)] == [3, 4, None]


def test_packets_that_gave_no_frame_leave_a_gap() -> None:
    times = PacketTimes()
    for dts in range(6):
        times.send(dts)
    assert [times.receive(2, 0), times.receive(3, 0), times.receive(5, 0)] == [2, 3, 5]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.none() | st.integers(-(10**6), 10**6)))
def test_timestamps_always_increase(pts: list[int | None]) -> None:
    assert all(earlier < later for earlier, later in pairwise(repair(pts)[0]))


@settings(max_examples=40, deadline=None)
@given(st.sets(st.integers(-(10**9), 10**9)))
def test_increasing_timestamps_are_never_changed(pts: set[int]) -> None:
    assert repair(sorted(pts)) == (sorted(pts), 0)
