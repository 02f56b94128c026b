"""Stopping a run where a test wants it stopped, however fast the machine is."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from dualface.events import Event, EventBus, VideoProgress
from dualface.video import telling


@contextmanager
def stopping_at(frame: int | None, bus: EventBus, stop: threading.Event) -> Iterator[None]:
    """Sets ``stop`` once a run of this process has made ``frame`` frames, and slows it then, lest it ends first."""

    def watch(event: Event) -> None:
        if isinstance(event, VideoProgress) and frame is not None and event.frames >= frame:
            stop.set()
            time.sleep(0.05)

    bus.subscribe(watch)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(telling, "_PROGRESS_SECONDS", 0.0)
        yield
