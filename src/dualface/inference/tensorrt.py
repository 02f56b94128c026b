"""Inference on a GPU with TensorRT 10 or 11, in half precision."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from dualface.errors import DeviceError, DeviceMemoryError, ModelError
from dualface.gpu.device_batch import DeviceBatch
from dualface.gpu.runtime import Buffer, CudaRuntime, Direction, Graph, Stream
from dualface.inference.engine_cache import default_cache_dir
from dualface.inference.half import to_half
from dualface.kept_files import cached
from dualface.types import F32Array, U8Array

_OLDEST = 10


class TensorRTInferenceEngine:
    """Runs an ONNX file on the runtime's GPU; see :class:`~dualface.interfaces.InferenceEngine`.

    The network is strongly typed: float16 inside, float32 outside.  Building it takes minutes once; it is kept in
    ``cache_dir`` for this model, GPU, TensorRT version and ``input_shape``.  All callers share it, each at a time with a
    context, a stream and buffers of its own; what was run once for a batch size is replayed as a CUDA graph.
    :meth:`infer` also takes a :class:`~dualface.gpu.device_batch.DeviceBatch`.

    Raises :class:`~dualface.errors.ModelError` if TensorRT can't build the file for ``input_shape``,
    :class:`~dualface.errors.DeviceError` if TensorRT is not installed, too old or does not start.
    """

    def __init__(
        self, model_path: Path, input_shape: Sequence[int], *, runtime: CudaRuntime, cache_dir: Path | None = None
    ) -> None:
        self.input_shape = tuple(input_shape)
        self._runtime = runtime
        self._trt = _import_tensorrt()
        runtime.activate()
        self._logger = self._trt.Logger(self._trt.Logger.ERROR)
        self._plans = self._trt.Runtime(self._logger)
        path = (cache_dir or default_cache_dir()) / f"{self._key(model_path)}.plan"
        self._engine = self._plans.deserialize_cuda_engine(cached(path, lambda: self._build(model_path)))
        if self._engine is None:  # damaged, or made by another build of the same version
            path.unlink(missing_ok=True)
            self._engine = self._plans.deserialize_cuda_engine(cached(path, lambda: self._build(model_path)))
        if self._engine is None:
            raise DeviceError(f"TensorRT {self._trt.__version__} can't load the engine that it has built for {model_path}.")
        names = [self._engine.get_tensor_name(n) for n in range(self._engine.num_io_tensors)]
        inputs = [n for n in names if self._engine.get_tensor_mode(n) == self._trt.TensorIOMode.INPUT]
        self._input, self._outputs = inputs[0], [n for n in names if n not in inputs]
        fixed = int(self._engine.get_tensor_shape(self._input)[0])
        if fixed > 0:  # some exports take one picture only
            self.input_shape = (fixed, *self.input_shape[1:])
        self._idle: deque[_Lane] = deque()

    def infer(self, batch: F32Array | DeviceBatch) -> list[F32Array]:
        """Every output, batch first, in main memory.  Raises :class:`~dualface.errors.DeviceError` when TensorRT fails."""
        self._runtime.activate()
        try:
            lane = self._idle.pop()
        except IndexError:
            lane = self._new_lane()
        try:
            return self._run(lane, batch)
        finally:
            self._idle.append(lane)

    def infer_face_detection(self, batch: F32Array | DeviceBatch) -> list[F32Array]:
        """:meth:`infer` under the name that it has for a detector's engine."""
        return self.infer(batch)

    def infer_reid(self, batch: F32Array | DeviceBatch) -> F32Array:
        """An embedder's vectors, float32, shape (n, dimensions), L2-normalised."""
        vectors = self.infer(batch)[0]
        normalised: F32Array = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return normalised

    def close(self) -> None:
        """Frees contexts and buffers."""
        self._idle.clear()

    def _key(self, model_path: Path) -> str:
        try:
            model = hashlib.sha256(model_path.read_bytes()).hexdigest()[:16]
        except OSError as error:
            raise ModelError(f"The model file {model_path} can't be read ({error.strerror}).", file=model_path) from error
        shape = "x".join(map(str, self.input_shape))
        return f"{model}-{self._runtime.gpu}-trt{self._trt.__version__}-{shape}"

    def _build(self, model_path: Path) -> bytes:
        trt = self._trt
        builder = trt.Builder(self._logger)
        network = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
        parser = trt.OnnxParser(network, self._logger)
        if not parser.parse(to_half(model_path)):
            reasons = "; ".join(str(parser.get_error(n)) for n in range(parser.num_errors))
            raise ModelError(f"TensorRT can't read {model_path}: {reasons}", file=model_path)
        source = network.get_input(0)
        largest, *picture = self.input_shape
        smallest, most = (1, largest) if source.shape[0] == -1 else (source.shape[0], source.shape[0])
        profile = builder.create_optimization_profile()
        profile.set_shape(source.name, (smallest, *picture), (most, *picture), (most, *picture))
        config = builder.create_builder_config()
        config.add_optimization_profile(profile)
        plan = builder.build_serialized_network(network, config)
        if plan is None:
            raise ModelError(f"TensorRT can't build {model_path} for pictures of {picture}.", file=model_path)
        return bytes(plan)

    def _new_lane(self) -> _Lane:
        context = self._engine.create_execution_context()
        if context is None:
            raise DeviceMemoryError("The GPU has no memory left for another TensorRT context; lower processing.cuda_streams.")
        source = self._runtime.alloc(4 * int(np.prod(self.input_shape)))
        context.set_tensor_address(self._input, source.ptr)
        context.set_input_shape(self._input, self.input_shape)
        lane = _Lane(context, self._runtime.stream(), source)
        for name in self._outputs:
            nbytes = 4 * int(np.prod(tuple(context.get_tensor_shape(name))))
            lane.outputs[name] = self._runtime.alloc(nbytes)
            lane.host[name] = self._runtime.pinned(nbytes)
            context.set_tensor_address(name, lane.outputs[name].ptr)
        return lane

    def _run(self, lane: _Lane, batch: F32Array | DeviceBatch) -> list[F32Array]:
        shape = (len(batch), *self.input_shape[1:])
        if batch.shape != shape or not 1 <= len(batch) <= self.input_shape[0]:
            raise ValueError(f"expected float32 of at most {self.input_shape}, got {batch.shape}")
        self._fill(lane, batch)
        if shape != lane.shape:
            lane.context.set_input_shape(self._input, shape)
            lane.shape = shape
        self._execute(lane, len(batch))
        shapes = [tuple(lane.context.get_tensor_shape(name)) for name in self._outputs]
        for name, output in zip(self._outputs, shapes, strict=True):
            nbytes = 4 * int(np.prod(output))
            target, source = lane.host[name].ctypes.data, lane.outputs[name].ptr
            self._runtime.copy(Direction.TO_HOST, (target, nbytes), (source, nbytes), (nbytes, 1), lane.stream)
        lane.stream.synchronize()
        return [
            lane.host[name][: 4 * int(np.prod(output))].view(np.float32).reshape(output).copy()
            for name, output in zip(self._outputs, shapes, strict=True)
        ]

    def _fill(self, lane: _Lane, batch: F32Array | DeviceBatch) -> None:
        """Moves the batch to where the context reads it: a graph replays addresses, so that they must not change."""
        if isinstance(batch, DeviceBatch):
            lane.stream.wait(batch.stream.record())
            address, nbytes, direction = batch.ptr, 4 * int(np.prod(batch.shape)), Direction.ON_DEVICE
        else:
            if len(lane.staging) == 0:
                lane.staging = self._runtime.pinned(4 * int(np.prod(self.input_shape)))
            nbytes, direction = batch.nbytes, Direction.TO_DEVICE
            lane.staging[:nbytes] = np.ascontiguousarray(batch, np.float32).reshape(-1).view(np.uint8)
            address = lane.staging.ctypes.data
        self._runtime.copy(direction, (lane.source.ptr, nbytes), (address, nbytes), (nbytes, 1), lane.stream)

    def _execute(self, lane: _Lane, count: int) -> None:
        graph = lane.graphs.get(count)
        if graph is not None:
            graph.launch(lane.stream)
            return
        self._enqueue(lane)
        if count not in lane.graphs:
            # The first run lets TensorRT choose its resources, which can't be captured.
            lane.stream.synchronize()
            lane.graphs[count] = self._runtime.capture(lane.stream, lambda: self._enqueue(lane))

    def _enqueue(self, lane: _Lane) -> None:
        if not lane.context.execute_async_v3(lane.stream.handle):
            raise DeviceError("TensorRT failed to run a model; try detection.backend: onnxruntime-cuda.")


@dataclass(slots=True)
class _Lane:
    """What one caller at a time works with."""

    context: Any
    stream: Stream
    source: Buffer
    outputs: dict[str, Buffer] = field(default_factory=dict)
    host: dict[str, U8Array] = field(default_factory=dict)
    graphs: dict[int, Graph | None] = field(default_factory=dict)
    staging: U8Array = field(default_factory=lambda: np.empty(0, np.uint8))
    shape: tuple[int, ...] = ()


def _import_tensorrt() -> Any:
    try:
        import tensorrt
    except (ImportError, OSError) as error:
        raise DeviceError('TensorRT is not installed: pip install "dualface[gpu]".') from error
    if int(tensorrt.__version__.split(".")[0]) < _OLDEST:
        raise DeviceError(f"TensorRT {tensorrt.__version__} is too old: install version {_OLDEST} or newer.")
    return tensorrt
