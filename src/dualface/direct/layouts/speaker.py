"""Whoever speaks fills the picture."""

from __future__ import annotations

from dualface.direct.layouts.follow import FollowLayout
from dualface.direct.layouts.split import even_side
from dualface.types import Moment, Rect, Tile


class SpeakerLayout:
    """The one who has the floor has all of the canvas; where nobody has it, both share it, as in ``follow``."""

    default_size = (1920, 1080)
    follows_speech = True

    def arrange(self, moment: Moment) -> list[Tile]:
        """One or two tiles.  Raises :class:`~dualface.errors.ConfigurationError` for odd numbers, or if there is no room."""
        if moment.speaker is None:
            return FollowLayout().arrange(moment)
        return [Tile(Rect(0, 0, even_side(moment.width), even_side(moment.height)), moment.speaker)]
