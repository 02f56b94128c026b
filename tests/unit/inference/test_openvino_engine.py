"""What only OpenVINO's engine can do."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dualface.errors import DeviceMemoryError
from dualface.inference.openvino import OpenVINOInferenceEngine, describes, import_without_telemetry
from dualface.inference.weights import WeightsInFile
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


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere OpenVINO keeps its own")
def test_weights_that_stay_in_the_file_and_are_dropped_give_the_same_answers(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    openvino = import_without_telemetry()
    picture = np.random.default_rng(0).random((1, 3, 32, 64), np.float32) * 255
    read = openvino.Core().read_model(model)
    before = {node.get_friendly_name(): node.data.copy() for node in _large(read)}
    assert len(before) > 20
    weights = WeightsInFile.of(model, read, openvino)
    assert weights is not None
    replaced = [node for node in _large(read) if node.get_friendly_name() not in before]
    assert len(replaced) == len(before)
    weights.give_back()
    assert sum(float(node.data.sum()) for node in replaced) == pytest.approx(sum(float(v.sum()) for v in before.values()))

    in_file = OpenVINOInferenceEngine(model, picture.shape, precision="f32").infer(picture)
    monkeypatch.setattr(WeightsInFile, "of", lambda *_: None)
    for ours, own in zip(in_file, OpenVINOInferenceEngine(model, picture.shape, precision="f32").infer(picture), strict=True):
        np.testing.assert_array_equal(ours, own)


def _large(model: Any) -> list[Any]:
    return [node for node in model.get_ops() if node.get_type_name() == "Constant" and node.get_byte_size() >= 1 << 14]
