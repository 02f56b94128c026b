"""A stream in this process."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from dualface.config.schema import Config
from dualface.errors import DualfaceError
from dualface.events import Event, EventBus, VideoFinished
from dualface.jobs import Job, Status, VideoOutcome
from dualface.types import VideoInfo
from dualface.workers.messages import Ended
from dualface.workers.stream import StreamState


class InlineStream:
    """A stream in this process: for a single video, where there is nothing to be kept from a crash.  Its models are its own."""

    def __init__(self, *, stop: threading.Event) -> None:
        self._stop = stop
        self.state: StreamState | None = None
        self._probed: VideoInfo | None = None

    def probe(self, job: Job) -> VideoInfo | None:
        from dualface.workers.probing import probe

        self._probed = probe(job)
        return self._probed

    def make(self, job: Job, config: Config, emit: Callable[[Event], None], *, own_models: bool = True) -> Ended:  # noqa: ARG002
        from dualface.device.choose import choose_device
        from dualface.video.shared_models import SharedModels

        bus = EventBus()
        bus.subscribe(lambda event: None if isinstance(event, VideoFinished) else emit(event))
        try:
            models = SharedModels(config, choose_device(config))
        except DualfaceError as error:
            from dualface.workers.worker import ended

            return ended(VideoOutcome(job, Status.FAILED, error), used_gpu=False)
        try:
            if self._probed is not None and job.plan is None and (job.overwrite or not job.output.exists()):
                models.prepare(self._probed.width, self._probed.height)  # while the rest is imported
            from dualface.video.video_run import VideoRun
            from dualface.workers.worker import ended

            run = VideoRun(job, config, models, bus=bus, stop=self._stop)
            self.state = StreamState(job, os.getpid(), run.vitals)
            return ended(run.run(), used_gpu=models.device.name != "cpu")
        finally:
            self.state = None
            models.close()

    def close(self) -> None:
        """There is nothing to end."""
