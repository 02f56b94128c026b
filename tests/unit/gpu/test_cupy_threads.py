"""Whatever a thread asks the runtime for, it asks its own GPU; a fake CuPy tells which GPU that was."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from dualface.gpu.cupy_runtime import CupyRuntime


class FakeCupy:
    """Notes the calling thread's GPU with every call that would open one."""

    def __init__(self) -> None:
        self.thread, self.used = threading.local(), []  # type: ignore[var-annotated]
        properties: dict[str, Any] = {"name": b"Fake"}
        runtime = SimpleNamespace(
            deviceSetLimit=lambda *_: None,
            CUDARuntimeError=RuntimeError,
            getDeviceCount=lambda: 2,
            getDeviceProperties=lambda _: properties,
        )
        memory = SimpleNamespace(Memory=lambda nbytes: self.noting(), OutOfMemoryError=MemoryError)
        self.cuda = SimpleNamespace(
            runtime=runtime, memory=memory, Device=self.device, Stream=self.noting, Event=lambda **_: self.noting()
        )

    def device(self, index: int) -> Any:
        def use() -> None:
            self.thread.device = index

        return SimpleNamespace(use=use, compute_capability="90")

    def noting(self, **_options: Any) -> Any:
        cupy = self

        class Noting:
            def record(self, *_: Any) -> None:
                cupy.used.append(getattr(cupy.thread, "device", 0))

            wait_event = synchronize = __del__ = record

        return Noting()


@pytest.fixture
def cupy(monkeypatch: pytest.MonkeyPatch) -> FakeCupy:
    fake = FakeCupy()
    monkeypatch.setitem(sys.modules, "cupy", fake)
    return fake


@pytest.mark.parametrize(
    "work",
    [
        lambda stream, event, box: stream.record(),
        lambda stream, event, box: stream.wait(event),
        lambda stream, event, box: stream.synchronize(),
        lambda stream, event, box: event.synchronize(),
        lambda stream, event, box: box.clear(),
    ],
    ids=["record", "wait", "synchronize", "wait on the host", "free"],
)
def test_a_new_thread_works_on_the_runtimes_gpu(cupy: FakeCupy, work: Callable[[Any, Any, Any], object]) -> None:
    runtime = CupyRuntime(1)
    stream = runtime.stream()
    event, box = stream.record(), [stream.record(), runtime.alloc(1)]
    cupy.used.clear()
    thread = threading.Thread(target=work, args=(stream, event, box))
    thread.start()
    thread.join()
    assert cupy.used
    assert set(cupy.used) == {1}
