"""Who waits for a GPU's model is looked at together, and gets their own answers."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from dualface.gpu.device_batch import Borrowed, DeviceBatch
from dualface.gpu.runtime import Direction
from dualface.inference.batching import BatchingEngine
from dualface.testing.fake_cuda import FakeCuda
from dualface.types import F32Array

SHAPE = (4, 1, 2, 2)


class Slow:
    """Gives each picture's mean; the first batch takes until it is let go.  Fails for pictures of 13."""

    def __init__(self, cuda: FakeCuda) -> None:
        self.input_shape: tuple[int, ...] = SHAPE
        self._cuda = cuda
        self.sizes: list[int] = []
        self.begun, self.go = threading.Event(), threading.Event()

    def infer(self, batch: Any) -> list[F32Array]:
        pictures: F32Array = batch.to_host(self._cuda)
        self.sizes.append(len(pictures))
        self.begun.set()
        self.go.wait(60)
        if (pictures == 13).any():
            raise RuntimeError("unlucky")
        return [pictures.mean((1, 2, 3))[:, None]]

    def close(self) -> None: ...


def batch(cuda: FakeCuda, *values: float) -> DeviceBatch:
    pictures = np.repeat(np.array(values, np.float32), 4)
    buffer, stream = cuda.alloc(pictures.nbytes), cuda.stream()
    size = (pictures.nbytes, 1)
    cuda.copy(Direction.TO_DEVICE, (buffer.ptr, size[0]), (pictures.ctypes.data, size[0]), size, stream)
    stream.synchronize()
    return DeviceBatch(Borrowed(buffer), (len(values), *SHAPE[1:]), stream)


def asked(engine: BatchingEngine, pictures: DeviceBatch) -> list[float] | str:
    try:
        return [float(value) for value in engine.infer(pictures)[0][:, 0]]
    except RuntimeError as error:
        return str(error)


@pytest.mark.parametrize("unlucky", [False, True])
def test_those_who_wait_are_looked_at_together(unlucky: bool) -> None:
    cuda = FakeCuda()
    slow = Slow(cuda)
    engine = BatchingEngine(slow, cuda)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(asked, engine, batch(cuda, 1))
        assert slow.begun.wait(60)
        others = [pool.submit(asked, engine, batch(cuda, value)) for value in (2, 13 if unlucky else 5, 6)]
        while engine._asked.qsize() < 3:
            time.sleep(0.01)
        slow.go.set()
        answers = [future.result(60) for future in (first, *others)]
    assert answers[0] == [1]
    assert slow.sizes == [1, 3]
    assert answers[1:] == (["unlucky"] * 3 if unlucky else [[2], [5], [6]])
