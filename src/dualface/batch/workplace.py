"""Where videos are made: many at a time by streams, or one long one by all of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import closing

from dualface.batch.crew import OpenStream, StreamCrew, run_by_crew
from dualface.batch.queue import CUDAStreamManager
from dualface.config.schema import Config
from dualface.events import EventBus
from dualface.jobs import Job, VideoOutcome
from dualface.workers.stream import StreamState


class Workplace:
    """``streams`` at a time, which ``open_stream`` opens; ``new_manager`` gives the manager that knows what they share.

    ``keeps``: workers without work wait for more of the same film, with the models that they have loaded.
    """

    def __init__(
        self, streams: int, open_stream: OpenStream, new_manager: Callable[..., CUDAStreamManager], *, keeps: bool = True
    ) -> None:
        self._streams, self._open_stream, self._new_manager, self._keeps = streams, open_stream, new_manager, keeps
        self._manager: CUDAStreamManager | None = None

    @property
    def states(self) -> list[StreamState]:
        """The streams that are working."""
        return self._manager.states if self._manager is not None else []

    def run(
        self, jobs: Sequence[Job], config: Config, *, bus: EventBus, stop: threading.Event, divided: bool
    ) -> list[VideoOutcome]:
        """The outcomes, in the order of ``jobs``; ``divided``: there is one, and all streams work on it if it is long."""
        if not divided:
            return self._make(jobs, config, bus, stop, self._open_stream)
        with closing(StreamCrew(self._streams, self._open_stream, self._make, keeps=self._keeps)) as crew:
            return [run_by_crew(jobs[0], config, crew, bus=bus, stop=stop)]

    def _make(
        self, jobs: Sequence[Job], config: Config, bus: EventBus, stop: threading.Event, open_stream: OpenStream
    ) -> list[VideoOutcome]:
        self._manager = self._new_manager(config, bus=bus, stop=stop, open_stream=open_stream)
        return self._manager.run(jobs)
