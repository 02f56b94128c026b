"""Runs a command and measures it: wall time, CPU time of its whole process tree, peak memory, time to its first frame."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

_POLL_SECONDS = 0.05


class CommandError(Exception):
    """A measured command failed; the message holds its last lines."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """``cpu_seconds``: user and system, children included.  ``peak_mb``: greatest sum of the tree's resident sets, MB (10⁶).

    ``first_frame_seconds``: from the start to the first progress line in the output with frames in it; ``None`` without.
    """

    wall_seconds: float
    cpu_seconds: float
    peak_mb: float
    first_frame_seconds: float | None = None


def measure(command: Sequence[str | Path], *, folder: Path, environment: Mapping[str, str] | None = None) -> Measurement:
    """Runs ``command`` in ``folder`` to its end.  Raises :class:`CommandError` if it fails."""
    log = folder / "command.log"
    with log.open("wb") as errors:
        started = time.perf_counter()
        process = subprocess.Popen(
            [str(part) for part in command], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=errors
        )
        watch = _MemoryWatch(process.pid)
        first = _first_frame(process, started)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    peak = watch.stop()
    if process.returncode:
        tail = log.read_text(errors="replace")[-2000:]
        raise CommandError(f"{command[0]} ended with exit code {process.returncode}:\n{tail}")
    return Measurement(wall, usage.ru_utime + usage.ru_stime, peak, first)


def _first_frame(process: subprocess.Popen[bytes], started: float) -> float | None:
    """Reads all output; returns when the first progress line with frames came."""
    first = None
    assert process.stdout is not None
    with process.stdout as output:
        for line in output:
            if first is None and line.startswith(b"{") and json.loads(line).get("frames"):
                first = time.perf_counter() - started
    return first


class _MemoryWatch:
    """Looks at a process tree's resident sets, many times a second, until stopped."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peak = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> float:
        """Ends it and returns the peak in MB."""
        self._done.set()
        self._thread.join()
        return self._peak / 1e6

    def _watch(self) -> None:
        while not self._done.wait(_POLL_SECONDS):
            self._peak = max(self._peak, _resident_bytes(self._pid))


def _resident_bytes(pid: int) -> int:
    total = 0
    try:
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            total += process.memory_info().rss
    except psutil.Error:  # it ended meanwhile
        pass
    return total
