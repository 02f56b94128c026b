"""What was seen of one track since it may last have changed persons."""

from __future__ import annotations

from dataclasses import dataclass, field

from dualface.likeness import Appearance, Pose, pose_of, turn_of
from dualface.types import Landmarks, Look

_MOST_LOOKS = 24


@dataclass(slots=True)
class Sighting:
    """The looks at a track; ``part`` counts how often it may have changed persons."""

    track_id: int
    part: int = 0
    frames: list[int] = field(default_factory=list)
    looks: list[tuple[float, Pose, Look]] = field(default_factory=list)
    turns: list[float] = field(default_factory=list)

    @property
    def key(self) -> tuple[int, int]:
        return self.track_id, self.part

    def add(self, frame: int, time: float, landmarks: Landmarks, look: Look) -> None:
        """A look in frame ``frame``, at ``time`` seconds.  Of many, every second one of the older ones goes."""
        self.frames.append(frame)
        self.looks.append((time, pose_of(landmarks), look))
        self.turns.append(turn_of(landmarks))
        if len(self.looks) > _MOST_LOOKS:
            for kept in (self.frames, self.looks, self.turns):
                del kept[1 : _MOST_LOOKS // 2 : 2]

    def break_off(self, since: int) -> None:
        """From frame ``since`` on it may be somebody else."""
        if self.looks:
            self.part += 1
            start = sum(frame < since for frame in self.frames)
            self.frames, self.looks, self.turns = self.frames[start:], self.looks[start:], self.turns[start:]

    def appearance(self, last: int | None = None) -> Appearance:
        """All that was seen, or what the ``last`` looks saw."""
        return Appearance.of(self.looks[-last:] if last else self.looks)

    @property
    def turn(self) -> float:
        """Where the face looks on average."""
        return sum(self.turns) / len(self.turns) if self.turns else 0.0
