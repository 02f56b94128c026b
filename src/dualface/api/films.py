"""Making films: one, or many with events as they happen."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dualface.api.orders import order, order_all, others
from dualface.api.settings import settled
from dualface.config.schema import Config
from dualface.events import Event, EventBus
from dualface.interrupts import HEARD_SECONDS
from dualface.jobs import OBSERVATIONS_SUFFIX, PLAN_SUFFIX, Job, Status, VideoOutcome

if TYPE_CHECKING:
    from dualface.api.plans import Plan
    from dualface.api.ready import Ready
    from dualface.workers.head_start import HeadStart

Listener = Callable[[Event], None]
_Events = queue.SimpleQueue[Event | BaseException | None]


@dataclass(frozen=True)
class Film:
    """A film that was made.

    ``status``: ``done``; ``partial`` where the source is cut off or damaged; ``degraded`` where too many pictures could not be
    composed or a person is hardly ever there.  ``summary`` is what ``STEM.summary.json`` beside it holds.
    """

    path: Path
    status: Status
    summary: dict[str, Any]
    also: tuple[Film, ...] = ()
    """The other films that were made along with it."""

    @cached_property
    def plan(self) -> Plan:
        """What is shown in each frame.  Raises :class:`~dualface.errors.InputError` where the plan's file is gone."""
        from dualface.api.plans import Plan

        job = Job(self.path, self.path)
        seen = job.beside(OBSERVATIONS_SUFFIX)
        return Plan.load(job.beside(PLAN_SUFFIX), observations=seen if seen.exists() else None)


def make(
    source: str | Path,
    output: str | Path,
    *,
    config: Config | None = None,
    overwrite: bool = False,
    corrections: str | Path | bool = True,
    process: bool = False,
    on_event: Listener | None = None,
    also: Sequence[str] = (),
    tiles: bool = False,
    **settings: object,
) -> Film:
    """Turns one video into a split screen.

    ``output`` is a folder, or a film's name ending in .mp4, .mkv or .mov.  Without ``config`` the configuration is the one
    that the command line would use here; ``settings`` change it, as in ``layout="stacked"``, ``names="Ann,Bob"`` or
    ``framing__zoom=1.2``.  What an earlier, interrupted call has made is continued.  ``corrections`` is a file of them; true
    stands for the one beside the film, if there is one.  A film that was made already is only corrected: what its corrections
    don't change stays as it is, bit for bit.  ``preset`` among the settings is ``youtube``, ``shorts``, ``square`` or
    ``portrait``, which all others override; ``also`` names such for more films of the video, made along with this one, with
    settings of their own after a colon: ``also=["shorts", "square:zoom=1.2"]``; ``tiles`` makes each tile one.  ``on_event``
    hears what happens, from another thread.  With ``process`` the video is made in a process of its own, so that a file that
    crashes its decoder ends in an exception here.

    Raises :class:`~dualface.errors.DualfaceError`, each kind as :mod:`dualface.errors` says.
    """
    source, output = Path(source), Path(output)
    wanted = corrections if isinstance(corrections, bool) else Path(corrections)
    config, job = order(
        source, output, settled(config, settings), overwrite=overwrite, also=also, tiles=tiles, corrections=wanted
    )
    return film_of(make_one(job, config, on_event, process=process))


def make_all(
    sources: Iterable[str | Path],
    output: str | Path,
    *,
    config: Config | None = None,
    overwrite: bool = False,
    also: Sequence[str] = (),
    tiles: bool = False,
    **settings: object,
) -> Iterator[Event]:
    """Turns many videos into split screens, ``jobs`` at a time, and gives events as they happen.

    ``output`` is a folder.  One that fails does not end the others: its :class:`~dualface.events.VideoFinished` carries the
    error.  Leaving the loop stops the work, which the same call continues later.  ``config``, ``also``, ``tiles`` and
    ``settings`` as for :func:`make`.

    Raises :class:`~dualface.errors.DualfaceError` before anything is made: for sources that are no files, outputs that exist,
    settings that can't be.
    """
    config, folder = settled(config, settings), Path(output)
    if isinstance(sources, str | Path):
        sources = [sources]  # one video; a text would be taken apart letter by letter
    videos = [Path(source) for source in sources]
    return _events(order_all(videos, folder, config, overwrite=overwrite, also=others(also, config, tiles=tiles)).jobs, config)


def make_one(
    job: Job,
    config: Config,
    on_event: Listener | None,
    *,
    process: bool,
    stop: threading.Event | None = None,
    ready: Ready | None = None,
) -> VideoOutcome:
    """Runs one job to the end; a ``KeyboardInterrupt``, or ``stop`` being set, stops it first.

    ``ready`` has the ``process`` already.
    """
    bus = EventBus()
    if on_event is not None:
        bus.subscribe(on_event)
    return run_jobs([job], config, bus=bus, stop=stop or threading.Event(), process=process, ready=ready)[0]


def run_jobs(
    jobs: Sequence[Job],
    config: Config,
    *,
    bus: EventBus,
    stop: threading.Event,
    process: bool = False,
    ready: Ready | None = None,
    begun: HeadStart | None = None,
) -> list[VideoOutcome]:
    """Runs jobs to the end, as :func:`~dualface.batch.run_batch.run_batch` says."""
    from dualface.batch.run_batch import run_batch

    launcher = ready.launcher if ready is not None else None
    return run_batch(jobs, config, bus=bus, stop=stop, isolated=process, launcher=launcher, begun=begun)


def film_of(outcome: VideoOutcome) -> Film:
    """Raises the outcome's error where there is no film."""
    if outcome.error is not None:
        raise outcome.error
    also = tuple(map(film_of, outcome.also))
    return Film(outcome.job.output, outcome.status, json.loads(json.dumps(outcome.summary)), also)


def _events(jobs: Sequence[Job], config: Config) -> Iterator[Event]:
    bus, stop = EventBus(), threading.Event()
    waiting: _Events = queue.SimpleQueue()
    bus.subscribe(waiting.put)

    def work() -> None:
        try:
            run_jobs(jobs, config, bus=bus, stop=stop)
        except BaseException as error:
            waiting.put(error)
        else:
            waiting.put(None)

    thread = threading.Thread(target=work, name="dualface-batch")
    thread.start()
    try:
        while (event := _next(waiting)) is not None:
            if isinstance(event, BaseException):
                raise event
            yield event
    finally:
        stop.set()
        thread.join()


def _next(waiting: _Events) -> Event | BaseException | None:
    while True:
        try:
            return waiting.get(timeout=HEARD_SECONDS)
        except queue.Empty:
            continue
