"""What each replaceable part must do.  One contract suite in ``tests/contract`` for each, every backend a parameter.

Instances belong to one video and are used from one thread at a time, unless a docstring says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from dualface.film_clock import UNCHANGED, FilmClock
from dualface.types import Detection, F32Array, Frame, Moment, Packet, Placement, Tile, Track, VideoInfo


@dataclass(slots=True)
class DecodeStats:
    """What happened while decoding; filled as frames are read."""

    frames: int = 0
    corrupt_packets: int = 0
    truncated: bool = False
    copied_to_device_bytes: int = 0
    copied_to_host_bytes: int = 0
    warnings: list[str] = field(default_factory=list)
    fallback: str | None = None
    """Why the preferred decoder was not used, or ``None``."""
    clock: FilmClock = UNCHANGED
    """How the source's times became the frames'; complete at the end."""


@runtime_checkable
class Decoder(Protocol):
    """Reads one video's frames in presentation order, upright, 8-bit 4:2:0, square pixels.

    Raises :class:`~dualface.errors.InputError` when the source can't be opened or holds no video.
    """

    stats: DecodeStats

    def get_video_info(self) -> VideoInfo: ...

    def __iter__(self) -> Iterator[Frame]:
        """Every frame once; damaged packets are skipped and counted, a truncated file ends early and is marked."""
        ...

    def decode_batch(self, n: int) -> list[Frame]:
        """The next at most ``n`` frames, fewer at the end, none after it."""
        ...

    def seek(self, index: int, pts: int) -> bool:
        """Makes frame ``index``, which has the timestamp ``pts``, the next one.  Only before the first is read.

        False where that can't be done exactly, or not faster than by reading; the decoder is of no use then.
        """
        ...

    def close(self) -> None: ...


@runtime_checkable
class InferenceEngine(Protocol):
    """Runs one model: tensors in, tensors out.  Loaded once and shared; :meth:`infer` may be called from any thread."""

    input_shape: tuple[int, ...]
    """NCHW; N is the largest batch."""

    def infer(self, batch: F32Array) -> list[F32Array]:
        """``batch``: float32, shape (n, c, h, w), n up to ``input_shape[0]``.  Returns every output, batch first."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class Detector(Protocol):
    """Finds faces.  Shared between videos; may be called from any thread."""

    def detect(self, frames: Sequence[Frame]) -> list[list[Detection]]:
        """The faces of each frame, in source pixels, best score first, overlapping duplicates removed."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class Embedder(Protocol):
    """Describes a face by a vector.  Shared between videos; may be called from any thread."""

    dimensions: int

    def embed(self, frame: Frame, faces: Sequence[Detection]) -> F32Array:
        """float32, shape (len(faces), dimensions), rows L2-normalised.  Faces must carry landmarks."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class Tracker(Protocol):
    """Follows faces from frame to frame.  Called for every frame in order."""

    def update(self, detections: Sequence[Detection] | None, frame_index: int, time: float) -> list[Track]:
        """Tracks alive in this frame.  ``detections`` is ``None`` when the detector did not look at this frame."""
        ...

    def reset(self) -> None:
        """Ends every track, as at a cut.  Ids are never used again."""
        ...


@runtime_checkable
class Layout(Protocol):
    """Divides the canvas among those who are to be shown.  Made without arguments; keeps nothing from call to call."""

    default_size: tuple[int, int]
    """Width and height of the canvas in pixels where nobody asks for others."""

    def arrange(self, moment: Moment) -> Sequence[Tile]:
        """The tiles for ``moment.people``, each at even pixels of the canvas; later ones lie over earlier ones.

        The same moment always gets the same tiles.  People without a tile are not shown; a tile without a person shows the
        whole scene.  Raises :class:`~dualface.errors.ConfigurationError` where the canvas has no room for them.
        """
        ...


@runtime_checkable
class Composer(Protocol):
    """Cuts, scales and places parts of the source on a canvas, plane by plane, without going through RGB."""

    def compose(self, frame: Frame, placements: Sequence[Placement]) -> Frame:
        """A canvas frame with the source frame's timestamps; placements are drawn in order, background where there is none.

        Its memory belongs to the composer's pool until :meth:`recycle`; compose waits for none, it grows the pool.
        Raises :class:`~dualface.errors.CompositionError`.
        """
        ...

    def recycle(self, canvas: Frame) -> None:
        """Gives a canvas back, once nobody reads it any more.  May be called from another thread."""
        ...

    def close(self) -> None: ...


@dataclass(slots=True)
class EncodeStats:
    """What an encoder did; delay is not failure."""

    frames_in: int = 0
    packets_out: int = 0
    bytes_out: int = 0
    copied_to_host_bytes: int = 0
    fallback: str | None = None
    """Why the preferred encoder was not used, or ``None``."""


@runtime_checkable
class Encoder(Protocol):
    """Compresses canvas frames into packets."""

    stats: EncodeStats

    @property
    def codec_name(self) -> str: ...

    @property
    def stream(self) -> Any:
        """The PyAV stream that files' streams are made from; complete once a packet has come."""
        ...

    def encode(self, frame: Frame) -> list[Packet]:
        """Packets that are ready; none while the encoder fills up."""
        ...

    def flush(self) -> list[Packet]:
        """All remaining packets.  The encoder takes no frame afterwards."""
        ...

    def close(self) -> None: ...
