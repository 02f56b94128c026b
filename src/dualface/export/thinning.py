"""Fewer keyframes: only those that straight lines between the others would miss by half a pixel."""

from __future__ import annotations

import numpy as np

from dualface.types import F64Array

TOLERANCE = 0.5
"""In pixels of the film, and of the source."""


def thinned(places: F64Array, tolerance: float = TOLERANCE) -> list[int]:
    """The rows of a motion to keep, the first and the last among them, so that the others follow by linear interpolation.

    ``places`` is float64, shape (frames, 7): scale, x and y of the source on the canvas; left, top, right and bottom of the
    part that is to be seen, in source pixels.  Source: Douglas & Peucker, "Algorithms for the reduction of the number of points
    required to represent a digitized line or its caricature" (1973), on a series in time: a frame's distance from the line is
    how far the picture is off in it.
    """
    kept, waiting = {0, len(places) - 1}, [(0, len(places) - 1)]
    while waiting:
        first, last = waiting.pop()
        if last - first < 2:
            continue
        off = _off(places[first : last + 1])
        worst = int(np.argmax(off))
        if off[worst] > tolerance:
            kept.add(first + worst)
            waiting += [(first, first + worst), (first + worst, last)]
    return sorted(kept)


def _off(places: F64Array) -> F64Array:
    """How many pixels a straight line between the ends is off in each frame, float64, shape (frames,).

    What is seen at the edges of the visible part, and where those edges are; on the canvas, and in the source.
    """
    shares = np.linspace(0.0, 1.0, len(places))[:, None]
    straight = places[0] + (places[-1] - places[0]) * shares
    scale, moved = places[:, :1], straight[:, :1]
    corner, corner_moved = places[:, [1, 2, 1, 2]], straight[:, [1, 2, 1, 2]]
    there = corner + scale * places[:, 3:]
    shown_at = corner_moved + moved * places[:, 3:]
    ends_at = corner_moved + moved * straight[:, 3:]
    off = np.maximum(np.abs(shown_at - there), np.abs(ends_at - there)).max(1)
    result: F64Array = off * np.maximum(1.0, 1.0 / places[:, 0])
    return result
