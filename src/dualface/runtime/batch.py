"""Runs a list of videos."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from dualface.config.schema import Config
from dualface.runtime.events import EventBus, Job, VideoOutcome


def run_batch(jobs: Sequence[Job], config: Config, *, bus: EventBus, stop: threading.Event) -> list[VideoOutcome]:
    """Processes every job, ``config.processing.cuda_streams`` at a time; one failure does not end the others.

    Returns the outcomes in the order of ``jobs``.  Setting ``stop`` ends the run within two seconds: unfinished videos
    end as :attr:`~dualface.runtime.events.Status.STOPPED` and leave nothing under their final names.
    """
    raise NotImplementedError
