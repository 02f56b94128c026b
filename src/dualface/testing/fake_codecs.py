"""NVDEC and NVENC for :class:`~dualface.testing.fake_cuda.FakeCuda`: software codecs that behave like them."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from dualface.decode.open import OpenVideo, open_video
from dualface.gpu.frames import wait_for
from dualface.gpu.runtime import CudaRuntime
from dualface.render.encode.settings import EncoderSettings
from dualface.testing.fake_cuda import FakeCuda
from dualface.types import Frame

_DECODABLE = {
    "h264": ("yuv420p", "yuvj420p"),
    "hevc": ("yuv420p", "yuvj420p", "yuv420p10le"),
    "vp9": ("yuv420p", "yuv420p10le"),
    "mpeg2video": ("yuv420p",),
}
_HELD = 3
_BROKEN = av.error.ExternalError(542398533, "Generic error in an external library")


def open_fake_nvdec(path: Path, _runtime: CudaRuntime) -> OpenVideo:
    """Opens ``path`` with a decoder that gives NV12 frames, and nothing for codecs and formats that it can't do."""
    video = open_video(path, 1)
    container: Any = _Container(video.container)
    stream: Any = _Stream(video.stream)
    return replace(video, container=container, stream=stream)


def failing_nvdec(after: int, error: Exception = _BROKEN) -> Callable[[Path, CudaRuntime], OpenVideo]:
    """As :func:`open_fake_nvdec`, with a decoder that refuses all packets but the first ``after``."""

    def opener(path: Path, runtime: CudaRuntime) -> OpenVideo:
        video, count = open_fake_nvdec(path, runtime), itertools.count()
        context: Any = video.stream.codec_context
        works = context.decode

        def decode(packet: Any) -> Any:
            if next(count) >= after:
                raise error
            return works(packet)

        context.decode = decode
        return video

    return opener


class _Container:
    def __init__(self, container: Any) -> None:
        self._container = container

    def __getattr__(self, name: str) -> Any:
        return getattr(self._container, name)

    def demux(self, stream: Any, *others: Any) -> Any:
        return self._container.demux(stream.original, *others)

    def seek(self, offset: int, *, stream: Any) -> None:
        self._container.seek(offset, stream=stream.original)


class _Stream:
    def __init__(self, stream: Any) -> None:
        self.original = stream
        self.codec_context = _Codec(stream.codec_context)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.original, name)


class _Codec:
    def __init__(self, context: Any) -> None:
        self._context = context

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    def decode(self, packet: Any) -> Iterator[av.VideoFrame]:
        frames = self._context.decode(packet)
        if self._context.pix_fmt not in _DECODABLE.get(self._context.codec.canonical_name, ()):
            return []  # type: ignore[return-value]
        return [as_surface(frame) for frame in frames]  # type: ignore[return-value]


def as_surface(frame: av.VideoFrame) -> Any:
    """A frame of the software decoder, of 8 or 10 bits, as NVDEC would give it; in main memory."""
    return _Surface(frame)


class _Surface:
    """The samples of one frame as NVDEC lays them out, NV12 or P010, with that frame's properties."""

    sw_format = None

    def __init__(self, original: av.VideoFrame) -> None:
        self._original = original
        deep = original.format.name == "yuv420p10le"
        made = av.VideoFrame(original.width, original.height, "p010le" if deep else "nv12")
        y, u, v = (_rows(plane, deep=deep)[:, : plane.width] << 6 * deep for plane in original.planes)
        _rows(made.planes[0], deep=deep)[:, : y.shape[1]] = y
        pairs = _rows(made.planes[1], deep=deep)
        pairs[:, : 2 * u.shape[1] : 2], pairs[:, 1 : 2 * v.shape[1] : 2] = u, v
        self.format, self.planes = made.format, made.planes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)


def _rows(plane: Any, *, deep: bool) -> Any:
    return np.frombuffer(plane, np.uint16 if deep else np.uint8).reshape(plane.height, -1)


class FakeNvenc:
    """x264 in the place of NVENC.  Like NVENC it holds a few canvases after they were handed in."""

    pix_fmt = "nv12"

    def __init__(self, cuda: FakeCuda, *, missing: bool = False) -> None:
        self._cuda, self._missing = cuda, missing
        self._stream = cuda.stream()
        self._held: deque[Any] = deque(maxlen=_HELD)

    def library(self, _codec: str) -> str:
        if self._missing:
            raise ValueError("this GPU has no NVENC")
        return "libx264"

    def options(self, settings: EncoderSettings, _width: int, _height: int, _fps: Fraction) -> dict[str, str]:
        return {"preset": "veryfast", "bf": "0", "g": str(settings.gop), "b": f"{settings.bitrate_kbps}k"}

    def picture(self, frame: Frame) -> av.VideoFrame:
        wait_for(frame, self._stream)
        self._stream.record().reach()
        self._held.append(frame.owner)
        picture = av.VideoFrame(frame.width, frame.height, "nv12")
        for plane, target in zip(frame.planes, picture.planes, strict=True):
            samples = self._cuda.read(plane).reshape(plane.shape[0], -1)
            rows = np.frombuffer(target, np.uint8).reshape(-1, target.line_size)  # type: ignore[call-overload]
            rows[:, : samples.shape[1]] = samples
        return picture
