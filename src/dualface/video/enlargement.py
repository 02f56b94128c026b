"""How much the tiles enlarge the source: what is enlarged a lot looks soft."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from dualface.types import Fill, Placement

_TENTHS = 10


@dataclass(slots=True)
class Enlargement:
    """By how much one person's picture was enlarged, over the frames that show it; 1 is pixel by pixel."""

    tenths: Counter[int] = field(default_factory=Counter)

    def add(self, placement: Placement) -> None:
        """The next frame's picture of the person."""
        at, crop = placement.at, placement.crop
        if crop.w > 0 and crop.h > 0:
            across, down = at.w / crop.w, at.h / crop.h
            self.tenths[round(_TENTHS * (across if placement.fill is Fill.CROP else min(across, down)))] += 1

    @property
    def usual(self) -> float:
        """The median; 0 where nothing was shown."""
        half, seen = self.tenths.total() / 2, 0
        for tenths in sorted(self.tenths):
            seen += self.tenths[tenths]
            if seen >= half:
                return tenths / _TENTHS
        return 0.0

    @property
    def most(self) -> float:
        """The greatest; 0 where nothing was shown."""
        return max(self.tenths, default=0) / _TENTHS

    def share_above(self, limit: float) -> float:
        """Share of the frames that show the person in which it is more than this, 0…1."""
        above = sum(count for tenths, count in self.tenths.items() if tenths > _TENTHS * limit)
        return above / self.tenths.total() if above else 0.0
