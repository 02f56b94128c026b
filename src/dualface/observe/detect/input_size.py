"""How large a detector's picture is."""

from __future__ import annotations

import math

from dualface.errors import ConfigurationError

CELL = 32
"""Detectors reduce their picture by up to this factor, so its sides are multiples of it."""
_CELLS = 16 * 9
"""512×288: large enough for every face that a tile can show, small enough to cost little."""


def detector_input_size(width: int, height: int, setting: str = "auto") -> tuple[int, int]:
    """Width and height of the detector's picture for a source of ``width × height`` pixels.

    ``auto``: multiples of 32 that cover about the area of 512×288, in nearly the source's shape.  ``setting`` may also be a
    size, as ``"640x352"``.  Raises :class:`~dualface.errors.ConfigurationError` for one that is no multiple of 32.
    """
    if setting == "auto":
        return _nearest(width / height)
    w, h = (int(n) for n in setting.split("x"))
    if w % CELL or h % CELL or not w or not h:
        good = "x".join(str(max(round(n / CELL), 1) * CELL) for n in (w, h))
        raise ConfigurationError(
            f"detection.input_size is {setting}, but both numbers must be multiples of {CELL}: try {good}."
        )
    return w, h


def _nearest(aspect: float) -> tuple[int, int]:
    """The size whose distortion and difference in area are least; distortion counts twice, it hurts more."""
    sizes = [(columns, min(max(round(columns / aspect), 1), _CELLS)) for columns in range(1, _CELLS + 1)]

    def misfit(size: tuple[int, int]) -> float:
        columns, rows = size
        return 2 * abs(math.log(columns / rows / aspect)) + abs(math.log(columns * rows / _CELLS))

    columns, rows = min(sizes, key=misfit)
    return columns * CELL, rows * CELL
