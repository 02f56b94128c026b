"""One short film, made once without any fault, to compare with; and a way to run it with faults."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from tests.support.runs import Film, made
from tests.support.settings_of import settings_of
from tests.support.shared import made_once

from dualface.batch.run_batch import run_batch
from dualface.config.schema import Config
from dualface.events import Event, EventBus
from dualface.footage.render import render_scene
from dualface.footage.scenes import SCENES
from dualface.jobs import Job, VideoOutcome
from dualface.testing.faults import Fault, install
from dualface.workers.processes import Launcher, new_launcher
from dualface.workers.stall import Patience

Faulty = Callable[..., list[VideoOutcome]]


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return settings_of(
        tmp_path_factory.mktemp("config"), framing__size="320x180", encoding__gop="10", detection__input_size="256x160"
    )


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory, "faults", talk)


def talk(folder: Path) -> Path:
    path = folder / "talk.mp4"
    render_scene(path, SCENES["cuts"], size=(320, 180), fps=10)
    return path


@pytest.fixture(scope="session")
def film(source: Path, config: Config, tmp_path_factory: pytest.TempPathFactory) -> Film:
    """The undisturbed run's output."""

    def make(folder: Path) -> Film:
        outcome = run_batch([Job(source, folder / source.name)], config, bus=EventBus(), stop=threading.Event())[0]
        assert outcome.error is None
        return made(outcome)

    return made_once(tmp_path_factory, "faults-film", make)


@pytest.fixture(scope="session")
def launcher() -> Iterator[Launcher]:
    """What all these runs start their processes from, which saves most of the time that they would take."""
    with closing(new_launcher()) as launcher:
        yield launcher


@pytest.fixture
def faulty(config: Config, launcher: Launcher) -> Faulty:
    """Runs sources with faults in the worker processes; returns the outcomes."""

    def run(
        sources: Sequence[Path],
        folder: Path,
        faults: Sequence[Fault],
        *,
        events: list[Event] | None = None,
        patience: Patience | None = None,
        config: Config = config,
    ) -> list[VideoOutcome]:
        bus = EventBus()
        if events is not None:
            bus.subscribe(events.append)
        jobs = [Job(source, folder / source.name) for source in sources]
        prepare = partial(install, list(faults))
        stop = threading.Event()
        return run_batch(jobs, config, bus=bus, stop=stop, launcher=launcher, prepare=prepare, patience=patience)

    return run
