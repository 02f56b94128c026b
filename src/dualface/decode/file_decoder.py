"""What decoders of a file have in common, NVDEC's and the software one: how they are read, and how they are closed."""

from __future__ import annotations

import math
import threading
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from fractions import Fraction
from itertools import islice
from pathlib import Path

from av.video.frame import VideoFrame

from dualface.decode.open import OpenVideo
from dualface.decode.rate import first_time
from dualface.decode.timestamps import TimestampRepair
from dualface.interfaces import DecodeStats
from dualface.types import Frame, VideoInfo

_INDEXED = ("mov", "matroska", "avi", "concat")
"""Formats that know where each picture is."""


class FileDecoder:
    """A :class:`~dualface.interfaces.Decoder` whose frames come from a generator.

    A subclass sets ``_info``, ``_frames``, ``_video``, ``_first_pts`` (its first picture's) and ``_resources``, which holds the
    file.  Its generator ends after a frame when ``_closed`` is set, and closes ``_resources`` itself.  :meth:`_sought` gives
    another generator.
    """

    _info: VideoInfo
    _frames: Generator[Frame, None, None]
    _video: OpenVideo
    _first_pts: int | None

    def __init__(self) -> None:
        self.stats = DecodeStats()
        self._closed = False
        self._reading = threading.Lock()
        self._resources = ExitStack()

    def get_video_info(self) -> VideoInfo:
        """What is known without decoding further; ``color`` is that of the frames as they come out."""
        return self._info

    def __iter__(self) -> Iterator[Frame]:
        """Goes on where reading stopped; see :meth:`dualface.interfaces.Decoder.__iter__`.  Raises what the class says."""
        return self

    def __next__(self) -> Frame:
        """The next frame; none after the end or :meth:`close`.  Raises like :meth:`__iter__`."""
        try:
            with self._reading:
                if self._closed:
                    raise StopIteration
                return next(self._frames)
        finally:
            if self._closed:
                self._let_go()

    def decode_batch(self, n: int) -> list[Frame]:
        """The next at most ``n`` frames; none after the end or :meth:`close`.  Raises like :meth:`__iter__`."""
        return list(islice(self, n))

    def seek(self, index: int, pts: int) -> bool:
        """See :meth:`dualface.interfaces.Decoder.seek`.  Raises like :meth:`__iter__`."""
        return self._go_on(index, self._sought(pts, exactly=True))

    def seek_time(self, seconds: Fraction) -> bool:
        """Makes the first frame that is shown at or after ``seconds`` from the video's first the next one, with the index 0.

        Only before the first is read.  False where that can't be done exactly, as in formats without an index, whose clock may
        start anew on the way; the decoder is of no use then.
        """
        if self._first_pts is None or not self.indexed:
            return False
        return self._go_on(0, self._sought(self._first_pts + math.ceil(seconds / self._info.time_base), exactly=False))

    @property
    def indexed(self) -> bool:
        """Whether the file knows where each picture is, and so how long it is."""
        return any(name in self._video.container.format.name for name in _INDEXED)

    @property
    def start(self) -> Fraction | None:
        """When the first frame is shown, in seconds on the source's clock; ``None`` when unknown."""
        return None if self._first_pts is None else self._first_pts * self._info.time_base

    def _go_on(self, index: int, frames: Generator[Frame, None, None] | None) -> bool:
        if frames is None:
            return False
        self.stats.frames = index
        self._frames = frames
        return True

    def _sought(self, pts: int, *, exactly: bool) -> Generator[Frame, None, None] | None:
        """The frames from the first on that is not before this timestamp, or has ``exactly`` this one.

        ``None`` where it can't be found.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Lets go of the file; frames already handed out stay valid.  May be called twice, and from another thread."""
        self._closed = True
        self._let_go()

    def _let_go(self) -> None:
        """Not while a thread reads: that one comes here after its frame."""
        if self._reading.acquire(blocking=False):
            try:
                self._frames.close()
                self._resources.close()
            finally:
                self._reading.release()

    def _repair(self, video: OpenVideo, first: VideoFrame) -> TimestampRepair:
        """For the timestamps of ``video``, of which ``first`` is the first frame."""
        step = 1 / (self._info.fps * self._info.time_base)
        start = first_time(video.path, video.stream.index, step) if first.pts is None else first.pts
        return TimestampRepair(self._info.time_base, self._info.fps, video.stream.start_time if start is None else start)

    def _warn_of_repairs(self, path: Path, clock: TimestampRepair) -> None:
        self.stats.repaired_timestamps = clock.repaired
        if clock.repaired:
            self.stats.notes.append(
                f"{path}: {clock.repaired} of {self.stats.frames} timestamps were missing or did not increase; "
                "they were repaired."
            )
