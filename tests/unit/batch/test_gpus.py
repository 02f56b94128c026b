"""Several GPUs share a batch."""

from __future__ import annotations

import threading
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from tests.support.settings_of import settings_of

from dualface.batch import run_batch as module
from dualface.batch.gpus import GpuPool, numbers_of
from dualface.batch.memory import GPUMemoryManager
from dualface.batch.queue import CUDAStreamManager, StreamSyncManager
from dualface.config.schema import Config
from dualface.errors import DeviceError
from dualface.events import Event, EventBus, VideoWarning
from dualface.jobs import Job, Status, VideoOutcome
from dualface.types import VideoInfo
from dualface.workers.failure import Failure
from dualface.workers.messages import Ended
from dualface.workers.stream import StreamState

GB = 1 << 30


def pool(*gigabytes: int, together: int = 1) -> GpuPool:
    return GpuPool({n: GPUMemoryManager(size * GB, "VRAM") for n, size in enumerate(gigabytes)}, together=together)


def test_streams_are_spread_and_the_first_goes_where_most_room_is() -> None:
    gpus = pool(8, 24, 16)
    streams = [object() for _ in range(6)]
    assert [gpus.of(stream) for stream in streams] == [1, 2, 0, 1, 2, 0]
    assert [gpus.of(stream) for stream in streams] == [1, 2, 0, 1, 2, 0]


def test_streams_of_one_process_have_one_gpu() -> None:
    gpus = pool(16, 16, together=2)
    assert [gpus.of(object()) for _ in range(4)] == [0, 0, 1, 1]


def test_a_video_that_is_too_large_for_one_goes_to_another() -> None:
    gpus, stream = pool(8, 4), object()
    gpus.of(object())
    assert gpus.of(stream) == 1
    assert gpus.of(stream, 6 * GB) == 0
    assert gpus.largest == 8 * GB


def test_the_last_gpu_is_never_left_out() -> None:
    gpus, stream = pool(8, 8), object()
    assert gpus.of(stream) == 0
    assert gpus.drop(0)
    assert gpus.of(stream) == 1
    assert not gpus.drop(1)
    assert gpus.drop(0)  # as somebody else on it finds out
    assert gpus.gpus == (1,)


def test_numbers_are_read_once_each() -> None:
    assert numbers_of("2,0,2") == (2, 0)


class Stream:
    """On GPU 1 nothing is made."""

    state: StreamState | None = None

    def __init__(self, made: list[tuple[str, int, str]], broken: int | None) -> None:
        self._made, self._broken = made, broken

    def probe(self, job: Job) -> VideoInfo | None:
        return VideoInfo(640, 360, Fraction(25), 100, 4.0)

    def make(self, job: Job, config: Config, emit: Callable[[Event], None], *, own_models: bool = False) -> Ended:
        gpu, device = config.hardware.gpu_id, config.hardware.device
        if gpu == self._broken and device != "cpu":
            error = DeviceError(f"GPU {gpu} has fallen off the bus.")
            return Ended(VideoOutcome(job, Status.FAILED, error), Failure.DEVICE, used_gpu=True)
        self._made.append((job.source.stem, gpu, device))
        return Ended(VideoOutcome(job, Status.DONE), None, used_gpu=True)

    def close(self) -> None: ...


@pytest.mark.parametrize("broken", [0, 1])
def test_a_gpu_that_fails_drops_out_and_its_videos_are_made_on_the_other(broken: int, tmp_path: Path) -> None:
    made: list[tuple[str, int, str]] = []
    bus, warnings = EventBus(), list[Event]()
    bus.subscribe(lambda event: warnings.append(event) if isinstance(event, VideoWarning) else None)
    manager = CUDAStreamManager(
        settings_of(tmp_path),
        bus=bus,
        stop=threading.Event(),
        open_stream=lambda: Stream(made, broken),
        memory=GPUMemoryManager(64 * GB),
        sync=StreamSyncManager(2),
        gpus=pool(16, 16),
    )
    outcomes = manager.run([Job(Path(f"{name}.mp4"), Path(f"out/{name}.mp4")) for name in "abcdef"])
    assert [outcome.status for outcome in outcomes] == [Status.DONE] * 6
    assert {gpu for _, gpu, _ in made} == {1 - broken}
    assert sorted(name for name, _, _ in made) == list("abcdef")
    texts = [event.message for event in warnings if isinstance(event, VideoWarning)]
    assert all(f"GPU {broken} is left out from now on; it goes on with {1 - broken}." in text for text in texts)


def test_gpus_that_are_named_have_to_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Sensor:
        def __init__(self, number: int) -> None:
            if number > 1:
                raise DeviceError(f"There is no GPU {number}.")
            self.memory = (number + 1) * 8 * GB

        def close(self) -> None: ...

    monkeypatch.setattr("dualface.gpu.nvml.NvmlSensor", Sensor)
    assert module._several_gpus(settings_of(tmp_path)) == {}
    assert list(module._several_gpus(settings_of(tmp_path, hardware__gpus="0,1"))) == [1, 0]
    assert module._several_gpus(settings_of(tmp_path, hardware__gpus="0,1", hardware__device="cpu")) == {}
    with pytest.raises(DeviceError, match="no GPU 5"):
        module._several_gpus(settings_of(tmp_path, hardware__gpus="0,5"))
