"""Plain data that passes between the stages.

Conventions, everywhere in the project:

- Boxes and crops are ``(x, y, w, h)`` in pixels of the *upright source frame*: rotation applied, pixels square,
  x to the right, y down, ``(0, 0)`` the top-left corner of the top-left pixel.  Floats are allowed.
- Times are seconds as ``float``; timestamps (``pts``) are integers in units of a ``time_base`` (a ``Fraction`` of a second).
- Pictures are arrays of shape ``(height, width)`` (a plane) or ``(channels, height, width)``, ``uint8`` unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

U8Array = NDArray[np.uint8]
U16Array = NDArray[np.uint16]
U32Array = NDArray[np.uint32]
I32Array = NDArray[np.int32]
F16Array = NDArray[np.float16]
F32Array = NDArray[np.float32]
F64Array = NDArray[np.float64]


class Box(NamedTuple):
    """An axis-aligned rectangle in pixels: left, top, width, height."""

    x: float
    y: float
    w: float
    h: float

    @property
    def cx(self) -> float:
        return self.x + self.w / 2

    @property
    def cy(self) -> float:
        return self.y + self.h / 2

    @property
    def right(self) -> float:
        return self.x + self.w

    @property
    def bottom(self) -> float:
        return self.y + self.h

    @property
    def area(self) -> float:
        return max(self.w, 0.0) * max(self.h, 0.0)


Crop = Box
"""The part of the source that a tile shows, in pixels of the upright source frame."""


class Person(StrEnum):
    """One of the two people that a video is about, named after the tile that is theirs in a split screen.

    In a stacked layout ``LEFT`` has the upper tile.
    """

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> Person:
        return Person.RIGHT if self is Person.LEFT else Person.LEFT


class PixelFormat(StrEnum):
    """Memory layout of a frame.

    The first two are 8 bit, 4:2:0, chroma planes of ``ceil(w/2) × ceil(h/2)`` samples, sited left.
    """

    YUV420P = "yuv420p"
    """Three planes: Y, U, V."""
    NV12 = "nv12"
    """Two planes: Y, then U and V interleaved, shape ``(ceil(h/2), ceil(w/2), 2)``."""
    YUV422P10 = "yuv422p10le"
    """Three planes, uint16, of 10 bits, 4:2:2: chroma planes of ``h × ceil(w/2)``.  Of canvases for editors only."""


@dataclass(frozen=True, slots=True)
class ColorTags:
    """What the sample values mean, as FFmpeg's (and ITU-T H.273's) code points; 2 is "unspecified"."""

    primaries: int = 2
    transfer: int = 2
    matrix: int = 2
    full_range: bool = False

    def matrix_for(self, height: int) -> int:
        """The matrix to compute with: the tagged one, else BT.709 (1) for HD and BT.601 (6) below 720 lines."""
        if self.matrix not in (0, 2):
            return self.matrix
        return 1 if height >= 720 else 6


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What is known of a video before it is decoded.

    ``width`` and ``height`` are those of the upright frame with square pixels, as the stages after decoding see it.
    ``total_frames`` and ``duration_seconds`` are the container's claim, 0 where it makes none.
    ``fps`` is the average rate, or that of the first two seconds, pauses aside, where the container tells none;
    ``variable_rate`` says whether timestamps are known to be uneven.  ``timecode`` is the first picture's, ``hh:mm:ss:ff``.
    """

    width: int
    height: int
    fps: Fraction
    total_frames: int
    duration_seconds: float
    codec: str = ""
    pixel_format: str = ""
    rotation: int = 0
    color: ColorTags = field(default_factory=ColorTags)
    has_audio: bool = False
    time_base: Fraction = Fraction(1, 90000)
    variable_rate: bool = False
    hdr: bool = False
    interlaced: bool = False
    timecode: str = ""
    bits: int = 8
    """Of each of the source's samples."""
    deep: bool = False
    """Whether frames have :attr:`Frame.deep`."""


@dataclass(slots=True, repr=False)
class Frame:
    """One decoded picture, upright, 8-bit 4:2:0, square pixels.

    ``planes`` are read-only views into the decoder's memory, shapes as :class:`PixelFormat` says, rows possibly padded
    (strided): numpy arrays on ``device == "cpu"``, on ``"cuda:N"`` :class:`~dualface.gpu.runtime.DevicePlane`, which offers
    ``__cuda_array_interface__``.
    ``owner`` keeps that memory alive.  ``index`` counts the frames of the video from 0 in presentation order.
    ``pts`` is the source's own timestamp in ``time_base`` units; ``duration`` in the same units, 0 when unknown.
    ``content`` is where in the frame the source's picture lies, in the frame's pixels, black all around; ``None``: it fills the
    frame.  A picture's size and shape may change in the middle of a video, those of its frames do not.
    ``deep`` is the same picture as :attr:`PixelFormat.YUV422P10` has it, where that was asked for and the source has more than
    8 bits: what composers make deep canvases of; machines look at ``planes``.
    """

    index: int
    pts: int
    time_base: Fraction
    duration: int
    width: int
    height: int
    planes: tuple[Any, ...]
    format: PixelFormat = PixelFormat.YUV420P
    color: ColorTags = field(default_factory=ColorTags)
    device: str = "cpu"
    owner: Any = None
    content: Box | None = None
    deep: tuple[Any, ...] | None = None

    @property
    def time(self) -> float:
        """Presentation time in seconds on the source's own clock."""
        return self.pts * self.time_base.numerator / self.time_base.denominator  # the nearest number, as a fraction's is

    def __repr__(self) -> str:
        shapes = ", ".join("×".join(str(n) for n in plane.shape) for plane in self.planes)
        return f"Frame({self.index}, pts={self.pts}×{self.time_base}s, {self.format} {shapes}, {self.device})"


@dataclass(frozen=True, slots=True)
class Detection:
    """A face found in one frame.

    ``landmarks``: float32, shape (5, 2), x and y in source pixels: left eye, right eye, nose, left and right mouth corner,
    left and right as seen in the image; ``None`` for detectors without landmarks.
    """

    box: Box
    score: float
    landmarks: F32Array | None = None


class TrackState(StrEnum):
    """A track's life: not yet confirmed, seen in the newest detection, or not found there and only predicted."""

    TENTATIVE = "tentative"
    TRACKED = "tracked"
    LOST = "lost"


@dataclass(slots=True)
class Track:
    """A face followed over time by the tracker.

    ``box`` is the estimate for the frame asked about; ``detection`` what confirmed it there, or ``None`` when predicted.
    ``velocity`` is in source pixels per second (centre x, centre y).  ``frames_since_seen`` is 0 when seen in this frame.
    """

    id: int
    box: Box
    score: float
    state: TrackState
    detection: Detection | None = None
    velocity: tuple[float, float] = (0.0, 0.0)
    first_frame: int = 0
    last_seen_frame: int = 0
    hits: int = 0

    @property
    def seen(self) -> bool:
        return self.state is TrackState.TRACKED


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What a face looked like in a frame in which it was described.

    ``embedding``: float16, shape (dimensions,), L2-normalised.  ``quality``: 0…1, how much it is worth.  ``clothes``: what is
    worn below the face, as :mod:`dualface.likeness` compares it: uint8, shape (bins,); ``None`` where too little is in view.
    """

    embedding: F16Array
    quality: float
    clothes: U8Array | None = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Look):
            return NotImplemented
        same_clothes = (self.clothes is None) == (other.clothes is None) and (
            self.clothes is None or other.clothes is None or np.array_equal(self.clothes, other.clothes)
        )
        return self.quality == other.quality and same_clothes and np.array_equal(self.embedding, other.embedding)

    def __hash__(self) -> int:
        return hash((self.quality, self.embedding.tobytes()))


Landmarks = tuple[tuple[float, float], ...]
"""Five points of a face, x and y in source pixels: left eye, right eye, nose, left and right mouth corner, as seen."""


@dataclass(frozen=True, slots=True)
class ObservedFace:
    """A face seen in one frame.  ``person`` is whose it was taken to be, ``None`` for a passer-by; ``look`` where described.

    ``lips``: how much the mouth moves against the rest of the face, see :mod:`dualface.observe.lips`; ``None`` where nobody
    looked, or could.
    """

    track_id: int
    box: Box
    score: float
    person: Person | None = None
    landmarks: Landmarks | None = None
    look: Look | None = None
    lips: float | None = None


@dataclass(frozen=True, slots=True)
class Naming:
    """From frame ``since`` on, the track is this person's, or a stranger's (``None``); ``was`` is whose it was held to be.

    ``similarity`` is the cosine to the new person, or to the old one where there is no new.
    """

    track_id: int
    person: Person | None
    was: Person | None
    since: int
    similarity: float
    reason: str


class Sound(NamedTuple):
    """What is heard while a frame is shown.

    ``voice``: how likely it is that somebody's voice is heard, 0…1.  ``level``: how loud it is, in dB below full scale, 0 or
    less.  ``microphones``: the levels of two microphones, where the recording has so many: two tracks, or left and right.
    """

    voice: float
    level: float
    microphones: tuple[float, float] | None = None


class Talk(StrEnum):
    """Who speaks: one of the two people, both at once, nobody, somebody out of the picture, or it is not known."""

    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"
    NOBODY = "nobody"
    OFF = "off"
    UNKNOWN = "unknown"

    @classmethod
    def of(cls, person: Person) -> Talk:
        return cls(person.value)

    @property
    def people(self) -> tuple[Person, ...]:
        """Those of the two who speak."""
        return {Talk.LEFT: (Person.LEFT,), Talk.RIGHT: (Person.RIGHT,), Talk.BOTH: tuple(Person)}.get(self, ())

    @property
    def swapped(self) -> Talk:
        """The same with the two people exchanged."""
        return {Talk.LEFT: Talk.RIGHT, Talk.RIGHT: Talk.LEFT}.get(self, self)


class Speech(NamedTuple):
    """Who speaks in a frame, and how sure that is of the turn that it belongs to, 0…1."""

    talk: Talk
    confidence: float

    @property
    def swapped(self) -> Speech:
        """The same with the two people exchanged."""
        return self._replace(talk=self.talk.swapped)


class Turn(NamedTuple):
    """From ``start`` to ``end``, in seconds, it is the same who speaks.  ``confidence``: 0…1."""

    start: float
    end: float
    talk: Talk
    confidence: float


@dataclass(frozen=True, slots=True)
class Observation:
    """Everything seen in one frame.

    ``index`` counts the video's frames from 0, ``time`` is in seconds on the source's clock, ``cut`` says that a new shot
    starts here.  ``namings`` are the decisions about who is who that were made when this frame was settled.  ``there`` are
    tracks whose face is not seen, but whose person has not moved away.  ``active`` are the parts of the frame that hold a
    picture, in source pixels: without bars that are part of it, and one for each box of a grid; none where it is all picture.
    A picture that boxes are laid over is a part too.  ``active_since`` is the first frame with these parts, as far as was known
    when this one was settled; ``None`` for the shot's first.
    ``sound`` is what was heard, ``speech`` who was decided to speak once all was seen; both ``None`` where nobody asked.
    """

    index: int
    time: float
    cut: bool
    faces: tuple[ObservedFace, ...] = ()
    namings: tuple[Naming, ...] = ()
    there: tuple[int, ...] = ()
    active: tuple[Box, ...] = ()
    sound: Sound | None = None
    speech: Speech | None = None
    active_since: int | None = None

    @property
    def reid(self) -> bool:
        """Whether faces were described in this frame."""
        return any(face.look is not None for face in self.faces)


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle of whole pixels on the output canvas; all four even, so that chroma samples align."""

    x: int
    y: int
    w: int
    h: int


@dataclass(frozen=True, slots=True)
class Moment:
    """What a layout is told: the canvas in pixels, the gap between tiles, and the people who are to be shown.

    ``speaker`` has the floor: one of ``people``, or ``None`` where nobody has it, or both, or it is not known.
    """

    width: int
    height: int
    gap: int = 0
    people: frozenset[Person] = frozenset(Person)
    speaker: Person | None = None


@dataclass(frozen=True, slots=True)
class Tile:
    """A place on the canvas, and the person whose it is; ``None`` for one that shows the whole scene."""

    at: Rect
    person: Person | None


class TileState(StrEnum):
    """What a placement shows: its person, the last framing of an unseen person, a stand-in for either, or the scene."""

    TRACKED = "tracked"
    HELD = "held"
    STAND_IN = "fallback"
    """The person is away for long, or composing failed: what was put there instead."""
    SCENE = "scene"


class Mark(StrEnum):
    """How a placement is marked by who speaks: with a border, or dimmed because somebody else does."""

    NONE = "none"
    BORDER = "border"
    DIM = "dim"


class Fill(StrEnum):
    """How a placement fills its place."""

    CROP = "crop"
    """The crop, stretched over all of it; crops are made in the place's shape."""
    BARS = "bars"
    """The whole crop in its own shape, the background beside it."""
    BLUR = "blur"
    """The whole crop in its own shape over itself, blurred and enlarged to fill the place."""
    CARD = "card"
    """The background only."""
    BACKDROP = "backdrop"
    """What of the crop fills the place, blurred: behind tiles that don't fill the canvas."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Which part of the source goes where on the canvas, whose it is, and why.

    ``at`` is in pixels of the canvas, ``crop`` in those of the upright source.  ``track_id`` is ``None`` unless ``state`` is
    ``TRACKED``.  ``corner`` is the radius of its corners in pixels of the canvas: outside of them what lies under it is seen.
    """

    at: Rect
    crop: Crop
    person: Person | None
    state: TileState
    track_id: int | None = None
    fill: Fill = Fill.CROP
    corner: int = 0
    mark: Mark = Mark.NONE


@dataclass(frozen=True, slots=True)
class FramePlan:
    """What is shown in one frame, and where; placements are drawn in order, later ones over earlier ones.

    ``layout``: ``split`` (both people), ``full`` (one), ``scene`` (nobody is singled out), or another layout's name.
    ``speech``: who speaks, by the tiles' names; ``None`` where nobody asked.
    """

    index: int
    time: float
    cut: bool
    layout: str
    placements: tuple[Placement, ...]
    people: Mapping[int, Person] = field(default_factory=dict)
    """Whose each track is that is seen in this frame; passers-by are left out."""
    speech: Speech | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """A picture of one colour, or many, and many opacities, laid over a canvas: a caption.

    ``alpha``: uint8, shape (h, w), 0 (nothing) to 255 (opaque); its top-left pixel lies at ``(x, y)``, both even.
    ``color``: ``#RRGGBB``, or one for each pixel: uint8, shape (h, w, 3), RGB.
    Raises :class:`ValueError` for odd places, masks of another type or shape and colours that don't fit them.
    """

    x: int
    y: int
    alpha: U8Array
    color: str | U8Array = "#ffffff"

    def __post_init__(self) -> None:
        if self.x % 2 or self.y % 2 or self.x < 0 or self.y < 0:
            raise ValueError(f"an overlay begins at even pixels of the canvas, not at ({self.x}, {self.y})")
        if self.alpha.dtype != np.uint8 or self.alpha.ndim != 2 or 0 in self.alpha.shape:
            raise ValueError(f"an overlay's alpha is uint8, (h, w), not {self.alpha.dtype} {self.alpha.shape}")
        if not isinstance(self.color, str) and (self.color.dtype != np.uint8 or self.color.shape != (*self.alpha.shape, 3)):
            raise ValueError(f"an overlay's colours are uint8, (h, w, 3), not {self.color.dtype} {self.color.shape}")

    @property
    def rect(self) -> Rect:
        """The pixels that it touches, grown to even sizes."""
        h, w = self.alpha.shape
        return Rect(self.x, self.y, w + w % 2, h + h % 2)


@dataclass(frozen=True, slots=True)
class Packet:
    """A compressed video packet: payload and timestamps in ``time_base`` units."""

    data: Any
    pts: int
    dts: int
    duration: int
    time_base: Fraction
    is_keyframe: bool
