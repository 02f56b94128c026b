"""Two rows."""

from __future__ import annotations

from dualface.direct.layouts.split import even_side, halves
from dualface.types import Moment, Person, Rect, Tile


class StackedLayout:
    """One person above the other, for upright screens: 1080×1920 gives two tiles of 1080×960."""

    default_size = (1080, 1920)

    def arrange(self, moment: Moment) -> list[Tile]:
        """Both tiles, always.  Raises :class:`~dualface.errors.ConfigurationError` for odd numbers, or if there is no room."""
        upper, lower = halves(moment.height, moment.gap)
        width = even_side(moment.width)
        return [
            Tile(Rect(0, 0, width, upper), Person.LEFT),
            Tile(Rect(0, upper + moment.gap, width, lower), Person.RIGHT),
        ]
