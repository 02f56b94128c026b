"""Who spoke when in a film, gathered frame by frame for its summary."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from dualface.types import FramePlan, Speech, Talk, Turn

_DIGITS = 3


@dataclass(slots=True)
class Talking:
    """The turns of a film so far; times are seconds from its first picture.  Empty where nobody asked who speaks."""

    turns: list[Turn] = field(default_factory=list)
    _first: float | None = None
    _told: Speech | None = None

    def add(self, time: float, speech: Speech | None) -> None:
        """The next frame, at ``time`` seconds on any clock."""
        self._first = time if self._first is None else self._first
        now = round(time - self._first, _DIGITS)
        if self.turns and self._told is not None:
            last = self.turns[-1]
            self.turns[-1] = Turn(last.start, now, last.talk, last.confidence)
        if speech is not None and speech != self._told:
            self.turns.append(Turn(now, now, speech.talk, speech.confidence))
        self._told = speech

    @property
    def silent(self) -> bool:
        """Whether somebody asked who speaks, and nobody does."""
        return bool(self.turns) and all(turn.talk is Talk.NOBODY for turn in self.turns)

    def shares(self) -> dict[str, float]:
        """Each answer's share of the time, 0…1."""
        total = sum(turn.end - turn.start for turn in self.turns) or 1.0
        lengths = {talk: sum(turn.end - turn.start for turn in self.turns if turn.talk is talk) for talk in Talk}
        return {talk.value: round(length / total, 4) for talk, length in lengths.items()}

    def as_dict(self) -> dict[str, Any] | None:
        """As the summary has it; ``None`` where nobody asked."""
        if not self.turns:
            return None
        spoken = [turn for turn in self.turns if turn.talk is not Talk.NOBODY]
        length = sum(turn.end - turn.start for turn in spoken) or 1.0
        return {
            "shares": self.shares(),
            "confidence": round(sum((turn.end - turn.start) * turn.confidence for turn in spoken) / length, 3),
            "turns": [[turn.start, turn.end, turn.talk.value, turn.confidence] for turn in self.turns],
        }


def turns_of_film(frames: Iterable[FramePlan]) -> tuple[Turn, ...]:
    """Who speaks when in a film, in seconds from its first picture; nothing where nobody asked."""
    talking = Talking()
    for frame in frames:
        talking.add(frame.time, frame.speech)
    return tuple(talking.turns)
