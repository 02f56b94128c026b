"""The process that runs the models comes back by itself, and ends with the program."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import psutil
import pytest

from dualface.errors import DualfaceError
from dualface.inference.remote import InferenceClient
from dualface.interfaces import InferenceEngine
from dualface.testing.onnx_models import save_constant_model
from dualface.types import F32Array
from dualface.workers.model_process import ModelProcess, can_share_models
from dualface.workers.processes import Launcher, new_launcher

pytestmark = pytest.mark.skipif(not can_share_models(), reason="needs fork servers and memory files")
SHAPE = (1, 3, 32, 32)
RESULT: F32Array = np.arange(6, dtype=np.float32).reshape(1, 6)


@pytest.fixture(scope="module")
def launcher() -> Iterator[Launcher]:
    with closing(new_launcher()) as launcher:
        yield launcher


@pytest.fixture
def models(launcher: Launcher) -> Iterator[ModelProcess]:
    with closing(ModelProcess(launcher)) as process:
        yield process


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return save_constant_model(tmp_path / "constant.onnx", 32, 32, [RESULT])


def opened(models: ModelProcess, model: Path) -> InferenceEngine:
    return InferenceClient(models.connect()).open(model, SHAPE, "auto", 1)


def processes() -> list[psutil.Process]:
    """Of all that run models below this one."""

    def runs_models(child: psutil.Process) -> bool:
        try:
            return any("tensors" in mapped.path for mapped in child.memory_maps())
        except psutil.NoSuchProcess:  # Or a zombie: it has ended meanwhile.
            return False

    return [child for child in psutil.Process().children(recursive=True) if runs_models(child)]


def test_all_connections_lead_to_one_process(models: ModelProcess, model: Path) -> None:
    engines = [opened(models, model) for _ in range(3)]
    for engine in engines:
        np.testing.assert_array_equal(engine.infer(np.zeros(SHAPE, np.float32))[0], RESULT)
    assert len(processes()) == 1


def test_it_is_started_anew_after_it_was_killed(models: ModelProcess, model: Path) -> None:
    engine = opened(models, model)
    for process in processes():
        process.kill()
    with pytest.raises(DualfaceError, match="process that runs the models has ended"):
        engine.infer(np.zeros(SHAPE, np.float32))
    again = opened(models, model)
    np.testing.assert_array_equal(again.infer(np.zeros(SHAPE, np.float32))[0], RESULT)


def test_it_ends_when_it_is_closed(launcher: Launcher, model: Path) -> None:
    models = ModelProcess(launcher)
    engine = opened(models, model)
    running = processes()
    models.close()
    del engine
    assert len(running) == 1
    assert not any(process.is_running() for process in running)
