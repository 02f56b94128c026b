"""Moves timestamps from the source's clock to the output's without touching their relation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

_LONGEST_PRIMING_SECONDS = Fraction(1, 10)
_LARGEST_TIMESCALE = 2**31 - 1


def common_origin(video_start: Fraction, sound_starts: Sequence[Fraction], time_bases: Sequence[Fraction]) -> Fraction:
    """The source time, in seconds, that becomes 0 in the output.

    That is where the earliest stream begins (clocks such as MPEG-TS's start anywhere), rounded down to a time that every one of
    ``time_bases`` expresses exactly, so that shifting by it rounds nothing.  Sound that begins just before 0 is an encoder's
    priming, which containers hide by themselves.
    """
    heard = [Fraction(0) if -_LONGEST_PRIMING_SECONDS < start < 0 else start for start in sound_starts]
    earliest = min([video_start, *heard])
    step = Fraction(math.lcm(*(base.numerator for base in time_bases)), math.gcd(*(base.denominator for base in time_bases)))
    return earliest // step * step


def exact_timescale(time_bases: Sequence[Fraction]) -> int:
    """A number of ticks a second that expresses every one of ``time_bases`` exactly, where an MP4 can hold it."""
    scale = math.lcm(*(base.denominator for base in time_bases))
    return scale if scale <= _LARGEST_TIMESCALE else min(max(base.denominator for base in time_bases), _LARGEST_TIMESCALE)


class SampleClock:
    """Places copied sound packets on a clock of samples.

    Containers with coarse clocks (Matroska: 1 ms) round the start of every packet; packets that follow each other within that
    rounding are placed without gaps.
    """

    def __init__(self, rate: int, samples_per_packet: int) -> None:
        self._rate, self._samples = rate, samples_per_packet
        self._next: int | None = None

    def place(self, start: Fraction | None, tick: Fraction) -> int:
        """The sample where a packet begins that the source has at ``start`` seconds (or ``None``), give or take ``tick``."""
        expected, rounding = self._next, tick * self._rate
        exact = None if start is None else start * self._rate
        if exact is None:
            sample = expected or 0
        elif expected is not None and self._samples and rounding > 1 and abs(expected - exact) <= rounding:
            sample = expected
        else:
            sample = round(exact)
        self._next = sample + self._samples
        return sample
