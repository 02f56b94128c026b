"""What was seen of a video in slices, each by somebody who knew nothing of the others, as if one had seen it all.

Slices overlap.  In the overlap both have seen the same faces: tracks that lie on each other there are one track, and where
they are called by the other name, the later slice has to change all of its names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from dualface.geometry import iou
from dualface.types import Naming, Observation, Person

_SAME_FACE_IOU = 0.5
"""Boxes of one frame that overlap at least so much are of one face: both slices have looked at the same picture."""


class SeamError(ValueError):
    """Two slices have no frame in common where one is to go on for the other."""


def joined(slices: Sequence[Sequence[Observation]], starts: Sequence[float]) -> list[Observation]:
    """All observations, numbered from 0, each frame once.

    ``slices`` are in order, with times on one clock.  ``starts``: when each slice but the first goes on for the one before,
    which has to have seen that moment too; in seconds.  Tracks are numbered anew; those of different slices have one number
    only if they are one.  Raises :class:`SeamError`.
    """
    whole: list[Observation] = []
    used = 0
    for k, seen in enumerate(slices):
        first = next((n for n, one in enumerate(seen) if not k or one.time >= starts[k - 1]), None)
        if first is None:
            raise SeamError("a slice ends before it is to go on for another")
        names = _met(whole, seen)
        at = _place_of(whole, seen[first].time) if k else 0
        offset = at - seen[first].index
        for track in dict.fromkeys(face.track_id for one in seen[first:] for face in one.faces):
            if track not in names.tracks:
                used += 1
                names.tracks[track] = used
        whole[at:] = _with_parts_of(whole[at:], [_renamed(one, names, offset) for one in seen[first:]])
    return whole


def _with_parts_of(before: Sequence[Observation], after: Sequence[Observation]) -> list[Observation]:
    """What was seen ``after`` a hand-over, with the parts that hold a picture as the slice ``before`` has found them.

    They are told by a shot's first pictures, so up to the next cut, or until they change, its word counts, also where it has
    seen nothing any more.
    """
    joint = list(after)
    for n, one in enumerate(after):
        if one.cut or not before or one.active_since is not None:
            break
        known = before[min(n, len(before) - 1)]
        joint[n] = replace(one, active=known.active, active_since=known.active_since)
    return joint


@dataclass(slots=True)
class _Names:
    """What tracks of a slice are called in the whole, and whether its two people have exchanged their names."""

    tracks: dict[int, int] = field(default_factory=dict)
    exchanged: bool = False


def _place_of(whole: Sequence[Observation], time: float) -> int:
    at = next((n for n in range(len(whole) - 1, -1, -1) if whole[n].time == time), None)
    if at is None:
        raise SeamError(f"nobody has seen both sides of {time:.3f} s")
    return at


def _met(whole: Sequence[Observation], seen: Sequence[Observation]) -> _Names:
    """Names for the tracks and people of the next slice, from the frames that were seen before too."""
    before = {}
    for known in reversed(whole):
        if not seen or known.time < seen[0].time:
            break
        before[known.time] = known
    overlap: dict[tuple[int, int], float] = {}
    alike: Counter[bool] = Counter()
    for one in seen:
        there = before[one.time].faces if one.time in before else ()
        for face in one.faces:
            for other in there:
                share = iou(face.box, other.box)
                if share >= _SAME_FACE_IOU:
                    pair = face.track_id, other.track_id
                    overlap[pair] = overlap.get(pair, 0.0) + share
                    if face.person is not None and other.person is not None:
                        alike[face.person is other.person] += 1
    names = _Names(exchanged=alike[False] > alike[True])
    for track, known_track in sorted(overlap, key=lambda pair: (-overlap[pair], pair)):
        if track not in names.tracks and known_track not in names.tracks.values():
            names.tracks[track] = known_track
    return names


def _renamed(one: Observation, names: _Names, offset: int) -> Observation:
    def person(who: Person | None) -> Person | None:
        return who.other if who is not None and names.exchanged else who

    def naming(told: Naming) -> Naming:
        track, since = names.tracks.get(told.track_id, 0), max(told.since + offset, 0)
        return replace(told, track_id=track, person=person(told.person), was=person(told.was), since=since)

    return replace(
        one,
        index=one.index + offset,
        active_since=None if one.active_since is None else max(one.active_since + offset, 0),
        faces=tuple(replace(face, track_id=names.tracks[face.track_id], person=person(face.person)) for face in one.faces),
        namings=tuple(map(naming, one.namings)),
        there=tuple(names.tracks[track] for track in one.there if track in names.tracks),
    )
