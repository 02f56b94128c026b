"""One frame's people, while the look-ahead holds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from dualface.types import Frame, Look, Side, Track


@dataclass(slots=True)
class Scene:
    """Who is where in one frame, open to correction while the look-ahead holds it.

    ``tracks`` are those seen in the frame; ``people`` maps ids of theirs to sides, ``looks`` to what they looked like.
    """

    frame: Frame
    cut: bool
    tracks: Sequence[Track]
    people: dict[int, Side] = field(default_factory=dict)
    looks: dict[int, Look] = field(default_factory=dict)
    corrections: list[dict[str, Any]] = field(default_factory=list)

    @property
    def reid(self) -> bool:
        """Whether faces were looked at."""
        return bool(self.looks)

    def track_of(self, side: Side) -> Track | None:
        return next((t for t in self.tracks if self.people.get(t.id) is side), None)

    def rename(self, track_id: int, side: Side, *, replace: bool) -> None:
        """Gives the track to ``side`` if it is seen here; whoever had the side loses it, or keeps it unless ``replace``."""
        if any(t.id == track_id for t in self.tracks) and (replace or side not in self.people.values()):
            self.people = {k: s for k, s in self.people.items() if s is not side} | {track_id: side}
