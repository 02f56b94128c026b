"""Several workers who share the work on one film: the streams of a batch."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass

from dualface.config.schema import Config
from dualface.errors import DualfaceError
from dualface.events import Event, EventBus, VideoFinished
from dualface.jobs import Job, Status, VideoOutcome
from dualface.types import VideoInfo
from dualface.video.kept import closed_frames
from dualface.workers.messages import Ended
from dualface.workers.stream import StreamState, WorkStream

OpenStream = Callable[[], WorkStream]


@dataclass(frozen=True, slots=True)
class Streams:
    """How streams are opened, how many of them share a process, and whether a process of its own has the models."""

    open: OpenStream
    together: int = 1
    share_models: bool = False


Make = Callable[[Sequence[Job], Config, EventBus, threading.Event, OpenStream], list[VideoOutcome]]
"""Makes jobs by streams of that kind, as :class:`~dualface.batch.queue.CUDAStreamManager` does."""


class StreamCrew:
    """Implements :class:`~dualface.video.by_many.Crew`; ``workers`` streams, which ``open_stream`` makes.  To be closed.

    Streams keep their workers, with the models, from one lot of slices to the next; unless ``keeps`` is false, because idle
    workers take up what others wait for.
    """

    def __init__(self, workers: int, open_stream: OpenStream, make: Make, *, keeps: bool = True) -> None:
        self.workers = workers
        self._open_stream, self._make, self._keeps = open_stream, make, keeps
        self._idle: list[_Kept] = []

    def run(
        self, jobs: Sequence[Job], config: Config, hear: Callable[[Event], None], stop: threading.Event
    ) -> list[VideoOutcome]:
        """See :meth:`dualface.video.by_many.Crew.run`."""
        bus = EventBus()
        bus.subscribe(hear)
        return self._make(jobs, config, bus, stop, self._take if self._keeps else self._open_stream)

    def close(self) -> None:
        for stream in self._idle:
            stream.end()

    def _take(self) -> WorkStream:
        return self._idle.pop(0) if self._idle else _Kept(self._open_stream(), self._idle)


class _Kept:
    """A stream that is kept for the next lot instead of closed."""

    def __init__(self, stream: WorkStream, idle: list[_Kept]) -> None:
        self._stream, self._idle = stream, idle

    @property
    def state(self) -> StreamState | None:
        return self._stream.state

    @state.setter
    def state(self, state: StreamState | None) -> None:
        self._stream.state = state

    def probe(self, job: Job) -> VideoInfo | None:
        return self._stream.probe(job)

    def make(self, job: Job, config: Config, emit: Callable[[Event], None], *, own_models: bool = False) -> Ended:
        return self._stream.make(job, config, emit, own_models=own_models)

    def close(self) -> None:
        if self not in self._idle:
            self._idle.append(self)

    def end(self) -> None:
        """Closes it after all."""
        self._stream.close()


def is_divided(job: Job, config: Config) -> bool:
    """Whether several workers would share this video: whoever makes all of it need not be here."""
    from dualface.device.cpu import CpuDevice
    from dualface.video.by_many import why_by_one
    from dualface.video.part import part_opener

    if closed_frames(job) or (job.output.exists() and not job.overwrite):
        return False
    try:
        with closing(part_opener(CpuDevice(), job.source, config)()) as decoder:
            return why_by_one(job, config, decoder.get_video_info()) is None
    except DualfaceError:
        return False


def run_by_crew(job: Job, config: Config, crew: StreamCrew, *, bus: EventBus, stop: threading.Event) -> VideoOutcome:
    """One video, by several workers if it is long enough to be divided, else in this process."""
    from dualface.device.choose import choose_device
    from dualface.video.shared_models import SharedModels
    from dualface.video.video_run import VideoRun

    try:
        models = SharedModels(config, choose_device(config))
    except DualfaceError as error:
        outcome = VideoOutcome(job, Status.FAILED, error)
        bus.emit(VideoFinished(job, outcome))
        return outcome
    try:
        return VideoRun(job, config, models, bus=bus, stop=stop, crew=crew).run()
    finally:
        models.close()
