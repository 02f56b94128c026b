"""Two columns."""

from __future__ import annotations

from dualface.direct.layouts.split import even_side, halves
from dualface.types import Rect, Side


class SideBySideLayout:
    """One person beside the other: 1920×1080 gives two tiles of 960×1080."""

    default_size = (1920, 1080)

    def tiles(self, width: int, height: int, gap: int) -> dict[Side, Rect]:
        """Raises :class:`~dualface.errors.ConfigurationError` for odd numbers, or if there is no room."""
        left, right = halves(width, gap)
        height = even_side(height)
        return {Side.LEFT: Rect(0, 0, left, height), Side.RIGHT: Rect(left + gap, 0, right, height)}
