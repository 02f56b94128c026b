"""The configuration's shape: types, ranges and descriptions.  The default values are in ``fallback_config.yaml``.

Unknown keys are errors.  This module knows nothing of layers or files; :mod:`dualface.config.layers` merges and reports.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from dualface.config.colours import as_hex
from dualface.config.times import parse_rate, parse_time


@dataclass(frozen=True, slots=True)
class Allowed:
    """In words, what a setting may be, where type and range alone don't say it; completes "… must be"."""

    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """The setting names a part of this kind, as :mod:`dualface.registry` knows them.

    ``auto``: it may also say just that, and leave the choice to the device.  ``several``: it names any number of parts, none
    too, with commas between.
    """

    kind: str
    auto: bool = False
    several: bool = False


def _size(multiple: int, least: int, most: int) -> Callable[[str], str]:
    """A check that a ``WIDTHxHEIGHT`` (or ``auto``) has sides within bounds that are multiples of a number."""

    def check(text: str) -> str:
        if text != "auto":
            for side in map(int, text.split("x")):
                if side % multiple or not least <= side <= most:
                    raise ValueError(f"{side} is not a multiple of {multiple} from {least} to {most}")
        return text

    return check


def _time(text: str) -> str:
    if text:
        parse_time(text)
    return text


def _rate(text: str) -> str:
    parse_rate(text)
    return text


def _rate_or_auto(text: str) -> str:
    return text if text == "auto" else _rate(text)


def _crf(text: str) -> str:
    if text != "auto" and not 1 <= int(text) <= 63:
        raise ValueError(f"{text} is not from 1 to 63")
    return text


_TIME = (
    AfterValidator(_time),
    Allowed("a time: seconds (90.5), 1:30, 00:01:30.5, or a timecode 00:01:30:12; empty for none"),
)


_COLOUR = (
    Field(pattern=r"^(#[0-9a-fA-F]{3}|#[0-9a-fA-F]{6}|[a-zA-Z -]+)$"),
    AfterValidator(as_hex),
    Allowed("a colour by its name in CSS, such as black, or as #RRGGBB, in quotes where # would start a comment"),
)


class Section(BaseModel):
    """What all sections have in common; the first line of a section's docstring describes it in the reference."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, defer_build=True)
    """A section is compiled when it is needed alone; the whole configuration has all of them in it anyway."""


Gpus = Annotated[str, Field(pattern=r"^([0-9]{1,2}(,[0-9]{1,2})*)?$"), Allowed("numbers of GPUs, such as 0,2; empty for one")]


class HardwareConfig(Section):
    """The processor or GPU that does the work."""

    device: Literal["auto", "cpu", "cuda"] = Field(
        description="Where frames are processed; auto takes the GPU if one is usable."
    )
    gpu_id: int = Field(
        ge=0,
        le=63,
        description="Which GPU, as nvidia-smi numbers them; where CUDA_VISIBLE_DEVICES is set, of those that it names.",
    )
    gpus: Gpus = Field(
        description="Several GPUs that share the videos, as gpu_id counts; one that fails is left out. Empty: gpu_id alone."
    )
    mps: bool = Field(
        description="Whether several videos at a time share the GPU through NVIDIA's Multi-Process Service, if installed."
    )
    nvdec_engines: int = Field(ge=0, le=16, description="NVDEC engines of the GPU, for information; 0: not known.")
    nvenc_engines: int = Field(ge=0, le=16, description="NVENC engines of the GPU, for information; 0: not known.")


class ProcessingConfig(Section):
    """Which parts do the work, and how much at a time."""

    decoder: Annotated[str, Part("decoder", auto=True)] = Field(
        min_length=1, description="What reads the video; auto: NVDEC on a GPU as far as it goes, else the CPU."
    )
    composer: Annotated[str, Part("composer", auto=True)] = Field(
        min_length=1, description="What draws the tiles; auto: the device that the frames are on."
    )
    encoder: Annotated[str, Part("encoder", auto=True)] = Field(
        min_length=1, description="What compresses the output; auto: NVENC on a GPU that has it, else the CPU."
    )
    batch_size_decode: int = Field(
        ge=1, le=64, description="Frames decoded at a time on the GPU, where as many may wait; on the CPU it is one."
    )
    batch_size_inference: int = Field(ge=1, le=64, description="Pictures the detector takes at a time, at most.")
    cuda_streams: int = Field(
        ge=1, le=64, description="Videos processed at a time, on the GPU or the CPU; or slices of a single long one."
    )
    slice_seconds: float = Field(
        ge=1.0, le=3600.0, description="How long a slice is at least, when several workers share a single video; seconds."
    )
    decode_threads: int = Field(ge=0, le=64, description="Threads of the software decoder; 0: as many as cores.")
    encode_threads: int = Field(ge=0, le=64, description="Threads of the software encoder; 0: the encoder decides.")
    inference_threads: int = Field(ge=0, le=64, description="Threads of CPU inference; 0: as many as cores.")
    queue_frames: int = Field(ge=1, le=64, description="Frames that may wait between two stages.")
    lookahead_seconds: float = Field(ge=0.0, le=3.0, description="How far ahead cameras and identities may look, in seconds.")


class ClusterConfig(Section):
    """Several machines: each video is made by a worker on one of them, which sees the same files under the same paths."""

    address: str = Field(description="Where the cluster is: local, auto, or HOST:PORT of its head; empty: no cluster.")
    engine: Annotated[str, Part("cluster")] = Field(min_length=1, description="What starts workers on a cluster's machines.")
    cpus: int = Field(ge=1, le=256, description="Processor cores for each video.")
    memory_gb: float = Field(ge=0.1, le=4096.0, description="Main memory for each video, GB.")
    gpus: float = Field(ge=0.0, le=8.0, description="Share of a GPU for each video; 0: the processor only.")


class MemoryConfig(Section):
    """How much memory may be used."""

    vram_limit_gb: float = Field(
        ge=0.0, le=1024.0, description="GPU memory to use at most, GB; 0: budget_share of what there is."
    )
    vram_per_stream_mb: int = Field(ge=0, le=262144, description="GPU memory for each video, MB; 0: estimated from the video.")
    ram_limit_gb: float = Field(
        ge=0.0, le=4096.0, description="Main memory to use at most, GB; 0: budget_share of what there is."
    )
    budget_share: float = Field(ge=0.1, le=1.0, description="Share of the memory to use where no limit is given.")


class ModelsConfig(Section):
    """Which models are used."""

    face_detection: str = Field(min_length=1, description="Catalog name, path or URL of the detector's ONNX model.")
    reid_model: str = Field(min_length=1, description="Catalog name, path or URL of the re-identification model.")
    download: bool = Field(description="Whether a model that is neither cached nor installed may be downloaded.")


class DetectionConfig(Section):
    """How faces are found."""

    backend: Annotated[str, Part("inference", auto=True)] = Field(
        min_length=1, description="Inference library; auto: the fastest that works on the device."
    )
    input_size: Annotated[
        str,
        Field(pattern=r"^(auto|[0-9]{2,4}x[0-9]{2,4})$"),
        AfterValidator(_size(32, 32, 4096)),
        Allowed("auto, or WIDTHxHEIGHT in multiples of 32 from 32 to 4096, such as 512x288"),
    ] = Field(description="Size of the detector's picture; auto: from the source (512x288 for 16:9).")
    score_threshold: float = Field(ge=0.05, le=0.99, description="Faces below this score are ignored by the first association.")
    interval_seconds: float = Field(
        ge=0.0, le=1.0, description="Time between detections while nothing happens; 0: every frame."
    )


class TrackingConfig(Section):
    """How faces are followed and given to the tiles."""

    tracker: Annotated[str, Part("tracker")] = Field(min_length=1, description="What follows faces from frame to frame.")
    sides: Literal["identity", "position"] = Field(
        description="identity: a person keeps the tile of the side where first seen; position: the tile follows the place."
    )
    ema_alpha: float = Field(gt=0.0, le=1.0, description="Weight of the newest position in the position rule's average.")
    high_threshold: float = Field(ge=0.05, le=0.99, description="ByteTrack: score of a detection that may start a track.")
    low_threshold: float = Field(ge=0.01, le=0.99, description="ByteTrack: least score in the second association.")
    match_iou: float = Field(ge=0.0, le=0.95, description="ByteTrack: least overlap of a track and its detection.")
    lost_seconds: float = Field(ge=0.0, le=30.0, description="How long an unseen track may be found again.")
    hold_seconds: float = Field(
        ge=0.0, le=600.0, description="How long somebody must be gone before the picture changes; until then it holds."
    )


class ReidConfig(Section):
    """When people are told apart by their appearance."""

    mode: Literal["never", "conditional", "always"] = Field(description="When faces are compared by appearance.")
    people: str = Field(description="Path of a file that names the two people by photos or places; empty: none.")


class InputConfig(Section):
    """Which part of the footage is taken, and how pictures become footage."""

    start: Annotated[str, *_TIME] = Field(
        description="Where in the footage the film begins: seconds, mm:ss, hh:mm:ss, or a timecode hh:mm:ss:ff."
    )
    end: Annotated[str, *_TIME] = Field(description="Where in the footage the film ends, likewise.")
    rate: Annotated[
        str, AfterValidator(_rate), Allowed("a number of pictures a second from 0.1 to 240, such as 24, 29.97 or 30000/1001")
    ] = Field(description="Pictures a second where the footage is a sequence of pictures.")


class FramingConfig(Section):
    """What the picture looks like."""

    layout: Annotated[str, Part("layout")] = Field(
        min_length=1,
        description="How the picture is divided. follow: as each shot shows both, one or nobody; speaker: as follow, and who "
        "speaks fills the picture; spotlight: who speaks has two thirds of it; the others: always both.",
    )
    only: Literal["both", "left", "right"] = Field(
        description="Whose tile is the film: both, side by side or as the layout says, or one of them alone, all the time."
    )
    alone: Literal["full", "hold", "fit", "blur", "card"] = Field(
        description="What is shown while one is away. full: the other fills the picture; else, in the tile of who is away: "
        "the last framing, the whole scene between bars or over itself blurred, a plain card."
    )
    least_seconds: float = Field(
        ge=0.0, le=60.0, description="How long a layout is kept at least, within a shot, before it changes."
    )
    highlight: Literal["none", "border", "dim"] = Field(
        description="How a tile beside another is marked while its person speaks: with a border, or the other is dimmed."
    )
    size: Annotated[
        str,
        Field(pattern=r"^(auto|[0-9]{2,5}x[0-9]{2,5})$"),
        AfterValidator(_size(2, 64, 16384)),
        Allowed("auto, or WIDTHxHEIGHT in even numbers from 64 to 16384, such as 1280x720"),
    ] = Field(description="Size of the output; auto: 1920x1080, stacked 1080x1920.")
    headroom: float = Field(ge=0.1, le=0.6, description="Height of the eyes below the tile's top, as a share of its height.")
    zoom: float = Field(ge=0.3, le=3.0, description="Size of the heads; 1 shows head and shoulders.")
    smoothing: float = Field(ge=0.0, le=1.0, description="Calmness of the cameras: 0 follows closely, 1 hardly moves.")
    gap: Annotated[int, Allowed("an even number from 0 to 512")] = Field(
        ge=0, le=512, multiple_of=2, description="Space between the tiles, in output pixels."
    )
    margin: Annotated[int, Allowed("an even number from 0 to 512")] = Field(
        ge=0, le=512, multiple_of=2, description="Space around the tiles, in output pixels."
    )
    background: Annotated[str, *_COLOUR] = Field(
        description="Colour of gap, margin, bars and cards: a name such as black, or #RRGGBB."
    )
    behind: Literal["colour", "blur"] = Field(
        description="What is seen where tiles don't fill the picture: the background's colour, or the scene, blurred."
    )
    corners: int = Field(ge=0, le=512, description="Radius of the tiles' corners, in output pixels; 0: none.")
    border: int = Field(ge=0, le=64, description="Width of a line over each tile's edge, in output pixels; 0: none.")
    border_color: Annotated[str, *_COLOUR] = Field(description="Colour of that line.")
    caption_left: str = Field(max_length=80, description="Name shown under the left (upper) tile.")
    caption_right: str = Field(max_length=80, description="Name shown under the right (lower) tile.")
    caption_font: str = Field(description="Path of a font file for the captions; empty: the built-in one, and installed ones.")


class SpeechConfig(Section):
    """Who speaks, and what the layouts that follow it make of that."""

    find: bool = Field(
        description="Whether it is found out who speaks, and a table of turns (STEM.rttm) written; layouts and highlights that "
        "follow speech find it out anyway."
    )
    lead_seconds: float = Field(ge=0.0, le=1.0, description="How long before the first word the picture changes.")
    shot_seconds: float = Field(
        ge=0.0, le=60.0, description="How long a picture is kept at least; quicker exchanges are shown split."
    )
    interjection_seconds: float = Field(ge=0.0, le=5.0, description="Who says something shorter does not get the picture.")
    pause_seconds: float = Field(ge=0.0, le=60.0, description="How long nobody must speak before both are shown.")
    cut_seconds: float = Field(
        ge=0.0, le=2.0, description="A change that would come so near to a cut of the footage comes with it."
    )
    wide_after_seconds: float = Field(
        ge=0.0, le=600.0, description="How long somebody speaks before the whole scene is shown for a moment; 0: never."
    )
    wide_seconds: float = Field(ge=1.0, le=60.0, description="How long that moment is.")


class EncodingConfig(Section):
    """How the output is compressed."""

    codec: Literal["h264", "hevc", "av1", "prores", "dnxhr"] = Field(
        description="Video codec of the output; prores and dnxhr are for editors, as large as these want them, and go into mov."
    )
    flavour: Literal["proxy", "lt", "standard", "hq"] = Field(
        description="How much prores (Proxy, LT, 422, HQ) and dnxhr (LB, SQ, SQ, HQ) keep of the picture."
    )
    preset: str = Field(
        min_length=1, description="The encoder's preset; auto: veryfast (x264, x265), 8 (SVT-AV1), fast (NVENC)."
    )
    profile: Literal["baseline", "main", "high"] = Field(description="H.264 profile.")
    level: Annotated[
        str, Field(pattern=r"^(auto|[1-5](\.[0-3])?|6(\.[0-2])?)$"), Allowed("auto, or a level from 1 to 6.2, such as 4.1")
    ] = Field(description="H.264 level; raised where the size and rate need more.")
    bitrate_kbps: int = Field(ge=100, le=400000, description="Video bit rate, kbit/s.")
    rate_control: Literal["cbr", "vbr", "crf"] = Field(description="cbr and vbr use bitrate_kbps; crf aims at even quality.")
    crf: Annotated[
        str, Field(pattern=r"^(auto|[0-9]{1,2})$"), AfterValidator(_crf), Allowed("auto, or a whole number from 1 to 63")
    ] = Field(
        description="Even quality instead of a bit rate, on the codec's own scale (h264, hevc to 51), less is better; "
        "auto: as rate_control says."
    )
    gop: int = Field(ge=1, le=600, description="Frames from one key frame to the next.")
    b_frames: int = Field(ge=0, le=16, description="Consecutive B-frames at most.")
    container: Literal["mp4", "mkv", "mov"] = Field(description="File format of the output.")
    fps: Annotated[
        str,
        AfterValidator(_rate_or_auto),
        Allowed("auto, or a number of pictures a second from 0.1 to 240, such as 25, 29.97 or 30000/1001"),
    ] = Field(
        description="A constant rate, as editors want it: pictures are repeated or left out by time; auto: the footage's own."
    )
    audio: Literal["auto", "copy", "aac"] = Field(
        description="Sound: auto copies what players know in the container, copy all that it can hold; the rest becomes AAC."
    )


class ExportConfig(Section):
    """What is written beside each film for editing programs."""

    formats: Annotated[str, Part("exporter", several=True)] = Field(
        description="Formats to export each film in, with commas between, such as fcpxml,edl; empty: none."
    )
    tolerance: float = Field(
        ge=0.05, le=50.0, description="How far keyframes may put a picture off, in pixels; the more, the fewer keyframes."
    )


class ErrorsConfig(Section):
    """What happens when a picture can't be made."""

    retries: int = Field(ge=0, le=5, description="How often composing a frame is tried again before something else is shown.")
    degraded_share: float = Field(
        ge=0.0, le=1.0, description="Share of pictures that can't be composed as planned above which a run ends as degraded."
    )
    absent_share: float = Field(
        ge=0.0,
        le=1.0,
        description="Share of the pictures without a person above which a run ends as degraded; 1: never.",
    )


class Config(Section):
    """The configuration of dualface, validated and immutable."""

    hardware: HardwareConfig
    processing: ProcessingConfig
    cluster: ClusterConfig
    memory: MemoryConfig
    models: ModelsConfig
    detection: DetectionConfig
    tracking: TrackingConfig
    reid: ReidConfig
    input: InputConfig
    framing: FramingConfig
    speech: SpeechConfig
    encoding: EncodingConfig
    export: ExportConfig
    errors: ErrorsConfig

    @classmethod
    def defaults(cls) -> Config:
        """The configuration of a machine on which nobody has set anything."""
        from dualface.config.layers import build
        from dualface.config.loaders import FallbackConfigLoader

        return build(FallbackConfigLoader().load())

    def changed(self, **settings: object) -> Config:
        """The same with some settings changed: by short names (``layout="stacked"``) or keys (``framing__zoom=1.2``).

        ``names="Ann,Bob"`` are both captions, ``preset="shorts"`` are settings that all others override.

        Raises :class:`~dualface.errors.ConfigurationError` for a name or a value that there is not.
        """
        from dualface.config.changes import changed

        return changed(self, settings)
