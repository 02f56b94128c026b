"""Who has a tile, frame by frame: whoever is there, without any flicker.

Who is seen at the beginning of a shot is shown from its first frame.  Within a shot the choice changes only for a change that
lasts, and never twice within a least time, nor just before the shot ends.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from dualface.types import Person

_STAYS = 0.6
"""Share of the frames ahead in which somebody must be seen to have come."""
_BEGINS = 0.35
"""The same at the beginning of a shot, where faces turn up late."""


@dataclass(frozen=True, slots=True)
class _Frame:
    time: float
    cut: bool
    seen: frozenset[Person]


class WhoIsShown:
    """Chooses for each frame who is shown; frames are pushed ahead of being decided.

    ``gone_seconds`` is how long somebody must be unseen to be gone, ``least_seconds`` how long a choice is kept at least within
    a shot.
    """

    def __init__(self, *, gone_seconds: float, least_seconds: float) -> None:
        self._gone, self._least = gone_seconds, least_seconds
        self._ahead: deque[_Frame] = deque()
        self._shown: frozenset[Person] = frozenset()
        self._changed = 0.0
        self._last_seen: dict[Person, float] = {}
        self._began = False

    def push(self, seen: frozenset[Person], *, time: float, cut: bool) -> None:
        """The next frame, at ``time`` seconds; ``cut`` if a new shot starts with it."""
        self._ahead.append(_Frame(time, cut, seen))

    def decide(self) -> frozenset[Person]:
        """Who is shown in the oldest undecided frame, judged with all that were pushed."""
        now = self._ahead[0]
        shot = self._rest_of_shot()
        if now.cut or not self._began:
            self._began, self._last_seen = True, {}
            self._shown, self._changed = frozenset(p for p in Person if _share(shot, p) >= _BEGINS), now.time
        for person in now.seen:
            self._last_seen[person] = now.time
        there = frozenset(p for p in Person if self._is_there(p, now, shot))
        ends = len(shot) < len(self._ahead)  # the next shot, which may show in this one already, has a choice of its own
        if there != self._shown and not ends and now.time - self._changed >= self._least:
            self._shown, self._changed = there, now.time
        self._ahead.popleft()
        return self._shown

    def _rest_of_shot(self) -> list[_Frame]:
        frames = [self._ahead[0]]
        for frame in list(self._ahead)[1:]:
            if frame.cut:
                break
            frames.append(frame)
        return frames

    def _is_there(self, person: Person, now: _Frame, shot: list[_Frame]) -> bool:
        if person not in self._shown:
            return person in now.seen and _share(shot, person) >= _STAYS
        if any(person in frame.seen for frame in shot):
            return True
        return now.time - self._last_seen.get(person, self._changed) < self._gone


def _share(frames: list[_Frame], person: Person) -> float:
    return sum(person in frame.seen for frame in frames) / len(frames)
