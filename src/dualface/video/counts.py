"""The summary of one video: counts while it runs, a JSON object at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from dualface.types import FramePlan, Observation, Person, TileState
from dualface.video.absences import Absences
from dualface.video.enlargement import Enlargement
from dualface.video.talking import Talking

_STATES = (TileState.TRACKED, TileState.HELD, TileState.STAND_IN)
_LISTENS_SECONDS = 2.0
"""Who has no tile and was seen so lately is there, and listens."""
_SHOWN = (TileState.TRACKED, TileState.HELD)


@dataclass(slots=True)
class RunCounts:
    """Counts over the planned frames of one video."""

    frames: int = 0
    cuts: int = 0
    reid_frames: int = 0
    recognitions: int = 0
    corrections: int = 0
    listening: Counter[Person] = field(default_factory=Counter)
    """Frames in which somebody is there who has no tile, because the other speaks."""
    talking: Talking = field(default_factory=Talking)
    tiles: dict[Person, Counter[TileState]] = field(default_factory=lambda: {person: Counter() for person in Person})
    layouts: Counter[str] = field(default_factory=Counter)
    anybody: bool = False
    empty: int = 0
    alone: Counter[Person] = field(default_factory=Counter)
    enlarged: dict[Person, Enlargement] = field(default_factory=lambda: {person: Enlargement() for person in Person})
    absences: Absences = field(default_factory=Absences)
    _seen_at: dict[Person, float] = field(default_factory=dict)

    def add(self, seen: Observation, plan: FramePlan) -> None:
        self.frames += 1
        self.cuts += plan.cut
        self.reid_frames += seen.reid
        self.recognitions += len(seen.namings)
        self.corrections += sum(naming.was is not None for naming in seen.namings)
        self.anybody = self.anybody or bool(seen.faces or plan.people)  # a plan alone tells too, without what was seen
        self.layouts[plan.layout] += 1
        shown = {one.person: one for one in plan.placements if one.person is not None and one.state in _SHOWN}
        self.empty += not shown
        self.alone.update(list(shown) if len(shown) == 1 else ())
        for placement in plan.placements:
            if placement.person is not None:
                self.tiles[placement.person][placement.state] += 1
        for person, placement in shown.items():
            self.enlarged[person].add(placement)
        self._add_absences(plan)
        self.talking.add(plan.time, plan.speech)

    def _add_absences(self, plan: FramePlan) -> None:
        states = {placement.person: placement.state for placement in plan.placements}
        self._seen_at |= dict.fromkeys(plan.people.values(), plan.time)
        recent = {p for p, time in self._seen_at.items() if plan.time - time <= _LISTENS_SECONDS}
        listening = recent - states.keys() if plan.speech is not None else set()
        seen = [person.value for person in Person if states.get(person) is TileState.TRACKED or person in listening]
        away = [person.value for person in Person if states.get(person) not in _SHOWN and person not in listening]
        self.listening.update(listening)
        self.absences.add(plan.time, [person.value for person in Person], seen=seen, away=away)

    def share(self, person: Person, state: TileState) -> float:
        """Share of the frames in which a tile was in this state, 0…1."""
        return self.tiles[person][state] / self.frames if self.frames else 0.0

    def absent(self, person: Person) -> float:
        """Share of the frames in which a person is neither seen nor held: away, or not found."""
        if not self.frames:
            return 0.0
        return 1.0 - self.share(person, TileState.TRACKED) - self.share(person, TileState.HELD) - self.heard(person)

    def heard(self, person: Person) -> float:
        """Share of the frames in which a person is seen and listens, without a tile."""
        return self.listening[person] / self.frames if self.frames else 0.0

    @property
    def nobody(self) -> float:
        """Share of the frames that show no person, 0…1."""
        return self.empty / self.frames if self.frames else 0.0

    def _shares(self, person: Person) -> dict[str, float]:
        shares = {state.value: round(self.share(person, state), 4) for state in _STATES}
        shares |= {"absent": round(max(self.absent(person), 0.0), 4)}
        return shares | {"alone": round(self.alone[person] / self.frames, 4) if self.frames else 0.0}

    def as_dict(self, people: Collection[Person] = tuple(Person)) -> dict[str, Any]:
        """As the summary has it; ``people`` are those who have a tile in the film."""
        return {
            "frames": self.frames,
            "cuts": self.cuts,
            "recognitions": self.recognitions,
            "corrections": self.corrections,
            "reid_share": round(self.reid_frames / self.frames, 4) if self.frames else 0.0,
            "layouts": {name: round(count / self.frames, 4) for name, count in sorted(self.layouts.items())},
            "tiles": {person.value: self._shares(person) for person in Person},
            "nobody": round(self.nobody, 4),
            "enlarged": {person.value: {"usual": one.usual, "most": one.most} for person, one in self.enlarged.items()},
            "missing": {person: spans for person, spans in self.absences.as_dict().items() if person in people},
            "duration_seconds": round(self.absences.length, 3),
            "speech": self.talking.as_dict(),
        }
