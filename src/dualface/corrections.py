"""What a person says about a film that was decided wrongly: values, which :mod:`dualface.direct` takes with what was observed.

A time is an :class:`Instant`: it counts from the film's first picture and means the picture that is shown then.  What lasts
does so from the picture at ``start`` to before the one at ``end``; ``None`` is the film's beginning or end.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dualface.types import Box, Person


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment of the film: ``seconds`` from its first picture, or a ``frame`` (the first is 0), or a ``timecode``
    ``HH:MM:SS:FF`` (``HH:MM:SS;FF`` for drop-frame), which begins where the film's own timecode does.

    Exactly one of them is given; anything else raises :class:`ValueError`.
    """

    seconds: float | None = None
    frame: int | None = None
    timecode: str = ""

    def __post_init__(self) -> None:
        if (self.seconds is not None) + (self.frame is not None) + bool(self.timecode) != 1:
            raise ValueError("a moment has either seconds, or a frame, or a timecode")
        if (self.seconds or 0) < 0 or (self.frame or 0) < 0:
            raise ValueError("a moment is not before the film's first picture")


class Reach(StrEnum):
    """How far an exchange of the two goes."""

    FROM_HERE = "from here"
    SHOT = "this shot"
    EVERYWHERE = "everywhere"


class Who(StrEnum):
    """Whose a face is: ``OTHER`` is the other one of the two, whoever it was held to be."""

    LEFT = "left"
    RIGHT = "right"
    NOBODY = "nobody"
    OTHER = "other"


class Cut(StrEnum):
    """Whether a new shot begins with a picture."""

    HERE = "here"
    NONE = "none"


class Ease(StrEnum):
    """How a crop goes from one keyframe to the next: gently, evenly, or at once when the next one is reached."""

    SMOOTH = "smooth"
    LINEAR = "linear"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Swap:
    """The two are exchanged: from ``at`` on (until ``end``), in the shot around ``at``, or everywhere (``at`` is not used)."""

    reach: Reach
    at: Instant | None = None
    end: Instant | None = None


@dataclass(frozen=True, slots=True)
class FaceIs:
    """Whose a face is that is seen at ``at``: the one at ``point`` (x and y in pixels of the upright source), or of ``track``.

    With ``alike`` every face of the film that is held to be the same person's follows it, else only this one, as long as it is
    in sight.
    """

    who: Who
    at: Instant
    point: tuple[float, float] | None = None
    track: int | None = None
    alike: bool = True


@dataclass(frozen=True, slots=True)
class Keyframe:
    """At ``at`` the crop is ``rect``, in pixels of the upright source."""

    at: Instant
    rect: Box


@dataclass(frozen=True, slots=True)
class CropHere:
    """What a person's tile shows, whatever the camera would: ``keyframes`` in order, one at least.

    ``person`` is ``None`` for a placement of the whole scene.  A rectangle is made wider or higher about its middle where its
    shape is not the tile's.  Before the first keyframe and after the last it stays.
    """

    person: Person | None
    keyframes: tuple[Keyframe, ...]
    start: Instant | None = None
    end: Instant | None = None
    ease: Ease = Ease.SMOOTH


@dataclass(frozen=True, slots=True)
class LayoutHere:
    """What is shown: ``split`` (both), ``full`` (``person``, all over the canvas), ``scene``, or the name of a layout."""

    layout: str
    person: Person | None = None
    start: Instant | None = None
    end: Instant | None = None


@dataclass(frozen=True, slots=True)
class CutHere:
    """Whether a new shot begins with the picture at ``at``."""

    cut: Cut
    at: Instant


@dataclass(frozen=True, slots=True)
class Caption:
    """What a person is called in the film; an empty text takes the caption away."""

    person: Person
    text: str


@dataclass(frozen=True, slots=True)
class KeepAway:
    """Faces whose middle lies in ``rect``, in pixels of the upright source, are nobody's: a poster, a screen, a passer-by."""

    rect: Box
    start: Instant | None = None
    end: Instant | None = None


Correction = Swap | FaceIs | CropHere | LayoutHere | CutHere | Caption | KeepAway
