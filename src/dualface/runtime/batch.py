"""Runs a list of videos."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from dualface.config.schema import Config
from dualface.runtime.engines import SharedModels
from dualface.runtime.events import EventBus, Job, VideoOutcome
from dualface.runtime.video import VideoRun


def run_batch(jobs: Sequence[Job], config: Config, *, bus: EventBus, stop: threading.Event) -> list[VideoOutcome]:
    """Processes every job, ``config.processing.cuda_streams`` at a time; one failure does not end the others.

    Returns the outcomes in the order of ``jobs``.  Setting ``stop`` ends the run within two seconds: unfinished videos
    end as :attr:`~dualface.runtime.events.Status.STOPPED` and leave nothing under their final names.
    """
    models = SharedModels(config)
    try:
        with ThreadPoolExecutor(config.processing.cuda_streams, thread_name_prefix="dualface-video") as pool:
            return list(pool.map(lambda job: VideoRun(job, config, models, bus=bus, stop=stop).run(), jobs))
    finally:
        models.close()
