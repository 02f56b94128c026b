"""A stream in this process."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from dualface.config.schema import Config
from dualface.errors import DualfaceError
from dualface.events import Event, EventBus, VideoFinished
from dualface.jobs import Job, Status, VideoOutcome
from dualface.types import VideoInfo
from dualface.workers.messages import Ended
from dualface.workers.stream import StreamState

if TYPE_CHECKING:
    from dualface.workers.head_start import HeadStart


class InlineStream:
    """A stream in this process: for a single video, where there is nothing to be kept from a crash.  Its models are its own.

    ``begun``: what was begun for that video before.
    """

    def __init__(self, *, stop: threading.Event, begun: HeadStart | None = None) -> None:
        self._stop, self._begun = stop, begun
        self.state: StreamState | None = None
        self._probed: VideoInfo | None = None

    def probe(self, job: Job) -> VideoInfo | None:
        from dualface.workers.probing import probe

        self._probed = probe(job) if self._begun is None else self._begun.probe(job)
        return self._probed

    def make(self, job: Job, config: Config, emit: Callable[[Event], None], *, own_models: bool = True) -> Ended:  # noqa: ARG002
        from dualface.device.choose import choose_device
        from dualface.video.shared_models import SharedModels
        from dualface.workers.head_start import HeadStart, is_to_be_made

        bus = EventBus()
        bus.subscribe(lambda event: None if isinstance(event, VideoFinished) else emit(event))
        try:
            device = choose_device(config)
            if self._begun is None and device.name == "cpu" and self._probed is not None and is_to_be_made(job):
                self._begun = HeadStart(job, config, self._probed)  # while the rest is imported
            models = SharedModels(config, device, ahead=self._begun.take if self._begun is not None else None)
        except DualfaceError as error:
            from dualface.workers.worker import ended

            return ended(VideoOutcome(job, Status.FAILED, error), used_gpu=False)
        try:
            from dualface.video.video_run import VideoRun
            from dualface.workers.worker import ended

            run = VideoRun(job, config, models, bus=bus, stop=self._stop)
            self.state = StreamState(job, os.getpid(), run.vitals)
            return ended(run.run(), used_gpu=models.device.name != "cpu")
        finally:
            self.state = None
            models.close()
            if self._begun is not None:
                self._begun.close()

    def close(self) -> None:
        """There is nothing to end."""
