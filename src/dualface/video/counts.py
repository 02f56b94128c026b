"""The summary of one video: counts while it runs, a JSON object at the end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from dualface.types import FramePlan, Observation, Person, TileState

_STATES = (TileState.TRACKED, TileState.HELD, TileState.STAND_IN)


@dataclass(slots=True)
class RunCounts:
    """Counts over the planned frames of one video."""

    frames: int = 0
    cuts: int = 0
    reid_frames: int = 0
    recognitions: int = 0
    corrections: int = 0
    tiles: dict[Person, Counter[TileState]] = field(default_factory=lambda: {person: Counter() for person in Person})
    anybody: bool = False

    def add(self, seen: Observation, plan: FramePlan) -> None:
        self.frames += 1
        self.cuts += plan.cut
        self.reid_frames += seen.reid
        self.recognitions += len(seen.namings)
        self.corrections += sum(naming.was is not None for naming in seen.namings)
        self.anybody = self.anybody or bool(seen.faces)
        for placement in plan.placements:
            if placement.person is not None:
                self.tiles[placement.person][placement.state] += 1

    def share(self, person: Person, state: TileState) -> float:
        """Share of the frames in which a tile was in this state, 0…1."""
        return self.tiles[person][state] / self.frames if self.frames else 0.0

    def _shares(self, person: Person) -> dict[str, float]:
        return {state.value: round(self.share(person, state), 4) for state in _STATES}

    def as_dict(self) -> dict[str, Any]:
        return {
            "frames": self.frames,
            "cuts": self.cuts,
            "recognitions": self.recognitions,
            "corrections": self.corrections,
            "reid_share": round(self.reid_frames / self.frames, 4) if self.frames else 0.0,
            "tiles": {person.value: self._shares(person) for person in Person},
        }
