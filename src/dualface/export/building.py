"""From a plan to a timeline: pieces, tracks, keyframes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from dualface.export.thinning import TOLERANCE, thinned
from dualface.geometry import picture_rect
from dualface.timeline import Keyframe, Marker, SourceMedia, Timeline, TimelineClip, TimelineRate, TimelineTrack
from dualface.types import Box, F64Array, Fill, FramePlan, Person, Placement, Rect

_SCENE = "Scene"
Structure = tuple[str, tuple[tuple[Person | None, Rect, Fill], ...]]


@dataclass(frozen=True, slots=True)
class Film:
    """What a plan does not say of the film: its name, its size in pixels, what the people are called, the background."""

    name: str
    width: int
    height: int
    people: Mapping[Person, str]
    background: str = "#101010"
    tolerance: float = TOLERANCE
    """How many pixels keyframes may be off."""


def build_timeline(
    frames: Sequence[FramePlan], film: Film, media: SourceMedia, rate: TimelineRate, source: int, markers: Sequence[Marker] = ()
) -> Timeline:
    """The timeline of ``frames``, one for each frame of ``rate``; the first is the source's frame ``source``."""
    by_lane: dict[int, list[TimelineClip]] = {}
    for first, last in pieces(frames):
        shown = list(_visible(frames[first]))
        for lane, index in _lanes([frames[first].placements[n] for n in shown], shown):
            clip = _clip(frames[first:last], index, first, source + first, film)
            by_lane.setdefault(lane, []).append(clip)
    tracks = tuple(TimelineTrack(_track_name(lane, film, clips), tuple(clips)) for lane, clips in sorted(by_lane.items()))
    return Timeline(
        film.name,
        rate,
        film.width,
        film.height,
        len(frames),
        source,
        media,
        tracks,
        tuple(markers),
        film.background,
        tuple(_notes(frames, media)),
    )


def pieces(frames: Sequence[FramePlan]) -> list[tuple[int, int]]:
    """First frame of each piece and the one after its last: they end at cuts, and where other tiles are shown."""
    starts = [0] + [n for n in range(1, len(frames)) if frames[n].cut or _structure(frames[n]) != _structure(frames[n - 1])]
    return list(pairwise([*starts, len(frames)]))


def _structure(frame: FramePlan) -> Structure:
    return frame.layout, tuple((placement.person, placement.at, placement.fill) for placement in frame.placements)


def _visible(frame: FramePlan) -> Iterator[int]:
    return (n for n, placement in enumerate(frame.placements) if placement.fill is not Fill.CARD)


def _lanes(placements: Sequence[Placement], indices: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The track of each placement, and its place in the plan: each person has a track, the scene has the lowest.

    Where that would put one under another that it lies over, the order of drawing counts.
    """
    usual = [0 if placement.person is None else list(Person).index(placement.person) for placement in placements]
    covers = any(a > b and _overlap(p.at, q.at) for (a, p), (b, q) in pairwise(zip(usual, placements, strict=True)))
    lanes = range(len(placements)) if covers or len(set(usual)) < len(usual) else usual
    yield from zip(lanes, indices, strict=True)


def _clip(frames: Sequence[FramePlan], index: int, start: int, source: int, film: Film) -> TimelineClip:
    placements = [frame.placements[index] for frame in frames]
    person, places = placements[0].person, motion(placements)
    rows = [0] if np.ptp(places, axis=0).max() == 0 else thinned(places, film.tolerance)
    name = film.people[person] if person is not None else _SCENE
    keyframes = tuple(_keyframe(row, places[row]) for row in rows)
    return TimelineClip(name, start, len(frames), source, frames[0].layout, person, placements[0].at, keyframes)


def motion(placements: Sequence[Placement]) -> F64Array:
    """As :func:`~dualface.export.thinning.thinned` takes it: the same scale both ways, the crop's middle in its place's."""
    crops = np.array([placement.crop for placement in placements])
    rects = [picture_rect(placement) for placement in placements]
    at = np.array([(rect.x, rect.y, rect.w, rect.h) for rect in rects], np.float64)
    scale = np.sqrt(at[:, 2:] / crops[:, 2:]).prod(1, keepdims=True)
    corner = at[:, :2] + at[:, 2:] / 2 - scale * (crops[:, :2] + crops[:, 2:] / 2)
    seen = np.hstack([crops[:, :2], crops[:, :2] + crops[:, 2:]])
    places: F64Array = np.hstack([scale, corner, seen])
    return places


def _keyframe(frame: int, place: F64Array) -> Keyframe:
    scale, x, y, left, top, right, bottom = place.tolist()
    return Keyframe(frame, scale, x, y, Box(left, top, right - left, bottom - top))


def _track_name(lane: int, film: Film, clips: Sequence[TimelineClip]) -> str:
    people = {clip.person for clip in clips if clip.person is not None}
    return film.people[people.pop()] if len(people) == 1 else f"Track {lane + 1}"


def _overlap(a: Rect, b: Rect) -> bool:
    return a.x < b.x + b.w and b.x < a.x + a.w and a.y < b.y + b.h and b.y < a.y + a.h


def _notes(frames: Sequence[FramePlan], media: SourceMedia) -> Iterator[str]:
    if any(placement.fill is Fill.BLUR for frame in frames for placement in frame.placements):
        yield "The blurred picture behind a placement is not exported; add a blur to a copy of the clip below it."
    if media.variable_rate:
        yield (
            "The source's frame rate varies, and editing programs make it constant; where a crop is a frame early or late, "
            "make a copy of a constant rate first."
        )
    if media.rotation % 360:
        yield (
            f"The source is turned by {media.rotation} degrees by its metadata, which Final Cut and Resolve follow; "
            "in Premiere turn the clips."
        )


def source_frame(time: float, begins: Fraction, rate: TimelineRate) -> int:
    """The frame of the source shown at ``time``, of which the first picture is shown at ``begins``, both in seconds."""
    return max(round((Fraction(time) - begins) * rate.fps), 0)
