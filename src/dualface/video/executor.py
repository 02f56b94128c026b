"""Runs a chain of stages, each on a thread of its own, with bounded queues between them."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dualface.errors import StoppedError
from dualface.pixels.machine_code import let_go_of_llvm
from dualface.video.channel import Channel, ChannelClosedError, around_holding

_WATCH_SECONDS = 0.05
_STAGES_END_SECONDS = 1.5
"""What stages get to end after a stop; one that hangs in a library is left behind, as its thread ends with the process."""


def _nothing() -> Iterable[Any]:
    return ()


def _as_it_is() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Stage:
    """One step: ``push`` takes an item and gives those that are ready, ``flush`` the rest at the end.

    One that ``holds`` gives an item for each that it took, but later, and several at a time.
    """

    name: str
    push: Callable[[Any], Iterable[Any]]
    flush: Callable[[], Iterable[Any]] = _nothing
    holds: bool = False


def run_chain(
    source: Iterable[Any],
    stages: Sequence[Stage],
    *,
    capacity: int,
    stop: threading.Event,
    feeders: Callable[[], None] = _as_it_is,
) -> None:
    """Drives every item of ``source`` through all stages; what the last one gives is dropped.

    At most ``capacity`` items wait between two stages, or before and after one that holds items, besides as many as it ever
    held.  ``feeders`` is called first on every thread but the last stage's.
    The first exception of any stage or of the source ends the chain and is raised here, once all threads have ended; so is
    :class:`~dualface.errors.StoppedError` when ``stop`` is set.
    """
    let_go_of_llvm()  # the stages have all their loops
    _Chain(source, stages, capacity, feeders).run(stop)


def _channels(stages: Sequence[Stage], capacity: int) -> list[Channel[Any]]:
    """One before each stage."""
    channels: list[Channel[Any]] = [Channel(capacity) for _ in stages]
    for n, stage in enumerate(stages[:-1]):
        if stage.holds:
            channels[n : n + 2] = around_holding(capacity)
    return channels


class _Chain:
    def __init__(self, source: Iterable[Any], stages: Sequence[Stage], capacity: int, feeders: Callable[[], None]) -> None:
        self._channels = _channels(stages, capacity)
        self._feeders = feeders
        self._failure: BaseException | None = None
        self._lock = threading.Lock()
        bodies = [("source", lambda: self._feed(source))]
        bodies += [(s.name, lambda n=n, s=s: self._work(n, s)) for n, s in enumerate(stages)]  # type: ignore[misc]
        self._threads = [threading.Thread(target=self._guard, args=(b,), name=f"dualface-{n}", daemon=True) for n, b in bodies]

    def run(self, stop: threading.Event) -> None:
        started = self._started()
        deadline = math.inf
        for thread in started:
            while thread.is_alive() and time.monotonic() < deadline:
                thread.join(_WATCH_SECONDS)
                if stop.is_set():
                    self._fail(StoppedError("stopped"))
                    deadline = min(deadline, time.monotonic() + _STAGES_END_SECONDS)
        if self._failure is not None:
            raise self._failure

    def _started(self) -> list[threading.Thread]:
        """The threads that could be started; where there is no room for another, the others end and that is the failure."""
        started = []
        for thread in self._threads:
            try:
                thread.start()
            except (RuntimeError, MemoryError) as error:
                self._fail(error)
                break
            started.append(thread)
        return started

    def _feed(self, source: Iterable[Any]) -> None:
        self._feeders()
        first = self._channels[0]
        for item in source:
            first.put(item)
        first.finish()

    def _work(self, n: int, stage: Stage) -> None:
        after = self._channels[n + 1] if n + 1 < len(self._channels) else None
        if after is not None:
            self._feeders()
        for item in self._channels[n]:
            self._pass_on(stage.push(item), after)
        self._pass_on(stage.flush(), after)
        if after is not None:
            after.finish()

    @staticmethod
    def _pass_on(items: Iterable[Any], after: Channel[Any] | None) -> None:
        for item in items:
            if after is not None:
                after.put(item)

    def _guard(self, body: Callable[[], None]) -> None:
        try:
            body()
        except ChannelClosedError:
            pass
        except BaseException as error:  # whatever it is, it is raised again by run()
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        with self._lock:
            self._failure = self._failure or error
        for channel in self._channels:
            channel.abandon()
