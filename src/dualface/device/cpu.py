"""The processor as the place where frames are processed."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from dualface import registry
from dualface.inference.on_cpu import engine_on_cpu, name_on_cpu
from dualface.interfaces import Composer, Decoder, Encoder, InferenceEngine
from dualface.pixels.source import CpuPixels, PixelSource
from dualface.registry import AUTO
from dualface.render.compose.overlay import Captioning, no_captions
from dualface.render.encode.settings import EncoderSettings
from dualface.sequences import USUAL_RATE
from dualface.types import ColorTags, PixelFormat, VideoInfo

if TYPE_CHECKING:
    from dualface.inference.remote import InferenceClient


class CpuDevice:
    """The processor.  ``models``: another process that runs the models; ``None`` loads them here."""

    name = "cpu"

    def __init__(self, fallbacks: Sequence[str] = (), *, models: InferenceClient | None = None) -> None:
        self.fallbacks = list(fallbacks)
        self.pixels: PixelSource = CpuPixels()
        self._models = models

    def decoder(
        self, source: Path, threads: int, name: str = AUTO, rate: Fraction = USUAL_RATE, *, deep: bool = False
    ) -> Decoder:
        options = {"threads": threads, "rate": rate, "deep": deep, "runtime": None}
        decoder: Decoder = registry.make("decoder", _own(name), source, **options)
        return decoder

    def composer(
        self,
        width: int,
        height: int,
        *,
        background: str,
        color: ColorTags,
        captions: Captioning = no_captions,
        deep: bool = False,
        name: str = AUTO,
    ) -> Composer:
        options = {"background": background, "color": color, "captions": captions, "deep": deep, "runtime": None}
        composer: Composer = registry.make("composer", _own(name), width, height, **options)
        return composer

    def encoder(
        self, size: tuple[int, int], info: VideoInfo, color: ColorTags, settings: EncoderSettings, name: str = AUTO
    ) -> Encoder:
        options = {"pixel_format": PixelFormat.YUV420P, "variable_rate": info.variable_rate, "runtime": None}
        encoder: Encoder = registry.make("encoder", _own(name), *size, info.fps, info.time_base, color, settings, **options)
        return encoder

    def engine(self, model: Path, shape: tuple[int, ...], backend: str, threads: int) -> InferenceEngine:
        if self._models is not None:
            registry.check_needs_no_gpu("inference", name_on_cpu(backend))
            return self._models.open(model, shape, backend, threads)
        return engine_on_cpu(model, shape, backend, threads)

    def close(self) -> None:
        """Nothing to release."""


def _own(name: str) -> str:
    return "cpu" if name == AUTO else name
