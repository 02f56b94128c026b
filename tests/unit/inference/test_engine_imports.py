"""Inference libraries are heavy and not always installed: they are loaded when an engine is made, not before."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dualface.errors import DeviceError
from dualface.inference.onnxruntime import OnnxRuntimeInferenceEngine
from dualface.inference.openvino import OpenVINOInferenceEngine
from dualface.testing.onnx_models import save_constant_model


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.parametrize("name", ["openvino", "onnxruntime"])
def test_importing_an_engine_does_not_load_its_library(name: str) -> None:
    assert run(f"import sys, dualface.inference.{name}; print({name!r} in sys.modules)") == "False"


def test_openvino_is_loaded_without_its_telemetry() -> None:
    code = (
        "import sys, contextlib\n"
        "from dualface.errors import ModelError\n"
        "from dualface.inference.openvino import OpenVINOInferenceEngine\n"
        "with contextlib.suppress(ModelError):\n"
        "    OpenVINOInferenceEngine('none.onnx', (1, 3, 32, 32))\n"
        "print('openvino' in sys.modules, 'openvino_telemetry' in sys.modules)"
    )
    assert run(code) == "True False"


@pytest.mark.parametrize(
    ("name", "engine"), [("openvino", OpenVINOInferenceEngine), ("onnxruntime", OnnxRuntimeInferenceEngine)]
)
def test_a_missing_library_is_a_device_error_that_says_how_to_get_it(
    name: str, engine: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(DeviceError, match="pip install"):
        engine("model.onnx", (1, 3, 32, 32))


def test_a_program_that_shares_openvino_with_us_can_convert_its_models(tmp_path: Path) -> None:
    model = save_constant_model(tmp_path / "model.onnx", 32, 32, [np.ones((1, 8), np.float32)])
    code = (
        "import sys; sys.modules['openvino_telemetry'] = None\n"  # a test reports nothing
        "from dualface.inference.openvino import import_without_telemetry; import_without_telemetry()\n"
        f"import openvino; print(len(openvino.convert_model({str(model)!r}).outputs))"
    )
    assert run(code) == "1"
