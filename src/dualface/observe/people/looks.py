"""When a face is looked at, and what a look is worth."""

from __future__ import annotations

import math
from collections.abc import Container
from dataclasses import dataclass, field

from dualface.likeness import Pose, pose_of
from dualface.types import Detection, Landmarks

_FIRST_SECONDS, _LAST_SECONDS, _RARER = 0.25, 5.0, 3.0
"""Time from a face's first look to its second; with each look it is so many times as long, up to the last."""
_LEAST_PIXELS, _ENOUGH_PIXELS = 6.0, 20.0
"""From the eyes to the mouth: a smaller face says nothing, a larger one no more."""

_FACES_A_SECOND, _MOST_SAVED = 10.0, 40.0
"""Faces that may be looked at in a second of a shot, and as many as may be saved up, which suffices for exchanges in a crowd.
With half of that saved, or with some kept for the two people alone, faces of real films were named worse."""
_LENT = 4.0
"""What the two people may be looked at beyond that, on credit."""


def landmarks_of(face: Detection) -> Landmarks | None:
    """The face's landmarks as plain numbers."""
    return tuple(map(tuple, face.landmarks.tolist())) if face.landmarks is not None else None


def worth_of(face: Detection) -> float:
    """How much a face's embedding can be trusted, 0…1: sure and not small.  0 without landmarks."""
    if face.landmarks is None:
        return 0.0
    eyes, mouth = face.landmarks[:2].mean(0), face.landmarks[3:5].mean(0)
    pixels = math.hypot(*(mouth - eyes))
    return min(max(face.score, 0.0), 1.0) * min(pixels / _ENOUGH_PIXELS, 1.0) if pixels >= _LEAST_PIXELS else 0.0


@dataclass(slots=True)
class LookBudget:
    """Bounds what looks at the faces of one shot cost, whoever comes and goes: the two people first, then what is left."""

    _left: float = _MOST_SAVED
    _time: float = math.inf

    def take(self, time: float, principals: int, others: int) -> int:
        """How many faces may be looked at now, of the two people's and then of others; ``time`` in seconds."""
        self._left = min(self._left + max(time - self._time, 0.0) * _FACES_A_SECOND, _MOST_SAVED)
        self._time = time
        own = principals if self._left + _LENT >= principals else 0
        granted = own + min(max(int(self._left) - own, 0), others)
        self._left -= granted
        return granted


@dataclass(slots=True)
class LookSchedule:
    """Spreads the looks at a face over its life: dense at first, then rarer and rarer, frontal ones and profiles apart.

    So a tracklet of any length has a few looks in each pose that it was seen in.
    """

    _taken: dict[tuple[int, bool], tuple[int, float]] = field(default_factory=dict)

    def is_due(self, track_id: int, face: Detection, time: float) -> bool:
        """Whether the face, which has landmarks, is to be looked at in this frame; ``time`` in seconds."""
        count, last = self._taken.get(self._key(track_id, face), (0, -math.inf))
        return time - last >= min(_FIRST_SECONDS * _RARER ** (count - 1), _LAST_SECONDS)

    def note(self, track_id: int, face: Detection, time: float) -> None:
        """The face was looked at, whatever for; a look that was not due changes nothing."""
        if self.is_due(track_id, face, time):
            key = self._key(track_id, face)
            self._taken[key] = (self._taken.get(key, (0, 0.0))[0] + 1, time)

    def keep(self, track_ids: Container[int]) -> None:
        """Forgets all other tracks."""
        self._taken = {key: taken for key, taken in self._taken.items() if key[0] in track_ids}

    @staticmethod
    def _key(track_id: int, face: Detection) -> tuple[int, bool]:
        marks = landmarks_of(face)
        return track_id, marks is not None and pose_of(marks) is Pose.FRONTAL
