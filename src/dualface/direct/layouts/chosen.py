"""The layout that the configuration names, and the canvas that it divides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dualface import registry
from dualface.config.schema import FramingConfig
from dualface.errors import ConfigurationError
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


def canvas_size(framing: FramingConfig) -> tuple[int, int]:
    """The film's width and height in pixels: of the canvas that the layout divides, or of the only tile.

    Raises as :func:`arranged` does.
    """
    _, size = chosen_layout(framing)
    if framing.only == "both":
        return size
    at = next((tile.at for tile in arranged(framing) if tile.person == framing.only), None)
    if at is None:
        raise ConfigurationError(f"The layout {framing.layout} has no tile for the {framing.only} person; choose another.")
    return at.w, at.h


def arranged(
    framing: FramingConfig, people: frozenset[Person] = frozenset(Person), speaker: Person | None = None
) -> tuple[Tile, ...]:
    """The tiles that these people get, inside the margin, where ``speaker`` has the floor.

    Raises :class:`~dualface.errors.ConfigurationError` where they find no room.
    """
    layout, size = chosen_layout(framing)
    return _inside_margin(layout, size, framing, people, speaker)


def wished_tiles(framing: FramingConfig, layout: str, person: Person | None) -> tuple[Tile, ...]:
    """The tiles of a part of the film: ``split``, ``full`` for ``person``, ``scene``, or another layout on the same canvas.

    Raises :class:`~dualface.errors.ConfigurationError` as :func:`arranged` does.
    """
    chosen, (width, height) = chosen_layout(framing)
    if layout in ("full", "scene"):
        return (Tile(Rect(0, 0, width, height), person if layout == "full" else None),)
    wished: Layout = chosen if layout == "split" else registry.make("layout", layout)
    return _inside_margin(wished, (width, height), framing, frozenset(Person))


def _inside_margin(
    layout: Layout,
    size: tuple[int, int],
    framing: FramingConfig,
    people: frozenset[Person],
    speaker: Person | None = None,
) -> tuple[Tile, ...]:
    (width, height), margin = size, framing.margin
    if 2 * margin >= min(width, height):
        raise ConfigurationError(f"A margin of {margin} pixels leaves nothing of {width}x{height}; make it smaller.")
    inner = Moment(width - 2 * margin, height - 2 * margin, framing.gap, people, speaker)
    tiles = layout.arrange(inner)
    _check(layout, [tile.at for tile in tiles], inner)
    return tuple(replace(tile, at=replace(tile.at, x=tile.at.x + margin, y=tile.at.y + margin)) for tile in tiles)


def _check(layout: Layout, places: Sequence[Rect], canvas: Moment) -> None:
    """Says at once and by name what the composer would stumble over in the middle of the film."""
    made_by = f"{type(layout).__module__}.{type(layout).__qualname__}"
    if not places:
        raise ConfigurationError(f"The layout {made_by} shows nothing at all; tell whoever made it, or choose another.")
    for at in places:
        inside = 0 <= at.x < at.x + at.w <= canvas.width and 0 <= at.y < at.y + at.h <= canvas.height
        if not inside or any(value % 2 for value in (at.x, at.y, at.w, at.h)):
            raise ConfigurationError(
                f"The layout {made_by} puts a tile of {at.w}x{at.h} pixels at {at.x},{at.y}, which does not lie on even pixels "
                f"of {canvas.width}x{canvas.height}; tell whoever made it, or choose another."
            )


def follows_speech(framing: FramingConfig) -> bool:
    """Whether the picture depends on who speaks: a layout that says so (``follows_speech``), or a highlight.

    Raises as :func:`chosen_layout` does.
    """
    layout, _ = chosen_layout(framing)
    return framing.highlight != "none" or bool(getattr(layout, "follows_speech", False))
