"""Encoding on the CPU for a pipeline on a GPU without an encoder of its own."""

from __future__ import annotations

from collections import deque

import av

from dualface.errors import DualfaceError
from dualface.gpu.runtime import CudaRuntime
from dualface.gpu.transfer import Download, Downloader
from dualface.interfaces import Encoder, EncodeStats
from dualface.types import Frame, Packet

_AHEAD = 2
"""Frames whose copies are under way while the encoder works on an older one."""


class DownloadingEncoder:
    """Copies each finished canvas, and nothing else, to main memory, where ``encoder`` takes it.

    An :class:`~dualface.interfaces.Encoder`; ``reason`` says why the GPU does not encode and stands in ``stats.fallback``,
    ``None`` where that was asked for.
    """

    def __init__(self, encoder: Encoder, runtime: CudaRuntime, width: int, height: int, reason: str | None) -> None:
        self._encoder, self._size, self._flushed = encoder, (width, height), False
        self.stream = encoder.stream
        self._downloader = Downloader(runtime, width, height, slots=_AHEAD + 1)
        self._coming: deque[Download] = deque()
        self.stats: EncodeStats = encoder.stats
        self.stats.fallback = reason

    @property
    def codec_name(self) -> str:
        return self._encoder.codec_name

    def encode(self, frame: Frame) -> list[Packet]:
        """As the software encoder's, a few frames later.  The canvas is kept until it is copied.

        Raises as the software encoder's does, at once where that would be for the frame's size, or after a flush.
        """
        if (frame.width, frame.height) != self._size:
            raise ValueError(f"The encoder takes {self._size[0]}x{self._size[1]} pixels, not {frame!r}.")
        if self._flushed:
            raise DualfaceError(f"{self.codec_name} takes no frame after the last.", stage="encode", frame=frame.index)
        self._coming.append(self._downloader.start(frame))
        self.stats.copied_to_host_bytes += self._downloader.nbytes
        return self._encoded(self._coming.popleft()) if len(self._coming) > _AHEAD else []

    def flush(self) -> list[Packet]:
        packets, self._flushed = [], True
        while self._coming:
            packets += self._encoded(self._coming.popleft())
        return packets + self._encoder.flush()

    def close(self) -> None:
        self._downloader.close()
        self._coming.clear()
        self._encoder.close()

    def _encoded(self, download: Download) -> list[Packet]:
        frame = download.finish()
        frame.owner = av.VideoFrame.from_dlpack(frame.planes, format=frame.format.value)  # so that the encoder copies nothing
        return self._encoder.encode(frame)
