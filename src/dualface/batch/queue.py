"""Many videos, some at a time: order, memory, recovery."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from dualface.batch.gpus import GpuPool
from dualface.batch.memory import MB, GPUMemoryManager, stream_ram, stream_vram
from dualface.batch.recovery import Approach, Attempt, StreamRecoveryManager
from dualface.config.schema import Config
from dualface.errors import DeviceMemoryError, DualfaceError, StoppedError
from dualface.events import Event, EventBus, VideoFinished, VideoNote, VideoStarted, VideoWarning
from dualface.interrupts import HEARD_SECONDS
from dualface.jobs import Job, Status, VideoOutcome
from dualface.scheduling import usable_cores
from dualface.types import VideoInfo
from dualface.video.films import films_of, keeps_bits
from dualface.video.kept import closed_frames
from dualface.workers.failure import Failure
from dualface.workers.messages import Ended
from dualface.workers.stream import StreamState, WorkStream


class StreamSyncManager:
    """Lets so many streams work at a time; fewer while the machine is short of something."""

    def __init__(self, most: int) -> None:
        self.most, self._allowed, self._running = most, most, 0
        self._changed = threading.Condition()

    @property
    def allowed(self) -> int:
        return self._allowed

    def allow(self, count: int) -> None:
        """From now on at most ``count`` streams begin a video while others run, 1 at least; running ones go on."""
        with self._changed:
            self._allowed = min(max(count, 1), self.most)
            self._changed.notify_all()

    @contextmanager
    def turn(self, stop: threading.Event) -> Iterator[None]:
        """Waits for a turn and holds it; waits no longer when ``stop`` is set."""
        with self._changed:
            while self._running >= self._allowed and not stop.is_set():
                self._changed.wait(0.1)
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()


@dataclass(frozen=True, slots=True)
class _Queued:
    job: Job
    info: VideoInfo | None

    @property
    def work(self) -> float:
        """Pixels to process, about; what can't be opened comes first, so that one hears of it early."""
        if self.info is None:
            return float("inf")
        return self.info.total_frames * float(self.info.width * self.info.height)

    def keeps_bits(self, config: Config) -> bool:
        """Whether one of its films shall keep more than 8 bits a sample."""
        films = films_of(self.job, config)
        return self.info is not None and self.info.bits > 8 and any(keeps_bits(film.config) for film in films)

    def others(self, config: Config) -> list[Config]:
        """The configurations of the films that are made along with the first, whose own is ``config``."""
        return [film.config for film in films_of(self.job, config)[1:]]


class CUDAStreamManager:
    """Makes any number of videos, ``config.processing.cuda_streams`` at a time, on the GPU or the CPU; longest first.

    ``open_stream`` makes a stream; ``memory`` and, on a GPU, ``vram`` admit it.  ``models_shared``: streams on the CPU need no
    memory for models.  ``cores``: processor cores that each stream has to itself, elsewhere; ``None`` shares this machine's.
    ``gpus``: several GPUs, in place of ``vram``; one that fails is left out, and its videos go on on the others.
    ``ends_idle``: a stream for which nothing is left is closed at once, since what its worker has of a cluster may be all that
    is left there for another.  A stream that fails is treated as ``recovery`` says and never disturbs the others.
    """

    def __init__(
        self,
        config: Config,
        *,
        bus: EventBus,
        stop: threading.Event,
        open_stream: Callable[[], WorkStream],
        memory: GPUMemoryManager,
        sync: StreamSyncManager,
        recovery: StreamRecoveryManager | None = None,
        vram: GPUMemoryManager | None = None,
        models_shared: bool = False,
        cores: int | None = None,
        gpus: GpuPool | None = None,
        ends_idle: bool = False,
    ) -> None:
        self._cores, self._gpus, self._ends_idle = cores, gpus, ends_idle
        self._config, self._bus, self._stop, self._open_stream = config, bus, stop, open_stream
        self._memory, self._sync, self._recovery = memory, sync, recovery or StreamRecoveryManager()
        self._vram, self._models_shared = vram, models_shared
        self._streams: list[WorkStream] = []
        self._announced: set[Job] = set()
        self._lock = threading.Lock()

    @property
    def states(self) -> list[StreamState]:
        """The streams that are working."""
        return [state for stream in list(self._streams) if (state := stream.state) is not None]

    def run(self, jobs: Sequence[Job]) -> list[VideoOutcome]:
        """The outcomes, in the order of ``jobs``."""
        if not jobs:
            return []
        count = min(self._sync.most, len(jobs))
        self._streams = [self._open_stream() for _ in range(count)]
        try:
            queued = sorted(self._probed(jobs), key=lambda one: -one.work)
            outcomes: dict[Job, VideoOutcome] = {}
            with ThreadPoolExecutor(count, thread_name_prefix="dualface-stream") as pool:
                try:
                    ends = [pool.submit(self._drain, stream, queued, outcomes) for stream in self._streams]
                    while wait(ends, timeout=HEARD_SECONDS).not_done:
                        pass
                    for end in ends:
                        end.result()
                except BaseException:  # a Ctrl-C that nobody else takes
                    self._stop.set()
                    raise
        finally:
            for stream in self._streams:
                stream.close()
        return [outcomes[job] for job in jobs]

    def _probed(self, jobs: Sequence[Job]) -> list[_Queued]:
        """Each source is opened once, however many slices of it are to be made."""
        known: dict[Path, VideoInfo | None] = {}
        for job in jobs:
            if job.source not in known:
                known[job.source] = None if self._stop.is_set() else self._streams[0].probe(job)
        return [_Queued(job, known[job.source]) for job in jobs]

    def _drain(self, stream: WorkStream, queued: list[_Queued], outcomes: dict[Job, VideoOutcome]) -> None:
        while True:
            with self._sync.turn(self._stop):
                with self._lock:
                    one = queued.pop(0) if queued else None
                if one is None:
                    if self._ends_idle:
                        stream.close()
                    return
                try:
                    outcome = self._make(stream, one)
                except Exception as error:  # a fault of ours; the other videos are made all the same
                    outcome = _unexpected(one.job, error)
            outcomes[one.job] = outcome
            self._bus.emit(VideoFinished(one.job, outcome))

    def _make(self, stream: WorkStream, one: _Queued) -> VideoOutcome:
        """One video with as many attempts as it takes."""
        approach = Approach(self._config.hardware.device)
        attempts: list[Attempt] = []
        while True:
            began_at = closed_frames(one.job)
            try:
                ended = self._attempt(stream, one, approach)
            except DeviceMemoryError as error:
                return VideoOutcome(one.job, Status.FAILED, error)
            if ended is None:
                return VideoOutcome(one.job, Status.STOPPED, StoppedError(f"{one.job.source}: stopped before it began."))
            if ended.failure is None:
                return ended.outcome
            if self._went_to_another_gpu(stream, one, ended, approach):
                continue
            attempts.append(Attempt(ended.failure, approach, began_at, closed_frames(one.job), ended.used_gpu))
            decision = self._recovery.decide(attempts)
            if decision.approach is None:
                return ended.outcome
            reason = str(ended.outcome.error).rstrip(".")
            self._bus.emit(VideoWarning(one.job, f"{reason}. It is tried again ({decision.reason})."))
            self._stop.wait(decision.delay_seconds)
            approach = decision.approach

    def _attempt(self, stream: WorkStream, one: _Queued, approach: Approach) -> Ended | None:
        """``None`` when stopped before it began.  Raises :class:`~dualface.errors.DeviceMemoryError` if it can never fit."""
        on_gpu = self._vram is not None or self._gpus is not None
        if approach.device == "auto" and on_gpu and one.keeps_bits(self._config):
            self._bus.emit(VideoNote(one.job, f"{one.job.source}: is made on the CPU; on a GPU 8 bits a sample would be left."))
            approach = replace(approach, device="cpu")
        if self._never_fits_the_gpu(one, approach):
            approach = replace(approach, device="cpu")
        config, vram = self._config_for(approach), self._vram
        if self._gpus is not None and approach.device != "cpu":
            vram, config = self._on_its_gpu(stream, one, config)
        what, needed = str(one.job.source), _needed(one, config, own_models=approach.cautious or not self._models_shared)
        with ExitStack() as held:
            ram = self._memory.allocate_stream_memory(needed, what=what, alone=approach.alone, stop=self._stop)
            granted = held.enter_context(ram)
            if granted and vram is not None and approach.device != "cpu" and one.info is not None:
                gpu = vram.allocate_stream_memory(stream_vram(one.info, config, one.others(config)), what=what, stop=self._stop)
                granted = held.enter_context(gpu)
            if not granted or self._stop.is_set():
                return None
            return stream.make(one.job, config, self._emit, own_models=approach.cautious)

    def _on_its_gpu(self, stream: WorkStream, one: _Queued, config: Config) -> tuple[GPUMemoryManager, Config]:
        """The memory of the GPU that a stream works on, and the configuration that says so."""
        assert self._gpus is not None
        gpu = self._gpus.of(stream, stream_vram(one.info, config, one.others(config)) if one.info is not None else 0)
        changes: dict[str, object] = {"gpu_id": gpu}
        if len(self._gpus.gpus) > 1:  # what fails on this one is for another, not for the processor
            changes["device"] = "cuda"
        return self._gpus.memory(gpu), config.model_copy(update={"hardware": config.hardware.model_copy(update=changes)})

    def _went_to_another_gpu(self, stream: WorkStream, one: _Queued, ended: Ended, approach: Approach) -> bool:
        """Whether a video that failed for its GPU's sake can go on on another; that GPU is left out."""
        if self._gpus is None or approach.device == "cpu" or ended.failure is not Failure.DEVICE:
            return False
        gpu = self._gpus.of(stream)
        if not self._gpus.drop(gpu):
            return False
        reason = str(ended.outcome.error).rstrip(".")
        others = " and ".join(map(str, self._gpus.gpus))
        self._bus.emit(VideoWarning(one.job, f"{reason}. GPU {gpu} is left out from now on; it goes on with {others}."))
        return True

    def _never_fits_the_gpu(self, one: _Queued, approach: Approach) -> bool:
        """Whether a video that may be made on the CPU instead needs more than all of the GPU's memory."""
        if (self._vram is None and self._gpus is None) or one.info is None or approach.device != "auto":
            return False
        most = self._gpus.largest if self._gpus is not None else 0
        if self._vram is not None:
            most = self._vram.get_memory_status().budget
        return stream_vram(one.info, self._config, one.others(self._config)) > most

    def _emit(self, event: Event) -> None:
        if isinstance(event, VideoStarted):
            if event.job in self._announced:
                return
            self._announced.add(event.job)
        self._bus.emit(event)

    def _config_for(self, approach: Approach) -> Config:
        """The configuration with its threads divided among the streams, and changed as the approach says."""
        all_cores, processing = usable_cores(), self._config.processing
        cores = self._cores or math.ceil(all_cores / len(self._streams))
        threads = {
            "decode_threads": processing.decode_threads or cores,
            "encode_threads": processing.encode_threads or (cores if len(self._streams) > 1 else 0),
        }
        if len(self._streams) > 1 and self._cores is None:
            # others use the processor while one waits: long queues would only cost memory
            threads["queue_frames"] = min(processing.queue_frames, 1 if len(self._streams) > all_cores else 2)
        if approach.cautious:
            threads = dict.fromkeys(threads, 1)
        return self._config.model_copy(
            update={
                "hardware": self._config.hardware.model_copy(update={"device": approach.device}),
                "processing": processing.model_copy(update=threads),
            }
        )


def _unexpected(job: Job, error: Exception) -> VideoOutcome:
    told = DualfaceError(f"{job.source}: unexpected error: {str(error).rstrip('.')}.", file=job.source)
    told.__cause__ = error
    return VideoOutcome(job, Status.FAILED, told)


def _needed(one: _Queued, config: Config, *, own_models: bool) -> int:
    if one.info is None:
        return MB
    return stream_ram(
        one.info,
        config,
        decode_threads=config.processing.decode_threads,
        encode_threads=config.processing.encode_threads or usable_cores(),
        own_models=own_models,
        also=one.others(config),
    )
