from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualface.render.mux.timing import SampleClock, common_origin, exact_timescale

BASES = [
    Fraction(1, 90000),
    Fraction(1, 48000),
    Fraction(1, 44100),
    Fraction(1, 1000),
    Fraction(1001, 30000),
    Fraction(1, 15360),
]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(BASES), min_size=1, max_size=4),
    st.integers(-(10**7), 10**12),
    st.lists(st.integers(-2000, 10**9), max_size=3),
)
def test_the_origin_rounds_nothing_and_hides_no_picture(bases: list[Fraction], video: int, sound: list[int]) -> None:
    start = video * bases[0]
    sounds = [stamp * base for stamp, base in zip(sound, bases[1:], strict=False)]
    origin = common_origin(start, sounds, bases)
    assert all((origin / base).denominator == 1 for base in bases)
    assert origin <= start
    assert all(origin <= max(sound, Fraction(0)) for sound in sounds)


def test_clocks_that_start_anywhere_start_at_zero() -> None:
    base = Fraction(1, 90000)
    assert common_origin(Fraction(1_290_000, 90000), [Fraction(1_287_000, 90000)], [base, base]) == Fraction(1_287_000, 90000)


def test_priming_before_zero_moves_nothing() -> None:
    assert common_origin(Fraction(0), [Fraction(-1024, 48000)], [Fraction(1, 15360), Fraction(1, 48000)]) == 0


def test_video_alone() -> None:
    assert common_origin(Fraction(7, 25), [], [Fraction(1, 25)]) == Fraction(7, 25)


def test_the_time_scale_expresses_every_clock() -> None:
    assert exact_timescale([Fraction(1, 90000), Fraction(1, 48000)]) == 720000
    assert exact_timescale([Fraction(1001, 30000)]) == 30000


def test_a_time_scale_that_mp4_cannot_hold_is_the_finest_clock() -> None:
    assert exact_timescale([Fraction(1, 10**9), Fraction(1, 44100)]) == 10**9


@pytest.mark.parametrize("rate", [44100, 48000])
def test_packets_rounded_to_milliseconds_follow_each_other_without_gaps(rate: int) -> None:
    clock, tick = SampleClock(rate, 1024), Fraction(1, 1000)
    starts = [round(Fraction(n * 1024, rate) / tick) * tick for n in range(500)]
    assert [clock.place(start, tick) for start in starts] == [n * 1024 for n in range(500)]


def test_an_exact_clock_is_believed_to_the_sample() -> None:
    clock, tick = SampleClock(48000, 1024), Fraction(1, 48000)
    assert [clock.place(sample * tick, tick) for sample in (0, 1025, 2048)] == [0, 1025, 2048]


def test_a_real_gap_stays() -> None:
    clock, tick = SampleClock(48000, 1024), Fraction(1, 1000)
    assert [clock.place(Fraction(ms, 1000), tick) for ms in (0, 21, 500, 521)] == [0, 1024, 24000, 25024]


def test_packets_of_unknown_length_lie_where_the_source_says() -> None:
    clock = SampleClock(48000, 0)
    assert [clock.place(Fraction(ms, 1000), Fraction(1, 1000)) for ms in (0, 10, 21)] == [0, 480, 1008]


def test_a_packet_without_a_timestamp_follows_the_one_before() -> None:
    clock = SampleClock(48000, 1024)
    assert [clock.place(start, Fraction(1, 48000)) for start in (Fraction(1), None, None)] == [48000, 49024, 50048]
