"""Where frames are processed, and with what."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from dualface import registry
from dualface.config.schema import Config
from dualface.errors import DeviceError
from dualface.inference.remote import InferenceClient
from dualface.interfaces import Composer, Decoder, Encoder, InferenceEngine
from dualface.pixels.source import CpuPixels, PixelSource
from dualface.registry import AUTO
from dualface.render.compose.overlay import Captioning, no_captions
from dualface.render.encode.settings import EncoderSettings
from dualface.types import ColorTags, PixelFormat, VideoInfo

GPU_BACKENDS = ("tensorrt", "onnxruntime-cuda")
"""Inference libraries that need a GPU, the better first."""


class Device(Protocol):
    """Makes the parts of the pipeline for one device.  Shared by all videos of a run; may be used from any thread."""

    name: str
    """``"cpu"`` or ``"cuda:N"``."""
    fallbacks: list[str]
    """Why better parts are not used, a sentence each."""
    pixels: PixelSource

    def decoder(self, source: Path, threads: int, name: str = AUTO) -> Decoder:
        """``name`` as ``processing.decoder`` has it."""
        ...

    def composer(
        self,
        width: int,
        height: int,
        *,
        background: str,
        color: ColorTags,
        captions: Captioning = no_captions,
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


class CpuDevice:
    """The processor.  ``models``: another process that runs the models; ``None`` loads them here."""

    name = "cpu"

    def __init__(self, fallbacks: Sequence[str] = (), *, models: InferenceClient | None = None) -> None:
        self.fallbacks = list(fallbacks)
        self.pixels: PixelSource = CpuPixels()
        self._models = models

    def decoder(self, source: Path, threads: int, name: str = AUTO) -> Decoder:
        decoder: Decoder = registry.make("decoder", _own(name), source, threads=threads, runtime=None)
        return decoder

    def composer(
        self,
        width: int,
        height: int,
        *,
        background: str,
        color: ColorTags,
        captions: Captioning = no_captions,
        name: str = AUTO,
    ) -> Composer:
        options = {"background": background, "color": color, "captions": captions, "runtime": None}
        composer: Composer = registry.make("composer", _own(name), width, height, **options)
        return composer

    def encoder(
        self, size: tuple[int, int], info: VideoInfo, color: ColorTags, settings: EncoderSettings, name: str = AUTO
    ) -> Encoder:
        options = {"pixel_format": PixelFormat.YUV420P, "variable_rate": info.variable_rate, "runtime": None}
        encoder: Encoder = registry.make("encoder", _own(name), *size, info.fps, info.time_base, color, settings, **options)
        return encoder

    def engine(self, model: Path, shape: tuple[int, ...], backend: str, threads: int) -> InferenceEngine:
        name = _own(backend, "openvino")
        if self._models is not None:
            registry.check_needs_no_gpu("inference", name)
            return self._models.open(model, shape, backend, threads)
        engine: InferenceEngine = registry.make("inference", name, model, shape, threads=threads, runtime=None)
        return engine

    def close(self) -> None:
        """Nothing to release."""


def _own(name: str, own: str = "cpu") -> str:
    return own if name == AUTO else name


def choose_device(config: Config, *, models: InferenceClient | None = None) -> Device:
    """The device that ``hardware.device`` names; for ``auto`` a GPU if one is usable, else the CPU and why.

    ``models`` as :class:`CpuDevice` has it; a GPU has its own.

    Raises :class:`~dualface.errors.DeviceError` when ``cuda`` was asked for and something for it is missing.
    """
    wanted = config.hardware.device
    if wanted == "cpu":
        return CpuDevice(models=models)
    try:
        from dualface.device.cuda import CudaDevice

        device: Device = CudaDevice(config.hardware.gpu_id)
    except DeviceError as error:
        if wanted == "cuda":
            raise
        return CpuDevice([f"the GPU is not used: {error}"] if _has_gpu() else [], models=models)
    return device


def _has_gpu() -> bool:
    """Whether there is something to report: on machines without an NVIDIA driver the CPU is no fallback."""
    return Path("/proc/driver/nvidia/version").exists() or Path("/dev/nvidia0").exists()
