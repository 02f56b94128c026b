"""A GPU as the place where frames are processed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from dualface import registry
from dualface.decode.nvdec import UnsupportedOnGpuError
from dualface.decode.on_gpu import SwitchingDecoder
from dualface.decode.uploading import UploadingDecoder
from dualface.device.base import GPU_BACKENDS
from dualface.errors import DeviceError, ModelError
from dualface.gpu.cupy_runtime import CupyRuntime
from dualface.gpu.runtime import CudaRuntime
from dualface.inference.host import HostInferenceEngine
from dualface.interfaces import Composer, Decoder, Encoder, InferenceEngine
from dualface.pixels.cuda import CudaPixels
from dualface.pixels.source import PixelSource
from dualface.registry import AUTO
from dualface.render.compose.overlay import Captioning, no_captions
from dualface.render.encode.downloading import DownloadingEncoder
from dualface.render.encode.nvenc import Nvenc, NvencSessions, PyavNvenc, nvenc_problem
from dualface.render.encode.settings import EncoderSettings
from dualface.sequences import USUAL_RATE, is_sequence
from dualface.types import ColorTags, PixelFormat, VideoInfo

_OWN = "cuda"
_NVENC_SESSIONS = 8
"""As many as every driver since 2024 allows."""


class CudaDevice:
    """GPU ``index``; a :class:`~dualface.device.base.Device`.

    What the GPU can't do for a video is done on the CPU, and the reason recorded: in the decoder's and encoder's stats, and in
    :attr:`fallbacks` for inference.  Raises :class:`~dualface.errors.DeviceError` when CuPy, the driver or the GPU is missing.
    """

    def __init__(
        self,
        index: int = 0,
        *,
        make_runtime: Callable[[int], CudaRuntime] = CupyRuntime,
        make_nvenc: Callable[[CudaRuntime], Nvenc] = PyavNvenc,
        open_decoder: Callable[[Path, CudaRuntime], Decoder] | None = None,
    ) -> None:
        self.runtime = make_runtime(index)
        self.name = self.runtime.device
        self.fallbacks: list[str] = []
        self._cuda_pixels = CudaPixels(self.runtime)
        self.pixels: PixelSource = self._cuda_pixels
        self.sessions = NvencSessions(_NVENC_SESSIONS)
        self._nvenc, self._open_decoder = make_nvenc(self.runtime), open_decoder or _nvdec
        self._lock = threading.Lock()
        self._nvenc_problems: dict[EncoderSettings, str | None] = {}

    def decoder(self, source: Path, threads: int, name: str = AUTO, rate: Fraction = USUAL_RATE) -> Decoder:
        def fall_back(problem: str) -> Decoder:
            if name == _OWN:
                raise DeviceError(f"{source} can't be decoded on the GPU: {problem}; set processing.decoder to auto.")
            reason = f"{source} is decoded on the CPU and copied to the GPU: {problem}."
            made = registry.make("decoder", "cpu", source, threads=threads, rate=rate)
            return UploadingDecoder(made, self.runtime, reason)

        if name not in (AUTO, _OWN):
            made: Decoder = registry.make("decoder", name, source, threads=threads, rate=rate, runtime=self.runtime)
            return made if registry.works_on_gpu("decoder", name) else UploadingDecoder(made, self.runtime, None)
        if is_sequence(source):
            return fall_back("it is a sequence of pictures")
        try:
            return SwitchingDecoder(self._open_decoder(source, self.runtime), fall_back)
        except UnsupportedOnGpuError as error:
            return fall_back(str(error))

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
        chosen = _OWN if name == AUTO else name
        if not registry.works_on_gpu("composer", chosen):
            raise DeviceError(f"processing.composer is {name}, which works in main memory: use --device cpu or choose another.")
        options = {"background": background, "color": color, "captions": captions, "runtime": self.runtime}
        composer: Composer = registry.make("composer", chosen, width, height, **options)
        return composer

    def encoder(
        self, size: tuple[int, int], info: VideoInfo, color: ColorTags, settings: EncoderSettings, name: str = AUTO
    ) -> Encoder:
        options = {"pixel_format": PixelFormat.NV12, "variable_rate": info.variable_rate, "runtime": self.runtime}
        picture = (*size, info.fps, info.time_base, color, settings)
        if name not in (AUTO, _OWN):
            made: Encoder = registry.make("encoder", name, *picture, **options)
            return made if registry.works_on_gpu("encoder", name) else DownloadingEncoder(made, self.runtime, *size, None)
        problem = self._nvenc_problem(settings)
        if problem is None:
            try:
                made = registry.make("encoder", _OWN, *picture, **options, nvenc=self._nvenc, sessions=self.sessions)
            except DeviceError as error:
                problem = str(error)
            else:
                return made
        if name == _OWN:
            raise DeviceError(f"processing.encoder is cuda, but NVENC can't be used: {problem}; set it to auto.")
        reason = f"finished pictures are copied to main memory and encoded on the CPU: {problem}."
        return DownloadingEncoder(registry.make("encoder", "cpu", *picture, **options), self.runtime, *size, reason)

    def engine(self, model: Path, shape: tuple[int, ...], backend: str, threads: int) -> InferenceEngine:
        if backend != AUTO and registry.works_on_gpu("inference", backend):
            return self._gpu_engine(model, shape, backend, threads)
        if backend != AUTO:
            return self._host_engine(model, shape, backend, threads)
        problems: list[str] = []
        for name in GPU_BACKENDS:
            try:
                engine = self._gpu_engine(model, shape, name, threads)
            except (DeviceError, ModelError) as error:  # the library is missing, or can't run just this model
                problems.append(str(error).rstrip("."))
            else:
                self._fell_back(f"models run on the GPU with {name}", problems)
                return engine
        self._fell_back("models run on the CPU", problems)
        return self._host_engine(model, shape, AUTO, threads)

    def close(self) -> None:
        self._cuda_pixels.close()

    def _fell_back(self, instead: str, problems: list[str]) -> None:
        reason = f"{instead}: {'; '.join(problems)}."
        with self._lock:
            if problems and reason not in self.fallbacks:
                self.fallbacks.append(reason)

    def _gpu_engine(self, model: Path, shape: tuple[int, ...], name: str, threads: int) -> InferenceEngine:
        engine: InferenceEngine = registry.make("inference", name, model, shape, threads=threads, runtime=self.runtime)
        return engine

    def _host_engine(self, model: Path, shape: tuple[int, ...], name: str, threads: int) -> InferenceEngine:
        try:
            engine = registry.make("inference", "openvino" if name == AUTO else name, model, shape, threads=threads)
        except DeviceError:
            if name != AUTO:
                raise
            engine = registry.make("inference", "onnxruntime", model, shape, threads=threads)
        return HostInferenceEngine(engine, self.runtime)

    def _nvenc_problem(self, settings: EncoderSettings) -> str | None:
        with self._lock:
            if settings not in self._nvenc_problems:
                self._nvenc_problems[settings] = nvenc_problem(self.runtime, self._nvenc, settings)
            return self._nvenc_problems[settings]


def _nvdec(source: Path, runtime: CudaRuntime) -> Decoder:
    decoder: Decoder = registry.make("decoder", _OWN, source, runtime=runtime)
    return decoder
