"""Decoding for a pipeline on the GPU: with NVDEC as far as it goes, with the CPU from there on."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

from dualface.decode.nvdec import UnsupportedOnGpuError
from dualface.interfaces import Decoder, DecodeStats
from dualface.types import Frame, VideoInfo


class SwitchingDecoder:
    """The frames of ``decoder``; when it meets what it can't do, those of another that starts anew and skips what is done.

    ``fall_back`` opens that other, for a reason.  It goes on with the first picture later than the last one given, and indices
    go on from there: of a damaged file each may have lost other pictures.
    """

    def __init__(self, decoder: Decoder, fall_back: Callable[[str], Decoder]) -> None:
        self._decoder, self._fall_back = decoder, fall_back
        self.stats: DecodeStats = decoder.stats
        self._frames = self._read()

    def get_video_info(self) -> VideoInfo:
        return self._decoder.get_video_info()

    def __iter__(self) -> Iterator[Frame]:
        return self._frames

    def decode_batch(self, n: int) -> list[Frame]:
        return list(islice(self._frames, n))

    def close(self) -> None:
        self._decoder.close()

    def _read(self) -> Iterator[Frame]:
        done, last = 0, -math.inf
        try:
            for frame in self._decoder:
                done, last = frame.index + 1, frame.pts
                yield frame
        except UnsupportedOnGpuError as error:
            self._decoder.close()
            self._decoder = self._fall_back(str(error))
            self.stats = self._decoder.stats
            later = (frame for frame in self._decoder if frame.pts > last)
            yield from (replace(frame, index=index) for index, frame in enumerate(later, done))
