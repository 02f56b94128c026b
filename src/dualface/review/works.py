"""Work that takes minutes: films and proxies are made one after the other, each with its progress."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dualface.errors import DualfaceError, StoppedError
from dualface.events import Event, VideoProgress, VideoStarted
from dualface.review.news import News

_PAUSE_SECONDS = 0.25
"""Progress is told no more often."""


@dataclass(slots=True)
class Work:
    """``kind`` is ``film`` or ``proxy``; ``state``: waiting, working, done, stopped or failed, then ``text`` says why."""

    film: str
    kind: str
    do: Callable[[Work], None] = field(repr=False)
    state: str = "waiting"
    share: float = 0.0
    seconds_left: float | None = None
    text: str = ""
    stop: threading.Event = field(default_factory=threading.Event, repr=False)

    def as_json(self) -> dict[str, Any]:
        left = None if self.seconds_left is None else round(self.seconds_left, 1)
        return {
            "film": self.film,
            "kind": self.kind,
            "state": self.state,
            "share": round(self.share, 4),
            "seconds_left": left,
            "text": self.text,
        }


class Works:
    """One thing at a time, in the order asked for; :meth:`end` stops the one that is under way, and forgets the others."""

    def __init__(self, news: News) -> None:
        self._news = news
        self._waiting: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], Work] = {}
        self._thread: threading.Thread | None = None

    def begin(self, film: str, kind: str, do: Callable[[Work], None]) -> Work:
        """Starts work, or returns the same if it is under way.  ``do`` is given it, and raises what went wrong."""
        with self._lock:
            known = self._known.get((film, kind))
            if known is not None and known.state in ("waiting", "working"):
                return known
            work = self._known[film, kind] = Work(film, kind, do)
            if self._thread is None:
                self._thread = threading.Thread(target=self._go, name="dualface-works", daemon=True)
                self._thread.start()
        self._tell(work)
        self._waiting.put(work)
        return work

    def all(self) -> list[dict[str, Any]]:
        with self._lock:
            return [work.as_json() for work in self._known.values()]

    def stop(self, film: str, kind: str) -> None:
        with self._lock:
            work = self._known.get((film, kind))
        if work is not None:
            work.stop.set()

    def end(self) -> None:
        with self._lock:
            for work in self._known.values():
                work.stop.set()
            thread = self._thread
        self._waiting.put(None)
        if thread is not None:
            thread.join()

    def listener(self, work: Work) -> Callable[[Event], None]:
        """What hears of the events of making a film, and tells how far it is."""
        started: VideoStarted | None = None
        began = told = time.monotonic()

        def hear(event: Event) -> None:
            nonlocal started, began, told
            now = time.monotonic()
            if isinstance(event, VideoStarted):
                started, began, told = event, now, 0.0
            if not isinstance(event, VideoProgress) or started is None or now - told < _PAUSE_SECONDS:
                return
            told = now
            work.share = started.share(event)
            done = work.share - started.share(VideoProgress(event.job, started.resumed_at, 0))
            work.seconds_left = (now - began) * (1 - work.share) / done if done > 0.01 else None
            self._tell(work)

        return hear

    def _go(self) -> None:
        while (work := self._waiting.get()) is not None:
            self._do(work)

    def _do(self, work: Work) -> None:
        if work.stop.is_set():
            work.state = "stopped"
        else:
            work.state = "working"
            self._tell(work)
            try:
                work.do(work)
                work.state, work.share = "done", 1.0
            except StoppedError:
                work.state = "stopped"
            except DualfaceError as error:
                work.state, work.text = "failed", str(error)
            except Exception as error:  # the page says it, and the server goes on
                work.state, work.text = "failed", f"Unexpected error, {type(error).__name__}: {error}"
        work.seconds_left = None
        self._tell(work)

    def _tell(self, work: Work) -> None:
        self._news.tell("work", **work.as_json())
