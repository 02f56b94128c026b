"""Tracklets: the parts of tracks in which one person is seen, with all that was seen of him.

A track is cut where it may have gone over to somebody else: at every cut of the film, where two faces overlap, after a gap with
another face near it, and where its looks before and after differ too much.  Nothing is lost by a cut too many, since parts
with the same face are joined again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from typing import NamedTuple

from dualface.direct.identity.stillness import is_lifeless
from dualface.geometry import covered
from dualface.likeness import Appearance, Pose, Scale, margin, pose_of, turn_of
from dualface.types import Box, Look, Observation, ObservedFace, Person

_PAUSE_SECONDS = 0.5
"""A pause between two frames counts as no more time on screen than this."""
_LARGE = 0.15
"""Faces of this share of the picture's height are not small any more."""
_TOUCHING = 0.1
"""Share of a face under another one from which on their tracks may be exchanged."""
_PARTED_SECONDS = 1.0
"""Faces that touch again within this time have not parted in between."""
_GAP_SECONDS, _LONG_GAP_SECONDS = 0.2, 1.0
"""A track that was out of sight for so long may go on with somebody else, if a face is near; and if none is."""
_NEAR = 1.0
"""How near, in face heights."""
_CHANGED, _LEAST_LOOKS = -1.0, 2
"""So many units below the threshold must the looks before and after a moment be, at least so many each, to be of two people."""
_SHADOW = 0.5
"""Share of a face under one that is followed longer, for most of its frames, that makes it a second box of the same face."""


@dataclass(slots=True)
class Tracklet:
    """One face between two cuts.  ``shot``: where its shot begins.  ``frames``: places in the list of observations, rising,
    with ``boxes`` for each.

    ``looks``: place, seconds, pose and look.  ``prominence``: seconds on screen × attention.  ``turned``: seconds × where the
    face looks.  ``held``: seconds for which it was taken for each person while the video was watched.  ``lifeless``: it is a
    picture.
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
    lifeless: bool = False

    @property
    def first(self) -> int:
        return self.frames[0]

    @property
    def last(self) -> int:
        return self.frames[-1]

    @property
    def turn(self) -> float:
        """Mean of :func:`~dualface.likeness.turn_of`."""
        return self.turned / self.seconds if self.seconds else 0.0

    @property
    def taken_for(self) -> Person | None:
        """Whom it was taken for, most of the time, while the video was watched."""
        person = max(self.held, key=lambda one: (self.held[one], one or ""), default=None)
        return person if 2 * self.held.get(person, 0.0) > self.seconds else None

    @property
    def order(self) -> tuple[float, ...]:
        """Sorts tracklets in one way, whatever their tracks are called."""
        return (self.first, self.last, *self.boxes[0])


class Seen(NamedTuple):
    """A face in a frame: place in the list of observations, seconds, and how much the frame is about it."""

    at: int
    time: float
    face: ObservedFace
    attention: float


Part = Sequence[Seen]


def durations(observations: Sequence[Observation]) -> list[float]:
    """For how many seconds each frame is shown, long pauses cut short."""
    times = [one.time for one in observations]
    steps = [min(max(b - a, 0.0), _PAUSE_SECONDS) for a, b in pairwise(times)]
    return [*steps, steps[-1] if steps else 0.04] if times else []


def gather(observations: Sequence[Observation], width: float, height: float, scale: Scale) -> list[Tracklet]:
    """All tracklets, in the order of time; second boxes of a face are left out, and so are pictures of people."""
    shown = durations(observations)
    shots = (gather_shot(observations, shot, shown, width, height, scale) for shot in shots_in(observations))
    return sorted(living([tracklet for shot in shots for tracklet in shot]), key=lambda t: t.order)


def shots_in(observations: Sequence[Observation]) -> list[range]:
    """The places of each shot's observations."""
    starts = [at for at, one in enumerate(observations) if one.cut or at == 0]
    return [range(first, end) for first, end in pairwise([*starts, len(observations)])]


def gather_shot(
    observations: Sequence[Observation], shot: range, shown: Sequence[float], width: float, height: float, scale: Scale
) -> list[Tracklet]:
    """One shot's tracklets, pictures of people among them; other shots have no part in it.

    ``shown``: for how many seconds each of all observations is shown.
    """
    found: dict[int, list[Seen]] = {}
    for at in shot:
        one = observations[at]
        for face, attention in zip(one.faces, _attention(one, width, height), strict=True):
            found.setdefault(face.track_id, []).append(Seen(at, one.time, face, attention))
    breaks = _breaks(found)
    tracklets = [
        _tracklet(shot.start, part, shown)
        for track, seen in found.items()
        for piece in _cut_at(seen, breaks[track])
        for part in _split(piece, scale)
    ]
    return _without_shadows(tracklets)


def _attention(one: Observation, width: float, height: float) -> list[float]:
    """How much each face of a frame is what the frame is about: its share by size × centrality, less for small faces.

    So that somebody in a wide shot counts no less than somebody in a close-up, and each of a crowd for little.
    """
    if not one.faces:
        return []
    parts = [max(face.box.h, 1.0) / height * max(1.0 - abs(face.box.cx / width - 0.5), 0.01) for face in one.faces]
    sizes = [min(face.box.h / height / _LARGE, 1.0) for face in one.faces]
    return [part / max(parts) * size for part, size in zip(parts, sizes, strict=True)]


def _breaks(found: Mapping[int, Part]) -> dict[int, set[int]]:
    """For each track of a shot the places from which on it may show somebody else."""
    present: dict[int, list[tuple[int, Seen]]] = {}
    for key, seen in found.items():
        for one in seen:
            present.setdefault(one.at, []).append((key, one))
    breaks: dict[int, set[int]] = {key: set() for key in found}
    touches: dict[tuple[int, int], list[tuple[float, float, int]]] = {}
    for at, here in present.items():
        for (a, one), (b, other) in combinations(here, 2):
            share = max(covered(one.face.box, other.face.box), covered(other.face.box, one.face.box))
            if share >= _TOUCHING:
                touches.setdefault((a, b), []).append((one.time, share, at))
    for (a, b), moments in touches.items():
        for at in _closest(sorted(moments)):
            breaks[a].add(at)
            breaks[b].add(at)
    for key, seen in found.items():
        breaks[key] |= {two.at for one, two in pairwise(seen) if _may_be_another(key, one, two, present)}
    return breaks


def _closest(moments: Sequence[tuple[float, float, int]]) -> Iterator[int]:
    """Of times at which two faces touch, with the share that is covered, the place of the greatest of each meeting."""
    meeting: list[tuple[float, float, int]] = []
    for moment in moments:
        if meeting and moment[0] - meeting[-1][0] > _PARTED_SECONDS:
            yield max(meeting, key=lambda m: (m[1], -m[2]))[2]
            meeting = []
        meeting.append(moment)
    if meeting:
        yield max(meeting, key=lambda m: (m[1], -m[2]))[2]


def _may_be_another(key: int, one: Seen, two: Seen, present: Mapping[int, Sequence[tuple[int, Seen]]]) -> bool:
    """Whether a track that was out of sight between two frames may have come back with somebody else."""
    gap = two.time - one.time
    if gap < _GAP_SECONDS:
        return False
    reach = _NEAR * max(one.face.box.h, two.face.box.h)
    return gap >= _LONG_GAP_SECONDS or any(
        other != key and abs(there.face.box.cx - here.cx) - (there.face.box.w + here.w) / 2 <= reach
        for at in range(one.at, two.at + 1)
        for other, there in present.get(at, ())
        for here in (one.face.box, two.face.box)
    )


def _cut_at(seen: Part, places: Iterable[int]) -> Iterator[Part]:
    """A track's parts between the places from which on it may show somebody else."""
    start = 0
    for k in range(1, len(seen)):
        if seen[k].at in places:
            yield seen[start:k]
            start = k
    yield seen[start:]


def _split(seen: Part, scale: Scale) -> Iterator[Part]:
    """Parts that show one person each by their looks: a dissolve exchanges people without any other sign."""
    moment = _change(seen, scale)
    if moment is None:
        yield seen
        return
    middle = (moment[0] + moment[1] + 1) / 2
    after = min((one.at for one in seen if moment[0] < one.at <= moment[1]), key=lambda at: (abs(at - middle), at))
    for part in _cut_at(seen, {after}):
        yield from _split(part, scale)


def _change(seen: Part, scale: Scale) -> tuple[int, int] | None:
    """The places of the last look before a change of person and the first after it; ``None`` where there is none."""
    looks = [look for look in _looks(seen) if look[2] is Pose.FRONTAL]
    best: tuple[float, int] | None = None
    for k in range(_LEAST_LOOKS, len(looks) - _LEAST_LOOKS + 1):
        before, after = (Appearance.of(look[1:] for look in part).views.get(Pose.FRONTAL) for part in (looks[:k], looks[k:]))
        apart = margin(before, after, Pose.FRONTAL, scale)
        if apart is not None and apart < _CHANGED and (best is None or apart < best[0]):
            best = (apart, k)
    return (looks[best[1] - 1][0], looks[best[1]][0]) if best is not None else None


def _looks(seen: Part) -> list[tuple[int, float, Pose, Look]]:
    return [
        (one.at, one.time, pose_of(one.face.landmarks), one.face.look)
        for one in seen
        if one.face.look is not None and one.face.landmarks is not None
    ]


def _tracklet(shot: int, seen: Part, shown: Sequence[float]) -> Tracklet:
    tracklet = Tracklet(seen[0].face.track_id, shot, looks=_looks(seen))
    for at, _, face, attention in seen:
        seconds = shown[at]
        tracklet.frames.append(at)
        tracklet.boxes.append(face.box)
        tracklet.seconds += seconds
        tracklet.prominence += seconds * attention
        tracklet.held[face.person] = tracklet.held.get(face.person, 0.0) + seconds
        if face.landmarks is not None:
            tracklet.turned += seconds * turn_of(face.landmarks)
    tracklet.appearance = _appearance(tracklet.looks)
    tracklet.lifeless = is_lifeless([one.face for one in seen], tracklet.seconds)
    return tracklet


def _appearance(looks: Sequence[tuple[int, float, Pose, Look]]) -> Appearance:
    """All that was seen, but for the frontal views of somebody who is in profile most of the time.

    Those are half profiles, which are like nobody's frontal views.
    """
    appearance = Appearance.of(look[1:] for look in looks)
    if 2 * appearance.count(Pose.FRONTAL) < appearance.looks:
        appearance.views.pop(Pose.FRONTAL, None)
    return appearance


def living(tracklets: Sequence[Tracklet]) -> Sequence[Tracklet]:
    """Without pictures of people; unless there is nothing else, for then they are what the film is about."""
    return [t for t in tracklets if not t.lifeless] if not all(t.lifeless for t in tracklets) else tracklets


def _without_shadows(tracklets: Iterable[Tracklet]) -> list[Tracklet]:
    """Leaves out second boxes of a face that is followed anyway."""
    boxes: dict[int, list[Box]] = {}
    kept: list[Tracklet] = []
    for tracklet in sorted(tracklets, key=lambda t: (-t.seconds, *t.order)):
        hidden = sum(
            any(covered(box, other) > _SHADOW for other in boxes.get(at, ()))
            for at, box in zip(tracklet.frames, tracklet.boxes, strict=True)
        )
        if 2 * hidden <= len(tracklet.frames):
            kept.append(tracklet)
            for at, box in zip(tracklet.frames, tracklet.boxes, strict=True):
                boxes.setdefault(at, []).append(box)
    return kept
