"""Times and rates as people write them become exact numbers, or a sentence."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualface.config.times import FilmTime, clock, parse_rate, parse_time, seconds_of

NTSC = Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("90", 90),
        ("90.5", Fraction(181, 2)),
        (".5", Fraction(1, 2)),
        ("90,25", Fraction(361, 4)),
        ("1:30", 90),
        ("75:00", 4500),
        ("00:01:30.250", Fraction(361, 4)),
        ("101:00:00", 363600),
        (" 1:30 ", 90),
    ],
)
def test_times_are_exact(text: str, seconds: Fraction) -> None:
    assert parse_time(text) == FilmTime(Fraction(seconds))


@pytest.mark.parametrize(
    "text", ["", ".", "-5", "1:75", "1:61:00", "1:2:3:4", "00:00:60:00", "ten", "1e3", "1:30:", "nan", "90s"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no time"):
        parse_time(text)


@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59), st.integers(0, 24))
def test_a_timecode_counts_frames(hours: int, minutes: int, seconds: int, frames: int) -> None:
    time = parse_time(f"{hours:02}:{minutes:02}:{seconds:02}:{frames:02}")
    assert seconds_of(time, Fraction(25)) == hours * 3600 + minutes * 60 + seconds + Fraction(frames, 25)


def test_timecodes_at_ntsc_rates_count_frames_not_seconds() -> None:
    """An hour of timecode without drops lasts 3.6 s longer than an hour; with them, a thirtieth of a second more or less."""
    assert seconds_of(parse_time("01:00:00:00"), NTSC) == 108000 / NTSC
    assert abs(seconds_of(parse_time("01:00:00;00"), NTSC) - 3600) < Fraction(1, 30) * 2
    assert seconds_of(parse_time("00:01:00;02"), NTSC) == 1800 / NTSC
    assert seconds_of(parse_time("00:10:00;00"), NTSC) == 17982 / NTSC
    assert seconds_of(parse_time("00:01:00;04"), 2 * NTSC) == 3600 / (2 * NTSC)


def test_a_films_own_timecode_is_where_counting_begins() -> None:
    first = parse_time("10:00:00:00")
    assert seconds_of(parse_time("10:00:02:05"), Fraction(25), first) == Fraction(11, 5)
    assert seconds_of(parse_time("2"), Fraction(25), first) == 2, "plain times count from the first picture"
    with pytest.raises(ValueError, match="before the film's own timecode begins"):
        seconds_of(parse_time("00:00:02:05"), Fraction(25), first)


def test_a_frame_that_the_rate_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="there are 25 frames a second"):
        seconds_of(parse_time("00:00:01:25"), Fraction(25))


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("25", Fraction(25)),
        ("24.0", Fraction(24)),
        ("12.5", Fraction(25, 2)),
        ("23.98", Fraction(24000, 1001)),
        ("23.976", Fraction(24000, 1001)),
        ("29.97", NTSC),
        ("59.94", 2 * NTSC),
        ("30000/1001", NTSC),
        ("240", Fraction(240)),
    ],
)
def test_rates_are_those_that_are_meant(text: str, rate: Fraction) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["", "0", "1/0", "-25", "241", "0.05", "25fps", "30000/1001/2", "inf"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is (no rate|out of range)"):
        parse_rate(text)


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00.0"), (7.24, "0:07.2"), (59.96, "1:00.0"), (3723.5, "1:02:03.5")])
def test_times_are_written_as_they_are_read(seconds: float, text: str) -> None:
    assert clock(seconds) == text
    assert abs(float(parse_time(text).seconds) - seconds) <= 0.05
