"""What every inference library promises."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from dualface.errors import ModelError
from dualface.interfaces import InferenceEngine
from dualface.types import F32Array

SHAPE = (3, 2, 4, 6)


def save_twice_model(path: Path) -> Path:
    """Two outputs: twice the picture and one; its channels' sums, without a batch axis.  Height and width are free."""
    from onnx import TensorProto, helper, numpy_helper, save

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


def pictures(count: int, seed: int = 0) -> F32Array:
    """Small whole numbers, which every precision computes with exactly."""
    return np.random.default_rng(seed).integers(0, 4, (count, *SHAPE[1:])).astype(np.float32)


class InferenceContract(ABC):
    """The model is a small one whose outputs are known exactly."""

    @abstractmethod
    def make(self, model: Path, input_shape: tuple[int, ...], *, threads: int) -> InferenceEngine:
        """A new engine that runs this ONNX file."""

    @pytest.fixture(scope="class")
    @classmethod
    def model(cls, tmp_path_factory: pytest.TempPathFactory) -> Path:
        return save_twice_model(tmp_path_factory.mktemp("models") / "twice.onnx")

    @pytest.fixture
    def engine(self, model: Path) -> Iterator[InferenceEngine]:
        with closing(self.make(model, SHAPE, threads=1)) as engine:
            yield engine

    def test_it_is_an_engine_for_the_shape_that_was_asked_for(self, engine: InferenceEngine) -> None:
        assert isinstance(engine, InferenceEngine)
        largest, *picture = engine.input_shape
        assert tuple(picture) == SHAPE[1:]
        assert 1 <= largest <= SHAPE[0]

    def test_it_gives_every_output_batch_first(self, engine: InferenceEngine) -> None:
        for count in range(1, engine.input_shape[0] + 1):
            batch = pictures(count)
            more, sums = engine.infer(batch)
            assert more.dtype == sums.dtype == np.float32
            np.testing.assert_array_equal(more, 2 * batch + 1)
            np.testing.assert_array_equal(sums, batch.sum((2, 3))[:, :, None])

    def test_results_outlive_the_next_call(self, engine: InferenceEngine) -> None:
        batch = pictures(1)
        more, _ = engine.infer(batch)
        engine.infer(pictures(1, seed=1))
        np.testing.assert_array_equal(more, 2 * batch + 1)

    def test_it_takes_a_picture_that_is_a_view(self, engine: InferenceEngine) -> None:
        batch = pictures(1)[:, :, :, ::-1]
        np.testing.assert_array_equal(engine.infer(batch)[0], 2 * batch + 1)

    def test_it_may_be_called_from_several_threads(self, engine: InferenceEngine) -> None:
        batches = [pictures(1 + n % engine.input_shape[0], seed=n) for n in range(24)]
        with ThreadPoolExecutor(4) as threads:
            results = list(threads.map(engine.infer, batches))
        for batch, (more, _) in zip(batches, results, strict=True):
            np.testing.assert_array_equal(more, 2 * batch + 1)

    @pytest.mark.parametrize("batch", [pictures(4), pictures(0), pictures(1)[:, :1], pictures(1).astype(np.float64)])
    def test_it_refuses_a_batch_of_another_shape_or_type(self, engine: InferenceEngine, batch: F32Array) -> None:
        with pytest.raises(ValueError, match=r"."):
            engine.infer(batch)

    @pytest.mark.parametrize("threads", [0, 2])
    def test_it_takes_any_number_of_threads(self, model: Path, threads: int) -> None:
        with closing(self.make(model, SHAPE, threads=threads)) as engine:
            np.testing.assert_array_equal(engine.infer(pictures(1))[0], 2 * pictures(1) + 1)

    @pytest.mark.parametrize("content", [b"", b"not a model at all", None])
    def test_an_unreadable_model_is_an_error_that_names_it(self, tmp_path: Path, content: bytes | None) -> None:
        path = tmp_path / "broken.onnx"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(ModelError, match=r"broken\.onnx"):
            self.make(path, SHAPE, threads=1)

    def test_a_truncated_model_is_an_error_that_names_it(self, model: Path, tmp_path: Path) -> None:
        path = tmp_path / "cut.onnx"
        path.write_bytes(model.read_bytes()[:-40])
        with pytest.raises(ModelError, match=r"cut\.onnx"):
            self.make(path, SHAPE, threads=1)

    def test_a_model_that_does_not_take_such_pictures_is_an_error(self, model: Path) -> None:
        with pytest.raises(ModelError):
            self.make(model, (1, 3, 4, 6), threads=1)
