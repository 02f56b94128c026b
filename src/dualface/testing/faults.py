"""Faults that really happen: puts them between the runtime and its stages, in this process.

    install([Fault("encoder", 70, "kill")])

ends the process, by SIGKILL where there is that, before frame 70 is encoded.  Stages are those that the registry names,
``disk`` counts flushes to the disk instead of frames.
"""

from __future__ import annotations

import ctypes
import math
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from dualface import registry
from dualface.errors import CompositionError
from dualface.render.compose.error_policy import Rung
from dualface.types import Box, Detection, Fill, Frame, Placement, TileState

FaultStage = Literal["decoder", "detector", "composer", "encoder", "disk"]
FaultKind = Literal[
    "exception", "composition", "garbage", "nan", "stall", "kill", "segfault", "gpu", "memory", "remove", "truncate"
]


class InjectedError(RuntimeError):
    """What a fault of the kind ``exception`` raises."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that happens to ``stage`` from frame ``at`` on, for ``frames`` frames.

    ``exception`` and ``composition`` raise; ``garbage`` gives noise (decoder) or boxes all over the place (detector), ``nan``
    boxes that are no numbers; ``stall`` sleeps for an hour; ``kill`` and ``segfault`` end the process; ``gpu`` has a kernel
    write where no memory is, after which nothing works on the GPU in this process; ``memory`` asks for more than there is;
    ``remove`` and ``truncate`` do that to ``path``.
    ``once``: a file that is written when the fault happens, and keeps it from happening again, in other processes too.
    """

    stage: FaultStage
    at: int
    kind: FaultKind
    frames: int = 1
    path: Path | None = None
    once: Path | None = None
    source: str = ""
    """Only for videos with this in their name; decoder only."""
    spares: Rung | None = None
    """The kind ``composition`` does not strike where all tiles show what this rung of the ladder does."""

    def strikes(self, index: int) -> bool:
        """Whether it happens at this frame; notes that it did."""
        if not self.at <= index < self.at + self.frames or (self.once is not None and self.once.exists()):
            return False
        if self.once is not None:
            self.once.touch()
        return True


def install(faults: Sequence[Fault]) -> Callable[[], None]:
    """Makes the faults happen in this process from now on.  Returns what undoes it."""
    make, fsync = registry.make, os.fsync
    by_stage = {
        stage: [fault for fault in faults if fault.stage == stage] for stage in ("decoder", "detector", "composer", "encoder")
    }

    def faulty_make(kind: str, name: str, *arguments: Any, **options: Any) -> Any:
        made, mine = make(kind, name, *arguments, **options), by_stage.get(kind)
        return _WRAPPERS[kind](made, mine, *arguments) if mine else made

    flushes = 0

    def faulty_fsync(descriptor: Any) -> None:
        nonlocal flushes
        for fault in faults:
            if fault.stage == "disk" and fault.strikes(flushes):
                _happen(fault)
        flushes += 1
        fsync(descriptor)

    registry.make, os.fsync = faulty_make, faulty_fsync  # type: ignore[assignment]

    def undo() -> None:
        registry.make, os.fsync = make, fsync

    return undo


def _happen(fault: Fault) -> None:
    """All kinds that are the same for every stage."""
    if fault.kind == "exception":
        raise InjectedError(f"injected at {fault.stage} {fault.at}")
    if fault.kind == "composition":
        raise CompositionError("injected", stage="compose", frame=fault.at)
    if fault.kind == "stall":
        time.sleep(3600)
    elif fault.kind == "kill":
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))  # the latter is as sudden on Windows
    elif fault.kind == "segfault":
        ctypes.string_at(0)
    elif fault.kind == "gpu":
        _write_nowhere()
    elif fault.kind == "memory":
        raise MemoryError
    elif fault.kind == "remove" and fault.path is not None:
        fault.path.unlink(missing_ok=True)
    elif fault.kind == "truncate" and fault.path is not None:
        os.truncate(fault.path, fault.path.stat().st_size // 2)


def _write_nowhere() -> None:
    from dualface.gpu.cupy_runtime import CupyRuntime

    runtime = CupyRuntime(0)
    kernels = runtime.compile('extern "C" __global__ void strike(int* nowhere) { *nowhere = 1; }', ["strike"])
    stream = runtime.stream()
    kernels["strike"](stream, (1,), (1,), [np.uint64(8)])
    stream.synchronize()


class _Wrapper:
    """Passes everything on to ``inner`` that a subclass does not."""

    def __init__(self, inner: Any, faults: Sequence[Fault], *_: Any) -> None:
        self._inner, self._faults = inner, faults

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def _strike(self, index: int, faults: Sequence[Fault] | None = None) -> list[Fault]:
        struck = [fault for fault in (self._faults if faults is None else faults) if fault.strikes(index)]
        for fault in struck:
            _happen(fault)
        return struck


class FaultyDecoder(_Wrapper):
    def __init__(self, inner: Any, faults: Sequence[Fault], source: Path, *_: Any) -> None:
        super().__init__(inner, [fault for fault in faults if fault.source in source.name])

    def __iter__(self) -> Iterator[Frame]:
        for frame in self._inner:
            yield self._changed(frame)

    def decode_batch(self, n: int) -> list[Frame]:
        return [self._changed(frame) for frame in self._inner.decode_batch(n)]

    def seek(self, index: int, pts: int) -> bool:
        found: bool = self._inner.seek(index, pts)
        return found

    def _changed(self, frame: Frame) -> Frame:
        if any(fault.kind == "garbage" for fault in self._strike(frame.index)):
            noise = np.random.default_rng(frame.index)
            return replace(frame, planes=tuple(noise.integers(0, 256, plane.shape, np.uint8) for plane in frame.planes))
        return frame


class _FaultyDetector(_Wrapper):
    def detect(self, frames: Sequence[Frame]) -> list[list[Detection]]:
        found: list[list[Detection]] = self._inner.detect(frames)
        return [self._changed(frame, faces) for frame, faces in zip(frames, found, strict=True)]

    def _changed(self, frame: Frame, faces: list[Detection]) -> list[Detection]:
        for fault in self._strike(frame.index):
            if fault.kind == "nan":
                marks = np.full((5, 2), math.nan, np.float32)
                return [Detection(Box(math.nan, math.nan, math.nan, math.nan), 0.9, marks) for _ in range(3)]
            if fault.kind == "garbage":
                random = np.random.default_rng(frame.index)
                return [Detection(Box(*random.normal(0, 1e4, 4).tolist()), 0.9) for _ in range(20)]
        return faces


class _FaultyComposer(_Wrapper):
    def compose(self, frame: Frame, placements: Sequence[Placement]) -> Frame:
        self._strike(frame.index, [fault for fault in self._faults if {fault.spares} != {_rung(p) for p in placements}])
        canvas: Frame = self._inner.compose(frame, placements)
        return canvas


def _rung(placement: Placement) -> Rung | Literal["as planned"]:
    if placement.state is not TileState.STAND_IN:
        return "as planned"
    return {Fill.CARD: Rung.CARD, Fill.BARS: Rung.SCENE}.get(placement.fill, Rung.LAST_GOOD)


class _FaultyEncoder(_Wrapper):
    def encode(self, frame: Frame) -> list[Any]:
        self._strike(frame.index)
        packets: list[Any] = self._inner.encode(frame)
        return packets


_WRAPPERS: dict[str, Callable[..., Any]] = {
    "decoder": FaultyDecoder,
    "detector": _FaultyDetector,
    "composer": _FaultyComposer,
    "encoder": _FaultyEncoder,
}
