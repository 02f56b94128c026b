"""Engines that work on the processor."""

from __future__ import annotations

from pathlib import Path

from dualface import registry
from dualface.interfaces import InferenceEngine
from dualface.registry import AUTO

_OWN = "openvino"


def name_on_cpu(backend: str) -> str:
    """The library that ``detection.backend`` means on the processor."""
    return _OWN if backend == AUTO else backend


def engine_on_cpu(model: Path, shape: tuple[int, ...], backend: str, threads: int) -> InferenceEngine:
    """``backend`` as ``detection.backend`` has it.  Raises what the engine raises."""
    engine: InferenceEngine = registry.make("inference", name_on_cpu(backend), model, shape, threads=threads, runtime=None)
    return engine
