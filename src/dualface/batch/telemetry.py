"""Events for other programs: JSON Lines in a file, and numbers for Prometheus."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Any

from dualface.errors import ConfigurationError, OutputError
from dualface.events import (
    Event,
    EventBus,
    HardwareAlert,
    HardwareSample,
    Notice,
    VideoFinished,
    VideoProgress,
    VideoWarning,
)

_ADDRESS = "127.0.0.1"
"""Nobody but this machine: the numbers name files."""


@contextmanager
def events_file(path: Path, bus: EventBus) -> Iterator[None]:
    """Appends every event to ``path`` as a JSON object on a line, with ``event``, its name, and ``time``, seconds since 1970.

    Raises :class:`~dualface.errors.OutputError` when the file can't be opened; what can't be written later is left out.
    """
    try:
        file = path.open("a", encoding="utf-8", errors="replace", buffering=1)
    except OSError as error:
        what = f"The events file {path} can't be written ({error.strerror or error}); name another one with --events."
        raise OutputError(what, file=path) from error

    def write(event: Event | Notice) -> None:
        line = {"event": type(event).__name__, "time": round(time.time(), 3), **_plain(event)}
        try:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
        except (OSError, ValueError):  # a full disk, or the run is over
            return

    with file:
        bus.subscribe(write)
        bus.on_notice(write)
        yield


@contextmanager
def metrics_server(port: int, bus: EventBus) -> Iterator[int]:
    """Serves Prometheus on this machine's own address while it is entered; gives the port, which 0 lets the system choose.

    Raises :class:`~dualface.errors.ConfigurationError` when the port is taken.
    """
    from prometheus_client import start_http_server

    metrics = _Metrics()
    try:
        server, thread = start_http_server(port, addr=_ADDRESS, registry=metrics.registry)
    except OSError as error:
        raise ConfigurationError(f"--metrics-port {port} can't be used ({error.strerror}); choose another.") from error
    bus.subscribe(metrics.on_event)
    bus.on_notice(metrics.on_notice)
    try:
        yield int(server.server_port)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Metrics:
    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge

        self.registry = CollectorRegistry()

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"dualface_{name}", text, labels, registry=self.registry)

        self._cpu = gauge("cpu_share", "Share of all processors in use, by all programs")
        self._ram = gauge("ram_used_share", "Share of main memory in use, by all programs")
        self._disk = gauge("disk_free_bytes", "Room on the disk of the output")
        self._gpu = gauge("gpu", "What the GPU's driver tells", "reading")
        self._alert = gauge("alert", "1 while something is short", "kind")
        self._frames = gauge("video_frames", "Frames encoded so far", "source")
        self._memory = gauge("stream_memory_bytes", "Memory of a stream's process", "source")
        self._queue = gauge("stream_queue_frames", "Frames that wait before a step", "source", "step")
        self._videos = Counter("dualface_videos", "Videos that ended", ["status"], registry=self.registry)
        self._warnings = Counter("dualface_warnings", "Warnings", registry=self.registry)
        self._running: set[str] = set()

    def on_event(self, event: Event) -> None:
        source = str(event.job.source)
        if isinstance(event, VideoProgress):
            self._frames.labels(source).set(event.frames)
        elif isinstance(event, VideoWarning):
            self._warnings.inc()
        elif isinstance(event, VideoFinished):
            self._videos.labels(event.outcome.status.value).inc()

    def on_notice(self, notice: Notice) -> None:
        if isinstance(notice, HardwareAlert):
            self._alert.labels(notice.kind).set(notice.active)
            return
        self._cpu.set(notice.cpu)
        self._ram.set(notice.ram_used)
        self._disk.set(notice.disk_free)
        if notice.gpu is not None:
            for name, value in asdict(notice.gpu).items():
                if value is not None:
                    self._gpu.labels(name).set(value)
        self._on_streams(notice)

    def _on_streams(self, sample: HardwareSample) -> None:
        running = {str(stream.job.source) for stream in sample.streams}
        for gone in self._running - running:
            self._memory.remove(gone)
            for step in ("analyse", "compose", "encode"):
                self._queue.remove(gone, step)
        self._running = running
        for stream in sample.streams:
            source = str(stream.job.source)
            self._memory.labels(source).set(stream.memory)
            for step, waiting in stream.queues.items():
                self._queue.labels(source, step).set(waiting)


def _plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, BaseException):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {str(_plain(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, (Path, Fraction)) else value
