"""NVIDIA's Multi-Process Service (MPS) for the processes of one run: their work on the GPU runs side by side.

Without it the GPU does one process's work at a time, in turns.  The service is a daemon of our own: whoever starts it needs no
rights for that, other programs have nothing to do with it, and it ends with this program, however that ends.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

_CONTROL = "nvidia-cuda-mps-control"
_PIPES, _LOGS = "CUDA_MPS_PIPE_DIRECTORY", "CUDA_MPS_LOG_DIRECTORY"
_OTHERS = Path("/tmp/nvidia-mps/control")
"""Where a service is that the machine's owner has started; CUDA finds it without us."""
_START_SECONDS, _END_SECONDS = 30, 15
_WATCH = """import subprocess, sys
nothing = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
subprocess.run([sys.argv[1], "-d"], check=True, timeout=20, stdin=subprocess.DEVNULL, **nothing)
try:
    print("started", flush=True)
    sys.stdin.read()
finally:
    subprocess.run([sys.argv[1]], input=b"quit -t 3\\n", **nothing)
"""
"""Starts the daemon, waits until nobody holds the other end of its input (nobody may be left to tell), and ends the daemon."""
_TRY = """import ctypes, sys
cuda, device, context = ctypes.CDLL("libcuda.so.1"), ctypes.c_int(), ctypes.c_void_p()
sys.exit(cuda.cuInit(0) or cuda.cuDeviceGet(ctypes.byref(device), int(sys.argv[1]))
    or cuda.cuDevicePrimaryCtxRetain(ctypes.byref(context), device))
"""
"""Whether CUDA starts at all with the service."""
_NOTHING: Mapping[str, str] = MappingProxyType({})


class GpuSharing:
    """Has processes share GPU ``index`` where that can be.  To be closed.

    ``control`` is the daemon's command; ``works`` tells whether CUDA starts with an environment on a GPU, by trying it.

    A process that has the variables :attr:`variables` in its environment before CUDA starts there takes part.  One that dies or
    is killed can harm the others, so that after :meth:`distrust` no further process takes part.
    """

    def __init__(
        self, index: int, control: str = _CONTROL, works: Callable[[Mapping[str, str], int], bool] | None = None
    ) -> None:
        self._lock = threading.Lock()
        self._variables = _NOTHING
        self._watcher: subprocess.Popen[bytes] | None = None
        self._folder: TemporaryDirectory[str] | None = None
        command = shutil.which(control)
        if sys.platform == "linux" and command is not None and _PIPES not in os.environ and not _OTHERS.exists():
            self._start(index, command, works or _works)

    @property
    def variables(self) -> Mapping[str, str]:
        """Nothing where the service does not run, or is not trusted any more."""
        with self._lock:
            return self._variables

    def distrust(self) -> None:
        """Processes that start from now on do not take part."""
        with self._lock:
            self._variables = _NOTHING

    def close(self) -> None:
        """Ends the service."""
        self.distrust()
        if self._watcher is not None:
            assert self._watcher.stdin is not None
            self._watcher.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._watcher.wait(_END_SECONDS)
            if self._watcher.stdout is not None:
                self._watcher.stdout.close()
            self._watcher = None
        if self._folder is not None:
            with contextlib.suppress(OSError):
                self._folder.cleanup()
            self._folder = None

    def _start(self, index: int, command: str, works: Callable[[Mapping[str, str], int], bool]) -> None:
        self._folder = TemporaryDirectory(prefix="dualface-mps-")
        variables = {_PIPES: f"{self._folder.name}/pipes", _LOGS: f"{self._folder.name}/logs"}
        for folder in variables.values():
            Path(folder).mkdir()
        environment = {**os.environ, **variables, "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}
        everything = {name: value for name, value in environment.items() if name != "CUDA_VISIBLE_DEVICES"}
        self._watcher = subprocess.Popen(
            [sys.executable, "-c", _WATCH, command],
            env=everything,  # what the daemon does not see, or counts otherwise, those who come can't name
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C is for us to hear
        )
        assert self._watcher.stdout is not None
        started = self._watcher.stdout.readline()
        if started and works(environment, index):
            self._variables = MappingProxyType(variables)
        else:
            self.close()


def _works(environment: Mapping[str, str], index: int) -> bool:
    try:
        made = subprocess.run(
            [sys.executable, "-c", _TRY, str(index)],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_START_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return made.returncode == 0
