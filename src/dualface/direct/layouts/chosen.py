"""The layout that the configuration names, and the canvas that it divides."""

from __future__ import annotations

from dualface import registry
from dualface.config.schema import FramingConfig
from dualface.interfaces import Layout
from dualface.types import Moment, Person, Rect, Tile


def chosen_layout(framing: FramingConfig) -> tuple[Layout, tuple[int, int]]:
    """The layout, and the canvas' width and height in pixels.

    Raises :class:`~dualface.errors.ConfigurationError` for a layout that is not registered.
    """
    layout: Layout = registry.make("layout", framing.layout)
    if framing.size == "auto":
        return layout, layout.default_size
    width, height = (int(n) for n in framing.size.split("x"))
    return layout, (width, height)


def arranged(framing: FramingConfig) -> list[Tile]:
    """The tiles that both people get.  Raises :class:`~dualface.errors.ConfigurationError` where they find no room."""
    layout, (width, height) = chosen_layout(framing)
    return list(layout.arrange(Moment(width, height, framing.gap)))


def wished_tiles(framing: FramingConfig, layout: str, person: Person | None) -> tuple[Tile, ...]:
    """The tiles of a part of the film: ``split``, ``full`` for ``person``, ``scene``, or another layout on the same canvas.

    Raises :class:`~dualface.errors.ConfigurationError` as :func:`arranged` does.
    """
    chosen, (width, height) = chosen_layout(framing)
    if layout in ("full", "scene"):
        return (Tile(Rect(0, 0, width, height), person if layout == "full" else None),)
    wished: Layout = chosen if layout == "split" else registry.make("layout", layout)
    return tuple(wished.arrange(Moment(width, height, framing.gap)))
