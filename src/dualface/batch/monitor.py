"""Watches the machine and the streams while they work, once a second."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import psutil

from dualface.events import EventBus, HardwareAlert, HardwareSample, StreamSample
from dualface.gpu.nvml import GpuSensor
from dualface.workers.stream import ELSEWHERE, StreamState

_INTERVAL_SECONDS = 1.0


class AlertKind(StrEnum):
    """What may become short."""

    RAM = "ram"
    VRAM = "vram"
    DISK = "disk"
    TEMPERATURE = "temperature"


@dataclass(frozen=True, slots=True)
class Threshold:
    """An alert begins above ``raise_above`` and ends below ``clear_below``, so that it does not flicker between them."""

    raise_above: float
    clear_below: float


THRESHOLDS: dict[AlertKind, Threshold] = {
    AlertKind.RAM: Threshold(0.92, 0.85),  # share in use, by all programs
    AlertKind.VRAM: Threshold(0.95, 0.90),
    AlertKind.DISK: Threshold(0.98, 0.97),
    AlertKind.TEMPERATURE: Threshold(87.0, 80.0),  # °C; GPUs slow themselves down from about 90
}
SLOWING = frozenset({AlertKind.RAM, AlertKind.VRAM, AlertKind.TEMPERATURE})
"""Alerts that fewer streams help against."""


class Alarm:
    """Turns a series of values into the moments when an alert begins and ends."""

    def __init__(self, threshold: Threshold) -> None:
        self._threshold = threshold
        self.active = False

    def observe(self, value: float) -> bool:
        """Whether the alert has just begun or ended."""
        limit = self._threshold.clear_below if self.active else self._threshold.raise_above
        changed = value < limit if self.active else value > limit
        self.active ^= changed
        return changed


class HardwareMonitor:
    """Samples processor, memory, disk, GPU and streams, and tells the bus; alerts go to ``on_alerts`` too, all active ones.

    ``states`` gives the streams, ``folder`` lies on the disk that is written, ``gpu_memory`` are the bytes that
    the ``gpu`` has.  Leave it as a context manager.
    """

    def __init__(
        self,
        bus: EventBus,
        states: Callable[[], Sequence[StreamState]],
        folder: Path,
        *,
        gpu: GpuSensor | None = None,
        gpu_memory: int = 0,
        on_alerts: Callable[[frozenset[AlertKind]], None] = lambda _: None,
        interval: float = _INTERVAL_SECONDS,
    ) -> None:
        self._bus, self._states, self._folder = bus, states, folder
        self._gpu, self._gpu_memory, self._on_alerts, self._interval = gpu, gpu_memory, on_alerts, interval
        self._alarms = {kind: Alarm(threshold) for kind, threshold in THRESHOLDS.items()}
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dualface-monitor", daemon=True)

    def __enter__(self) -> HardwareMonitor:
        psutil.cpu_percent()  # the first call only starts the measurement
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        if self._gpu is not None:
            self._gpu.close()

    def sample(self) -> HardwareSample:
        """The state of this moment."""
        memory = psutil.virtual_memory()
        return HardwareSample(
            cpu=psutil.cpu_percent() / 100,
            ram_used=memory.percent / 100,
            disk_free=_disk(self._folder)[0],
            gpu=self._gpu.read() if self._gpu is not None else None,
            streams=tuple(self._stream(state) for state in self._states()),
        )

    def check(self, sample: HardwareSample) -> None:
        """Raises and clears alerts."""
        changed = False
        for kind, value in self._values(sample).items():
            alarm = self._alarms[kind]
            if alarm.observe(value):
                changed = True
                self._bus.notify(HardwareAlert(kind.value, alarm.active, value))
        active = frozenset(kind for kind, alarm in self._alarms.items() if alarm.active)
        if changed or active & SLOWING:
            self._on_alerts(active)

    def _run(self) -> None:
        while not self._done.wait(self._interval):
            sample = self.sample()
            self._bus.notify(sample)
            self.check(sample)

    def _values(self, sample: HardwareSample) -> dict[AlertKind, float]:
        free, total = _disk(self._folder)
        values = {AlertKind.RAM: sample.ram_used, AlertKind.DISK: 1 - free / total if total else 0.0}
        if sample.gpu is not None:
            if sample.gpu.temperature is not None:
                values[AlertKind.TEMPERATURE] = sample.gpu.temperature
            if sample.gpu.memory_used is not None and self._gpu_memory:
                values[AlertKind.VRAM] = sample.gpu.memory_used / self._gpu_memory
        return values

    def _stream(self, state: StreamState) -> StreamSample:
        memory = 0
        if state.pid != ELSEWHERE:
            with suppress(psutil.Error):
                memory = int(psutil.Process(state.pid).memory_info().rss)
        return StreamSample(state.job, state.pid, memory, state.vitals.encoded, state.vitals.queues)


def _disk(folder: Path) -> tuple[int, int]:
    """Free and total bytes of the file system, zeros where it can't be asked."""
    existing = next((path for path in (folder, *folder.absolute().parents) if path.exists()), None)
    if existing is None:
        return 0, 0
    try:
        usage = psutil.disk_usage(str(existing))
    except OSError:  # it has just been taken away
        return 0, 0
    return int(usage.free), int(usage.total)
