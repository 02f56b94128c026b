"""The processor as the place where frames are processed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dualface import registry
from dualface.device.base import check_backend
from dualface.inference.remote import InferenceClient
from dualface.interfaces import Composer, Decoder, Encoder, InferenceEngine
from dualface.pixels.source import CpuPixels, PixelSource
from dualface.render.compose.overlay import Captioning, no_captions
from dualface.render.encode.settings import EncoderSettings
from dualface.types import ColorTags, VideoInfo


class CpuDevice:
    """The processor.  ``models``: another process that runs the models; ``None`` loads them here."""

    name = "cpu"

    def __init__(self, fallbacks: Sequence[str] = (), *, models: InferenceClient | None = None) -> None:
        self.fallbacks = list(fallbacks)
        self.pixels: PixelSource = CpuPixels()
        self._models = models

    def decoder(self, source: Path, threads: int) -> Decoder:
        decoder: Decoder = registry.load("decoder", "cpu")(source, threads=threads)
        return decoder

    def composer(
        self, width: int, height: int, *, background: str, color: ColorTags, captions: Captioning = no_captions
    ) -> Composer:
        make = registry.load("composer", "cpu")
        composer: Composer = make(width, height, background=background, color=color, captions=captions)
        return composer

    def encoder(self, size: tuple[int, int], info: VideoInfo, color: ColorTags, settings: EncoderSettings) -> Encoder:
        encoder: Encoder = registry.load("encoder", "cpu")(
            *size, info.fps, info.time_base, color, settings, variable_rate=info.variable_rate
        )
        return encoder

    def engine(self, model: Path, shape: tuple[int, ...], backend: str, threads: int) -> InferenceEngine:
        check_backend(backend)
        if self._models is not None:
            return self._models.open(model, shape, backend, threads)
        engine: InferenceEngine = registry.load("inference", "openvino" if backend == "auto" else backend)(
            model, shape, threads=threads
        )
        return engine

    def close(self) -> None:
        """Nothing to release."""
