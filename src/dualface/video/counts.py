"""The summary of one video: counts while it runs, a JSON object at the end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from dualface.types import FramePlan, Side, TileState
from dualface.video.absences import Absences


@dataclass(slots=True)
class RunCounts:
    """Counts over the planned frames of one video."""

    frames: int = 0
    cuts: int = 0
    reid_frames: int = 0
    recognitions: int = 0
    corrections: int = 0
    tiles: dict[Side, Counter[TileState]] = field(default_factory=lambda: {side: Counter() for side in Side})
    anybody: bool = False
    absences: Absences = field(default_factory=Absences)

    def add(self, plan: FramePlan) -> None:
        self.frames += 1
        self.cuts += plan.cut
        self.reid_frames += plan.reid
        self.recognitions += len(plan.corrections)
        self.corrections += sum(c["was"] is not None for c in plan.corrections)
        self.anybody = self.anybody or bool(plan.faces)
        for side, view in plan.tiles.items():
            self.tiles[side][view.state] += 1
        seen = [side.value for side, view in plan.tiles.items() if view.state is TileState.TRACKED]
        away = [side.value for side, view in plan.tiles.items() if view.state is TileState.FALLBACK]
        self.absences.add(plan.time, [side.value for side in Side], seen=seen, away=away)

    def share(self, side: Side, state: TileState) -> float:
        """Share of the frames in which a tile was in this state, 0…1."""
        return self.tiles[side][state] / self.frames if self.frames else 0.0

    def as_dict(self) -> dict[str, Any]:
        return {
            "frames": self.frames,
            "cuts": self.cuts,
            "recognitions": self.recognitions,
            "corrections": self.corrections,
            "reid_share": round(self.reid_frames / self.frames, 4) if self.frames else 0.0,
            "tiles": {side.value: {state.value: round(self.share(side, state), 4) for state in TileState} for side in Side},
            "missing": self.absences.as_dict(),
            "duration_seconds": round(self.absences.length, 3),
        }
