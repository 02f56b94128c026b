"""Tests that need an NVIDIA GPU.  Without one they are skipped, or fail where ``DUALFACE_REQUIRE_GPU=1``."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.marking import mark_all_in
from tests.support.moving import moving_film

from dualface.errors import DeviceError
from dualface.gpu.cupy_runtime import CupyRuntime
from dualface.render.encode.nvenc import PyavNvenc, nvenc_problem
from dualface.render.encode.settings import EncoderSettings


def missing(reason: str) -> None:
    """Skips the test, or fails it where a GPU is required."""
    if os.environ.get("DUALFACE_REQUIRE_GPU") == "1":
        pytest.fail(f"DUALFACE_REQUIRE_GPU=1, but {reason}")
    pytest.skip(reason)


@pytest.hookimpl
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mark_all_in(Path(__file__).parent, items, pytest.mark.gpu)


@pytest.fixture(scope="session")
def cuda() -> CupyRuntime:
    try:
        return CupyRuntime(0)
    except DeviceError as error:
        missing(str(error))
        raise


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Makes an H.264 film of something that moves: ``film(width, height, frames)``."""

    def make(width: int = 640, height: int = 360, frames: int = 60) -> Path:
        return moving_film(tmp_path_factory.mktemp("film") / "film.mp4", width, height, frames)

    return make


@pytest.fixture
def nvenc(cuda: CupyRuntime) -> PyavNvenc:
    """NVENC.  Not every GPU has it, so that its absence is a skip even where a GPU is required."""
    backend = PyavNvenc(cuda)
    problem = nvenc_problem(cuda, backend, EncoderSettings())
    if problem is not None:
        pytest.skip(f"no NVENC here: {problem}")
    return backend
