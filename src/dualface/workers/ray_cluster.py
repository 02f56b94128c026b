"""Workers on a cluster by Ray (https://docs.ray.io): a task for each, with the resources that it needs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from dualface.environment import variable
from dualface.errors import DeviceError

LOCAL = "local"
_REPORTS = "RAY_USAGE_STATS_ENABLED"
"""Ray tells its makers how it is used unless this is 0."""
_OUT_OF_MEMORY = -9
"""The exit code of what the system kills for want of memory, as Ray does before that."""
_CRASHED = 1
"""In the place of whichever exit code it had; Ray does not tell."""


class RayCluster:
    """Implements :class:`~dualface.interfaces.Cluster`.

    ``address``: ``local`` starts Ray on this machine; ``auto`` finds the one that runs here; else ``HOST:PORT`` of the head, on
    whose network this machine is.
    """

    def __init__(self, address: str, *, cpus: int, memory: int, gpus: float = 0.0) -> None:
        self._ray = _ray()
        self._needs = {"num_cpus": cpus, "memory": memory, **({"num_gpus": gpus} if gpus else {})}
        self._owns = not self._ray.is_initialized()
        if self._owns:
            self._connect(address)
        self.host: str = self._ray.util.get_node_ip_address()

    @property
    def room(self) -> int:
        """As many as all machines together have cores, memory and GPUs for."""
        names = {"num_cpus": "CPU", "memory": "memory", "num_gpus": "GPU"}
        rooms = 0
        for node in self._ray.nodes():
            if node["Alive"]:
                has = node["Resources"]
                rooms += min(int(has.get(names[need], 0.0) // amount) for need, amount in self._needs.items() if amount)
        return rooms

    def start(self, run: Callable[..., None], *arguments: object) -> _Task:
        try:
            task = self._ray.remote(max_retries=0, max_calls=1, **self._needs)(run)
            return _Task(self._ray, task.remote(*arguments))
        except Exception as error:  # Ray's own, of many kinds
            raise DeviceError(f"The cluster can't be reached any more ({_line(error)}).") from error

    def close(self) -> None:
        if self._owns:
            self._ray.shutdown()

    def _connect(self, address: str) -> None:
        quiet = {"log_to_driver": False, "logging_level": logging.ERROR, "include_dashboard": False}
        try:
            with variable(_REPORTS, "0"):
                if address == LOCAL:
                    self._ray.init(address="local", **quiet)
                else:
                    self._ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
        except Exception as error:  # Ray's own, of many kinds
            hint = "is `ray start --head` running there, and is the port the one it named?"
            raise DeviceError(f"No Ray cluster answers at {address!r} ({_line(error)}); {hint}") from error


class _Task:
    """Implements :class:`~dualface.interfaces.WorkerProcess`.

    Once killed it counts as ended: Ray may need a minute to notice that a machine is gone.  One that went with its machine
    has no exit code.
    """

    pid = None

    def __init__(self, ray: Any, result: Any) -> None:
        self._ray, self._result = ray, result
        self._killed = False
        self.exitcode: int | None = None

    def is_alive(self) -> bool:
        return not self._killed and not self._ended(0)

    def join(self, timeout: float | None = None) -> None:
        if not self._killed:
            self._ended(timeout)

    def kill(self) -> None:
        if not self._killed:
            self._killed = True
            threading.Thread(target=self._cancel, daemon=True).start()

    def _cancel(self) -> None:
        with suppress(Exception):  # it has ended, or the cluster has
            self._ray.cancel(self._result, force=True)

    def _ended(self, timeout: float | None) -> bool:
        ready, _ = self._ray.wait([self._result], timeout=timeout)
        if not ready:
            return False
        if self.exitcode is None:
            try:
                self._ray.get(self._result)
                self.exitcode = 0
            except self._ray.exceptions.OutOfMemoryError:
                self.exitcode = _OUT_OF_MEMORY
            except (self._ray.exceptions.WorkerCrashedError, self._ray.exceptions.RayTaskError):
                self.exitcode = _CRASHED
            except Exception:  # its machine has gone
                self.exitcode = None
        return True


def _line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


def _ray() -> Any:
    try:
        with variable(_REPORTS, "0"):
            import ray
    except ImportError as error:
        raise DeviceError("A cluster needs Ray; install it with pip install 'dualface[cluster]'.") from error
    return ray
