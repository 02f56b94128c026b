"""The machine's GPUs, seen through a narrow interface, so that each kind of GPU (and a test) can bring its own probe."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Protocol

from dualface.config.gpu_codecs import decodable, encodable
from dualface.gpu.visible import visible_gpus


@dataclass(frozen=True, slots=True)
class GpuFacts:
    """One GPU.  ``index`` as ``hardware.gpu_id`` counts, ``memory`` in bytes.

    ``nvdec_engines`` and ``nvenc_engines`` are ``None`` where nobody could tell, ``decodes`` and ``encodes`` the formats that
    were tried with success.  ``problem`` says in a sentence why dualface
    can't use it; ``None`` when it can.
    """

    index: int
    name: str
    memory: int
    nvdec_engines: int | None = None
    nvenc_engines: int | None = None
    decodes: tuple[str, ...] = ()
    encodes: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class GpuReport:
    """All GPUs.  ``problem`` says in a sentence why there may be more than are listed; ``None`` when there are not."""

    gpus: tuple[GpuFacts, ...] = field(default=())
    driver: str | None = None
    problem: str | None = None


class GpuProbe(Protocol):
    """Finds GPUs."""

    def find(self) -> GpuReport:
        """What GPUs there are.  Raises nothing: what goes wrong is in the report."""
        ...


class NvmlGpuProbe:
    """Asks NVIDIA's driver through ``nvidia-ml-py``.  It counts no engines: that takes trying them."""

    _libraries = ("cupy",)  # without TensorRT, ONNX Runtime or the CPU runs the models

    def __init__(
        self,
        *,
        decodable: Callable[[int], tuple[str, ...]] = decodable,
        encodable: Callable[[int], tuple[str, ...]] = encodable,
    ) -> None:
        self._decodable, self._encodable = decodable, encodable

    def find(self) -> GpuReport:
        """What GPUs the driver names and CUDA may use.  Raises nothing."""
        try:
            import pynvml
        except ImportError:
            return GpuReport(problem="Install dualface[gpu] to use NVIDIA GPUs.")
        try:
            with _session(pynvml):
                gpus = tuple(self._describe(pynvml, *numbered) for numbered in enumerate(visible_gpus(pynvml)))
                hidden = pynvml.nvmlDeviceGetCount() - len(gpus)
                problem = f"CUDA_VISIBLE_DEVICES hides {hidden} GPU{'s' if hidden > 1 else ''}." if hidden > 0 else None
                return GpuReport(gpus, _text(pynvml.nvmlSystemGetDriverVersion()), problem)
        except pynvml.NVMLError as error:
            return GpuReport(problem=f"NVIDIA's driver does not answer: {error}.")

    def _describe(self, nvml: ModuleType, index: int, handle: Any) -> GpuFacts:
        missing = [name for name in self._libraries if importlib.util.find_spec(name) is None]
        problem = f"Install dualface[gpu]: {' and '.join(missing)} can't be found." if missing else None
        memory = int(nvml.nvmlDeviceGetMemoryInfo(handle).total)
        name = _text(nvml.nvmlDeviceGetName(handle))
        if problem is not None:
            return GpuFacts(index, name, memory, problem=problem)
        return GpuFacts(index, name, memory, decodes=self._decodable(index), encodes=self._encodable(index))


@contextlib.contextmanager
def _session(nvml: ModuleType) -> Iterator[None]:
    nvml.nvmlInit()
    try:
        yield
    finally:
        nvml.nvmlShutdown()


def _text(value: str | bytes) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value
