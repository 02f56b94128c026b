"""Picture in picture: a layout for dualface."""

from __future__ import annotations

from dualface.errors import ConfigurationError
from dualface.types import Moment, Person, Rect, Tile

INSET, MARGIN = 0.35, 0.04
"""The inset's side and its distance from the edges, as shares of the canvas' shorter side."""
LEAST = 16
"""The smallest side of an inset, in pixels."""


class PictureInPictureLayout:
    """The left person fills the canvas; the right one is seen in a square in its lower right corner."""

    default_size = (1920, 1080)

    def arrange(self, moment: Moment) -> list[Tile]:
        """One tile over the other; a person who is alone, or the scene, gets all of the canvas.

        Raises :class:`~dualface.errors.ConfigurationError` for odd canvases and those that have no room for the inset.
        """
        whole = Rect(0, 0, moment.width, moment.height)
        if moment.width % 2 or moment.height % 2 or min(moment.width, moment.height) <= 0:
            raise ConfigurationError(f"A canvas of {moment.width}x{moment.height} doesn't work; both must be even.")
        if len(moment.people) < len(Person):
            return [Tile(whole, next(iter(moment.people), None))]
        shorter = min(moment.width, moment.height)
        side, margin = _even(INSET * shorter), max(_even(MARGIN * shorter), moment.gap)
        if side < LEAST or side + margin > shorter:
            size = f"{moment.width}x{moment.height}"
            raise ConfigurationError(f"There is no room for an inset in {size} with a gap of {moment.gap}.")
        inset = Rect(moment.width - margin - side, moment.height - margin - side, side, side)
        return [Tile(whole, Person.LEFT), Tile(inset, Person.RIGHT)]


def _even(length: float) -> int:
    return round(length / 2) * 2
