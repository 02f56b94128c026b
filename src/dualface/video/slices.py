"""How a long film is divided among several workers: slices to be seen, which overlap, and slices to be made."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from dualface.config.schema import Config

_MOST_SECONDS = 240.0
"""What a worker that is lost has to see anew, at most."""
_MOST_TURNS, _SHORTER = 3, 0.4
"""Slices are made in so many turns at most, so that no worker waits long for another; they don't overlap, so they may be this
much shorter than those that are seen."""
_SETTLES_SECONDS = 2.0
"""How long it takes until what a slice is seen with (cuts, looks now and then, bars) no longer depends on where it began."""
_AFTER_SECONDS = 1.0


def seen_slices(seconds: float, workers: int, least: float) -> list[Fraction]:
    """When each slice that is seen begins, in seconds from the film's first picture; none is shorter than ``least``."""
    most = math.floor(seconds / least)
    wanted = workers * math.ceil(seconds / _MOST_SECONDS / workers)
    count = max(min(wanted, most), 1)
    return [Fraction(round(1000 * seconds * k / count), 1000) for k in range(count)]


def overlap(config: Config) -> tuple[Fraction, Fraction]:
    """For how many seconds a slice is seen before it begins, and after it ends.

    Before: as long as a track that is out of sight is remembered, and until nothing depends on where it began.  After: as far
    as people are looked ahead for.
    """
    ahead = config.processing.lookahead_seconds
    before = config.tracking.lost_seconds + ahead + _SETTLES_SECONDS
    return Fraction(round(1000 * before), 1000), Fraction(round(1000 * (ahead + _AFTER_SECONDS)), 1000)


def made_slices(frames: int, seconds: float, workers: int, least: float) -> list[range]:
    """The frames of each slice that is made: all, each once, as many for each worker; ``least`` as for :func:`seen_slices`."""
    most = math.floor(seconds / (_SHORTER * least))
    turns = min(most // workers, _MOST_TURNS)
    count = max(min(workers * turns if turns else most, frames), 1)
    return [range(a, b) for a, b in pairwise(round(frames * k / count) for k in range(count + 1))]


def hand_overs(starts: Sequence[Fraction], first: float) -> list[float]:
    """When each slice but the first goes on for the one before, on the source's clock; ``first``: the first frame's time."""
    return [first + float(start) for start in starts[1:]]
