"""Who is shown in which tile, compared with the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dualface.types import Box, Person

TILES = {Person.LEFT: "A", Person.RIGHT: "B"}
"""The principals; A is on the left when first seen."""
_SEEN, _SHOWN = 0.5, 0.3
"""Share of a face that must be visible for it to be owed a tile, and for it to count as what a tile shows."""

Truth = Mapping[str, Sequence[float]]
"""Of each person in a frame: the face's box and its visible share."""
Shown = Mapping[Person, Box | None]
"""The crops of the tiles that claim to show their person."""


@dataclass(slots=True)
class Score:
    """Counts; see :meth:`add`."""

    owed: int = 0
    right: int = 0
    claimed: int = 0
    wrong: int = 0
    exchanges: int = 0
    frames: int = 0
    seconds: float = 0.0

    @property
    def identity(self) -> float:
        """Share of the frames with a principal's face at least half visible, in which it is the subject of the right tile."""
        return self.right / self.owed if self.owed else 1.0

    @property
    def wrong_share(self) -> float:
        """Share of the frames in which a tile claims to show its person, and shows somebody else."""
        return self.wrong / self.claimed if self.claimed else 0.0

    @property
    def exchanges_a_minute(self) -> float:
        """How often a tile begins to show the other principal."""
        return 60 * self.exchanges / self.seconds if self.seconds else 0.0

    def add(self, truth: Sequence[Truth], shown: Sequence[Shown], fps: float) -> None:
        """Counts one scene in."""
        for side, principal in TILES.items():
            exchanged = False
            for faces, tiles in zip(truth, shown, strict=True):
                crop = tiles[side]
                who = _subject(crop, faces) if crop is not None else None
                if principal in faces and faces[principal][4] >= _SEEN:
                    self.owed += 1
                    self.right += who == principal
                self.claimed += crop is not None
                self.wrong += who not in (None, principal)
                self.exchanges += who == TILES[side.other] and not exchanged
                exchanged = who == TILES[side.other] or (exchanged and who is None)
        self.frames += len(truth)
        self.seconds += len(truth) / fps


def _subject(crop: Box, faces: Truth) -> str | None:
    """The person nearest to the crop's middle line, of those whose face's middle is inside it."""
    away = {}
    for person, (x, y, w, h, visible) in faces.items():
        cx, cy = x + w / 2, y + h / 2
        if visible >= _SHOWN and crop.x <= cx <= crop.right and crop.y <= cy <= crop.bottom:
            away[person] = abs(cx - crop.cx)
    return min(away, key=lambda person: away[person]) if away else None
