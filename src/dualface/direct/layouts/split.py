"""Dividing a length between two tiles."""

from __future__ import annotations

from dualface.errors import ConfigurationError

LEAST = 16
"""The smallest side of a tile, in pixels."""


def halves(length: int, gap: int) -> tuple[int, int]:
    """Two even lengths that fill ``length`` together with the ``gap`` between them, equal or 2 pixels apart.

    Raises as :func:`divided` does.
    """
    return divided(length, gap, 0.5)


def divided(length: int, gap: int, share: float) -> tuple[int, int]:
    """Two even lengths that fill ``length`` together with the ``gap`` between them, the first about ``share`` of the room.

    Raises :class:`~dualface.errors.ConfigurationError` if the canvas or the gap is odd, or leaves no room for two tiles.
    """
    if length % 2 or gap % 2 or gap < 0:
        raise ConfigurationError(f"An output side of {length} pixels with a gap of {gap} doesn't work; both must be even.")
    if length - gap < 2 * LEAST:
        raise ConfigurationError(f"A gap of {gap} pixels leaves no room for two tiles in {length}; make it smaller.")
    room = (length - gap) // 2
    first = min(max(int(room * share), LEAST // 2), room - LEAST // 2) * 2
    return first, length - gap - first


def even_side(length: int) -> int:
    """``length`` itself.  Raises :class:`~dualface.errors.ConfigurationError` if a tile can't be that wide or high."""
    if length % 2 or length < LEAST:
        raise ConfigurationError(f"An output side of {length} pixels doesn't work; it must be even and at least {LEAST}.")
    return length
