"""RGB pictures to studio-range Y'CbCr, for the footage maker."""

from __future__ import annotations

import numpy as np

from dualface.types import F32Array, U8Array

_TO_YUV = np.array(
    [[0.18259, 0.61423, 0.06201], [-0.10064, -0.33857, 0.43922], [0.43922, -0.39894, -0.04027]],
    np.float32,
)
BT601: F32Array = np.divide(
    [[65.481, 128.553, 24.966], [-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]], 255, dtype=np.float32
)
"""From R, G, B 0…255 to Y′CbCr of limited range, but for its offsets (ITU-R BT.601)."""
_OFFSET = np.array([[[16]], [[128]], [[128]]], np.float32)


def yuv_from_rgb(rgb: U8Array) -> F32Array:
    """float32, (3, h, w): BT.709, limited range, 4:4:4, from ``rgb``: uint8, (h, w, 3)."""
    yuv: F32Array = np.moveaxis(rgb @ _TO_YUV.T, 2, 0) + _OFFSET
    return yuv


def planes_420(rgb: U8Array) -> tuple[U8Array, U8Array]:
    """Y as uint8, (1, h, w), and Cb, Cr as uint8, (2, h/2, w/2), from ``rgb``: uint8, (h, w, 3), h and w even."""
    yuv = yuv_from_rgb(rgb)
    _, height, width = yuv.shape
    halves = yuv[1:].reshape(2, height // 2, 2, width // 2, 2).mean((2, 4))
    return _bytes(yuv[:1]), _bytes(halves)


def _bytes(samples: F32Array) -> U8Array:
    return np.clip(np.rint(samples), 0, 255).astype(np.uint8)
