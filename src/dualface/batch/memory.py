"""How much memory a stream will need, and who may have it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from dualface.config.schema import Config
from dualface.errors import DeviceMemoryError
from dualface.gpu.frames import nv12_bytes
from dualface.types import VideoInfo
from dualface.video.films import keeps_bits

MB = 1 << 20
_PROCESS = 120 * MB
"""A worker before its first frame, without models: interpreter, its share of the libraries, compiled loops."""
_MODELS = 130 * MB
"""Models and what runs them."""
MODEL_PROCESS = 170 * MB
"""The process that runs the models for several streams."""
_CODEC_PICTURES = 8
"""Pictures that a codec keeps for reference and reordering."""
_ENCODER_LOOKAHEAD = 14
"""Canvases inside the encoder, their copies at half size among them."""
_BOTH_FORMS = 11 / 3
"""Bytes of a pixel of 10 bits and 4:2:2 (4) and one of 8 bits and 4:2:0 (1.5), over those of the latter."""
_CONVERTED = 2.5
"""A source that must be converted is held in both forms for a while, its own being larger."""

_CUDA_PROCESS = 900 * MB
"""CUDA's context with its libraries, the models and their workspaces."""
_DECODER_SURFACES = 20
_ENCODER_SURFACES = 20
"""NVENC's, and a few canvases on their way."""

MemoryKind = Literal["RAM", "VRAM"]


@dataclass(frozen=True, slots=True)
class MemoryStatus:
    """Bytes: the budget, what running streams have been granted, and how many streams run and wait."""

    budget: int
    granted: int
    running: int
    waiting: int

    @property
    def free(self) -> int:
        return self.budget - self.granted


class GPUMemoryManager:
    """Grants streams their memory out of a budget, in RAM or VRAM.  May be used from any thread.

    A stream that does not fit now waits; one that never will is refused at once.
    """

    def __init__(self, budget_bytes: int, kind: MemoryKind = "RAM") -> None:
        self._budget, self._kind = budget_bytes, kind
        self._granted: dict[object, int] = {}
        self._alone: object | None = None
        self._lonely = 0  # streams that wait for all others to end; nobody enters before them
        self._waiting = 0
        self._changed = threading.Condition()

    def get_memory_status(self) -> MemoryStatus:
        """The state of this moment."""
        with self._changed:
            return MemoryStatus(self._budget, sum(self._granted.values()), len(self._granted), self._waiting)

    @contextmanager
    def allocate_stream_memory(
        self, needed_bytes: int, *, what: str, alone: bool = False, stop: threading.Event | None = None
    ) -> Iterator[bool]:
        """Waits until ``needed_bytes`` are free and holds them; with ``alone`` until no other stream holds any.

        Gives false, and holds nothing, when ``stop`` is set first.  Raises :class:`~dualface.errors.DeviceMemoryError`
        for more than the whole budget; ``what`` is what needs it, for the message.
        """
        if needed_bytes > self._budget:
            raise DeviceMemoryError(
                f"{what} needs about {needed_bytes / 1e9:.1f} GB of {self._kind}, but only {self._budget / 1e9:.1f} GB may be "
                f"used; raise memory.{self._kind.lower()}_limit_gb or memory.budget_share, or make the video smaller."
            )
        grant = object()
        if not self._enter(grant, needed_bytes, alone, stop):
            yield False
            return
        try:
            yield True
        finally:
            self._leave(grant)

    def _enter(self, grant: object, needed: int, alone: bool, stop: threading.Event | None) -> bool:
        with self._changed:
            self._waiting += 1
            self._lonely += alone
            try:
                while not self._fits(needed, alone):
                    if stop is not None and stop.is_set():
                        return False
                    self._changed.wait(0.1)
                self._granted[grant] = needed
                self._alone = grant if alone else self._alone
                return True
            finally:
                self._waiting -= 1
                self._lonely -= alone

    def _fits(self, needed: int, alone: bool) -> bool:
        if self._alone is not None or (self._granted if alone else self._lonely):
            return False
        return sum(self._granted.values()) + needed <= self._budget

    def _leave(self, grant: object) -> None:
        with self._changed:
            del self._granted[grant]
            if self._alone is grant:
                self._alone = None
            self._changed.notify_all()


def ram_budget(config: Config, usable: int, available: int, *, reserved: int = 0) -> int:
    """Bytes that all streams may use: the limit or the share from the configuration, and no more than nobody else uses now.

    ``reserved`` of these are for what belongs to no stream.
    """
    wanted = config.memory.ram_limit_gb * 1e9 or config.memory.budget_share * usable
    return max(round(min(wanted, available)) - reserved, 0)


def stream_ram(
    info: VideoInfo,
    config: Config,
    *,
    decode_threads: int,
    encode_threads: int,
    own_models: bool = True,
    also: Sequence[Config] = (),
) -> int:
    """Bytes of RAM that a video needs on the CPU, at its peak, in a process of its own.

    Threads as they are, not 0.  ``own_models``: the models are in this process.  ``also``: other films made along with it.
    """
    picture = info.width * info.height * 3 // 2
    canvases = sum(width * height * 3 // 2 for width, height in map(_canvas_size, (config, *also)))
    queues = config.processing.queue_frames
    held = _held_frames(info, config)
    converted = _CONVERTED if info.pixel_format not in ("", "yuv420p", "yuvj420p") or info.rotation or info.interlaced else 1.0
    decoding = (_CODEC_PICTURES + decode_threads) * picture * converted
    encoding: float = (_ENCODER_LOOKAHEAD + 2 * encode_threads + queues) * canvases
    if info.bits > 8 and any(map(keeps_bits, (config, *also))):  # frames are held in both forms
        held *= _BOTH_FORMS
        encoding *= _BOTH_FORMS
    process = _PROCESS + (_MODELS if own_models else 0)
    return round(process + held * picture + decoding + encoding)


def vram_budget(config: Config, total: int) -> int:
    """Bytes of a GPU with ``total`` bytes that all streams may use."""
    return round(min(config.memory.vram_limit_gb * 1e9 or config.memory.budget_share * total, total))


def stream_vram(info: VideoInfo, config: Config, also: Sequence[Config] = ()) -> int:
    """Bytes of VRAM that a video needs on the GPU, at its peak, in a process of its own; ``also`` as for :func:`stream_ram`."""
    if config.memory.vram_per_stream_mb:
        return config.memory.vram_per_stream_mb * MB
    canvas = sum(nv12_bytes(*_canvas_size(one)) for one in (config, *also))
    surfaces = _DECODER_SURFACES * (2 if info.bits > 8 else 1)
    pictures = _held_frames(info, config) + config.processing.batch_size_decode + surfaces
    canvases = config.processing.queue_frames + _ENCODER_SURFACES
    return round(_CUDA_PROCESS + pictures * nv12_bytes(info.width, info.height) + canvases * canvas)


def _held_frames(info: VideoInfo, config: Config) -> float:
    """Frames that wait for decisions or for the next stage."""
    fps = float(info.fps) or 30.0
    look_ahead = (config.processing.lookahead_seconds + 2 * config.detection.interval_seconds) * fps
    return look_ahead + 4 + 2 * config.processing.queue_frames


def _canvas_size(config: Config) -> tuple[int, int]:
    if config.framing.size == "auto":
        return 1920, 1080  # the stacked layout's has as many pixels
    width, height = map(int, config.framing.size.split("x"))
    return width, height
