"""Footage and runs that several integration tests share."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from dualface.batch.run_batch import run_batch
from dualface.config.layers import HybridConfigManager
from dualface.config.schema import Config
from dualface.events import Event, EventBus
from dualface.jobs import Job, VideoOutcome

Run = Callable[..., list[VideoOutcome]]


def configured(folder: Path, **keys: str) -> Config:
    """The defaults, but for keys such as ``framing__size="320x180"``; nothing of the machine's own configuration counts."""
    flags = [("--set", key.replace("__", "."), value) for key, value in keys.items()]
    manager = HybridConfigManager(flags=flags, environment={}, working_dir=folder, config_dir=folder)
    return manager.load_optimal_config()


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs sources into a folder and returns the outcomes; ``events`` collects what was told meanwhile."""
    nothing = tmp_path_factory.mktemp("config")

    def run(sources: Sequence[Path], folder: Path, *, events: list[Event] | None = None, **keys: str) -> list[VideoOutcome]:
        config = configured(nothing, **{"detection__input_size": "384x224"} | keys)  # enough for these heads, in half the time
        bus = EventBus()
        if events is not None:
            bus.subscribe(events.append)
        jobs = [Job(source, folder / f"{source.stem}.{config.encoding.container}", overwrite=True) for source in sources]
        return run_batch(jobs, config, bus=bus, stop=threading.Event())

    return run
