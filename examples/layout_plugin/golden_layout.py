"""A layout for dualface in which the left person gets the larger part, by the golden ratio."""

from __future__ import annotations

from dualface.types import Rect, Side

_LARGER = 0.618


class GoldenLayout:
    """Two columns: 1920×1080 gives tiles of 1186×1080 and 734×1080."""

    default_size = (1920, 1080)

    def tiles(self, width: int, height: int, gap: int) -> dict[Side, Rect]:
        left = round((width - gap) * _LARGER / 2) * 2
        right = width - gap - left
        return {Side.LEFT: Rect(0, 0, left, height), Side.RIGHT: Rect(left + gap, 0, right, height)}
