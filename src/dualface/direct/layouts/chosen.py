"""The layout that the configuration names, and the canvas that it divides."""

from __future__ import annotations

from dualface import registry
from dualface.config.schema import FramingConfig
from dualface.interfaces import Layout
from dualface.types import Moment, Tile


def chosen_layout(framing: FramingConfig) -> tuple[Layout, tuple[int, int]]:
    """The layout, and the canvas' width and height in pixels.

    Raises :class:`~dualface.errors.ConfigurationError` for a layout that is not registered.
    """
    layout: Layout = registry.make("layout", framing.layout)
    if framing.size == "auto":
        return layout, layout.default_size
    width, height = (int(n) for n in framing.size.split("x"))
    return layout, (width, height)


def follows_speech(framing: FramingConfig) -> bool:
    """Whether the picture depends on who speaks: a layout that says so (``follows_speech``), or a highlight.

    Raises as :func:`chosen_layout` does.
    """
    layout, _ = chosen_layout(framing)
    return framing.highlight != "none" or bool(getattr(layout, "follows_speech", False))


def arranged(framing: FramingConfig) -> list[Tile]:
    """The tiles that both people get.  Raises :class:`~dualface.errors.ConfigurationError` where they find no room."""
    layout, (width, height) = chosen_layout(framing)
    return list(layout.arrange(Moment(width, height, framing.gap)))
