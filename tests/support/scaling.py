"""What scaling a part of a picture should give, in float64 and plain numpy."""

from __future__ import annotations

import math

import numpy as np

from dualface.types import Crop, F64Array, U8Array, U16Array


def scaled(plane: U8Array | U16Array, crop: Crop, width: int, height: int, most: int = 255) -> F64Array:
    """``crop``, in samples of ``plane``, stretched to ``width × height``; float64, not rounded, 0…``most``."""
    columns = _weights(crop.x, crop.w / width, width, plane.shape[1])
    rows = _weights(crop.y, crop.h / height, height, plane.shape[0])
    return np.clip(rows @ plane.astype(np.float64) @ columns.T, 0, most)


def chroma_crop(crop: Crop, width: int) -> Crop:
    """``crop`` in samples of a chroma plane, for an output ``width`` pixels wide: sample ``c`` lies on column 2c."""
    left = (crop.x + 0.5 * crop.w / width - 0.5) / 2 + 0.5  # centre of the output's first chroma sample, in the source's
    return Crop(left - 0.5 * crop.w / width, crop.y / 2, crop.w / 2, crop.h / 2)


def _weights(origin: float, step: float, count: int, size: int) -> F64Array:
    weights = np.zeros((count, size))
    for i in range(count):
        begin = origin + i * step
        if step <= 1:
            centre = begin + step / 2 - 0.5
            for j in range(math.floor(centre) - 1, math.floor(centre) + 3):
                weights[i, min(max(j, 0), size - 1)] += _catmull_rom(abs(centre - j))
        else:
            for j in range(math.floor(begin), math.ceil(begin + step)):
                covered = min(j + 1, begin + step) - max(j, begin)
                weights[i, min(max(j, 0), size - 1)] += covered / step
    return weights


def _catmull_rom(x: float) -> float:
    if x < 1:
        return 1.5 * x**3 - 2.5 * x**2 + 1
    return -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2 if x < 2 else 0.0
