"""Which pictures of a film a person means who names moments."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction
from typing import Self

from dualface.config.times import FilmTime, parse_time, seconds_of
from dualface.corrections import Instant
from dualface.types import Observation

_ROUNDED_SECONDS = 0.0006
"""Moments may be given in whole milliseconds, a little before the picture that they mean."""


class Timeline:
    """``times``: when each picture is shown, in seconds from the first one, rising.

    For moments that are timecodes: ``fps`` is the nominal rate, 0 where there is none, ``first`` the first picture's timecode.
    """

    def __init__(self, times: Sequence[float], fps: Fraction, first: str = "") -> None:
        self.times, self._fps = times, fps or Fraction(30)
        self._first = _timecode(first)

    @classmethod
    def of(cls, observations: Sequence[Observation], fps: Fraction, first: str = "") -> Self:
        """The timeline of everything that was observed."""
        start = observations[0].time if observations else 0.0
        return cls([one.time - start for one in observations], fps, first)

    def at(self, instant: Instant) -> int:
        """The picture that is shown then: the last one of those that have begun; 0 before the first."""
        if instant.frame is not None:
            return min(instant.frame, len(self.times))
        seconds = instant.seconds
        if seconds is None:
            seconds = float(self._seconds(instant.timecode))
        return max(bisect_right(self.times, seconds + _ROUNDED_SECONDS) - 1, 0)

    def span(self, start: Instant | None, end: Instant | None) -> range:
        """The pictures from ``start`` to before ``end``."""
        return range(self._edge(start) if start is not None else 0, self._edge(end) if end is not None else len(self.times))

    def _edge(self, instant: Instant) -> int:
        """As :meth:`at`, but after the last picture is the film's end."""
        times, at = self.times, self.at(instant)
        last = times[-1] - times[-2] if len(times) > 1 else 0.0
        past = instant.seconds is not None and times and instant.seconds >= times[-1] + last - _ROUNDED_SECONDS
        return len(times) if past else at

    def _seconds(self, timecode: str) -> Fraction:
        time = parse_time(timecode)
        try:
            return seconds_of(time, self._fps, self._first)
        except ValueError:  # a frame that this rate does not have, or before the first: the nearest there is
            return time.seconds if self._first is None else Fraction(0)


def _timecode(text: str) -> FilmTime | None:
    try:
        return parse_time(text) if text else None
    except ValueError:
        return None
