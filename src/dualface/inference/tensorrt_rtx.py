"""Inference on a GPU with TensorRT for RTX, through ONNX Runtime's plugin for it, in half precision."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dualface.errors import DeviceError, ModelError
from dualface.gpu.runtime import CudaRuntime, Stream
from dualface.inference.engine_cache import default_cache_dir
from dualface.inference.half import to_half
from dualface.inference.onnxruntime_gpu import OnnxRuntimeGpuEngine, import_onnxruntime, quiet_options, unusable

_REGISTERING = threading.Lock()
_INSTALL = "pip install onnxruntime-gpu onnxruntime-ep-nv-tensorrt-rtx-cu13"


class TensorRTRtxInferenceEngine(OnnxRuntimeGpuEngine):
    """Runs an ONNX file on the runtime's GPU; see :class:`~dualface.interfaces.InferenceEngine`.

    For GeForce and other RTX cards from Turing (compute capability 7.5) on; NVIDIA's data centre cards are not among them.
    Building a network takes seconds, and what was compiled for this GPU is kept in ``cache_dir`` for the next time.  Weights
    and activations are float16, inputs and outputs float32.

    Raises :class:`~dualface.errors.ModelError` if the file can't be read or doesn't take pictures of ``input_shape``,
    :class:`~dualface.errors.DeviceError` if ONNX Runtime or the plugin can't be loaded, or the plugin does not take this GPU.
    """

    def __init__(
        self, model_path: Path, input_shape: Sequence[int], *, runtime: CudaRuntime, cache_dir: Path | None = None
    ) -> None:
        runtime.activate()
        onnxruntime, device = _plugin_device(runtime)
        stream = runtime.stream()
        try:
            model = to_half(model_path)
        except ModelError as error:
            raise unusable(model_path) from error
        cache = _cache_for(model, input_shape, runtime, cache_dir or default_cache_dir())
        options = quiet_options(onnxruntime)
        options.add_provider_for_devices([device], _settings(stream, cache))
        try:
            session = onnxruntime.InferenceSession(model, options)
        except Exception as error:  # its errors share no other base class
            raise unusable(model_path) from error
        super().__init__(session, model_path, input_shape, runtime=runtime, stream=stream, graphs=False)


def _settings(stream: Stream, cache: Path | None) -> dict[str, str]:
    settings = {"has_user_compute_stream": "1", "user_compute_stream": str(stream.handle)}
    return settings if cache is None else settings | {"nv_runtime_cache_path": str(cache)}


def _cache_for(model: bytes, input_shape: Sequence[int], runtime: CudaRuntime, folder: Path) -> Path | None:
    """A folder for what is compiled of this model for this GPU; ``None`` where none can be made."""
    key = f"{hashlib.sha256(model).hexdigest()[:16]}-{runtime.gpu}-rtx-{'x'.join(map(str, input_shape))}"
    path = folder / key
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return path


def _plugin_device(runtime: CudaRuntime) -> tuple[Any, Any]:
    """ONNX Runtime with the plugin registered, and this GPU as the plugin lists it."""
    onnxruntime = import_onnxruntime()
    if not hasattr(onnxruntime, "register_execution_provider_library"):
        raise DeviceError(f"ONNX Runtime {onnxruntime.__version__} knows no plugins: {_INSTALL}.")
    try:
        import onnxruntime_ep_nv_tensorrt_rtx as plugin
    except (ImportError, OSError) as error:
        raise DeviceError(f"TensorRT for RTX is not installed: {_INSTALL}.") from error
    name = plugin.get_ep_name()
    with _REGISTERING:
        if name not in _known(onnxruntime):
            try:
                onnxruntime.register_execution_provider_library(name, plugin.get_library_path())
            except Exception as error:  # its errors share no other base class
                if "already" not in str(error):
                    raise DeviceError(f"TensorRT for RTX can't be loaded: {error}") from error
    devices = [device for device in onnxruntime.get_ep_devices() if device.ep_name == name]
    if not devices:
        raise DeviceError(f"TensorRT for RTX does not run on {runtime.device} ({runtime.gpu}), it is for RTX cards.")
    return onnxruntime, _of(runtime, devices)


def _known(onnxruntime: Any) -> set[str]:
    return {device.ep_name for device in onnxruntime.get_ep_devices()}


def _of(runtime: CudaRuntime, devices: Sequence[Any]) -> Any:
    """The one that is the runtime's GPU, by CUDA's number where the plugin tells it, else by its place."""
    for device in devices:
        if dict(device.ep_options).get("device_id", "") == str(runtime.index):
            return device
    if runtime.index >= len(devices):
        raise DeviceError(f"TensorRT for RTX does not run on {runtime.device} ({runtime.gpu}), it is for RTX cards.")
    return devices[runtime.index]
