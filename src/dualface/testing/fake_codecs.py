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

_DECODABLE = ("h264", "hevc")
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
        if self._context.codec.canonical_name not in _DECODABLE or self._context.pix_fmt not in ("yuv420p", "yuvj420p"):
            return []  # type: ignore[return-value]
        return [_as_nv12(frame) for frame in frames]  # type: ignore[return-value]


def _as_nv12(frame: av.VideoFrame) -> Any:
    return _Nv12(frame, frame.reformat(format="nv12"))


class _Nv12:
    """The planes of one frame with the properties of another, which converting may have lost."""

    sw_format = None

    def __init__(self, original: av.VideoFrame, converted: av.VideoFrame) -> None:
        self._original, self._converted = original, converted
        self.format, self.planes = converted.format, converted.planes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)


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
