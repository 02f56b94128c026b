from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from tests.support.dlib_golden import chips, golden, weights

from dualface.errors import ModelError
from dualface.inference.onnxruntime import OnnxRuntimeInferenceEngine
from dualface.models.dlib_file import AddPrevious, Convolution, read_layers
from dualface.models.dlib_resnet import convert


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dlib") / "dlib.onnx"
    convert(weights(), path)
    return path


def test_gives_what_dlib_gives(converted: Path) -> None:
    pictures = chips().transpose(0, 3, 1, 2).astype(np.float32)
    engine = OnnxRuntimeInferenceEngine(converted, pictures.shape)
    (vectors,) = engine.infer(pictures)
    assert np.abs(vectors - golden()).max() < 1e-4


def test_input_and_output_are_named_and_take_any_batch(converted: Path) -> None:
    graph = onnx.load(converted).graph
    described = [
        (v.name, [d.dim_value or d.dim_param for d in v.type.tensor_type.shape.dim]) for v in (*graph.input, *graph.output)
    ]
    assert described == [("picture", ["batch", 3, 150, 150]), ("embedding", ["batch", 128])]


def test_affine_layers_are_folded_away(converted: Path) -> None:
    kinds = {node.op_type for node in onnx.load(converted).graph.node}
    assert not kinds & {"BatchNormalization", "Div"}


def test_same_file_gives_same_bytes(converted: Path, tmp_path: Path) -> None:
    convert(weights(), tmp_path / "again.onnx")
    assert (tmp_path / "again.onnx").read_bytes() == converted.read_bytes()


def test_reads_every_layer() -> None:
    layers = read_layers(weights())
    assert len(layers) == 108
    assert sum(isinstance(layer, Convolution) for layer in layers) == 29
    assert sum(isinstance(layer, AddPrevious) for layer in layers) == 14


def _without_end(data: bytes) -> bytes:
    return data[:-1000]


def _with_trailer(data: bytes) -> bytes:
    return data + b"\x01\x00"


def _other_loss(data: bytes) -> bytes:
    return data.replace(b"loss_metric_2", b"loss_metric_3")


def _other_mean(data: bytes) -> bytes:
    highest = data.index(b"input_rgb_image_sized") + len(b"input_rgb_image_sized") + 3
    return data[:highest] + bytes([data[highest] ^ 0x10]) + data[highest + 1 :]


def _other_layer(data: bytes) -> bytes:
    return data.replace(b"relu_", b"tanh_", 1)


def _exchanged_layers(data: bytes) -> bytes:
    """The last rectifier becomes another addition, which no block has room for."""
    head, _, tail = data.rpartition(b"\x01\x05relu_")
    return head + b"\x01\x09add_prev_" + tail


def _not_a_number(data: bytes) -> bytes:
    return data[:5000] + b"\xff" * 400 + data[5400:]


@pytest.mark.parametrize(
    "damage",
    [_without_end, _with_trailer, _other_loss, _other_mean, _other_layer, _exchanged_layers, _not_a_number, lambda _: b""],
)
def test_anything_else_is_refused_by_name(damage: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / "faces.dat"
    path.write_bytes(damage(weights().read_bytes()))
    with pytest.raises(ModelError, match=r"faces\.dat is not dlib's face recognition network") as caught:
        convert(path, tmp_path / "faces.onnx")
    assert caught.value.file == path
    assert not (tmp_path / "faces.onnx").exists()


def test_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="can't be read"):
        convert(tmp_path / "none.dat", tmp_path / "none.onnx")
