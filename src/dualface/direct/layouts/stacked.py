"""Two rows."""

from __future__ import annotations

from dualface.direct.layouts.split import even_side, halves
from dualface.types import Rect, Side


class StackedLayout:
    """One person above the other, for upright screens: 1080×1920 gives two tiles of 1080×960."""

    default_size = (1080, 1920)

    def tiles(self, width: int, height: int, gap: int) -> dict[Side, Rect]:
        """Raises :class:`~dualface.errors.ConfigurationError` for odd numbers, or if there is no room."""
        upper, lower = halves(height, gap)
        width = even_side(width)
        return {Side.LEFT: Rect(0, 0, width, upper), Side.RIGHT: Rect(0, upper + gap, width, lower)}
