"""Corrections of what was seen: cuts, whose faces are whose, who is nobody.

They are applied one after the other, each on what those before it have made.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import groupby

from dualface.corrections import Correction, CropHere, Cut, CutHere, FaceIs, KeepAway, LayoutHere, Reach, Swap
from dualface.direct.corrected.exchange import Memo, exchanged, exchanged_plan
from dualface.direct.corrected.gathered import Gathered, Kept
from dualface.direct.corrected.statements import Statement, with_statements
from dualface.direct.corrected.timeline import Timeline
from dualface.direct.identity.whole import name_tracks, renamed
from dualface.geometry import holds
from dualface.likeness import Scale
from dualface.types import FramePlan, Observation, ObservedFace, Person

_REACH = 1.0
"""A face is at a point if its middle is at most so many of its heights away."""


@dataclass(slots=True)
class Known:
    """``tracklets``: see :class:`~dualface.direct.corrected.gathered.Gathered`.  ``base``: the cuts and the regions that were
    corrected last, and the observations with these.  ``exchanged``, ``plans``: of the observations that were exchanged, and of
    the plans.
    """

    tracklets: Kept = field(default_factory=dict)
    base: tuple[object, list[Observation]] | None = None
    exchanged: Memo[Observation] = field(default_factory=lambda: Memo(exchanged))
    plans: Memo[FramePlan] = field(default_factory=lambda: Memo(exchanged_plan))


@dataclass(frozen=True, slots=True)
class Footage:
    """What there is to plan for: ``observations`` as they were decided without corrections, of frames of ``width`` by
    ``height`` pixels, ``fps`` a second.  ``scale``: of the model that described the faces.  ``timecode``: the first picture's.

    ``known`` spares finding out the same again for every other list of corrections; it is filled as it goes.
    """

    observations: Sequence[Observation]
    width: int
    height: int
    fps: Fraction
    scale: Scale
    timecode: str = ""
    known: Known = field(default_factory=Known)


def corrected(
    footage: Footage, corrections: Sequence[Correction], timeline: Timeline, *, swaps: bool = True
) -> list[Observation]:
    """The observations as the corrections say; those that change none of them are left to the director.

    ``swaps``: whether exchanges are among them, or are the director's too, as where sides follow the place.
    """
    base = _with_cuts_and_regions(footage, corrections, timeline)
    now = base
    for _, group in groupby([one for one in corrections if isinstance(one, FaceIs | Swap)], key=type):
        said: list[Statement] = []
        for one in group:
            if isinstance(one, Swap):
                now = _exchanged(now, swapped_frames(now, one, timeline), footage.known) if swaps else now
            elif (statement := _statement(now, one, timeline)) is not None:
                said.append(statement)
        if said:  # what was exchanged before changes names only
            named = with_statements(now, said, gathered_in(footage, base))
            now = [_told(before, after) for before, after in zip(now, named, strict=True)]
    return now


def gathered_in(footage: Footage, seen: Sequence[Observation] | None = None) -> Gathered:
    """The tracklets of the footage, or of what corrections have made of it: ``seen``."""
    seen = footage.observations if seen is None else seen
    return Gathered(seen, footage.width, footage.height, footage.scale, footage.known.tracklets)


def unfounded(footage: Footage, corrections: Sequence[Correction]) -> list[Correction]:
    """The corrections that name a face where there is none, or a time after the film's end."""
    timeline = Timeline.of(footage.observations, footage.fps, footage.timecode)
    length = len(footage.observations)
    return [
        one
        for one in corrections
        if (isinstance(one, FaceIs) and _statement(footage.observations, one, timeline) is None)
        or (isinstance(one, CropHere | LayoutHere | KeepAway) and not timeline.span(one.start, one.end))
        or (isinstance(one, CutHere | Swap) and one.at is not None and timeline.span(one.at, None).start >= length)
    ]


def _told(before: Observation, after: Observation) -> Observation:
    """Who speaks, too, where all who keep a name have each other's."""
    if after is before or after.speech is None:
        return after
    names = [(a.person, b.person) for a, b in zip(before.faces, after.faces, strict=True) if a.person and b.person]
    exchange = bool(names) and all(a is not b for a, b in names)
    return replace(after, speech=after.speech.swapped) if exchange else after


def face_at(seen: Observation, point: tuple[float, float]) -> ObservedFace | None:
    """The face that is at a point, in pixels of the upright source; ``None`` where there is none near."""

    def away(face: ObservedFace) -> float:
        return math.hypot(face.box.cx - point[0], face.box.cy - point[1]) / max(face.box.h, 1.0)

    best = min(seen.faces, key=away, default=None)
    return best if best is not None and away(best) <= _REACH else None


def _statement(seen: Sequence[Observation], one: FaceIs, timeline: Timeline) -> Statement | None:
    """What is said of a face that is there; a correction that finds none says nothing."""
    at = timeline.at(one.at)
    if at >= len(seen):
        return None
    if one.track is not None:
        there = any(face.track_id == one.track for face in seen[at].faces)
        return Statement(at, one.track, one.who, one.alike) if there else None
    face = face_at(seen[at], one.point) if one.point is not None else None
    return Statement(at, face.track_id, one.who, one.alike) if face is not None else None


def _with_cuts_and_regions(footage: Footage, corrections: Sequence[Correction], timeline: Timeline) -> list[Observation]:
    cuts = [one for one in corrections if isinstance(one, CutHere)]
    regions = [one for one in corrections if isinstance(one, KeepAway)]
    known, key = footage.known, (tuple(cuts), tuple(regions))
    base = known.base
    if base is None or base[0] != key:
        base = key, _kept_away(_with_cuts(footage.observations, cuts, timeline), regions, timeline, footage)
        known.base = base
    return base[1]


def _with_cuts(seen: Sequence[Observation], cuts: Sequence[CutHere], timeline: Timeline) -> list[Observation]:
    now = list(seen)
    for one in cuts:
        at = timeline.at(one.at)
        if 0 < at < len(now) and now[at].cut is not (one.cut is Cut.HERE):
            now[at] = replace(now[at], cut=one.cut is Cut.HERE)
    return now


def _kept_away(seen: list[Observation], regions: Sequence[KeepAway], timeline: Timeline, footage: Footage) -> list[Observation]:
    """Without the faces in the regions.  Where that was most of one of the two, who the two are is decided again."""
    now, taken = list(seen), Counter[Person]()
    for one in regions:
        for at in timeline.span(one.start, one.end):
            out = [face for face in now[at].faces if holds(one.rect, face.box)]
            if out:
                taken.update(face.person for face in out if face.person is not None)
                gone = {face.track_id for face in out}
                there = tuple(track for track in now[at].there if track not in gone)
                now[at] = replace(now[at], faces=tuple(face for face in now[at].faces if face not in out), there=there)
    named = Counter(face.person for one in seen for face in one.faces) if taken else Counter()
    if not any(2 * count > named[person] for person, count in taken.items()):
        return now
    again = renamed(now, name_tracks(now, footage.width, footage.height, scale=footage.scale))
    return [replace(exchanged(one), speech=one.speech) for one in again] if _are_exchanged(now, again) else again


def _are_exchanged(before: Sequence[Observation], after: Sequence[Observation]) -> bool:
    """Whether most of those who keep a name have each other's: the sides had been settled by what is gone now."""
    faces = [pair for old, new in zip(before, after, strict=True) for pair in zip(old.faces, new.faces, strict=True)]
    kept = [a.person is b.person for a, b in faces if a.person is not None and b.person is not None]
    return 2 * sum(kept) < len(kept)


def swapped_frames(seen: Sequence[Observation], swap: Swap, timeline: Timeline) -> range:
    """Which pictures a swap is about."""
    if swap.reach is Reach.EVERYWHERE:
        return range(len(seen))
    if swap.reach is Reach.FROM_HERE:
        return timeline.span(swap.at, swap.end)
    at = min(timeline.at(swap.at), len(seen) - 1) if swap.at is not None else 0
    first = next((k for k in range(at, 0, -1) if seen[k].cut), 0)
    return range(first, next((k for k in range(at + 1, len(seen)) if seen[k].cut), len(seen)))


def exchanged_places(seen: Sequence[Observation], corrections: Sequence[Correction], timeline: Timeline) -> frozenset[int]:
    """The pictures in which an odd number of exchanges takes place."""
    frames: set[int] = set()
    for one in corrections:
        if isinstance(one, Swap):
            frames ^= set(swapped_frames(seen, one, timeline))
    return frozenset(frames)


def _exchanged(seen: list[Observation], frames: range, known: Known) -> list[Observation]:
    return [known.exchanged.of(at, one) if at in frames else one for at, one in enumerate(seen)]
