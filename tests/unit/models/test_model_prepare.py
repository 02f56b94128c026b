"""A published file of fixed size becomes one for any size, with the same answers."""

from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, load, numpy_helper, save

from dualface.errors import ModelError
from dualface.inference.onnxruntime import OnnxRuntimeInferenceEngine
from dualface.models.prepare import free_input_size

WEIGHTS = np.arange(27, dtype=np.float32).reshape(1, 3, 3, 3) / 27


def published(path: Path, *, reshapes: bool = False) -> Path:
    """A convolution for 8×8 pixels only, its weights among the inputs as old exports have them."""
    nodes = [helper.make_node("Conv", ["picture", "weights"], ["map"], pads=[1, 1, 1, 1])]
    if reshapes:
        nodes.append(helper.make_node("Flatten", ["map"], ["flat"]))
    result = helper.make_tensor_value_info(
        "flat" if reshapes else "map", TensorProto.FLOAT, [10, 64] if reshapes else [10, 1, 8, 8]
    )
    inputs = [
        helper.make_tensor_value_info("picture", TensorProto.FLOAT, [10, 3, 8, 8]),
        helper.make_tensor_value_info("weights", TensorProto.FLOAT, WEIGHTS.shape),
    ]
    graph = helper.make_graph(nodes, "published", inputs, [result], [numpy_helper.from_array(WEIGHTS, "weights")])
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=4), path)
    return path


def test_takes_any_size_afterwards_with_the_same_answers(tmp_path: Path) -> None:
    free_input_size(published(tmp_path / "old.onnx"), tmp_path / "new.onnx")
    [only] = load(tmp_path / "new.onnx").graph.input
    assert [d.dim_param or d.dim_value for d in only.type.tensor_type.shape.dim] == ["batch", 3, "height", "width"]
    picture = np.random.default_rng(0).random((1, 3, 12, 20), np.float32)
    [got] = OnnxRuntimeInferenceEngine(tmp_path / "new.onnx", picture.shape).infer(picture)
    assert got.shape == (1, 1, 12, 20)
    np.testing.assert_allclose(got[0, 0, 5, 7], (picture[0, :, 4:7, 6:9] * WEIGHTS[0]).sum(), rtol=1e-5)


def test_leaves_the_batch_alone_where_something_reshapes_it(tmp_path: Path) -> None:
    free_input_size(published(tmp_path / "old.onnx", reshapes=True), tmp_path / "new.onnx")
    [only] = load(tmp_path / "new.onnx").graph.input
    assert only.type.tensor_type.shape.dim[0].dim_value == 10


def test_writes_the_same_bytes_every_time(tmp_path: Path) -> None:
    for name in ("a", "b"):
        free_input_size(published(tmp_path / "old.onnx"), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("content", [b"", b"not a model at all", None])
def test_what_is_no_model_is_a_model_error(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "old.onnx").write_bytes(content)
    with pytest.raises(ModelError, match=r"old\.onnx is not a"):
        free_input_size(tmp_path / "old.onnx", tmp_path / "new.onnx")
