"""The tiles as films of their own, for those who put the picture together elsewhere."""

from __future__ import annotations

from dualface.config.loaders import Entry, Layer, ValueOrigin
from dualface.config.presets import Variant
from dualface.config.schema import Config
from dualface.direct.layouts.chosen import arranged

FLAG = "--tiles"


def tile_films(config: Config) -> list[Variant]:
    """For each person the film of their tile, just as it is in the film of ``config``, but without borders.

    Raises :class:`~dualface.errors.ConfigurationError` where the tiles find no room.
    """
    origin = ValueOrigin(Layer.COMMAND_LINE, FLAG)
    settings = {"framing.border": Entry(0, origin)}
    return [
        Variant(tile.person.value, settings | {"framing.only": Entry(tile.person.value, origin)})
        for tile in arranged(config.framing)
        if tile.person is not None
    ]
