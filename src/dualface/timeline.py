"""A film as editing programs have it: the source on a few tracks, cut at the same frames, with keyframes and markers.

Everything on it is counted in frames of one constant rate, from 0 at the film's first picture.  Places on the canvas are in
pixels of the film, parts of the source in pixels of its upright picture, x to the right and y down.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from dualface.types import Box, Person, Rect, Turn

_DAY_HOURS = 24


@dataclass(frozen=True, slots=True)
class TimelineRate:
    """``fps`` frames a second, exactly; ``drop``: timecodes leave numbers out, to keep up with the clock at 29.97 or 59.94."""

    fps: Fraction
    drop: bool = False

    @property
    def nominal(self) -> int:
        """Frames a timecode counts in a second: 30 at 29.97."""
        return round(self.fps)

    @property
    def ntsc(self) -> bool:
        """Whether the rate is 1000/1001 of the nominal one."""
        return self.fps == Fraction(self.nominal * 1000, 1001)

    def seconds(self, frames: int) -> Fraction:
        return frames / self.fps

    def timecode(self, frames: int) -> str:
        """``hh:mm:ss:ff``, with drop-frame ``hh:mm:ss;ff`` (SMPTE ST 12-1); begins anew after a day."""
        number = frames
        if self.drop:
            left_out = self.nominal // 15
            minute, ten = 60 * self.nominal - left_out, 600 * self.nominal - 9 * left_out
            tens, rest = divmod(number, ten)
            number += left_out * (9 * tens + max(rest - left_out, 0) // minute)
        seconds, frame = divmod(number, self.nominal)
        hours, seconds = divmod(seconds, 3600)
        minutes, seconds = divmod(seconds, 60)
        return f"{hours % _DAY_HOURS:02}:{minutes:02}:{seconds:02}{';' if self.drop else ':'}{frame:02}"


@dataclass(frozen=True, slots=True)
class SoundStream:
    """A sound stream of the source; ``rate`` in samples a second."""

    channels: int
    rate: int


@dataclass(frozen=True, slots=True)
class SourceMedia:
    """The file that the clips are cut from.

    ``frames`` is how long it is, ``start`` the frame number that its first picture's timecode means, both at the timeline's
    rate.  ``fps`` is its own nominal rate, ``rotation`` by how many degrees players turn it, ``width`` and ``height`` what it
    measures then.  ``first_field`` is ``upper`` or ``lower`` where its pictures are interlaced.
    """

    path: Path
    width: int
    height: int
    frames: int
    start: int = 0
    fps: Fraction = Fraction(25)
    variable_rate: bool = False
    rotation: int = 0
    sound: tuple[SoundStream, ...] = ()
    first_field: str = ""


@dataclass(frozen=True, slots=True)
class Keyframe:
    """Where the source lies on the canvas from ``frame`` of its clip on, and which part of it is to be seen.

    A point (u, v) of the source lies at ``(x + scale * u, y + scale * v)``.  Between keyframes all numbers change evenly.
    """

    frame: int
    scale: float
    x: float
    y: float
    crop: Box


@dataclass(frozen=True, slots=True)
class TimelineClip:
    """``length`` frames of the source from its frame ``source`` on, shown from frame ``start`` of the timeline on.

    ``at`` is the place that it fills.  The first keyframe is at frame 0; one alone holds for the whole clip.
    """

    name: str
    start: int
    length: int
    source: int
    layout: str
    person: Person | None
    at: Rect
    keyframes: tuple[Keyframe, ...]

    @property
    def end(self) -> int:
        return self.start + self.length


@dataclass(frozen=True, slots=True)
class TimelineTrack:
    """Clips in order, that do not overlap."""

    name: str
    clips: tuple[TimelineClip, ...]


class MarkerKind(StrEnum):
    """What a marker points at."""

    PERSON = "person"
    """Somebody is seen for the first time, or goes away."""
    DOUBT = "doubt"
    """Worth a look: it is not sure who is who."""
    SPEAKER = "speaker"
    """Somebody begins to speak."""


@dataclass(frozen=True, slots=True)
class Marker:
    """Points at ``length`` frames from ``frame`` of the timeline on."""

    frame: int
    length: int
    name: str
    note: str
    kind: MarkerKind


@dataclass(frozen=True, slots=True)
class Timeline:
    """A film: ``width`` × ``height`` pixels, ``length`` frames, ``tracks`` from the lowest to the uppermost.

    All tracks are cut at the same frames: two clips either share all of their frames or none.  ``source`` is the frame of the
    source that the film begins with.
    """

    name: str
    rate: TimelineRate
    width: int
    height: int
    length: int
    source: int
    media: SourceMedia
    tracks: tuple[TimelineTrack, ...] = ()
    markers: tuple[Marker, ...] = ()
    background: str = "#101010"
    notes: tuple[str, ...] = field(default=())
    """Sentences for the user: what the editing program will show otherwise than the film."""
    turns: tuple[Turn, ...] = ()
    """Who speaks when, in seconds from the film's first picture; empty where that is not known."""
    names: Mapping[Person, str] = field(default_factory=dict)
    """What the two people are called; empty where they have no names."""

    @property
    def start(self) -> int:
        """The frame number that the timecode of the film's first picture means: it shows the source's own timecode."""
        return self.media.start + self.source

    @property
    def shots(self) -> tuple[tuple[int, int], ...]:
        """First frame and length of each piece between two cuts of the tracks, without gaps, over the whole film."""
        blades = sorted({0, self.length}.union(*({clip.start, clip.end} for track in self.tracks for clip in track.clips)))
        return tuple((first, last - first) for first, last in pairwise(blades))
