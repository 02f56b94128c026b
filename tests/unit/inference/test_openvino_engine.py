"""What only OpenVINO's engine can do."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dualface.errors import DeviceMemoryError
from dualface.inference.openvino import OpenVINOInferenceEngine, describes, import_without_telemetry
from dualface.models.store import ModelStore
from dualface.testing.onnx_models import save_constant_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ModelStore(tmp_path_factory.mktemp("cache"), download=False).resolve("centerface").path


def test_a_compiled_model_that_was_kept_gives_the_same_answers(model: Path, tmp_path: Path) -> None:
    picture = np.random.default_rng(0).random((1, 3, 32, 64), np.float32) * 255
    shape = picture.shape
    fresh, stored, again = (
        OpenVINOInferenceEngine(model, shape, precision="f32", cache_dir=folder).infer(picture)
        for folder in (None, tmp_path / "compiled", tmp_path / "compiled")
    )
    assert any((tmp_path / "compiled").iterdir())
    for a, b, c in zip(fresh, stored, again, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
        np.testing.assert_array_equal(b, c)


@pytest.mark.parametrize("reason", ["can't alloc", "allocator.cpp:79:\nstd::bad_alloc", "Resource temporarily unavailable"])
def test_a_model_for_which_there_is_no_memory_is_not_called_damaged(
    reason: str, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError(f"Exception from src/inference/src/cpp/core.cpp:117:\n{reason}\n")

    monkeypatch.setattr(import_without_telemetry().Core, "compile_model", fail)
    with pytest.raises(DeviceMemoryError, match="no memory"):
        OpenVINOInferenceEngine(model, (1, 3, 32, 64))


def test_only_models_that_tell_people_apart_are_never_run_less_exactly(model: Path, tmp_path: Path) -> None:
    core = import_without_telemetry().Core()
    vector = save_constant_model(tmp_path / "vector.onnx", 32, 32, [np.ones((1, 128), np.float32)])
    assert describes(core.read_model(vector))
    assert not describes(core.read_model(model))
