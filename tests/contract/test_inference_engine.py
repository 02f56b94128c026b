"""What every inference engine promises.  A new one adds a line to ENGINES."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Pipe
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper, save

from dualface.device.cpu import CpuDevice
from dualface.errors import ModelError
from dualface.inference.onnxruntime import OnnxRuntimeInferenceEngine
from dualface.inference.openvino import OpenVINOInferenceEngine
from dualface.inference.remote import InferenceClient
from dualface.inference.service import InferenceService
from dualface.interfaces import InferenceEngine
from dualface.types import F32Array


def remote(model: Path, shape: tuple[int, ...], *, threads: int = 1) -> InferenceEngine:
    """An engine behind a connection, as a worker process has it."""
    ours, theirs = Pipe()
    service = InferenceService(CpuDevice().engine)
    threading.Thread(target=service.serve, args=(theirs,), daemon=True).start()
    return InferenceClient(ours).open(model, shape, "openvino", threads)


ENGINES: dict[str, Callable[..., InferenceEngine]] = {
    "openvino": OpenVINOInferenceEngine,
    "onnxruntime": OnnxRuntimeInferenceEngine,
    "remote": remote,
}
SHAPE = (3, 2, 4, 6)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two outputs: twice the picture and one; its channels' sums, without a batch axis.  Height and width are free."""
    path = tmp_path_factory.mktemp("models") / "twice.onnx"
    two, one, row = (
        numpy_helper.from_array(np.array(v), n) for v, n in ((np.float32(2), "two"), (np.float32(1), "one"), ([2, 1], "row"))
    )
    nodes = [
        helper.make_node("Mul", ["picture", "two"], ["double"]),
        helper.make_node("Add", ["double", "one"], ["more"]),
        helper.make_node("ReduceSum", ["picture", "axes"], ["sum"], keepdims=0),
        helper.make_node("Reshape", ["sum", "row"], ["sums"]),
    ]
    axes = numpy_helper.from_array(np.array([2, 3]), "axes")
    picture = helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 2, "height", "width"])
    results = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("more", "sums")]
    graph = helper.make_graph(nodes, "twice", [picture], results, [two, one, row, axes])
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    return path


@pytest.fixture(params=ENGINES)
def make(request: pytest.FixtureRequest) -> Callable[..., InferenceEngine]:
    return ENGINES[request.param]


@pytest.fixture
def engine(make: Callable[..., InferenceEngine], model: Path) -> Iterator[InferenceEngine]:
    engine = make(model, SHAPE)
    yield engine
    engine.close()


def pictures(count: int, seed: int = 0) -> F32Array:
    """Small whole numbers, which every precision computes with exactly."""
    return np.random.default_rng(seed).integers(0, 4, (count, *SHAPE[1:])).astype(np.float32)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_gives_every_output_batch_first(engine: InferenceEngine, count: int) -> None:
    batch = pictures(count)
    more, sums = engine.infer(batch)
    assert more.dtype == sums.dtype == np.float32
    np.testing.assert_array_equal(more, 2 * batch + 1)
    np.testing.assert_array_equal(sums, batch.sum((2, 3))[:, :, None])


def test_results_outlive_the_next_call(engine: InferenceEngine) -> None:
    batch = pictures(1)
    more, _ = engine.infer(batch)
    engine.infer(pictures(1, seed=1))
    np.testing.assert_array_equal(more, 2 * batch + 1)


def test_takes_a_picture_that_is_a_view(engine: InferenceEngine) -> None:
    batch = pictures(2)[:, :, :, ::-1]
    np.testing.assert_array_equal(engine.infer(batch)[0], 2 * batch + 1)


def test_may_be_called_from_several_threads(engine: InferenceEngine) -> None:
    batches = [pictures(1 + n % 3, seed=n) for n in range(24)]
    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(engine.infer, batches))
    for batch, (more, _) in zip(batches, results, strict=True):
        np.testing.assert_array_equal(more, 2 * batch + 1)


@pytest.mark.parametrize("batch", [pictures(4), pictures(0), pictures(1)[:, :1], pictures(1).astype(np.float64)])
def test_refuses_a_batch_of_another_shape_or_type(engine: InferenceEngine, batch: F32Array) -> None:
    with pytest.raises(ValueError, match="expected float32"):
        engine.infer(batch)


def test_takes_several_threads(make: Callable[..., InferenceEngine], model: Path) -> None:
    for threads in (0, 2):
        np.testing.assert_array_equal(make(model, SHAPE, threads=threads).infer(pictures(1))[0], 2 * pictures(1) + 1)


@pytest.mark.parametrize("content", [b"", b"not a model at all", None])
def test_an_unreadable_model_is_a_model_error(
    make: Callable[..., InferenceEngine], tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "broken.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelError, match=r"broken\.onnx") as caught:
        make(path, SHAPE)
    assert caught.value.file == path


def test_a_truncated_model_is_a_model_error(make: Callable[..., InferenceEngine], model: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.onnx"
    path.write_bytes(model.read_bytes()[:-40])
    with pytest.raises(ModelError, match=r"cut\.onnx"):
        make(path, SHAPE)


def test_says_what_a_model_takes_that_does_not_take_these_pictures(make: Callable[..., InferenceEngine], model: Path) -> None:
    with pytest.raises(ModelError, match="with 2 channels, not 6x4 with 3"):
        make(model, (1, 3, 4, 6))
