"""Frames as a decoder would give them, of pictures and of noise."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from dualface.footage.colour import BT601
from dualface.types import ColorTags, F32Array, Frame, PixelFormat, U8Array

EIGHT_BITS = (PixelFormat.YUV420P, PixelFormat.NV12)
"""What decoders give."""
_BT601 = 6


def frame_from_rgb(rgb: U8Array, index: int = 0) -> Frame:
    """A YUV 4:2:0 frame (BT.601, limited range, planar) of ``rgb``, uint8, shape (h, w, 3)."""
    height, width = rgb.shape[:2]
    y, u, v = np.moveaxis(rgb @ BT601.T + (16, 128, 128), 2, 0)
    planes = tuple(_to_bytes(plane) for plane in (y, _halve(u), _halve(v)))
    return Frame(index, index, Fraction(1, 25), 1, width, height, planes, color=ColorTags(matrix=_BT601))


def random_frame(
    seed: int, width: int, height: int, pixel_format: PixelFormat = PixelFormat.YUV420P, padding: int = 0
) -> Frame:
    """Noise of all levels, the same in both formats; rows followed by ``padding`` bytes."""
    random = np.random.default_rng(seed)
    half = ((height + 1) // 2, (width + 1) // 2)
    y, u, v = (random.integers(0, 256, shape, np.uint8) for shape in ((height, width), half, half))
    return frame_of(y, u, v, pixel_format, padding)


def frame_of(y: U8Array, u: U8Array, v: U8Array, pixel_format: PixelFormat = PixelFormat.YUV420P, padding: int = 0) -> Frame:
    """A frame of copies of these planes."""
    planes = [y, np.stack([u, v], 2)] if pixel_format is PixelFormat.NV12 else [y, u, v]
    padded = tuple(_padded(plane, padding) for plane in planes)
    height, width = y.shape
    return Frame(3, 7, Fraction(1, 25), 2, width, height, padded, pixel_format, ColorTags(matrix=1))


def in_format(frame: Frame, pixel_format: PixelFormat) -> Frame:
    """A planar frame in the other layout of memory."""
    if pixel_format is frame.format:
        return frame
    y, u, v = frame.planes
    return replace(frame, planes=(y, np.stack([u, v], axis=2)), format=pixel_format)


def enlarged(frame: Frame, times: int) -> Frame:
    """Every sample of a planar frame, that of one of even sides, ``times`` as wide and high."""
    planes = tuple(plane.repeat(times, 0).repeat(times, 1) for plane in frame.planes)
    return replace(frame, width=frame.width * times, height=frame.height * times, planes=planes)


def _padded(plane: U8Array, padding: int) -> U8Array:
    height, row = plane.shape[0], plane[0].size
    memory = np.full((height, row + padding), 200, np.uint8)
    memory[:, :row] = plane.reshape(height, row)
    return np.lib.stride_tricks.as_strided(memory, plane.shape, (row + padding, *plane[0].strides), writeable=False)


def _halve(plane: F32Array) -> F32Array:
    even = np.pad(plane, [(0, n % 2) for n in plane.shape], mode="edge")
    rows, columns = even.shape
    means: F32Array = even.reshape(rows // 2, 2, columns // 2, 2).mean((1, 3))
    return means


def _to_bytes(plane: F32Array) -> U8Array:
    return np.clip(np.rint(plane), 0, 255).astype(np.uint8)
