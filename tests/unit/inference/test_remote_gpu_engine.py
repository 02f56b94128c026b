"""Models behind a connection for pictures in GPU memory: nothing of them comes to main memory; here on a fake GPU."""

from __future__ import annotations

import math
import threading
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.support.host_kernels import fake_cuda

from dualface.errors import DeviceError
from dualface.gpu.device_batch import Borrowed, DeviceBatch
from dualface.gpu.transfer import Uploader
from dualface.inference.remote import InferenceClient
from dualface.inference.remote_gpu import RemoteGpuInferenceEngine
from dualface.inference.service import InferenceService
from dualface.interfaces import InferenceEngine
from dualface.pixels.cuda import CudaPixels
from dualface.pixels.source import Normalisation
from dualface.testing.fake_cuda import FakeCuda
from dualface.testing.pictures import random_frame
from dualface.types import F32Array

SHAPE = (4, 3, 8, 16)


class Mean:
    """Gives each picture's mean; notes the batches in GPU memory."""

    def __init__(self, cuda: FakeCuda) -> None:
        self.input_shape: tuple[int, ...] = SHAPE
        self._cuda, self.on_gpu = cuda, 0

    def infer(self, batch: Any) -> list[F32Array]:
        if isinstance(batch, DeviceBatch):
            self.on_gpu += 1
            batch = batch.to_host(self._cuda)
        return [batch.mean((1, 2, 3))[:, None]]

    def close(self) -> None: ...


def client(service: InferenceService) -> InferenceClient:
    ours, theirs = Pipe()
    threading.Thread(target=service.serve, args=(theirs,), daemon=True).start()
    return InferenceClient(ours)


@pytest.fixture
def cuda() -> FakeCuda:
    return fake_cuda()


def opened(cuda: FakeCuda, engine: Mean, **options: Any) -> RemoteGpuInferenceEngine:
    def open_engine(*_: Any) -> InferenceEngine:
        return engine

    service = InferenceService(open_engine, **options)
    return RemoteGpuInferenceEngine(client(service), Path("m"), SHAPE, "auto", 1, runtime=cuda)


def memory_of(cuda: FakeCuda) -> Any:
    def open_memory(handle: bytes, shape: tuple[int, ...]) -> DeviceBatch:
        return DeviceBatch(Borrowed(cuda.open_shared(handle, 4 * math.prod(shape))), shape, cuda.stream())

    return open_memory


def test_pictures_are_looked_at_where_they_are(cuda: FakeCuda) -> None:
    engine = Mean(cuda)
    remote = opened(cuda, engine, open_memory=memory_of(cuda), fallbacks=lambda: ["no TensorRT"])
    uploaded = Uploader(cuda, 64, 48).upload(random_frame(0, 64, 48))
    for count in (1, 3, 4):
        pictures = CudaPixels(cuda).pictures([uploaded] * count, 16, 8, Normalisation())
        expected = pictures.to_host(cuda).mean((1, 2, 3))
        np.testing.assert_allclose(remote.infer(pictures)[0][:, 0], expected, rtol=1e-5)
    assert engine.on_gpu == 3
    assert list(remote.fallbacks) == ["no TensorRT"]


def test_pictures_in_main_memory_are_taken_too(cuda: FakeCuda) -> None:
    remote = opened(cuda, Mean(cuda), open_memory=memory_of(cuda))
    pictures = np.random.default_rng(0).uniform(0, 255, (2, *SHAPE[1:])).astype(np.float32)
    np.testing.assert_allclose(remote.infer(pictures)[0][:, 0], pictures.mean((1, 2, 3)), rtol=1e-5)
    with pytest.raises(ValueError, match="at most"):
        remote.infer(np.zeros((5, *SHAPE[1:]), np.float32))


def test_a_service_without_the_gpu_says_so(cuda: FakeCuda) -> None:
    with pytest.raises(DeviceError, match="does not use the GPU"):
        opened(cuda, Mean(cuda))
