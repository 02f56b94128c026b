"""Timestamps that strictly increase, changed only where the source's do not."""

from __future__ import annotations

from collections import deque
from fractions import Fraction
from typing import NamedTuple

from dualface.decode.clock_watch import DISORDER_SECONDS


class Stamp(NamedTuple):
    """When a frame is shown and for how long (0: unknown), in units of the stream's time base."""

    pts: int
    duration: int


class PacketTimes:
    """When frames are shown by a container that notes of its packets only when they are decoded.

    Frames come out of a decoder later than their packets went in, and in another order; the first one shown belongs to the
    first packet's time, and so on.  As players do for AVI: mpv takes the decoder's delay from the decoding time
    (``crazy_video_pts_stuff``), which needs a frame rate, where this takes the packet so far before.
    """

    def __init__(self) -> None:
        self._sent: deque[int] = deque()
        self._place = -1

    def send(self, dts: int | None) -> None:
        """Notes the time of a packet that goes to the decoder."""
        if dts is not None:
            self._sent.append(dts)

    def receive(self, dts: int | None, delay: int) -> int | None:
        """The time of a frame that came out, ``None`` when unknown.

        ``dts`` is that of the packet which made the decoder give it out, ``None`` at the end, where there is none.  ``delay``
        is how many packets the decoder keeps back.  Packets that gave no frame leave a gap.
        """
        place = self._sent.index(dts) if dts is not None and dts in self._sent else self._place + 1
        for _ in range(min(place - delay, len(self._sent))):
            self._sent.popleft()
        self._place = min(place, delay)
        return self._sent[0] if self._sent else None


class TimestampRepair:
    """Copies timestamps; fills in missing ones and moves those that do not increase.

    A missing timestamp follows the frame before by that frame's duration, or by the average one; so does one that steps back
    by more than a fifth of a second.  One that steps back a little (repeated, or out of order) becomes the next possible.
    Where the source's clock starts anew or jumps is for :class:`~dualface.decode.clock_watch.ClockWatch` to see.
    ``start`` is the time of the first frame, should it have none.  ``repaired`` counts the frames whose timestamp was changed.
    """

    def __init__(self, time_base: Fraction, fps: Fraction, start: int | None) -> None:
        self._usual = max(round(1 / (fps * time_base)), 1)
        self._disorder = max(round(DISORDER_SECONDS / time_base), 1)
        self._start = start or 0
        self._last: Stamp | None = None
        self.repaired = 0

    def stamp(self, pts: int | None, duration: int) -> Stamp:
        """The timestamp to use for a frame that came with ``pts`` and ``duration``."""
        fixed = self._fix(pts)
        self.repaired += fixed != pts
        self._last = Stamp(fixed, max(duration, 0))
        return self._last

    def _fix(self, pts: int | None) -> int:
        if self._last is None:
            return self._start if pts is None else pts
        if pts is not None and pts > self._last.pts:
            return pts
        if pts is not None and pts > self._last.pts - self._disorder:
            return self._last.pts + 1
        return self._last.pts + (self._last.duration or self._usual)
