"""An ONNX Runtime for :class:`~dualface.testing.fake_cuda.FakeCuda`, as far as dualface uses its providers for GPUs.

It runs models with the real one on the CPU, when their stream gets there.
"""

from __future__ import annotations

import ctypes
import types
from collections.abc import Sequence
from typing import Any

import numpy as np

from dualface.testing.fake_cuda import FakeCuda

RTX = "NvTensorRTRTXExecutionProvider"


class FakeOnnxRuntime(types.ModuleType):
    """The module.  ``rtx_gpus``: how many GPUs the plugin for RTX cards lists.

    ``settings`` has those of every session's provider, ``registered`` the plugins' libraries.
    """

    __version__ = "1.31.1"

    def __init__(self, cuda: FakeCuda, *, rtx_gpus: int = 0) -> None:
        import onnxruntime

        super().__init__("onnxruntime")
        self._real = onnxruntime
        self.cuda, self.rtx_gpus = cuda, rtx_gpus
        self.settings: list[dict[str, str]] = []
        self.registered: dict[str, str] = {}
        self.RunOptions = _RunOptions
        self.SessionOptions = _SessionOptions

    def InferenceSession(  # noqa: N802
        self, model: str | bytes, options: _SessionOptions, providers: Sequence[tuple[str, dict[str, str]]] = ()
    ) -> FakeSession:
        name, settings = providers[0] if providers else options.provider
        self.settings.append(settings)
        return FakeSession(self._real, self.cuda, model, name, int(settings["user_compute_stream"]))

    def set_default_logger_severity(self, _level: int) -> None:
        """It says nothing."""

    def get_available_providers(self) -> list[str]:
        return ["CUDAExecutionProvider", "CPUExecutionProvider"]

    def register_execution_provider_library(self, name: str, path: str) -> None:
        self.registered[name] = path

    def get_ep_devices(self) -> list[Any]:
        count = self.rtx_gpus if RTX in self.registered else 0
        return [types.SimpleNamespace(ep_name=RTX, ep_options={"device_id": str(n)}) for n in range(count)]


class FakeRtxPlugin(types.ModuleType):
    """The package that brings the plugin."""

    def __init__(self) -> None:
        super().__init__("onnxruntime_ep_nv_tensorrt_rtx")

    def get_ep_name(self) -> str:
        return RTX

    def get_library_path(self) -> str:
        return "/somewhere/plugin.so"


class _SessionOptions:
    log_severity_level = 2
    provider: tuple[str, dict[str, str]]

    def add_provider_for_devices(self, devices: Sequence[Any], settings: dict[str, str]) -> None:
        self.provider = devices[0].ep_name, settings


class _RunOptions:
    def add_run_config_entry(self, _key: str, _value: str) -> None:
        """It never waits."""


class FakeSession:
    def __init__(self, real: Any, cuda: FakeCuda, model: str | bytes, provider: str, handle: int) -> None:
        options = real.SessionOptions()
        options.log_severity_level = 4
        self.real = real.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.get_inputs, self.get_outputs = self.real.get_inputs, self.real.get_outputs
        self._cuda, self._provider, self._handle = cuda, provider, handle

    def get_providers(self) -> list[str]:
        return [self._provider, "CPUExecutionProvider"]

    def io_binding(self) -> _Binding:
        return _Binding()

    def run_with_iobinding(self, binding: _Binding, _options: _RunOptions) -> None:
        name, shape, source = binding.input
        names = [output.name for output in self.real.get_outputs()]
        shapes = [output.shape for output in self.real.run(None, {name: np.zeros(shape, np.float32)})]
        binding.shapes = shapes

        def work() -> None:
            picture = np.ctypeslib.as_array((ctypes.c_float * int(np.prod(shape))).from_address(source)).reshape(shape)
            for output, values in zip(names, self.real.run(None, {name: picture.copy()}), strict=True):
                if binding.outputs[output]:
                    ctypes.memmove(binding.outputs[output], np.ascontiguousarray(values).ctypes.data, values.nbytes)

        self._cuda.streams[self._handle].ask(work)


class _Binding:
    def __init__(self) -> None:
        self.input: tuple[str, tuple[int, ...], int] = ("", (), 0)
        self.outputs: dict[str, int] = {}
        self.shapes: list[tuple[int, ...]] = []

    def bind_input(self, name: str, _kind: str, _device: int, _type: Any, shape: tuple[int, ...], address: int) -> None:
        self.input = name, shape, address

    def bind_output(
        self, name: str, _kind: str, _device: int, _type: Any = None, _shape: tuple[int, ...] = (), address: int = 0
    ) -> None:
        self.outputs[name] = address

    def get_outputs(self) -> list[Any]:
        return [types.SimpleNamespace(shape=lambda shape=shape: list(shape)) for shape in self.shapes]
