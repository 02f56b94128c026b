"""Two columns."""

from __future__ import annotations

from dualface.direct.layouts.split import even_side, halves
from dualface.types import Moment, Person, Rect, Tile


class SideBySideLayout:
    """One person beside the other: 1920×1080 gives two tiles of 960×1080."""

    default_size = (1920, 1080)

    def arrange(self, moment: Moment) -> list[Tile]:
        """Both tiles, always.  Raises :class:`~dualface.errors.ConfigurationError` for odd numbers, or if there is no room."""
        left, right = halves(moment.width, moment.gap)
        height = even_side(moment.height)
        return [
            Tile(Rect(0, 0, left, height), Person.LEFT),
            Tile(Rect(left + moment.gap, 0, right, height), Person.RIGHT),
        ]
