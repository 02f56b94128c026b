"""Plans on a constant rate, as editing programs conform everything to.

A source's own rate is taken where editors work at it, else the smallest multiple at which they do; of frames of uneven length,
those are taken that are shown in the middle of each frame of the constant rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from math import log

import numpy as np

from dualface.types import FramePlan

EDITED = tuple(
    sorted({Fraction(n * 1000, 1001) for n in (24, 30, 48, 60, 120)} | set(map(Fraction, (24, 25, 30, 48, 50, 60, 100, 120))))
)
"""Rates that editing programs work at, in frames a second."""
_NEAR = 2e-4
_MOST_TIMES = 12


def edited_rate(fps: Fraction, variable: bool) -> Fraction:
    """The rate to edit a source of ``fps`` frames a second at; ``variable``: that is an average."""
    if not variable:
        for times in range(1, _MOST_TIMES + 1):
            near = [rate for rate in EDITED if abs(float(fps * times / rate) - 1) < _NEAR]
            if near:
                return near[0]
    return min(EDITED, key=lambda rate: abs(log(rate / fps)))


def on_grid(frames: Sequence[FramePlan], fps: Fraction, rate: Fraction) -> list[FramePlan]:
    """What is shown in each frame of a constant ``rate``; ``fps`` is the frames' own rate, that of the last one's length.

    A cut that fell on a frame which is left out is one of the next that is taken.
    """
    times = np.array([frame.time for frame in frames])
    length = max(round((times[-1] - times[0] + 1 / float(fps)) * float(rate)), 1)
    middles = times[0] + (np.arange(length) + 0.5) / float(rate)
    chosen = np.maximum(np.searchsorted(times, middles, side="right") - 1, 0)
    cuts = np.cumsum([frame.cut for frame in frames])
    before = np.concatenate([[0], cuts[chosen[:-1]]])
    shown = []
    for n, (index, cut) in enumerate(zip(chosen.tolist(), (cuts[chosen] > before).tolist(), strict=True)):
        frame = frames[index]
        shown.append(frame if frame.cut == cut and frame.index == n else replace(frame, index=n, cut=cut))
    return shown
