"""Who the faces are that their frontal views don't tell: shot by shot, jointly, and no two of one frame the same person."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dualface.direct.identity.tracklets import Tracklet
from dualface.likeness import Appearance, Pose, Scale, clothes_likeness, margin
from dualface.types import Person

Name = Person | None

_STRANGE = -1.0
"""Frontal views so many units below the threshold are somebody else's."""
_ANYBODY = -0.5
"""What calling a face one of the two is worth when nothing is known."""
_CROWD = 1.5
"""How much less in a film that shows nobody but others."""
_OTHER_CLOTHES, _WORN = -1.5, 0.55
_CLOTHES = 0.5
"""What it is worth that somebody's clothes are more like one's than like the other's, by _CLOTHES_LEAD."""
_CLOTHES_LEAD = 0.15
_LOOKS_THERE, _TURNED = 0.4, 0.12
"""What it is worth that somebody looks to the side to which one always looks."""
_EXCLUDED = 0.8
"""What it is worth to be the only other face beside one of the two."""
_IN_ORDER = 0.4
"""What it is worth that two people sit as they always do, the left one left."""
_GOES_ON, _GOES_ON_SECONDS, _GOES_ON_PLACE, _GOES_ON_SIZE = 1.0, 3.0, 0.7, 0.75
"""What it is worth that a face appears where another was a moment ago."""
_HELD = 0.25
"""What it is worth that it was taken for this person while the video was watched."""
_COMPARABLE = 0.4
"""Faces smaller than this share of the tallest one in a frame don't count as others in it."""
_TWO_SHOT = 0.6
"""Share of the frames with another one that must show two such faces."""
_LEAD = 0.5
_SWEEPS = 12


@dataclass(slots=True)
class Portrait:
    """One of the two as known so far."""

    appearance: Appearance
    members: list[Tracklet]
    turn: float

    @staticmethod
    def of(members: Sequence[Tracklet]) -> Portrait:
        whole = Appearance()
        for tracklet in members:
            whole.include(tracklet.appearance)
        seconds = sum(t.seconds for t in members)
        return Portrait(whole, list(members), sum(t.turned for t in members) / max(seconds, 1e-9))


@dataclass(slots=True)
class Attachment:
    """Names for tracklets, by index, with the margins they were chosen by."""

    names: dict[int, Name] = field(default_factory=dict)
    leads: dict[int, float] = field(default_factory=dict)


def face_margin(tracklet: Tracklet, portrait: Portrait, scale: Scale) -> tuple[float, Pose] | None:
    """How much a tracklet's face resembles somebody: the mean over the two tracklets of his that are most alike."""
    for pose in Pose:
        told = [margin(tracklet.appearance, m.appearance, pose, scale) for m in portrait.members if m is not tracklet]
        best = sorted((value for value in told if value is not None), reverse=True)[:2]
        if best:
            return sum(best) / len(best), pose
    return None


def evidence(
    tracklet: Tracklet, people: Mapping[Person, Portrait], scale: Scale, *, crowd: float = 0.0
) -> dict[Person, float]:
    """What it is worth to call the tracklet each person's, by what is seen of it alone; above 0 speaks for it.

    ``crowd``: share of others among those who are seen, 0…1.
    """
    worth: dict[Person, float] = {}
    clothes = {p: clothes_likeness(tracklet.appearance, who.appearance) for p, who in people.items()}
    for person, who in people.items():
        value = _ANYBODY - _CROWD * crowd
        face = face_margin(tracklet, who, scale)
        frontal = face is not None and face[1] is Pose.FRONTAL
        if face is not None:
            alike, pose = face
            value += min(max(alike, -3.0), 1.5) * (1.0 if pose is Pose.FRONTAL else 0.5)
            if frontal and alike < _STRANGE:
                value -= 2.0
        mine, others = clothes[person], clothes.get(person.other)
        if not frontal and mine is not None:
            if mine < _WORN:
                value += _OTHER_CLOTHES
            elif others is not None:
                value += _CLOTHES * (mine - others > _CLOTHES_LEAD) - _CLOTHES * (others - mine > _CLOTHES_LEAD)
        if abs(tracklet.turn) >= _TURNED and abs(who.turn) >= _TURNED:
            value += _LOOKS_THERE if tracklet.turn * who.turn > 0 else -_LOOKS_THERE
        held = tracklet.held.get(person, 0.0)
        if 2 * held > tracklet.seconds:
            value += _HELD
        worth[person] = value
    return worth


class Shot:
    """The tracklets of one shot, those that are named already included, and what pairs of them say.

    ``mine``: indices; ``seconds``: how long each two of all tracklets are seen together; ``alone``: of each tracklet, the share
    of its frames in which it is one of two faces of comparable size.
    """

    def __init__(
        self,
        mine: Sequence[int],
        tracklets: Sequence[Tracklet],
        seconds: NDArray[np.float64],
        pairs: Mapping[tuple[int, int], float],
        times: Sequence[float],
    ) -> None:
        self._mine, self._tracklets, self._seconds, self._pairs, self._times = mine, tracklets, seconds, pairs, times

    def name(
        self, fixed: Mapping[int, Name], worth: Mapping[int, Mapping[Person, float]]
    ) -> tuple[dict[int, Name], dict[int, float]]:
        """The best names for the tracklets that have none, and by how much each is better than its next best name."""
        names: dict[int, Name] = {k: fixed.get(k) for k in self._mine}
        free = [k for k in self._mine if k not in fixed]
        for _ in range(_SWEEPS):
            before = dict(names)
            for k in free:
                names[k] = self._best(k, names, worth[k])[0]
            for i in free:
                for j in free:
                    if i < j and self._seconds[i, j] > 0:
                        self._exchange(i, j, names, worth)
            if names == before:
                break
        return {k: names[k] for k in free}, {k: self._best(k, names, worth[k])[1] for k in free}

    def _best(self, k: int, names: dict[int, Name], worth: Mapping[Person, float]) -> tuple[Name, float]:
        values = {name: self._value(k, name, names, worth) for name in (None, *worth)}
        best = max(values, key=lambda name: (values[name], name is not None, name or ""))
        rest = [value for name, value in values.items() if name is not best]
        return best, values[best] - max(rest, default=-math.inf)

    def _exchange(
        self, i: int, j: int, names: dict[int, Name], worth: Mapping[int, Mapping[Person, float]]
    ) -> None:
        """Tries both ways of calling two faces of one frame the two people."""
        options = [(names[i], names[j])]
        options += [(a, a.other) for a in worth[i] if a.other in worth[j]]
        totals = []
        for a, b in options:
            trial = {**names, i: a, j: b}
            shared = self._pair(i, j, a, b) if a is not None and b is not None else 0.0
            totals.append(self._value(i, a, trial, worth[i]) + self._value(j, b, trial, worth[j]) - shared)
        best = max(range(len(options)), key=lambda n: (totals[n], -n))
        names[i], names[j] = options[best]

    def _value(self, k: int, name: Name, names: Mapping[int, Name], worth: Mapping[Person, float]) -> float:
        if name is None:
            return 0.0
        total = worth[name]
        for other in self._mine:
            if other != k and names[other] is not None:
                total += self._pair(k, other, name, names[other])
        return total

    def _pair(self, i: int, j: int, a: Name, b: Name) -> float:
        """What two tracklets' names are worth together."""
        if self._seconds[i, j] > 0:
            if a is b:
                return -math.inf
            return self._pairs.get((i, j), 0.0) + self._order(i, j, a)
        follows = _goes_on(self._tracklets[i], self._tracklets[j], self._times)
        return (_GOES_ON if a is b else -_GOES_ON) if follows else 0.0

    def _order(self, i: int, j: int, a: Name) -> float:
        """Whether they sit as they always do."""
        if (i, j) not in self._pairs:
            return 0.0
        left = _place(self._tracklets[i]) < _place(self._tracklets[j])
        return _IN_ORDER if left == (a is Person.LEFT) else -_IN_ORDER


def _place(tracklet: Tracklet) -> float:
    return sum(box.cx for box in tracklet.boxes) / len(tracklet.boxes)


def _goes_on(a: Tracklet, b: Tracklet, times: Sequence[float]) -> bool:
    """Whether one tracklet appears where the other was a moment ago."""
    a, b = sorted((a, b), key=lambda t: t.first)
    gap = times[b.first] - times[a.last]
    end, start = a.boxes[-1], b.boxes[0]
    near = math.hypot(end.cx - start.cx, end.cy - start.cy) <= _GOES_ON_PLACE * max(end.h, start.h)
    return 0 <= gap <= _GOES_ON_SECONDS and near and _GOES_ON_SIZE <= end.h / max(start.h, 1.0) <= 1 / _GOES_ON_SIZE


def two_shots(tracklets: Sequence[Tracklet]) -> dict[tuple[int, int], float]:
    """Pairs of tracklets that are the only two faces of comparable size where they are seen together; both orders."""
    present: dict[int, list[tuple[int, float]]] = {}
    for k, tracklet in enumerate(tracklets):
        for at, box in zip(tracklet.frames, tracklet.boxes, strict=True):
            present.setdefault(at, []).append((k, box.h))
    common: dict[tuple[int, int], int] = {}
    alone: dict[tuple[int, int], int] = {}
    for here in present.values():
        tallest = max(h for _, h in here)
        large = [k for k, h in here if h >= _COMPARABLE * tallest]
        for i in large:
            for j in large:
                if i != j:
                    common[i, j] = common.get((i, j), 0) + 1
                    alone[i, j] = alone.get((i, j), 0) + (len(large) == 2)
    return {pair: _EXCLUDED for pair, count in common.items() if alone[pair] >= _TWO_SHOT * count}
