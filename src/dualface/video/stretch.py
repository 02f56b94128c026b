"""Some of a film's frames, as if they were all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

from dualface.interfaces import Decoder, DecodeStats
from dualface.types import Frame, VideoInfo
from dualface.video.source_again import SourceAgain


class StretchDecoder:
    """The ``frames`` of what ``open_decoder`` opens, counted from 0; a :class:`~dualface.interfaces.Decoder`.

    The first of them is at ``pts``.  ``check`` is called often while it is looked for, and may raise.
    """

    def __init__(self, open_decoder: Callable[[], Decoder], frames: range, pts: int, check: Callable[[], None]) -> None:
        self._source = SourceAgain(open_decoder, check)
        self._first = frames.start
        decoder = self._source.at(frames.start, pts)
        self._decoder = decoder
        info = decoder.get_video_info()
        self._info = replace(info, duration_seconds=float(len(frames) / (info.fps or 1)), total_frames=len(frames))
        self._frames = (replace(frame, index=frame.index - frames.start) for frame in self._source.frames(frames, pts))

    @property
    def stats(self) -> DecodeStats:
        return self._decoder.stats

    def get_video_info(self) -> VideoInfo:
        return self._info

    def __iter__(self) -> Iterator[Frame]:
        return self._frames

    def decode_batch(self, n: int) -> list[Frame]:
        return list(islice(self._frames, n))

    def seek(self, index: int, pts: int) -> bool:  # noqa: ARG002 - a stretch is short
        """Never: a stretch is read from its start."""
        return False

    def close(self) -> None:
        self._source.close()
