"""Deinterlacing in GPU memory, one picture late, as FFmpeg's bwdif does on the CPU."""

from __future__ import annotations

from typing import NamedTuple

from av.video.frame import VideoFrame

from dualface.decode.properties import FrameProperties
from dualface.decode.timestamps import Stamp
from dualface.gpu.pool import Loan
from dualface.pixels.cuda_convert import CudaConverter, Picture


class Decoded(NamedTuple):
    """A picture as NVDEC gave it; ``loan`` is its memory where it is no longer ``frame``'s."""

    frame: VideoFrame
    picture: Picture
    properties: FrameProperties
    stamp: Stamp
    loan: Loan | None = None


class Deinterlacer:
    """Makes progressive pictures of interlaced ones, one for each; progressive ones among them pass as they are.

    Each is made of itself and its neighbours, so it comes when the next one is known.  The first has no neighbour before it.
    """

    def __init__(self, converter: CudaConverter, *, top_first: bool) -> None:
        self._converter, self._top_first = converter, top_first
        self._before: Decoded | None = None
        self._now: Decoded | None = None
        self._alone = True

    def push(self, after: Decoded) -> list[Decoded]:
        """The picture before this one, when there is one.  Raises :class:`~dualface.errors.DeviceMemoryError`."""
        ready = [] if self._now is None else [self._made(self._now, after)]
        self._before, self._now = self._now, after
        return ready

    def flush(self) -> list[Decoded]:
        """The last picture.  Raises as :meth:`push` does."""
        return [] if self._now is None else [self._made(self._now, self._now)]

    def _made(self, now: Decoded, after: Decoded) -> Decoded:
        if not now.frame.interlaced_frame:
            return now
        before = self._before or now
        neighbours = before.picture, after.picture
        picture, loan = self._converter.deinterlaced(now.picture, neighbours, top_first=self._top_first, alone=self._alone)
        self._alone = False
        return now._replace(picture=picture, loan=loan)
