"""Inference on the CPU with OpenVINO."""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any, Literal

import numpy as np

from dualface.errors import DeviceError, DeviceMemoryError, ModelError
from dualface.heap import drop_code, trim
from dualface.inference.fit import check_input
from dualface.inference.pictures import infer_each
from dualface.inference.precision import Run, fastest
from dualface.inference.weights import WeightsInFile
from dualface.out_of_memory import is_for_want_of_memory
from dualface.types import F32Array

_CONVERTER = "openvino.tools.ovc"
"""OpenVINO's own converter of models, which reports over the network that it is imported, and is a third of all modules."""


class OpenVINOInferenceEngine:
    """Runs an ONNX file on the CPU; see :class:`~dualface.interfaces.InferenceEngine`.

    ``input_shape`` is NCHW.  ``threads``: 0 takes every core; one thread costs the least CPU time.  ``precision``: ``None``
    is float32, or, for models that find faces, bfloat16 where the processor has it and measuring shows that it is faster
    (scores change by up to 0.02).
    ``cache_dir`` keeps the compiled model, which saves a quarter of the start, 0.06 s.
    Raises :class:`~dualface.errors.ModelError` if the file can't be read or doesn't take pictures of this shape,
    :class:`~dualface.errors.DeviceError` if OpenVINO can't be loaded, and like :meth:`infer`
    :class:`~dualface.errors.DeviceMemoryError` if it has too little memory.
    """

    def __init__(
        self,
        model_path: Path,
        input_shape: Sequence[int],
        *,
        threads: int = 1,
        precision: Literal["f32", "bf16"] | None = None,
        cache_dir: Path | None = None,
    ) -> None:
        self.input_shape = tuple(input_shape)
        openvino = import_without_telemetry()
        settings: dict[str, Any] = {
            "PERFORMANCE_HINT": "LATENCY",
            "NUM_STREAMS": 1,
            "INFERENCE_NUM_THREADS": threads,
            "ENABLE_CPU_PINNING": False,
        }
        if cache_dir:
            settings["CACHE_DIR"] = str(cache_dir)
        core = openvino.Core()
        try:
            model = core.read_model(model_path)
            shapes = [[d.get_length() if d.is_static else None for d in value.partial_shape] for value in model.inputs]
            check_input(model_path, shapes, self.input_shape)
            model.reshape([1, *self.input_shape[1:]])
            settings["INFERENCE_PRECISION_HINT"] = precision or _fastest_precision(core, model, settings, model_path)
            weights = WeightsInFile.of(model_path, model, openvino)
            self._compiled = core.compile_model(model, "CPU", settings)
            del model
            if weights is not None:
                weights.give_back()
            trim()
            drop_code(Path(openvino.__file__).parent)
        except RuntimeError as error:
            _check_memory(error)
            raise ModelError(
                f"OpenVINO can't run {model_path} on pictures of {self.input_shape[1:]}: "
                f"it is damaged, no ONNX model, or not made for this shape; get it again or choose another one.",
                file=model_path,
            ) from error
        self._idle: deque[Any] = deque()

    def infer(self, batch: F32Array) -> list[F32Array]:
        try:
            request = self._idle.pop()
        except IndexError:
            request = self._compiled.create_infer_request()
        try:
            return infer_each(lambda picture: _run(request, picture), batch, self.input_shape)
        except RuntimeError as error:
            _check_memory(error)
            raise
        finally:
            self._idle.append(request)

    def close(self) -> None:
        self._idle.clear()


def _fastest_precision(core: Any, model: Any, settings: Mapping[str, Any], path: Path) -> str:
    if describes(model) or "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        return "f32"
    shape = list(model.inputs[0].shape)

    def prepare(precision: str) -> Run:
        request = core.compile_model(model, "CPU", {**settings, "INFERENCE_PRECISION_HINT": precision}).create_infer_request()
        picture = np.zeros(shape, np.float32)
        return lambda: request.infer(picture)

    processor, library = core.get_property("CPU", "FULL_DEVICE_NAME"), core.get_versions("CPU")["CPU"].build_number
    return fastest(("f32", "bf16"), prepare, key=[processor, library, path.name, str(path.stat().st_size), str(shape)])


def describes(model: Any) -> bool:
    """Whether a model describes a whole picture by one vector, as those do by which people are told apart.

    A little less exactness there makes strangers alike, and saves next to nothing: such models see few pictures.
    """
    return len(model.outputs) == 1 and model.outputs[0].partial_shape.rank == 2


def _run(request: Any, picture: F32Array) -> list[F32Array]:
    results = request.infer(picture, share_inputs=True, share_outputs=True)
    return [np.array(value, np.float32) for value in results.values()]


def _check_memory(error: RuntimeError) -> None:
    """OpenVINO has no exception of its own for it."""
    if is_for_want_of_memory(error):
        message = "OpenVINO has no memory or threads left to run a model; provide more, or make fewer videos at a time."
        raise DeviceMemoryError(message) from error


def import_without_telemetry() -> Any:
    """Imports OpenVINO so that it does not report the import over the network, which it does by default.

    Its converter of models is left out with that; ``openvino.convert_model`` imports it for whoever calls it.
    """
    try:
        with _hidden(_CONVERTER):
            import openvino  # type: ignore[import-untyped]
    except (ImportError, OSError) as error:
        raise DeviceError(f"OpenVINO can't be loaded ({error}): reinstall it with pip install openvino.") from error
    if not hasattr(openvino, "convert_model"):
        openvino.convert_model = _convert_model
    return openvino


def _convert_model(*arguments: Any, **options: Any) -> Any:
    """As ``openvino.convert_model``, for a program that shares OpenVINO with us."""
    return import_module(_CONVERTER).convert_model(*arguments, **options)


@contextmanager
def _hidden(name: str) -> Iterator[None]:
    """Makes the first import of a module fail in this thread, for which those who import it are prepared."""
    finder = _Nowhere(name)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _Nowhere(MetaPathFinder):
    def __init__(self, name: str) -> None:
        self._name, self._thread = name, threading.get_ident()

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:  # noqa: ARG002
        if fullname == self._name and threading.get_ident() == self._thread:
            raise ModuleNotFoundError(f"{fullname} is not wanted here", name=fullname)
