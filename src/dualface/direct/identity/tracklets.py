"""Tracklets: one track between two cuts, with all that was seen of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple

from dualface.geometry import covered
from dualface.likeness import Appearance, Pose, Scale, margin, pose_of, turn_of
from dualface.types import Box, Look, Observation, ObservedFace, Person

_GAP_SECONDS = 0.5
"""A pause between two frames counts as no more time on screen than this."""
_LARGE = 0.15
"""Faces of this share of the picture's height are not small any more."""
_CHANGED = -1.0
"""So many units below the threshold what is seen before and after a moment must be for a track to have changed persons."""
_LEAST_LOOKS = 2
"""Looks that there must be on both sides of such a moment."""
_STEP = 0.3
"""Motion from one frame to the next, in face heights, that tells where a track went over to somebody else."""
_SHADOW = 0.5
"""Share of a face under one that is followed longer, for most of its frames, that makes it a second box of the same face."""


@dataclass(slots=True)
class Tracklet:
    """One face between two cuts.  ``frames``: places in the list of observations, rising, with ``boxes`` for each.

    ``looks``: place, seconds, pose and look.  ``prominence``: seconds on screen × :func:`_attention`.  ``held``: seconds for which it
    was taken for each person while the video was watched.
    """

    track_id: int
    shot: int
    frames: list[int] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    looks: list[tuple[int, float, Pose, Look]] = field(default_factory=list)
    seconds: float = 0.0
    prominence: float = 0.0
    turned: float = 0.0
    held: dict[Person | None, float] = field(default_factory=dict)
    appearance: Appearance = field(default_factory=Appearance)

    @property
    def first(self) -> int:
        return self.frames[0]

    @property
    def last(self) -> int:
        return self.frames[-1]

    @property
    def height(self) -> float:
        """Median height of the face, in pixels."""
        return sorted(box.h for box in self.boxes)[len(self.boxes) // 2]

    @property
    def turn(self) -> float:
        """Mean of :func:`~dualface.likeness.turn_of`."""
        return self.turned / self.seconds if self.seconds else 0.0

    @property
    def order(self) -> tuple[float, ...]:
        """Sorts tracklets in one way, whatever their tracks are called."""
        return (self.first, self.last, *self.boxes[0])


class _Seen(NamedTuple):
    at: int
    time: float
    face: ObservedFace
    attention: float


def durations(observations: Sequence[Observation]) -> list[float]:
    """For how many seconds each frame is shown, long pauses cut short."""
    times = [one.time for one in observations]
    steps = [min(max(b - a, 0.0), _GAP_SECONDS) for a, b in zip(times, times[1:], strict=False)]
    return [*steps, steps[-1] if steps else 0.04] if times else []


def _attention(one: Observation, width: float, height: float) -> list[float]:
    """How much each face of a frame is what the frame is about: its share by size × centrality, less for small faces.

    So that somebody in a wide shot counts no less than somebody in a close-up, and each of a crowd for little.
    """
    parts = [face.box.h / height * max(1.0 - abs(face.box.cx / width - 0.5), 0.01) for face in one.faces]
    sizes = [min(face.box.h / height / _LARGE, 1.0) for face in one.faces]
    return [part / sum(parts) * size for part, size in zip(parts, sizes, strict=True)]


def gather(observations: Sequence[Observation], width: float, height: float, scale: Scale) -> list[Tracklet]:
    """All tracklets, split where one track went over to another person; second boxes of a face are left out."""
    found: dict[tuple[int, int], list[_Seen]] = {}
    shot = 0
    for at, one in enumerate(observations):
        shot += one.cut and at > 0
        for face, attention in zip(one.faces, _attention(one, width, height), strict=True):
            found.setdefault((shot, face.track_id), []).append(_Seen(at, one.time, face, attention))
    shown = durations(observations)
    whole = [_tracklet(shot, seen, shown) for (shot, _), seen in found.items()]
    touched = _touched(whole) if any(_change(t, scale) is not None for t in whole) else {}
    pieces = [
        _tracklet(t.shot, seen, shown)
        for t, seen in zip(whole, found.values(), strict=True)
        for seen in _split(seen, t, touched.get(id(t), {}), scale)
    ]
    return sorted(_without_shadows(pieces), key=lambda t: t.order)


def _tracklet(shot: int, seen: Sequence[_Seen], shown: Sequence[float]) -> Tracklet:
    tracklet = Tracklet(seen[0].face.track_id, shot)
    for at, time, face, attention in seen:
        seconds, box = shown[at], face.box
        tracklet.frames.append(at)
        tracklet.boxes.append(box)
        tracklet.seconds += seconds
        tracklet.prominence += seconds * attention
        tracklet.held[face.person] = tracklet.held.get(face.person, 0.0) + seconds
        if face.landmarks is not None:
            tracklet.turned += seconds * turn_of(face.landmarks)
            if face.look is not None:
                tracklet.looks.append((at, time, pose_of(face.landmarks), face.look))
    tracklet.appearance = Appearance.of(look[1:] for look in tracklet.looks)
    return tracklet


def _split(seen: Sequence[_Seen], tracklet: Tracklet, touched: dict[int, float], scale: Scale) -> Iterator[Sequence[_Seen]]:
    """Parts of a track that show one person each."""
    moment = _change(tracklet, scale)
    if moment is None:
        yield seen
        return
    after = _place_of_change(tracklet, *moment, touched)
    for part in (
        [one for one in seen if one.at < after],
        [one for one in seen if one.at >= after],
    ):
        rest = Tracklet(tracklet.track_id, tracklet.shot, [one.at for one in part], [one.face.box for one in part])
        rest.looks = [look for look in tracklet.looks if part[0].at <= look[0] <= part[-1].at]
        yield from _split(part, rest, touched, scale)


def _change(tracklet: Tracklet, scale: Scale) -> tuple[int, int] | None:
    """The last look before a change of person and the first after it, as places; ``None`` where there is none."""
    looks = [look for look in tracklet.looks if look[2] is Pose.FRONTAL]
    best: tuple[float, int] | None = None
    for k in range(_LEAST_LOOKS, len(looks) - _LEAST_LOOKS + 1):
        before, after = (Appearance.of(look[1:] for look in part) for part in (looks[:k], looks[k:]))
        apart = margin(before.views.get(Pose.FRONTAL), after.views.get(Pose.FRONTAL), Pose.FRONTAL, scale)
        if apart is not None and apart < _CHANGED and (best is None or apart < best[0]):
            best = (apart, k)
    return (looks[best[1] - 1][0], looks[best[1]][0]) if best is not None else None


def _place_of_change(tracklet: Tracklet, before: int, after: int, touched: dict[int, float]) -> int:
    """The frame from which on a track shows the other person: where it jumped, or met another face, else half way."""
    steps: dict[int, float] = {}
    for k in range(1, len(tracklet.frames)):
        if before < tracklet.frames[k] <= after:
            a, b = tracklet.boxes[k - 1], tracklet.boxes[k]
            steps[tracklet.frames[k]] = math.hypot(b.cx - a.cx, b.cy - a.cy) / max(a.h, 1.0)
    if not steps:
        return after
    jump = max(steps, key=lambda at: (steps[at], at))
    if steps[jump] >= _STEP:
        return jump
    met = {at: touched[at] for at in steps if at in touched}
    if met:
        return max(met, key=lambda at: (met[at], at))
    return min(steps, key=lambda at: (abs(at - (before + after + 1) / 2), at))


def _touched(tracklets: Sequence[Tracklet]) -> dict[int, dict[int, float]]:
    """For each tracklet (by ``id``) the share of its face that other faces cover, at the places where any does."""
    boxes: dict[int, list[tuple[int, Box]]] = {}
    for tracklet in tracklets:
        for at, box in zip(tracklet.frames, tracklet.boxes, strict=True):
            boxes.setdefault(at, []).append((id(tracklet), box))
    touched: dict[int, dict[int, float]] = {}
    for at, here in boxes.items():
        for (i, a), (j, b) in combinations(here, 2):
            for key, share in ((i, covered(a, b)), (j, covered(b, a))):
                if share > 0:
                    mine = touched.setdefault(key, {})
                    mine[at] = max(mine.get(at, 0.0), share)
    return touched


def _without_shadows(tracklets: Iterable[Tracklet]) -> list[Tracklet]:
    """Leaves out second boxes of a face that is followed anyway."""
    ordered = sorted(tracklets, key=lambda t: (-t.seconds, *t.order))
    boxes: dict[int, list[tuple[int, Box]]] = {}
    kept: list[Tracklet] = []
    for rank, tracklet in enumerate(ordered):
        hidden = 0
        for at, box in zip(tracklet.frames, tracklet.boxes, strict=True):
            hidden += any(covered(box, other) > _SHADOW for _, other in boxes.get(at, ()))
        if 2 * hidden <= len(tracklet.frames):
            kept.append(tracklet)
            for at, box in zip(tracklet.frames, tracklet.boxes, strict=True):
                boxes.setdefault(at, []).append((rank, box))
    return kept
