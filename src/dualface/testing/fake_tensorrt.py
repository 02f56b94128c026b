"""A TensorRT for :class:`~dualface.testing.fake_cuda.FakeCuda`, as far as dualface uses version 10 and 11.

It runs networks with ONNX Runtime on the CPU, when their stream gets there.
"""

from __future__ import annotations

import ctypes
import enum
import types
from typing import Any

import numpy as np

from dualface.testing.fake_cuda import FakeCuda
from dualface.types import F32Array


class _NetworkDefinitionCreationFlag(enum.IntEnum):
    STRONGLY_TYPED = 1


class _TensorIOMode(enum.Enum):
    INPUT = 1
    OUTPUT = 2


class FakeTensorRT(types.ModuleType):
    """The module.  ``built`` counts the engines built, ``contexts`` the contexts made; ``builds``: whether it can build any."""

    def __init__(self, cuda: FakeCuda, version: str = "11.4.0", *, builds: bool = True) -> None:
        super().__init__("tensorrt")
        self.cuda, self.__version__, self.builds = cuda, version, builds
        self.built = self.contexts = 0
        self.NetworkDefinitionCreationFlag = _NetworkDefinitionCreationFlag
        self.TensorIOMode = _TensorIOMode
        self.Logger = _Logger

    def Runtime(self, _logger: Any) -> Any:  # noqa: N802
        return types.SimpleNamespace(
            deserialize_cuda_engine=lambda plan: FakeEngine(self, plan) if plan[:4] == b"PLAN" else None
        )

    def Builder(self, _logger: Any) -> Any:  # noqa: N802
        return _Builder(self)

    def OnnxParser(self, network: Any, _logger: Any) -> Any:  # noqa: N802
        return _Parser(network)

    def stream_of(self, handle: int) -> Any:
        return self.cuda.streams[handle]


class _Logger:
    ERROR = 1

    def __init__(self, _level: int) -> None:
        """It says nothing."""


class _Network:
    def __init__(self, flags: int) -> None:
        if flags != 1 << 1:
            raise ValueError("the network is not strongly typed")
        self.model = b""

    def get_input(self, _n: int) -> Any:
        source = _session(self.model).get_inputs()[0]
        return types.SimpleNamespace(name=source.name, shape=[n if isinstance(n, int) else -1 for n in source.shape])


class _Parser:
    num_errors = 1

    def __init__(self, network: _Network) -> None:
        self._network = network

    def parse(self, model: bytes) -> bool:
        self._network.model = model
        try:
            _session(model)
        except Exception:
            return False
        return True

    def get_error(self, _n: int) -> str:
        return "no such operator"


class _Builder:
    def __init__(self, module: FakeTensorRT) -> None:
        self._module = module

    def create_network(self, flags: int) -> _Network:
        return _Network(flags)

    def create_optimization_profile(self) -> Any:
        return types.SimpleNamespace(set_shape=lambda *_shapes: None)

    def create_builder_config(self) -> Any:
        return types.SimpleNamespace(add_optimization_profile=lambda _profile: 0)

    def build_serialized_network(self, network: _Network, _config: Any) -> bytes | None:
        if not self._module.builds:
            return None
        self._module.built += 1
        return b"PLAN" + network.model


class FakeEngine:
    def __init__(self, module: FakeTensorRT, plan: bytes) -> None:
        self._module, self.session = module, _session(plan[4:])
        self._names = [v.name for v in (*self.session.get_inputs(), *self.session.get_outputs())]

    @property
    def num_io_tensors(self) -> int:
        return len(self._names)

    def get_tensor_name(self, n: int) -> str:
        return str(self._names[n])

    def get_tensor_mode(self, name: str) -> Any:
        mode = self._module.TensorIOMode
        return mode.INPUT if name == self._names[0] else mode.OUTPUT

    def get_tensor_shape(self, _name: str) -> tuple[int, ...]:
        """Of the input, -1 where any length will do."""
        return tuple(n if isinstance(n, int) else -1 for n in self.session.get_inputs()[0].shape)

    def create_execution_context(self) -> FakeContext:
        self._module.contexts += 1
        return FakeContext(self._module, self.session)


class FakeContext:
    def __init__(self, module: FakeTensorRT, session: Any) -> None:
        self._module, self._session = module, session
        self._addresses: dict[str, int] = {}
        self._shape: tuple[int, ...] = ()
        self._source = session.get_inputs()[0].name

    def set_input_shape(self, _name: str, shape: tuple[int, ...]) -> bool:
        self._shape = tuple(shape)
        return True

    def set_tensor_address(self, name: str, address: int) -> bool:
        self._addresses[name] = address
        return True

    def get_tensor_shape(self, name: str) -> tuple[int, ...]:
        if name == self._source:
            return self._shape
        outputs = [output.name for output in self._session.get_outputs()]
        return tuple(self._outputs(np.zeros(self._shape, np.float32))[outputs.index(name)].shape)

    def execute_async_v3(self, handle: int) -> bool:
        shape, addresses = self._shape, dict(self._addresses)

        def work() -> None:
            batch = np.ctypeslib.as_array((ctypes.c_float * int(np.prod(shape))).from_address(addresses[self._source]))
            names = [output.name for output in self._session.get_outputs()]
            for name, output in zip(names, self._outputs(batch.reshape(shape).copy()), strict=True):
                ctypes.memmove(addresses[name], np.ascontiguousarray(output).ctypes.data, output.nbytes)

        self._module.stream_of(handle).ask(work)
        return True

    def _outputs(self, batch: F32Array) -> list[F32Array]:
        outputs: list[F32Array] = self._session.run(None, {self._source: batch})
        return outputs


def _session(model: bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
