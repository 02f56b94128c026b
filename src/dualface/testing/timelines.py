"""Timelines as films have them: two people, one alone, the scene, at every kind of rate; and one with the oddest names."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from dualface.timeline import (
    Keyframe,
    Marker,
    MarkerKind,
    SoundStream,
    SourceMedia,
    Timeline,
    TimelineClip,
    TimelineRate,
    TimelineTrack,
)
from dualface.types import Box, Person, Rect

RATES = (
    TimelineRate(Fraction(24000, 1001)),
    TimelineRate(Fraction(25)),
    TimelineRate(Fraction(30000, 1001)),
    TimelineRate(Fraction(30000, 1001), drop=True),
    TimelineRate(Fraction(60)),
)
_HALVES = Rect(0, 0, 960, 1080), Rect(960, 0, 960, 1080)
_WHOLE = Rect(0, 0, 1920, 1080)


def sample(rate: TimelineRate = RATES[1], *, sound: bool = True, name: str = "talk", path: Path | None = None) -> Timeline:
    """A film of 90 frames: both people, then the right one alone, then the scene."""
    media = SourceMedia(
        path or Path("/media/talk.mov"),
        *(1920, 1080),
        frames=200,
        start=rate.nominal * 3600,
        fps=rate.fps,
        sound=(SoundStream(2, 48000),) if sound else (),
    )
    left, right = (_clip(0, 40, person, at) for person, at in zip(Person, _HALVES, strict=True))
    alone, scene = _clip(40, 30, Person.RIGHT, _WHOLE), _clip(70, 20, None, _WHOLE)
    tracks = TimelineTrack("Ann", (left, scene)), TimelineTrack("Bob", (right, alone))
    markers = (
        Marker(0, 1, "Ann", "seen for the first time", MarkerKind.PERSON),
        Marker(45, 10, "Bob?", "60% sure: by clothes", MarkerKind.DOUBT),
    )
    return Timeline(name, rate, 1920, 1080, 90, 10, media, tracks, markers)


def odd_names() -> Timeline:
    """Names with quotes, line feeds, control characters, emoji, and bytes that are no text."""
    return sample(name='"<&>]]>\u0000\n😀', path=Path("/a b/c\nd/\u0007e\udcff'&<x>.mov"))


def _clip(start: int, length: int, person: Person | None, at: Rect) -> TimelineClip:
    scale, w, h = 1.5, at.w / 1.5, at.h / 1.5
    keyframes = tuple(
        Keyframe(frame, scale, at.x - scale * x, at.y - scale * 120.0, Box(x, 120.0, w, h))
        for frame, x in ((0, 100.0), (length // 2, 130.5), (length - 1, 125.0))
    )
    name = {None: "Scene", Person.LEFT: "Ann", Person.RIGHT: "Bob"}[person]
    return TimelineClip(name, start, length, 10 + start, "split" if at.w < 1920 else "full", person, at, keyframes)
