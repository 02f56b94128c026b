"""Moments that people name, and the pictures that they mean."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from dualface.corrections import Instant
from dualface.direct.corrected.timeline import Timeline

NTSC = Fraction(30000, 1001)


def timeline(first: str = "", fps: Fraction = NTSC) -> Timeline:
    return Timeline([float(n / fps) for n in range(3000)], fps, first)


@settings(deadline=None)
@given(st.integers(0, 2999))
def test_a_picture_is_found_by_its_time_in_milliseconds(n: int) -> None:
    assert timeline().at(Instant(round(n / float(NTSC), 3))) == n


def test_a_picture_is_shown_until_the_next_one() -> None:
    assert timeline().at(Instant(1.02)) == 30
    assert timeline().at(Instant(10**4)) == 2999


def test_timecodes_begin_where_the_films_does() -> None:
    assert timeline().at(Instant(timecode="00:00:01:05")) == 35
    assert timeline("10:00:00:00").at(Instant(timecode="10:00:01:05")) == 35
    assert timeline("09:59:59;28").at(Instant(timecode="10:00:00;02")) == 4, "drop-frame; every tenth minute drops nothing"
    assert timeline("10:00:00:00").at(Instant(timecode="00:00:01:05")) == 0
    assert timeline("nonsense").at(Instant(timecode="00:00:01:05")) == 35


def test_a_span_ends_before_its_end() -> None:
    times = timeline()
    assert times.span(Instant(frame=3), Instant(frame=7)) == range(3, 7)
    assert times.span(None, Instant(1.0)) == range(29), "of which picture 29 is shown at 1 s"
    assert times.span(Instant(99.0), None) == range(2967, 3000)
    assert times.span(None, Instant(10**4)) == range(3000)
