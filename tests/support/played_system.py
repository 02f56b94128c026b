"""Plays Windows or macOS in this process once it is imported, as far as the CPU's way through the program can tell.

``DUALFACE_PLAYED`` says which; without it, it is Windows.  As a plugin of pytest (``-p tests.support.played_system``) it is
imported before any test.  Libraries are imported first: they stay as they are on this system.
"""

from __future__ import annotations

import asyncio  # noqa: F401
import multiprocessing.connection
import multiprocessing.popen_fork
import multiprocessing.util
import os
import pathlib  # noqa: F401
import resource
import shutil  # noqa: F401
import signal
import subprocess  # noqa: F401
import sys
import tempfile  # noqa: F401
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import av  # noqa: F401
import numba  # noqa: F401
import numpy as np  # noqa: F401
import onnx  # noqa: F401
import openvino  # type: ignore[import-untyped]  # noqa: F401
import platformdirs  # noqa: F401
import prometheus_client  # noqa: F401
import psutil  # noqa: F401
import pydantic  # noqa: F401
import rich.console  # noqa: F401
import starlette.applications  # noqa: F401
import typer  # noqa: F401
import uvicorn.server  # noqa: F401
from tests.support.windows_locks import Msvcrt

OF_LINUX = ("sched_getaffinity", "sched_getscheduler", "sched_setscheduler", "sched_param", "memfd_create")
OF_POSIX = ("fork", "forkpty", "mkfifo", "fchmod", "killpg", "setsid", "nice", "getloadavg")
SIGNALS_OF_POSIX = ("SIGKILL", "SIGHUP", "SIGUSR1", "SIGALRM", "SIGCHLD", "pthread_sigmask", "setitimer")
SIGNALS_OF_WINDOWS = (signal.SIGABRT, signal.SIGFPE, signal.SIGILL, signal.SIGINT, signal.SIGSEGV, signal.SIGTERM)
MODULES_NOT_ON_WINDOWS = ("fcntl", "resource", "termios", "pwd", "grp", "tty", "pty")


def refusing(change: Callable[..., Any]) -> Callable[..., Any]:
    """As on Windows, where a file that is open can be neither removed nor replaced."""

    def changed(*paths: Any, dir_fd: int | None = None, **more: Any) -> Any:
        for path in paths:
            try:
                found = os.stat(path, dir_fd=dir_fd, follow_symlinks=False)
            except OSError:
                continue
            for descriptor in os.listdir("/proc/self/fd"):  # noqa: PTH208
                try:
                    held = os.fstat(int(descriptor))
                except OSError:
                    continue
                if os.path.samestat(found, held):
                    raise PermissionError(13, "The process cannot access the file because it is being used", str(path))
        return change(*paths, **more) if dir_fd is None else change(*paths, dir_fd=dir_fd, **more)

    return changed


def ended(process: int, number: int) -> None:
    """As on Windows, where sending a signal ends the process at once, with the number as its exit code."""
    if process == os.getpid():
        os._exit(number)
    send_signal(process, 9)


def handled(number: int, handler: Any) -> Any:
    """As on Windows, which has few signals."""
    if number not in SIGNALS_OF_WINDOWS:
        raise ValueError("invalid signal value")
    return set_handler(number, handler)


set_handler, send_signal = signal.signal, os.kill


def refuse_limit(which: int, limits: tuple[int, int]) -> None:
    """As on macOS, where more is reserved than anybody means to allow."""
    if which == resource.RLIMIT_AS:
        raise ValueError("current limit exceeds maximum limit")


def without(owner: Any, names: tuple[str, ...]) -> None:
    for name in names:
        if hasattr(owner, name):
            delattr(owner, name)


def called(platform: str) -> None:
    """What our modules take the system for; libraries go on as on Linux."""
    import dualface.heap as heap
    import dualface.scheduling as scheduling
    import dualface.workers.processes as processes

    scheduling.sys = processes.sys = heap.sys = SimpleNamespace(platform=platform)  # type: ignore[attr-defined, assignment]


def load_library(name: str | None) -> None:
    raise TypeError("bad argument type for built-in operation")


def play_windows() -> None:
    import dualface.file_lock
    import dualface.files
    import dualface.heap as heap

    called("win32")
    multiprocessing.popen_fork.signal = SimpleNamespace(SIGTERM=signal.SIGTERM, SIGKILL=9)  # type: ignore[attr-defined]
    heap.ctypes = SimpleNamespace(CDLL=load_library)  # type: ignore[attr-defined, assignment]
    dualface.files.WINDOWS = dualface.file_lock._WINDOWS = True
    without(os, OF_LINUX + OF_POSIX)
    without(signal, SIGNALS_OF_POSIX)
    os.kill, signal.signal = ended, handled  # type: ignore[assignment]
    for name in MODULES_NOT_ON_WINDOWS:
        sys.modules[name] = None  # type: ignore[assignment]
    sys.modules["msvcrt"] = Msvcrt()  # type: ignore[assignment]
    for change in ("unlink", "remove", "replace", "rename"):
        setattr(os, change, refusing(getattr(os, change)))


def play_macos() -> None:
    called("darwin")
    without(os, OF_LINUX)
    resource.setrlimit = refuse_limit


{"windows": play_windows, "macos": play_macos}[os.environ.get("DUALFACE_PLAYED", "windows")]()
