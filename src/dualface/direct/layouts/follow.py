"""What each shot shows: both people, one, or the whole scene."""

from __future__ import annotations

from dualface.direct.layouts.side_by_side import SideBySideLayout
from dualface.direct.layouts.split import even_side
from dualface.direct.layouts.stacked import StackedLayout
from dualface.interfaces import Layout
from dualface.types import Moment, Person, Rect, Tile


class FollowLayout:
    """Both people share the canvas, beside or above each other as its shape suggests; one alone has all of it.

    Where neither is to be shown, neither can be told from others, the whole scene is.
    """

    default_size = (1920, 1080)

    def arrange(self, moment: Moment) -> list[Tile]:
        """One or two tiles.  Raises :class:`~dualface.errors.ConfigurationError` for odd numbers, or if there is no room."""
        if moment.people >= set(Person):
            split: Layout = SideBySideLayout() if moment.width >= moment.height else StackedLayout()
            return list(split.arrange(moment))
        whole = Rect(0, 0, even_side(moment.width), even_side(moment.height))
        return [Tile(whole, next(iter(moment.people), None))]
