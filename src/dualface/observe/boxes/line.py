"""Straight lines at the source's resolution: where there may be one, and whether it keeps to its pixels.

Pictures that are put together meet at one row or column of pixels, over the whole length of a side, and in every frame;
whatever moves up to that line ends there.  What stands in a room is a little out of true, bent by the lens, hidden here
and there, and trembles with the camera.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dualface.types import F32Array, F64Array, Frame

Patch = Callable[[Frame, F64Array, int, int], F32Array]
"""Makes a picture of a part of a frame, as :meth:`dualface.pixels.source.PixelSource.patch` does."""

_PLACES, _STRIDE = 200, 4.0
"""A line is looked at in about so many places, which lie so many pixels apart at most."""
_BAND_PLACES, _GLIMPSED = 16, 40
"""The same where lines are looked for, and where one may be."""
_WINDOW = 6
"""Pixels to both sides of a line that are looked at."""
_REACH = 3
"""So many pixels to both sides of a line are compared."""
_STEP = 6.0
"""Levels of red, green or blue by which these must differ where there is an edge."""
_SHARP, _PEAK = 0.7, 0.9
"""Share of that difference that lies between three neighbouring pixels, and how large its step is beside theirs."""
_PLAIN = 7.0
"""Places that differ by no more anywhere say nothing: black beside black."""
_TOLD, _COVERED = 0.5, 0.75
"""Share of the places that must say something, and of these the share that must have the edge."""
_BLOCKS = 10
_MOVED, _NOISE = 9.0, 5.0
"""Levels by which a place must change from one look to the next, and how much more than most places do."""
_GREY = np.array([0.2126, 0.7152, 0.0722], np.float32)
_CLEAR, _CLEARLY, _ENOUGH = 3.0, 8.0, 3
"""Levels by which a part of a line must stand out for its place to count, how much more than what is beside it; how many."""
_ALONE = 0.35
"""What changes on one side only: the other's change is this share of it at most."""

Flags = NDArray[np.bool_]


def lines_across(frame: Frame, patch: Patch, *, upright: bool, within: tuple[int, int], band: tuple[int, int]) -> list[int]:
    """Where there may be lines, by what is seen in a band across them: the first pixel behind each.

    ``within``: first and last pixel across the lines; ``band``: those along them.
    """
    # no wider, or each place would be the mean of many samples
    spare = max((band[1] - band[0] - round(_BAND_PLACES * _STRIDE)) // 2, 0)
    part = band[0] + spare, band[1] - spare
    picture = _picture(frame, patch, upright, within, part, (part[1] - part[0]) / _BAND_PLACES)
    shares = _shares(picture)
    around = np.pad(shares, 1)
    peaks = (shares >= _COVERED) & (shares >= around[:-2]) & (shares > around[2:])
    return [within[0] + int(at) + 1 for at in np.flatnonzero(peaks)]


class _Seen(NamedTuple):
    """Which places have the edge, the share of those that do among those that can tell, and the share of these."""

    edges: Flags
    share: float
    told: float

    @property
    def there(self) -> bool:
        return self.share >= _COVERED and self.told >= _TOLD


@dataclass(slots=True)
class Line:
    """A straight line: ``at`` is the first pixel behind it, ``along`` are its first and last one, of ``most`` pixels across.

    ``upright``: whether it is a column.  ``inward``: +1 where the box lies towards larger numbers, else -1.
    """

    upright: bool
    inward: int
    at: int
    along: tuple[int, int]
    most: int
    parted: float = 0.0
    """How often what changed on one side of it did not on the other, in whole lines."""
    joint: float = 0.0
    """How often both sides changed alike."""
    _looks: int = 0
    _steps: F32Array | None = field(default=None)
    _sides: F32Array | None = field(default=None)

    def glimpse(self, frame: Frame, patch: Patch) -> bool:
        """Whether it may be there, by a few places."""
        return self._seen(self._see(frame, patch, _GLIMPSED)).there

    def look(self, frame: Frame, patch: Patch) -> bool:
        """Whether the line is there; if so, it is known better."""
        picture = self._see(frame, patch, _PLACES)
        seen = self._seen(picture)
        if not seen.there:
            return False
        steps = np.diff(picture, axis=1)
        both = np.stack((steps @ _GREY, steps[..., 0] - steps[..., 1], steps[..., 2] - steps[..., 1]))
        at = self._place - 1
        had = both * np.sign(both[:, :, at, None]) * seen.edges[:, None]  # what is beside the line by chance cancels out
        self._steps = had if self._steps is None else self._steps + had
        self._looks += 1
        self._compare(picture)
        return True

    def still_there(self, frame: Frame, patch: Patch, least: float) -> bool:
        """Whether at least this share of its places has it, or too few can tell."""
        seen = self._seen(self._see(frame, patch, _GLIMPSED))
        return seen.share >= least or seen.told < _TOLD / 2

    def crooked(self) -> float:
        """By how many pixels it leans from end to end, or its parts lie beside it, by all looks; infinite if too few tell."""
        if self._steps is None:
            return float("inf")
        grey, *colour = self._steps / np.float32(self._looks)
        at = self._place - 1
        return min(_crooked(grey, at), _crooked(colour[0] + colour[1], at))  # where one hardly changes, the other may tell

    @property
    def _place(self) -> int:
        """The line's first pixel behind it, in what is looked at."""
        return min(self.at, _WINDOW)

    def _see(self, frame: Frame, patch: Patch, places: int) -> F32Array:
        window = max(self.at - _WINDOW, 0), min(self.at + _WINDOW, self.most)
        step = min((self.along[1] - self.along[0]) / places, _STRIDE if places == _PLACES else float("inf"))
        return _picture(frame, patch, self.upright, window, self.along, step)

    def _seen(self, picture: F32Array) -> _Seen:
        at = self._place
        size = np.abs(picture[:, at : at + _REACH].mean(1) - picture[:, at - _REACH : at].mean(1))
        sharp = np.abs(picture[:, at + 1] - picture[:, at - 2]) >= _SHARP * size
        steps = np.abs(np.diff(picture[:, at - 2 : at + 2], axis=1))
        peak = steps[:, 1] >= _PEAK * np.maximum(steps[:, 0], steps[:, 2])
        edges = ((size >= _STEP) & sharp & peak).any(1)
        told = (picture.max(1) - picture.min(1) > _PLAIN).any(1)
        return _Seen(edges, float(edges[told].mean()) if told.any() else 0.0, float(told.mean()))

    def _compare(self, picture: F32Array) -> None:
        """What has changed since the last look, on which side of the line."""
        at = self._place
        before = picture[:, max(at - 1 - _REACH, 0) : at - 1].mean(1)
        behind = picture[:, at + 1 : at + 1 + _REACH].mean(1)
        sides, old = np.stack((before, behind)).astype(np.float32), self._sides
        self._sides = sides
        if old is None:
            return
        change = np.abs(sides - old)
        noise = float(np.median(change, 1).min(0).max())
        colour = change.max(0).argmax(1)
        one, two = np.take_along_axis(sides - old, colour[None, :, None], 2)[..., 0]
        larger = np.maximum(np.abs(one), np.abs(two))
        moved = larger >= max(_MOVED, _NOISE * noise)
        same = one * two > _ALONE * larger**2
        self.parted += float((moved & ~same).mean())
        self.joint += float((moved & same).mean())


def _picture(
    frame: Frame, patch: Patch, upright: bool, across: tuple[int, int], along: tuple[int, int], step: float
) -> F32Array:
    """A part of a frame, every so many pixels along: float32, (places, pixels across, 3)."""
    (a, b), (c, d) = across, along
    step = max(step, 1.0)
    matrix = np.array([[1.0, 0.0, a + 0.5], [0.0, step, c + step / 2]])
    return patch(frame, matrix if upright else matrix[::-1].copy(), b - a, max(int((d - c) / step), 1)).transpose(1, 2, 0)


def _shares(picture: F32Array) -> NDArray[np.float64]:
    """For each boundary of pixels across, the share of places that have an edge there."""
    rough = np.abs(np.diff(picture, axis=1)).mean(0).sum(1)
    shares = np.zeros(len(rough))
    at = np.flatnonzero(rough >= _STEP)  # elsewhere most places have none
    at = at[(at >= _REACH - 1) & (at < len(rough) - _REACH)]
    a, b, c, d, e, f = (picture[:, at + k] for k in range(1 - _REACH, _REACH + 1))
    size = np.abs(d + e + f - a - b - c) / _REACH
    peak = np.abs(d - c) >= _PEAK * np.maximum(np.abs(c - b), np.abs(e - d))
    shares[at] = ((size >= _STEP) & (np.abs(e - b) >= _SHARP * size) & peak).any(2).mean(0)
    return shares


def _crooked(steps: F32Array, at: int) -> float:
    """``steps``: the mean of all looks, float32, (places, boundaries).  Infinite where too little of the line stands out."""
    blocks = np.array_split(steps, min(_BLOCKS, max(len(steps) // 4, 2)))
    reach = np.arange(max(at - 2, 0), min(at + 3, steps.shape[1]))
    profiles = np.array([block.mean(0) for block in blocks])
    beside = np.delete(profiles, range(max(at - 3, 0), min(at + 4, steps.shape[1])), 1)
    steps = np.clip(profiles[:, reach], 0, None)
    weights = steps.sum(1)
    clear = weights >= max(_CLEAR, _CLEARLY * float(beside.std()) if beside.size else 0.0)
    if clear.sum() < _ENOUGH or np.ptp(np.flatnonzero(clear)) < len(blocks) // 2:
        return float("inf")
    x, y, w = (
        np.linspace(-0.5, 0.5, len(blocks))[clear],
        (steps @ reach)[clear] / weights[clear],
        weights[clear] ** 2,
    )
    w /= w.sum()
    cx, cy = float(w @ x), float(w @ y)
    lean = float(w @ ((x - cx) * (y - cy)) / (w @ (x - cx) ** 2))
    rest = y - cy - lean * (x - cx)
    return max(abs(lean), float(np.sqrt(w @ rest**2)))
