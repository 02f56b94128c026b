"""Decoding for a pipeline on the GPU: with NVDEC as far as it goes, with the CPU from there on."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, replace
from fractions import Fraction
from typing import Any

from dualface.decode.around import DecoderAround
from dualface.decode.nvdec import UnsupportedOnGpuError
from dualface.interfaces import Decoder, DecodeStats
from dualface.types import Frame


class SwitchingDecoder(DecoderAround):
    """The frames of ``decoder``; when it meets what it can't do, those of another that starts anew and skips what is done.

    ``fall_back`` opens that other, for a reason.  It goes on with the first picture later than the last one given, and indices
    go on from there: of a damaged file each may have lost other pictures.
    """

    def __init__(self, decoder: Decoder, fall_back: Callable[[str], Decoder]) -> None:
        self._decoder, self._fall_back = decoder, fall_back
        self.stats: DecodeStats = decoder.stats
        """The same object from the first frame to the last, whoever decodes."""
        self._done, self._last = 0, -math.inf
        self._frames = self._read()

    def seek(self, index: int, pts: int) -> bool:
        self._done, self._last = index, pts - 1
        return self._seeking(lambda decoder: decoder.seek(index, pts))

    def seek_time(self, seconds: Fraction) -> bool:
        """As the decoder's."""
        if self.start is None:
            return False
        self._last = math.ceil((self.start + seconds) / self.get_video_info().time_base) - 1
        return self._seeking(lambda decoder: decoder.seek_time(seconds))

    def _seeking(self, seek: Callable[[Any], bool]) -> bool:
        try:
            return seek(self._decoder)
        except UnsupportedOnGpuError as error:
            self._switch(str(error))
            self.stats = self._decoder.stats
            return seek(self._decoder)

    def close(self) -> None:
        self._decoder.close()

    def _read(self) -> Iterator[Frame]:
        try:
            yield from self._counted(self._decoder)
        except UnsupportedOnGpuError as error:
            self._switch(str(error))
            last = self._last
            later = (frame for frame in self._decoder if frame.pts > last)
            yield from self._counted(replace(frame, index=index) for index, frame in enumerate(later, self._done))

    def _counted(self, frames: Iterable[Frame]) -> Iterator[Frame]:
        try:
            for frame in frames:
                self._done, self._last = frame.index + 1, frame.pts
                self._take_over_stats()
                yield frame
        finally:
            self._take_over_stats()

    def _switch(self, reason: str) -> None:
        self._decoder.close()
        self._decoder = self._fall_back(reason)

    def _take_over_stats(self) -> None:
        theirs = self._decoder.stats
        if theirs is not self.stats:
            for one in fields(theirs):
                setattr(self.stats, one.name, getattr(theirs, one.name))
