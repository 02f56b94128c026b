"""What ONNX Runtime's providers for NVIDIA GPUs have in common: batches and results stay where they are."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dualface.errors import DeviceError, ModelError
from dualface.gpu.device_batch import DeviceBatch
from dualface.gpu.runtime import Buffer, CudaRuntime, Direction, Graph, Stream
from dualface.inference.fit import check_input
from dualface.inference.onnxruntime import ERRORS_ONLY
from dualface.inference.pictures import check_batch
from dualface.types import F32Array, U8Array


@dataclass(slots=True)
class _Lane:
    """What batches of one size, or a little less, are run with: the session reads and writes the same addresses each time."""

    source: Buffer
    run: Callable[[], None]
    outputs: list[tuple[Buffer, U8Array, tuple[int, ...]]]
    """In GPU memory, in main memory, and their shape."""
    graph: Graph | None = None


class OnnxRuntimeGpuEngine:
    """Runs ``session`` on ``stream`` of the runtime's GPU; see :class:`~dualface.interfaces.InferenceEngine`.

    One caller at a time.  :meth:`infer` also takes a :class:`~dualface.gpu.device_batch.DeviceBatch`, which stays where it is.
    With ``graphs`` what was run once for a batch size is replayed as a CUDA graph, where it can be recorded.  Outputs without a
    batch axis, which some exports for one picture drop, get one.

    Raises :class:`~dualface.errors.ModelError` unless the model takes pictures of ``input_shape``.
    """

    def __init__(
        self,
        session: Any,
        model_path: Path,
        input_shape: Sequence[int],
        *,
        runtime: CudaRuntime,
        stream: Stream,
        graphs: bool,
    ) -> None:
        self.input_shape = tuple(input_shape)
        self._session, self._runtime, self._stream, self._graphs = session, runtime, stream, graphs
        inputs = session.get_inputs()
        check_input(model_path, [[n if isinstance(n, int) else None for n in i.shape] for i in inputs], self.input_shape)
        self._input = inputs[0].name
        self._outputs = [output.name for output in session.get_outputs()]
        self._largest = inputs[0].shape[0] if isinstance(inputs[0].shape[0], int) else self.input_shape[0]
        self._lanes: dict[int, _Lane] = {}
        self._lock = threading.Lock()

    def infer(self, batch: F32Array | DeviceBatch) -> list[F32Array]:
        """Every output, batch first, in main memory.  Raises :class:`~dualface.errors.DeviceError` when the GPU fails."""
        if batch.shape[1:] != self.input_shape[1:] or not 1 <= len(batch) <= self.input_shape[0]:
            raise ValueError(f"expected float32 of at most {self.input_shape}, got {batch.shape}")
        if not isinstance(batch, DeviceBatch):
            check_batch(batch, self.input_shape)
        self._runtime.activate()
        with self._lock:
            starts = range(0, len(batch), self._largest)
            parts = [self._infer(batch, start, min(self._largest, len(batch) - start)) for start in starts]
        return parts[0] if len(parts) == 1 else [np.concatenate(outputs) for outputs in zip(*parts, strict=True)]

    def close(self) -> None:
        """Frees the buffers."""
        with self._lock:
            self._stream.synchronize()
            self._lanes.clear()

    def _infer(self, batch: F32Array | DeviceBatch, start: int, count: int) -> list[F32Array]:
        size = min(1 << (count - 1).bit_length(), self._largest)  # few sizes, for each needs memory
        if size not in self._lanes:
            self._lanes[size] = self._new_lane((size, *batch.shape[1:]))
        lane = self._lanes[size]
        held = self._fill(lane, batch, start, (count, *batch.shape[1:]))
        if lane.graph is not None:
            lane.graph.launch(self._stream)
        else:
            lane.run()
        for device, host, _ in lane.outputs:
            self._copy(Direction.TO_HOST, host.ctypes.data, device.ptr, host.nbytes)
        self._stream.synchronize()
        del held
        return [
            host.view(np.float32).reshape(shape if shape[:1] == (size,) else (1, *shape))[:count].copy()
            for _, host, shape in lane.outputs
        ]

    def _fill(self, lane: _Lane, batch: F32Array | DeviceBatch, start: int, shape: tuple[int, ...]) -> object:
        """Moves the batch to where the session reads it; returns what must live until that is done."""
        nbytes = 4 * int(np.prod(shape))
        if isinstance(batch, DeviceBatch):
            self._stream.wait(batch.stream.record())
            self._copy(Direction.ON_DEVICE, lane.source.ptr, batch.ptr + start * (nbytes // shape[0]), nbytes)
            return batch
        part = np.ascontiguousarray(batch[start : start + shape[0]], np.float32)
        self._copy(Direction.TO_DEVICE, lane.source.ptr, part.ctypes.data, nbytes)
        return part

    def _new_lane(self, shape: tuple[int, ...]) -> _Lane:
        source = self._runtime.alloc(4 * int(np.prod(shape)))
        first = self._binding(source, shape)
        for name in self._outputs:
            first.bind_output(name, "cuda", self._runtime.index)
        self._run(first)  # tells the outputs' shapes
        self._stream.synchronize()
        shapes = [tuple(int(n) for n in value.shape()) for value in first.get_outputs()]
        outputs = []
        bound = self._binding(source, shape)
        for name, output in zip(self._outputs, shapes, strict=True):
            nbytes = 4 * int(np.prod(output))
            device = self._runtime.alloc(nbytes)
            bound.bind_output(name, "cuda", self._runtime.index, np.float32, output, device.ptr)
            outputs.append((device, self._runtime.pinned(nbytes), output))
        lane = _Lane(source, lambda: self._run(bound), outputs)
        if self._graphs:
            lane.run()  # what it allocates at first can't be recorded
            self._stream.synchronize()
            lane.graph = self._runtime.capture(self._stream, lane.run)
        return lane

    def _binding(self, source: Buffer, shape: tuple[int, ...]) -> Any:
        binding = self._session.io_binding()
        binding.bind_input(self._input, "cuda", self._runtime.index, np.float32, shape, source.ptr)
        return binding

    def _run(self, binding: Any) -> None:
        import onnxruntime

        options = onnxruntime.RunOptions()
        options.add_run_config_entry("disable_synchronize_execution_providers", "1")  # the copies behind it wait for it
        try:
            self._session.run_with_iobinding(binding, options)
        except Exception as error:  # its errors share no other base class
            raise DeviceError(f"ONNX Runtime failed to run a model on {self._runtime.device}: {error}") from error

    def _copy(self, direction: Direction, target: int, source: int, nbytes: int) -> None:
        self._runtime.copy(direction, (target, nbytes), (source, nbytes), (nbytes, 1), self._stream)


def import_onnxruntime() -> Any:
    """The module, told to be quiet.  Raises :class:`~dualface.errors.DeviceError`."""
    try:
        import onnxruntime
    except ImportError as error:
        raise DeviceError("ONNX Runtime is not installed: pip install onnxruntime-gpu, or use TensorRT.") from error
    onnxruntime.set_default_logger_severity(ERRORS_ONLY)  # it warns of plugins that nobody asked for
    return onnxruntime


def quiet_options(onnxruntime: Any) -> Any:
    """Options of a session that logs errors only."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = ERRORS_ONLY
    return options


def unusable(model_path: Path) -> ModelError:
    """The error for a model that can't be loaded."""
    return ModelError(
        f"ONNX Runtime can't run {model_path}: it is damaged or no ONNX model; get it again or choose another one.",
        file=model_path,
    )
