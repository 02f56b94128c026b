"""What tiles look like, whatever they show: their corners, and what is seen behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dualface.types import Box, Fill, Placement, Rect, TileState


@dataclass(frozen=True, slots=True)
class TileLook:
    """``size``: of the canvas in pixels.  ``corners``: the radius of the tiles'.  ``blur_behind``: the scene behind them."""

    size: tuple[int, int]
    corners: int = 0
    blur_behind: bool = False

    def of(self, placements: Sequence[Placement], scene: Box) -> list[Placement]:
        """The placements with their corners, and where they leave anything free of the canvas, ``scene`` behind them.

        One that fills the canvas keeps its corners.
        """
        whole = Rect(0, 0, *self.size)
        if self.corners:
            placements = [one if one.at == whole else replace(one, corner=self.corners) for one in placements]
        if not self.blur_behind or _fill(placements, whole):
            return list(placements)
        return [Placement(whole, scene, None, TileState.SCENE, fill=Fill.BACKDROP), *placements]


def _fill(placements: Sequence[Placement], whole: Rect) -> bool:
    """Whether nothing can be seen behind them; layouts that overlap and yet fill the canvas are taken not to."""
    if any(one.corner for one in placements):
        return False
    free = whole.w * whole.h - sum(one.at.w * one.at.h for one in placements)
    return free == 0 or any(one.at == whole for one in placements)
