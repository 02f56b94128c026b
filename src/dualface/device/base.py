"""What a device is: where frames are processed, and with what."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Protocol

from dualface.interfaces import Composer, Decoder, Encoder, InferenceEngine
from dualface.pixels.source import PixelSource
from dualface.registry import AUTO
from dualface.render.compose.overlay import Captioning, no_captions
from dualface.render.encode.settings import EncoderSettings
from dualface.sequences import USUAL_RATE
from dualface.types import ColorTags, VideoInfo

GPU_BACKENDS = ("tensorrt", "tensorrt-rtx", "onnxruntime-cuda")
"""Inference libraries that need a GPU, the better first."""


class Device(Protocol):
    """Makes the parts of the pipeline for one device.  Shared by all videos of a run; may be used from any thread."""

    name: str
    """``"cpu"`` or ``"cuda:N"``."""
    fallbacks: list[str]
    """Why better parts are not used, a sentence each."""
    pixels: PixelSource

    def decoder(
        self, source: Path, threads: int, name: str = AUTO, rate: Fraction = USUAL_RATE, *, deep: bool = False
    ) -> Decoder:
        """``name`` as ``processing.decoder`` has it; ``rate``: pictures a second where ``source`` is a sequence of pictures.

        ``deep`` as :class:`~dualface.interfaces.DecoderConstructor` has it, as far as the device goes.
        """
        ...

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
        """``name`` as ``processing.composer`` has it; the others as :class:`~dualface.interfaces.ComposerConstructor`."""
        ...

    def encoder(
        self, size: tuple[int, int], info: VideoInfo, color: ColorTags, settings: EncoderSettings, name: str = AUTO
    ) -> Encoder:
        """``name`` as ``processing.encoder`` has it."""
        ...

    def engine(self, model: Path, shape: tuple[int, ...], backend: str, threads: int) -> InferenceEngine:
        """``backend`` as ``detection.backend`` has it."""
        ...

    def close(self) -> None: ...
