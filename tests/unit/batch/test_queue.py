"""The order of a batch, its pauses, and that nothing that happens to one video or to a listener ends the others."""

from __future__ import annotations

import _thread
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from tests.support.settings_of import settings_of

from dualface.batch.memory import GPUMemoryManager
from dualface.batch.queue import CUDAStreamManager, StreamSyncManager
from dualface.config.schema import Config
from dualface.errors import DualfaceError, StoppedError
from dualface.events import Event, EventBus, VideoFinished, VideoNote, VideoStarted, VideoWarning
from dualface.jobs import Job, Status, VideoOutcome
from dualface.types import VideoInfo
from dualface.workers.failure import Failure
from dualface.workers.messages import Ended
from dualface.workers.stream import StreamState

GB = 1 << 30
SHORT, LONG = (VideoInfo(640, 360, Fraction(25), frames, frames / 25) for frames in (100, 2000))


def job(name: str) -> Job:
    return Job(Path(f"{name}.mp4"), Path(f"out/{name}.mp4"))


class Stream:
    """Makes nothing: the videos end as ``fates`` says, one failure after the other, and then well."""

    state: StreamState | None = None

    def __init__(self, diary: list[str], infos: Mapping[str, VideoInfo], fates: Mapping[str, Sequence[Failure]]) -> None:
        self._diary, self._infos = diary, infos
        self._fates = {name: list(failures) for name, failures in fates.items()}
        self.devices: list[str] = []
        self.threads: list[tuple[int, int, int]] = []

    def probe(self, job: Job) -> VideoInfo | None:
        return self._infos.get(job.source.stem)

    def make(self, job: Job, config: Config, emit: Callable[[Event], None], *, own_models: bool = False) -> Ended:
        self._diary.append(job.source.stem)
        self.devices.append(config.hardware.device)
        given = config.processing
        self.threads.append((given.decode_threads, given.encode_threads, given.queue_frames))
        emit(VideoStarted(job, SHORT, 100))
        fates = self._fates.get(job.source.stem)
        if not fates:
            return Ended(VideoOutcome(job, Status.DONE), None, used_gpu=False)
        failure = fates.pop(0)
        return Ended(VideoOutcome(job, Status.FAILED, DualfaceError(f"{job.source}: it {failure}.")), failure, used_gpu=False)

    def close(self) -> None:
        self._diary.append("closed")


class Pauses(threading.Event):
    """Writes pauses down instead of making them; after ``most`` of them somebody asks for the end."""

    def __init__(self, diary: list[str], most: int = 100) -> None:
        super().__init__()
        self._diary, self._left = diary, most

    def wait(self, timeout: float | None = None) -> bool:
        self._diary.append(f"{timeout} s")
        self._left -= 1
        if self._left == 0:
            self.set()
        return self.is_set()


class Batch:
    """One stream, or as many as ``at_a_time``."""

    def __init__(self, folder: Path, *, at_a_time: int = 1, **keys: str) -> None:
        self.diary: list[str] = []
        self.bus, self.events = EventBus(), list[Event]()
        self.bus.subscribe(self.events.append)
        self.infos: dict[str, VideoInfo] = {}
        self.fates: dict[str, list[Failure]] = {}
        self.stop: threading.Event = Pauses(self.diary)
        self._config, self._at_a_time = settings_of(folder, **keys), at_a_time

    def run(self, *names: str) -> list[VideoOutcome]:
        self.streams: list[Stream] = []

        def open_stream() -> Stream:
            self.streams.append(Stream(self.diary, self.infos, self.fates))
            return self.streams[-1]

        manager = CUDAStreamManager(
            self._config,
            bus=self.bus,
            stop=self.stop,
            open_stream=open_stream,
            memory=GPUMemoryManager(64 * GB),
            sync=StreamSyncManager(self._at_a_time),
        )
        return manager.run([job(name) for name in names])


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    return Batch(tmp_path)


def test_what_cannot_be_opened_comes_first_and_then_the_longest(batch: Batch) -> None:
    """So that one hears of it early, and no long video is left for the end, when all others have nothing to do."""
    batch.infos.update(short=SHORT, long=LONG)
    outcomes = batch.run("short", "broken", "long")
    assert batch.diary == ["broken", "long", "short", "closed"]
    assert [outcome.job for outcome in outcomes] == [job("short"), job("broken"), job("long")]


def test_there_is_a_pause_before_each_attempt_and_it_grows(batch: Batch) -> None:
    batch.fates["talk"] = [Failure.CRASHED, Failure.STALLED]
    (outcome,) = batch.run("talk")
    assert batch.diary == ["talk", "0.5 s", "talk", "1.0 s", "talk", "closed"]
    assert outcome.status is Status.DONE
    warnings = [event.message for event in batch.events if isinstance(event, VideoWarning)]
    assert warnings == [
        "talk.mp4: it crashed. It is tried again (crashed: the same again).",
        "talk.mp4: it stalled. It is tried again (stalled: again with other parts).",
    ]
    assert sum(isinstance(event, VideoStarted) for event in batch.events) == 1


@pytest.mark.parametrize(
    ("cores", "at_a_time", "threads"),
    [
        (8, 1, (8, 0, 4)),  # alone: the encoder takes what it likes
        (8, 2, (4, 4, 2)),
        (8, 3, (3, 3, 2)),  # no core is left over
        (2, 3, (1, 1, 1)),  # others use the processor while one waits
    ],
)
def test_streams_share_the_processors_cores(
    cores: int, at_a_time: int, threads: tuple[int, int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dualface.batch.queue.usable_cores", lambda: cores)
    batch = Batch(tmp_path, at_a_time=at_a_time, processing__queue_frames="4")
    batch.run("a", "b", "c")
    assert {given for stream in batch.streams for given in stream.threads} == {threads}


def test_a_video_that_makes_trouble_gets_one_thread(batch: Batch) -> None:
    batch.fates["talk"] = [Failure.CRASHED, Failure.CRASHED]
    batch.run("talk")
    assert [given[:2] for given in batch.streams[0].threads][-1] == (1, 1)


def test_who_wants_the_end_need_not_wait_for_it(batch: Batch) -> None:
    batch.stop = Pauses(batch.diary, most=1)
    batch.fates["talk"] = [Failure.CRASHED] * 8
    (outcome,) = batch.run("talk")
    assert batch.diary == ["talk", "0.5 s", "closed"]
    assert outcome.status is Status.STOPPED
    assert isinstance(outcome.error, StoppedError)


def test_a_listener_that_fails_does_not_end_the_batch(batch: Batch) -> None:
    def failing(event: Event) -> None:
        raise BrokenPipeError("nobody reads")

    batch.bus = EventBus()
    batch.bus.subscribe(failing)
    batch.bus.subscribe(batch.events.append)
    outcomes = batch.run("a", "b")
    assert [outcome.status for outcome in outcomes] == [Status.DONE] * 2
    assert [event.job.source.stem for event in batch.events if isinstance(event, VideoFinished)] == ["a", "b"]


def test_a_fault_of_our_own_in_one_video_does_not_end_the_batch(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    make = Stream.make

    def faulty(stream: Stream, job: Job, *args: object, **options: object) -> Ended:
        if job.source.stem == "a":
            raise ZeroDivisionError("division by zero")
        return make(stream, job, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Stream, "make", faulty)
    outcomes = batch.run("a", "b")
    assert [outcome.status for outcome in outcomes] == [Status.FAILED, Status.DONE]
    assert str(outcomes[0].error) == "a.mp4: unexpected error: division by zero."


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C as Python takes it by itself, also where the tests were started in the background and so without it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_that_nobody_takes_ends_the_run(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a program that uses dualface and has no handler of its own: it must not wait until all videos are made.

    The interrupt does not wake the main thread, as where the system hands the signal to another one, or on Windows.
    """
    batch.stop = threading.Event()
    once = threading.Lock()  # a second one, from the other video, would find whoever comes after this test

    def endless(stream: Stream, job: Job, *args: object, **options: object) -> Ended:
        if once.acquire(blocking=False):
            _thread.interrupt_main()
        batch.stop.wait()
        return Ended(VideoOutcome(job, Status.STOPPED, StoppedError("stopped")), Failure.STOPPED, used_gpu=False)

    monkeypatch.setattr(Stream, "make", endless)
    with pytest.raises(KeyboardInterrupt):
        batch.run("a", "b")
    assert batch.diary == ["closed"]


@pytest.mark.parametrize(
    ("codec", "bits", "device", "expected"),
    [
        ("prores", 10, "auto", "cpu"),
        ("prores", 10, "cuda", "cuda"),
        ("prores", 8, "auto", "auto"),
        ("h264", 10, "auto", "auto"),
    ],
)
def test_what_shall_keep_ten_bits_is_made_on_the_cpu_unless_a_gpu_was_asked_for(
    codec: str, bits: int, device: str, expected: str, tmp_path: Path
) -> None:
    config = settings_of(tmp_path, encoding__codec=codec, hardware__device=device)
    stream = Stream([], {"talk": replace(SHORT, bits=bits)}, {})
    events, bus = list[Event](), EventBus()
    bus.subscribe(events.append)
    manager = CUDAStreamManager(
        config,
        bus=bus,
        stop=threading.Event(),
        open_stream=lambda: stream,
        memory=GPUMemoryManager(64 * GB),
        vram=GPUMemoryManager(64 * GB, "VRAM"),
        sync=StreamSyncManager(1),
    )
    manager.run([job("talk")])
    assert stream.devices == [expected]
    notes = [event.message for event in events if isinstance(event, VideoNote)]
    assert notes == (["talk.mp4: is made on the CPU; on a GPU 8 bits a sample would be left."] if expected == "cpu" else [])
