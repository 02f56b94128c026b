"""Canvases to encode, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import av
import numpy as np

from dualface.interfaces import Encoder
from dualface.types import ColorTags, Frame, Packet, PixelFormat, U8Array

TIME_BASE = Fraction(1, 90000)
UNEVEN = [1000 + n * 3003 + (n % 3) * 700 for n in range(25)]
"""Timestamps of a variable rate, in 1/90000 s."""


def luma(index: int, width: int = 96, height: int = 64) -> U8Array:
    """A slope that moves with ``index``; uint8, shape (height, width)."""
    across = np.arange(width)[None, :] + np.arange(height)[:, None] * 2 + index * 5
    slope: U8Array = (np.abs(across % 256 - 128) + 60).astype(np.uint8)
    return slope


def canvas(
    index: int, pts: int, *, width: int = 96, height: int = 64, time_base: Fraction = TIME_BASE, duration: int = 0
) -> Frame:
    """A canvas in plain arrays, each with other strides."""
    y = np.zeros((height, width + 17), np.uint8)[:, :width]
    y[:] = luma(index, width, height)
    u = np.full((height // 2, width // 2), 90, np.uint8)
    v = np.full((height // 2, width), 160, np.uint8)[:, ::2]
    return Frame(index, pts, time_base, duration, width, height, (y, u, v))


def as_nv12(frame: Frame) -> Frame:
    y, u, v = frame.planes
    planes = (y, np.stack([u, v], axis=2))
    return Frame(frame.index, frame.pts, frame.time_base, frame.duration, frame.width, frame.height, planes, PixelFormat.NV12)


class PooledCanvas:
    """One PyAV frame that is drawn on again and again, as a composer's pool does."""

    def __init__(self, width: int = 96, height: int = 64) -> None:
        self._owner = av.VideoFrame(width, height, "yuv420p")
        self._planes = tuple(_view(plane) for plane in self._owner.planes)

    def draw(self, frame: Frame) -> Frame:
        for target, source in zip(self._planes, frame.planes, strict=True):
            target[:] = source
        return Frame(
            frame.index, frame.pts, frame.time_base, frame.duration, frame.width, frame.height, self._planes, owner=self._owner
        )

    def scribble(self) -> None:
        for plane in self._planes:
            plane[:] = 255


def _view(plane: Any) -> U8Array:
    view: U8Array = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
    return view


def encode_all(encoder: Encoder, frames: Iterable[Frame]) -> list[Packet]:
    packets = [packet for frame in frames for packet in encoder.encode(frame)]
    return packets + encoder.flush()


def decode_packets(packets: Sequence[Packet], decoder: str, extradata: bytes | None) -> list[av.VideoFrame]:
    """The pictures, in presentation order."""
    context = av.CodecContext.create(decoder, "r")
    assert isinstance(context, av.VideoCodecContext)
    context.extradata = extradata
    frames: list[av.VideoFrame] = []
    for packet in packets:
        piece = av.Packet(bytes(packet.data))
        piece.pts, piece.dts, piece.time_base = packet.pts, packet.dts, packet.time_base
        frames += context.decode(piece)
    return frames + context.decode(None)


def psnr(picture: av.VideoFrame, index: int) -> float:
    """Of a decoded picture's luma against :func:`luma`."""
    error = picture.to_ndarray(format="gray").astype(float) - luma(index, picture.width, picture.height)
    return float(10 * np.log10(255**2 / max((error**2).mean(), 1e-9)))


def tags(picture: av.VideoFrame) -> ColorTags:
    return ColorTags(picture.color_primaries, picture.color_trc, picture.colorspace, picture.color_range == 2)
