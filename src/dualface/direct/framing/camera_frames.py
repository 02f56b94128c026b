"""The frames that a camera still has to think about."""

from __future__ import annotations

from dataclasses import dataclass

from dualface.direct.framing.aim import Aim
from dualface.direct.framing.room import Room
from dualface.types import Box


@dataclass(slots=True)
class CameraFrame:
    """What one camera knows of one frame.

    ``observed`` is the aim as measured, or interpolated across a short gap; ``within`` the part of the frame that the
    person is in; ``steady`` the robust estimate made of it and its neighbours; ``path`` what the dead zone makes of that, with
    the crop's height as its size, in its ``room``; in ``rests`` frames just before it was the same.  Frames of one ``shot`` are
    free of cuts; the camera moves smoothly within one ``run`` and jumps from one to the next.
    """

    time: float
    shot: int
    track_id: int | None
    observed: Aim | None
    seen: bool
    there: bool = False
    within: Box | None = None
    steady: Aim | None = None
    path: Aim | None = None
    room: Room | None = None
    run: int = -1
    rests: int = 0


class CameraFrames:
    """What is known of frames, by their index; old ones are forgotten."""

    def __init__(self) -> None:
        self._items: list[CameraFrame] = []
        self._first = 0

    @property
    def end(self) -> int:
        """The index after the newest."""
        return self._first + len(self._items)

    def append(self, frame: CameraFrame) -> None:
        self._items.append(frame)

    def __getitem__(self, index: int) -> CameraFrame:
        return self._items[index - self._first]

    def first(self, index: int) -> int:
        """``index``, or the oldest that is remembered."""
        return max(index, self._first)

    def span(self, start: int, stop: int) -> list[CameraFrame]:
        """The frames from ``start`` to before ``stop``, as far as they are remembered and known."""
        return self._items[max(start - self._first, 0) : max(stop - self._first, 0)]

    def forget(self, before: int) -> None:
        """Drops the frames before this index, in slices now and then, as that is cheaper than one by one."""
        old = before - self._first
        if old > 64:
            del self._items[:old]
            self._first = before
