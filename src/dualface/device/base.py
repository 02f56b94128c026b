"""What a device is: where frames are processed, and with what."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from dualface.errors import DeviceError
from dualface.interfaces import Composer, Decoder, Encoder, InferenceEngine
from dualface.pixels.source import PixelSource
from dualface.render.compose.overlay import Captioning, no_captions
from dualface.render.encode.settings import EncoderSettings
from dualface.types import ColorTags, VideoInfo

GPU_BACKENDS = ("tensorrt", "onnxruntime-cuda")
"""Inference libraries that need a GPU, the better first."""


class Device(Protocol):
    """Makes the parts of the pipeline for one device.  Shared by all videos of a run; may be used from any thread."""

    name: str
    """``"cpu"`` or ``"cuda:N"``."""
    fallbacks: list[str]
    """Why better parts are not used, a sentence each."""
    pixels: PixelSource

    def decoder(self, source: Path, threads: int) -> Decoder: ...

    def composer(
        self, width: int, height: int, *, background: str, color: ColorTags, captions: Captioning = no_captions
    ) -> Composer:
        """Parameters as :class:`~dualface.render.compose.cpu.CpuComposer` has them."""
        ...

    def encoder(self, size: tuple[int, int], info: VideoInfo, color: ColorTags, settings: EncoderSettings) -> Encoder: ...

    def engine(self, model: Path, shape: tuple[int, ...], backend: str, threads: int) -> InferenceEngine:
        """``backend`` as ``detection.backend`` has it."""
        ...

    def close(self) -> None: ...


def check_backend(backend: str) -> None:
    """Raises :class:`~dualface.errors.DeviceError` for an inference library that the CPU has no use for."""
    if backend in GPU_BACKENDS:
        raise DeviceError(f"detection.backend is {backend}, which needs a GPU: use --device cuda or another backend.")
