"""Footage and runs that several integration tests share."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from tests.support.settings_of import settings_of

from dualface.batch.run_batch import run_batch
from dualface.config.schema import Config
from dualface.events import Event, EventBus
from dualface.jobs import Job, VideoOutcome

Run = Callable[..., list[VideoOutcome]]


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """For short, small films, of which the same is made every time."""
    keys = {
        "framing__size": "320x180",
        "encoding__gop": "10",
        "processing__encode_threads": "1",
        "detection__input_size": "256x160",
    }
    return settings_of(tmp_path_factory.mktemp("config"), **keys)


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs sources into a folder and returns the outcomes; ``events`` collects what was told meanwhile."""
    nothing = tmp_path_factory.mktemp("config")

    def run(sources: Sequence[Path], folder: Path, *, events: list[Event] | None = None, **keys: str) -> list[VideoOutcome]:
        config = settings_of(nothing, **{"detection__input_size": "384x224"} | keys)  # enough for these heads, in half the time
        bus = EventBus()
        if events is not None:
            bus.subscribe(events.append)
        jobs = [Job(source, folder / f"{source.stem}.{config.encoding.container}", overwrite=True) for source in sources]
        return run_batch(jobs, config, bus=bus, stop=threading.Event())

    return run
