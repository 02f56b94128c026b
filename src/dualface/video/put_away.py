"""Pictures that only wait to be composed, kept as what has changed since the ones before them.

Two thirds of the frames that the look-ahead holds have been looked at for the last time.  As they are composed one after the
other, each needs no more than its change, and that takes an eighth to a third of the memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dualface.pixels.packing import PackedPlane, Packer, unpack
from dualface.pixels.planes import Component, component
from dualface.types import Frame, PixelFormat, U8Array

_WORTH = 0.7
"""What takes more than this share of the memory stays as it is."""


@dataclass(frozen=True, slots=True)
class Change:
    """The :attr:`~dualface.types.Frame.owner` of a frame that was put away, whose planes are gone."""

    planes: Sequence[PackedPlane]


class PuttingAway:
    """Puts frames away, in order, from ``start`` on: those of 8 bits in main memory whose change is worth it.

    The others come back as they went in, all of them where ``ever`` is False.
    """

    def __init__(self, start: int, *, ever: bool = True) -> None:
        self._start, self._ever = start, ever
        self._packer = Packer()
        self._last: Frame | None = None

    def __call__(self, frame: Frame) -> Frame:
        if not self._ever or frame.index < self._start or not _is_plain(frame):
            self._last = None
            return frame
        last, self._last = self._last, frame
        if last is None or last.index != frame.index - 1:
            return frame
        try:
            before, now = _components(last), _components(frame)
        except ValueError:  # a plugin's decoder may lay its rows out in other ways
            return frame
        if [one.grid for one in before] != [one.grid for one in now]:
            return frame
        change = Change([self._packer.pack(a.data, b.data) for a, b in zip(now, before, strict=True)])
        if sum(plane.nbytes for plane in change.planes) > _WORTH * sum(one.data.nbytes for one in now):
            return frame
        return replace(frame, planes=(), owner=change)


class TakingOut:
    """Gives the frames their pictures back, in order, one at a time: a picture is gone when the next one is asked for."""

    def __init__(self) -> None:
        self._last: Frame | None = None
        self._own: list[Component] | None = None

    def __call__(self, frame: Frame) -> Frame:
        """The frame as it was before it was put away."""
        if not isinstance(frame.owner, Change):
            self._last, self._own = frame if _is_plain(frame) else None, None  # a GPU's decoder wants its own back
            return frame
        assert self._last is not None
        assert self._last.index == frame.index - 1
        if self._own is None:
            self._own = [one._replace(data=one.data.copy()) for one in _components(self._last)]
        for one, change in zip(self._own, frame.owner.planes, strict=True):
            unpack(one.data, change)
        self._last = replace(frame, planes=tuple(map(_plane, self._own)), owner=self._own)
        return self._last


def _is_plain(frame: Frame) -> bool:
    return frame.device == "cpu" and frame.format is PixelFormat.YUV420P and frame.deep is None


def _components(frame: Frame) -> list[Component]:
    return [component(plane) for plane in frame.planes]


def _plane(one: Component) -> U8Array:
    grid = one.grid
    view: U8Array = np.lib.stride_tricks.as_strided(one.data, (grid.height, grid.width), (grid.pitch, 1), writeable=False)
    return view
