"""Decoding on the CPU for a pipeline on the GPU."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from fractions import Fraction

from dualface.decode.around import DecoderAround
from dualface.gpu.runtime import CudaRuntime
from dualface.gpu.transfer import Uploader
from dualface.interfaces import Decoder, DecodeStats, TimedDecoder
from dualface.types import Frame


class UploadingDecoder(DecoderAround):
    """The frames of another :class:`~dualface.interfaces.Decoder`, each copied to GPU memory once, as NV12.

    For what NVDEC can't do; ``reason`` says why and stands in ``stats.fallback``, ``None`` where that was asked for.  Reading
    also raises :class:`~dualface.errors.DeviceMemoryError`.
    """

    def __init__(self, decoder: Decoder, runtime: CudaRuntime, reason: str | None) -> None:
        self._decoder = decoder
        info = decoder.get_video_info()
        self._uploader = Uploader(runtime, info.width, info.height)
        self._lock = threading.Lock()  # closing may come from another thread than reading
        self._closed = False
        self._frames = self._uploaded()
        self.stats: DecodeStats = decoder.stats
        self.stats.fallback = reason

    def seek(self, index: int, pts: int) -> bool:
        return self._decoder.seek(index, pts)

    def seek_time(self, seconds: Fraction) -> bool:
        """As the other's, where that can."""
        return isinstance(self._decoder, TimedDecoder) and self._decoder.seek_time(seconds)

    def close(self) -> None:
        self._decoder.close()
        with self._lock:
            self._closed = True
            self._uploader.close()

    def _uploaded(self) -> Iterator[Frame]:
        for frame in self._decoder:
            with self._lock:
                if self._closed:  # what is copied now would come to memory that nobody waits for any more
                    return
                uploaded = self._uploader.upload(frame)
            self.stats.copied_to_device_bytes += self._uploader.nbytes
            yield uploaded
