"""What tiles are called: by where they are on the canvas, not by whose they are."""

from __future__ import annotations

from collections.abc import Mapping

from dualface.types import Rect, Side


def place_names(tiles: Mapping[Side, Rect]) -> dict[Side, str]:
    """``left`` and ``right``, or ``upper`` and ``lower`` where the tiles are further apart in height than in width."""
    if set(tiles) != set(Side):
        return {side: side.value for side in Side}
    first, second = tiles[Side.LEFT], tiles[Side.RIGHT]
    across = (second.x + second.w / 2) - (first.x + first.w / 2)
    down = (second.y + second.h / 2) - (first.y + first.h / 2)
    if abs(down) > abs(across):
        names = ("upper", "lower") if down > 0 else ("lower", "upper")
    else:
        names = ("left", "right") if across >= 0 else ("right", "left")
    return dict(zip((Side.LEFT, Side.RIGHT), names, strict=True))
