"""What each replaceable part must do, and how it is made.

:data:`dualface.kinds.KINDS` lists the kinds, :mod:`dualface.testing.contracts` has a suite of tests for each, and
``docs/plugins.md`` says how to bring parts of one's own.

Instances belong to one video and are used from one thread at a time, unless a docstring says otherwise.

A constructor, ``…Constructor`` here, is a class or any function that makes an instance.  It is called with the positional
arguments shown, and by name with those of the others that it names itself: a tracker that has no use for ``match_iou`` leaves
it out, and an argument that a later version adds does no harm.  One that names ``runtime`` makes parts that work in that GPU's
memory, and where ``runtime`` has no default, only there.  One that does not works in main memory; on a GPU its frames are
copied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from dualface.film_clock import UNCHANGED, FilmClock
from dualface.types import (
    ColorTags,
    Detection,
    F32Array,
    Frame,
    Moment,
    Packet,
    PixelFormat,
    Placement,
    Tile,
    Track,
    VideoInfo,
)

if TYPE_CHECKING:
    from dualface.gpu.runtime import CudaRuntime
    from dualface.models.catalog import EmbeddingSpec
    from dualface.pixels.source import PixelSource
    from dualface.render.compose.overlay import Captioning
    from dualface.render.encode.settings import EncoderSettings
    from dualface.timeline import Timeline


@dataclass(slots=True)
class DecodeStats:
    """What happened while decoding; filled as frames are read."""

    frames: int = 0
    corrupt_packets: int = 0
    repaired_timestamps: int = 0
    truncated: bool = False
    copied_to_device_bytes: int = 0
    copied_to_host_bytes: int = 0
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Sentences that are good to know and nothing to worry about."""
    fallback: str | None = None
    """Why the preferred decoder was not used, or ``None``."""
    clock: FilmClock = UNCHANGED
    """How the source's times became the frames'; complete at the end."""


@runtime_checkable
class Decoder(Protocol):
    """Reads one video's frames in presentation order, upright, 8-bit 4:2:0, square pixels.

    One that knows the video's clock may be a ``dualface.interfaces.TimedDecoder``, too: parts of a video begin at once then.

    Raises :class:`~dualface.errors.InputError` when the source can't be opened or holds no video.
    """

    @property
    def stats(self) -> DecodeStats:
        """The same object from the first frame to the last."""
        ...

    def get_video_info(self) -> VideoInfo:
        """What is known before a frame is read."""
        ...

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

    def close(self) -> None:
        """Lets go of the file.  May be called at any time, from another thread, and twice; no frame comes afterwards."""
        ...


@runtime_checkable
class TimedDecoder(Decoder, Protocol):
    """A decoder that knows its video's clock, too, so that parts of a video can begin without reading what is before."""

    @property
    def indexed(self) -> bool:
        """Whether the file knows where each picture is, and so how long it is."""
        ...

    @property
    def start(self) -> Fraction | None:
        """When the first frame is shown, in seconds on the source's clock; ``None`` when unknown."""
        ...

    def seek_time(self, seconds: Fraction) -> bool:
        """Makes the first frame that is shown at or after ``seconds`` from the video's first the next one, with the index 0.

        Only before the first is read.  False where that can't be done exactly, as in formats without an index, whose clock may
        start anew on the way; the decoder is of no use then.
        """
        ...


class DecoderConstructor(Protocol):
    """Opens a video.  Chosen by ``processing.decoder``."""

    def __call__(self, source: Path, *, threads: int, rate: Fraction, deep: bool, runtime: CudaRuntime | None) -> Decoder:
        """``deep``: frames of a source of more than 8 bits shall have :attr:`~dualface.types.Frame.deep` too.

        ``threads``: CPU threads to decode with, 0: as many as cores.  ``runtime``: the GPU that frames shall be on.

        ``rate``: pictures a second where ``source`` names a sequence of pictures (:mod:`dualface.sequences`), else of no use.
        """
        ...


@runtime_checkable
class InferenceEngine(Protocol):
    """Runs one model: tensors in, tensors out.  Loaded once and shared; :meth:`infer` may be called from any thread."""

    input_shape: tuple[int, ...]
    """NCHW; N is the largest batch, which may be smaller than was asked for."""

    def infer(self, batch: F32Array) -> list[F32Array]:
        """``batch``: float32, shape (n, c, h, w), n up to ``input_shape[0]``.  Returns every output, batch first.

        Results are the caller's: a later call does not change them.  Raises :class:`ValueError` for a batch of another shape
        or type.
        """
        ...

    def close(self) -> None:
        """Lets go of the model."""
        ...


class InferenceConstructor(Protocol):
    """Loads a model.  Chosen by ``detection.backend``."""

    def __call__(
        self, model: Path, input_shape: tuple[int, ...], *, threads: int, runtime: CudaRuntime | None
    ) -> InferenceEngine:
        """``model``: an ONNX file.  ``input_shape``: NCHW of the largest batch.  ``threads``: of the CPU, 0: as many as cores.

        With a ``runtime`` batches may also be :class:`~dualface.gpu.device_batch.DeviceBatch`, in its memory.  Raises
        :class:`~dualface.errors.ModelError` for a file that can't be run with pictures of this shape,
        :class:`~dualface.errors.DeviceError` where a library or driver is missing.
        """
        ...


@runtime_checkable
class Detector(Protocol):
    """Finds faces.  Shared between videos; may be called from any thread."""

    def detect(self, frames: Sequence[Frame]) -> list[list[Detection]]:
        """The faces of each frame, in source pixels, best score first, overlapping duplicates removed."""
        ...

    def close(self) -> None:
        """Closes its engine."""
        ...


class DetectorConstructor(Protocol):
    """Finds faces with one family of models.  Chosen by the family before the colon in ``models.face_detection``."""

    def __call__(self, engine: InferenceEngine, *, pixels: PixelSource) -> Detector:
        """``engine`` runs the model's file, with pictures of ``engine.input_shape``; ``pixels`` makes these from frames.

        Raises :class:`~dualface.errors.ModelError` for a model of another family.
        """
        ...


@runtime_checkable
class Embedder(Protocol):
    """Describes a face by a vector.  Shared between videos; may be called from any thread."""

    dimensions: int
    """How many numbers a vector has."""

    def embed(self, frame: Frame, faces: Sequence[Detection]) -> F32Array:
        """float32, shape (len(faces), dimensions), rows L2-normalised.

        Raises :class:`ValueError` for a face without landmarks.
        """
        ...

    def close(self) -> None:
        """Closes its engine."""
        ...


class EmbedderConstructor(Protocol):
    """Describes faces with one family of models.  Chosen by the family before the colon in ``models.reid_model``."""

    spec: EmbeddingSpec | None
    """The size of the model's pictures and the scale of its vectors; ``None`` for built-in families, whose are known."""

    def __call__(self, engine: InferenceEngine, spec: EmbeddingSpec, *, pixels: PixelSource) -> Embedder:
        """``engine`` runs the model's file; ``pixels`` makes its pictures from frames.

        Raises :class:`~dualface.errors.ModelError` for a model of another family.
        """
        ...


@runtime_checkable
class Tracker(Protocol):
    """Follows faces from frame to frame.  Called for every frame in order.

    Its state is kept with :mod:`pickle` every few seconds, so that an interrupted run goes on: classes of the plugin's own
    package, plain data and arrays of numbers.
    """

    def update(self, detections: Sequence[Detection] | None, frame_index: int, time: float) -> list[Track]:
        """Tracks alive in this frame.  ``detections`` is ``None`` when the detector did not look at this frame.

        ``time`` is in seconds and rises.  Detections that are no boxes (not finite, without area) are left out.
        """
        ...

    def reset(self) -> None:
        """Ends every track, as at a cut.  Ids are never used again."""
        ...


class TrackerConstructor(Protocol):
    """Made anew for each video.  Chosen by ``tracking.tracker``."""

    def __call__(self, *, high: float, low: float, match_iou: float, lost_seconds: float) -> Tracker:
        """``high``: score that may start a track; ``low``: the least that may continue one; others as ``tracking`` has them."""
        ...


@runtime_checkable
class Layout(Protocol):
    """Divides the canvas among those who are to be shown.  Keeps nothing from call to call."""

    default_size: tuple[int, int]
    """Width and height of the canvas in pixels where nobody asks for others."""

    def arrange(self, moment: Moment) -> Sequence[Tile]:
        """The tiles for ``moment.people``, each at even pixels of the canvas; later ones lie over earlier ones.

        At least one, and at most one for each person.  The same moment always gets the same tiles.  People without a tile are
        not shown; a tile without a person shows the whole scene.  Raises :class:`~dualface.errors.ConfigurationError` where the
        canvas has no room for them.
        """
        ...


class LayoutConstructor(Protocol):
    """Made without arguments.  Chosen by ``framing.layout``."""

    def __call__(self) -> Layout: ...


@runtime_checkable
class Composer(Protocol):
    """Cuts, scales and places parts of the source on a canvas, plane by plane, without going through RGB."""

    def compose(self, frame: Frame, placements: Sequence[Placement]) -> Frame:
        """A canvas frame with the source frame's timestamps; placements are drawn in order, background where there is none.

        Its memory belongs to the composer's pool until :meth:`recycle`; compose waits for none, it grows the pool.
        Raises :class:`~dualface.errors.CompositionError` for a crop without an area, a place that is odd or leaves the canvas,
        and a frame that it can't read.
        """
        ...

    def recycle(self, canvas: Frame) -> None:
        """Gives a canvas back, once nobody reads it any more.  May be called from another thread."""
        ...

    def close(self) -> None:
        """Lets go of the canvases that are not in use."""
        ...


class ComposerConstructor(Protocol):
    """Made anew for each video.  Chosen by ``processing.composer``."""

    def __call__(
        self,
        width: int,
        height: int,
        *,
        background: str,
        color: ColorTags,
        captions: Captioning,
        deep: bool,
        runtime: CudaRuntime | None,
    ) -> Composer:
        """``deep``: canvases shall be :attr:`~dualface.types.PixelFormat.YUV422P10`, of what frames have as ``deep``.

        ``width`` and ``height``: the canvas in pixels, even.  ``background``: ``#RRGGBB``.  ``color``: the canvas' tags.

        ``captions`` gives the overlays that are drawn over a placement.  ``runtime``: the GPU whose memory frames come in and
        canvases shall lie in.  Raises :class:`ValueError` for odd sides.
        """
        ...


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
    """The same object from the first frame to the last."""

    @property
    def codec_name(self) -> str:
        """FFmpeg's name of the encoder, for example ``libx264``."""
        ...

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

    def close(self) -> None:
        """Gives the encoder's memory back."""
        ...


class EncoderConstructor(Protocol):
    """Made anew for each video.  Chosen by ``processing.encoder``."""

    def __call__(
        self,
        width: int,
        height: int,
        fps: Fraction,
        time_base: Fraction,
        color: ColorTags,
        settings: EncoderSettings,
        *,
        pixel_format: PixelFormat,
        variable_rate: bool,
        runtime: CudaRuntime | None,
    ) -> Encoder:
        """``width`` and ``height``: of the canvases.  ``fps``: their rate, 0: unknown; ``variable_rate``: it is an average.

        ``time_base`` is that of the frames' timestamps, ``color`` what to tag the film with, ``settings`` the section
        ``encoding``.  Canvases come in ``pixel_format``, in the memory of ``runtime``'s GPU where it is asked for.  Raises
        :class:`~dualface.errors.ConfigurationError` for settings that can't be met, :class:`~dualface.errors.DeviceError` where
        a library, driver or GPU is missing.
        """
        ...


@runtime_checkable
class Exporter(Protocol):
    """Writes films for editing programs in one format.  Keeps nothing from call to call; reads no files."""

    suffix: str
    """What its files' names end in, with the dot: ``.fcpxml``."""

    def export(self, timeline: Timeline, folder: Path) -> bytes:
        """The file's content; the same timeline always gives the same.

        ``folder`` is where the file will be, for formats that name the source by a relative path.  Names and paths may hold
        anything that a file system takes.
        """
        ...


class ExporterConstructor(Protocol):
    """Made without arguments.  Chosen by ``export.formats``, ``dualface export --to``, or the ending of a file's name.

    ``suffix`` must be there on the class, so that it is known without making one.
    """

    suffix: str
    """As :attr:`Exporter.suffix`."""

    def __call__(self) -> Exporter:
        """Raises :class:`~dualface.errors.ConfigurationError` where a library is missing."""


class WorkerProcess(Protocol):
    """A process that has been started; as :class:`multiprocessing.Process` has these."""

    @property
    def pid(self) -> int | None:
        """Its number on this machine; ``None`` on another one."""
        ...

    @property
    def exitcode(self) -> int | None:
        """How it ended, as for :class:`subprocess.Popen`; ``None`` while it lives, and where its machine is gone."""
        ...

    def is_alive(self) -> bool:
        """Whether it has not ended yet; true as well while it waits for room."""
        ...

    def join(self, timeout: float | None = None) -> None:
        """Waits for its end, ``timeout`` seconds at most."""
        ...

    def kill(self) -> None:
        """Ends it at once."""
        ...


@runtime_checkable
class Cluster(Protocol):
    """Starts workers on the machines of a cluster.  May be used from any thread.

    A worker connects back to the program that started it; all that passes between the two is dualface's own.  Machines see
    sources, outputs and work folders under the same paths, and have the same version of dualface.
    """

    @property
    def host(self) -> str:
        """The name or address under which the machines reach the one that this program runs on."""
        ...

    @property
    def room(self) -> int:
        """How many workers have room at a time, when nobody else uses the cluster."""
        ...

    def start(self, run: Callable[..., None], *arguments: object) -> WorkerProcess:
        """Has some machine call ``run`` with ``arguments``, in the main thread of a process of its own, once there is room.

        Both can be pickled.  Raises :class:`~dualface.errors.DeviceError` where the cluster can't be reached any more.
        """
        ...

    def close(self) -> None:
        """Ends what is left of the workers, and the connection."""
        ...


class ClusterConstructor(Protocol):
    """Made once for a run on a cluster.  Chosen by ``cluster.engine``."""

    def __call__(self, address: str, *, cpus: int, memory: int, gpus: float) -> Cluster:
        """``address``: where the cluster is, ``local`` for one on this machine.  The others are what each worker needs:
        processor cores, bytes of main memory, and a share of GPUs.

        Raises :class:`~dualface.errors.DeviceError` where the library is missing or the cluster can't be reached.
        """
        ...
