"""Whoever speaks has two thirds of the picture, who listens the rest."""

from __future__ import annotations

from dualface.direct.layouts.follow import FollowLayout
from dualface.direct.layouts.split import divided, even_side
from dualface.types import Moment, Person, Rect, Tile

_SHARE = 2 / 3


class SpotlightLayout:
    """Both people beside or above each other, as the canvas' shape suggests, the one who has the floor larger.

    Where nobody has it, and where only one or nobody is to be shown, the picture is that of ``follow``.
    """

    default_size = (1920, 1080)
    follows_speech = True

    def arrange(self, moment: Moment) -> list[Tile]:
        """One or two tiles.  Raises :class:`~dualface.errors.ConfigurationError` for odd numbers, or if there is no room."""
        if moment.speaker is None or not moment.people >= set(Person):
            return FollowLayout().arrange(moment)
        share = _SHARE if moment.speaker is Person.LEFT else 1 - _SHARE
        if moment.width >= moment.height:
            first, second = divided(moment.width, moment.gap, share)
            height = even_side(moment.height)
            places = Rect(0, 0, first, height), Rect(first + moment.gap, 0, second, height)
        else:
            first, second = divided(moment.height, moment.gap, share)
            width = even_side(moment.width)
            places = Rect(0, 0, width, first), Rect(0, first + moment.gap, width, second)
        return [Tile(place, person) for place, person in zip(places, Person, strict=True)]
