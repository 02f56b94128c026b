"""Which part of each plane a crop shows, in numbers that the CPU and the GPU read alike."""

from __future__ import annotations

import math
from typing import NamedTuple

from dualface.types import Crop

ONE = 1 << 32
"""One source sample, in the fixed-point numbers of positions."""


class Part(NamedTuple):
    """Where the part begins (``x``, ``y``) and how much of the source one output sample covers, as fixed-point numbers.

    Sample ``j`` of the source reaches from ``j`` to ``j + 1``.
    """

    x: int
    x_step: int
    y: int
    y_step: int


def luma_part(crop: Crop, width: int, height: int) -> Part:
    """The luma samples under ``crop``, for an output of ``width × height`` pixels."""
    return Part(_fixed(crop.x), _fixed(crop.w / width), _fixed(crop.y), _fixed(crop.h / height))


def chroma_part(crop: Crop, width: int, height: int, *, every_row: bool = False) -> Part:
    """The chroma samples under ``crop``, for an output of ``width × height`` pixels, both even; ``every_row``: 4:2:2.

    Chroma is sited as MPEG-2 and H.264 have it: on the even luma columns, and between two luma rows.  A column's centre
    thus lies a quarter of a sample left of the middle, in the source as well as on the canvas.
    """
    step = crop.w / width
    return Part(
        _fixed(crop.x / 2 + (1 - step) / 4), _fixed(step), _fixed(crop.y if every_row else crop.y / 2), _fixed(crop.h / height)
    )


def _fixed(value: float) -> int:
    return math.floor(value * ONE + 0.5)
