"""The parts of a GPU keep the contracts of their kinds on a real one."""

from __future__ import annotations

from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.gpu.conftest import missing

from dualface.decode.nvdec import NvDecoder
from dualface.errors import DeviceError
from dualface.gpu.cupy_runtime import CupyRuntime
from dualface.gpu.transfer import Downloader, Uploader
from dualface.inference.onnxruntime_cuda import OnnxRuntimeCudaInferenceEngine
from dualface.inference.tensorrt import TensorRTInferenceEngine
from dualface.interfaces import Composer, Decoder, Encoder, InferenceEngine
from dualface.render.compose.cuda import GPUTileComposer
from dualface.render.encode.nvenc import NvEncoder, PyavNvenc, nvenc_problem
from dualface.render.encode.settings import EncoderSettings
from dualface.testing.contracts.composer import ComposerContract
from dualface.testing.contracts.decoder import DecoderContract
from dualface.testing.contracts.encoder import EncoderContract
from dualface.testing.contracts.inference import InferenceContract
from dualface.types import Frame, PixelFormat, U8Array


@cache
def cuda() -> CupyRuntime:
    try:
        return CupyRuntime(0)
    except DeviceError as error:
        missing(str(error))
        raise


@cache
def nvenc() -> PyavNvenc | None:
    backend = PyavNvenc(cuda())
    return backend if nvenc_problem(cuda(), backend, EncoderSettings()) is None else None


def uploaded(frame: Frame) -> Frame:
    with closing(Uploader(cuda(), frame.width, frame.height)) as uploader:
        return uploader.upload(frame)


def downloaded(frame: Frame) -> list[U8Array]:
    with closing(Downloader(cuda(), frame.width, frame.height, 1)) as downloader:
        return [plane.copy() for plane in downloader.start(frame).finish().planes]


class TestNvdec(DecoderContract):
    formats = (PixelFormat.NV12,)

    def make(self, source: Path) -> Decoder:
        return NvDecoder(source, cuda())

    def luma(self, frame: Frame) -> U8Array:
        return downloaded(frame)[0]


class TestComposer(ComposerContract):
    formats = (PixelFormat.NV12,)

    def make(self, width: int, height: int, **options: Any) -> Composer:
        return GPUTileComposer(width, height, runtime=cuda(), **options)

    def to_device(self, frame: Frame) -> Frame:
        return uploaded(frame)

    def to_host(self, canvas: Frame) -> list[U8Array]:
        return downloaded(canvas)


class TestNvenc(EncoderContract):
    """Not every GPU has it, so that its absence is a skip even where a GPU is required."""

    def make(self, *picture: Any, **_: Any) -> Encoder:
        if nvenc() is None:
            pytest.skip("no NVENC here")
        return NvEncoder(*picture, runtime=cuda(), nvenc=nvenc())

    def to_device(self, frame: Frame) -> Frame:
        return uploaded(frame)


class TestOnnxRuntimeCuda(InferenceContract):
    def make(self, model: Path, input_shape: tuple[int, ...], *, threads: int) -> InferenceEngine:
        try:
            return OnnxRuntimeCudaInferenceEngine(model, input_shape, runtime=cuda())
        except DeviceError as error:
            missing(str(error))
            raise


class TestTensorRT(InferenceContract):
    def make(self, model: Path, input_shape: tuple[int, ...], *, threads: int) -> InferenceEngine:
        try:
            return TensorRTInferenceEngine(model, input_shape, runtime=cuda())
        except DeviceError as error:
            pytest.skip(str(error))
