"""Frames made from RGB pictures, as a decoder would give them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from dualface.footage.colour import BT601
from dualface.types import ColorTags, F32Array, Frame, U8Array

_BT601 = 6


def frame_from_rgb(rgb: U8Array, index: int = 0) -> Frame:
    """A YUV 4:2:0 frame (BT.601, limited range, planar) of ``rgb``, uint8, shape (h, w, 3)."""
    height, width = rgb.shape[:2]
    y, u, v = np.moveaxis(rgb @ BT601.T + (16, 128, 128), 2, 0)
    planes = tuple(_to_bytes(plane) for plane in (y, _halve(u), _halve(v)))
    return Frame(index, index, Fraction(1, 25), 1, width, height, planes, color=ColorTags(matrix=_BT601))


def _halve(plane: F32Array) -> F32Array:
    even = np.pad(plane, [(0, n % 2) for n in plane.shape], mode="edge")
    rows, columns = even.shape
    means: F32Array = even.reshape(rows // 2, 2, columns // 2, 2).mean((1, 3))
    return means


def _to_bytes(plane: F32Array) -> U8Array:
    return np.clip(np.rint(plane), 0, 255).astype(np.uint8)
