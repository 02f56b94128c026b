"""Takes jobs from the queue and makes them, so many at a time; tells of what happens."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dualface.errors import DualfaceError
from dualface.review.news import News
from dualface.service.addresses import shown_url
from dualface.service.folders import Folders
from dualface.service.job_store import JobStore, State, StoredJob
from dualface.service.limits import Limits
from dualface.service.making import End, Maker, Progress

_log = logging.getLogger(__name__)
_PAUSE_SECONDS = 0.5
"""Progress is told no more often."""


class NoRoomError(DualfaceError):
    """The disk is too full for more."""


class Workshop:
    """Everything behind the routes.  May be used from several threads."""

    def __init__(self, folders: Folders, store: JobStore, maker: Maker, limits: Limits, workers: int = 1) -> None:
        self.folders, self.store, self.limits, self.news = folders, store, limits, News()
        self._maker, self._workers = maker, workers
        self._running: dict[str, Progress] = {}
        self._lock = threading.Lock()
        self._wake, self._over = threading.Event(), threading.Event()
        self._threads: list[threading.Thread] = []
        self.on_end: Callable[[StoredJob], None] = lambda _: None

    def begin(self) -> None:
        """Takes up what an earlier process has left, and starts to work."""
        self.store.put_back()
        self.folders.sweep(self.store.ids())
        for n in range(self._workers):
            thread = threading.Thread(target=self._work, name=f"dualface-job-{n}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def end(self) -> None:
        """Stops the jobs that are being made; the next start goes on with them."""
        self._over.set()
        self._wake.set()
        with self._lock:
            for progress in self._running.values():
                progress.stop.set()
        for thread in self._threads:
            thread.join()
        self.news.end()

    def submit(self, job: StoredJob) -> tuple[StoredJob, bool]:
        """Puts a job into the queue; raises what :meth:`~dualface.service.job_store.JobStore.submit` raises."""
        stored, new = self.store.submit(job, self.limits.waiting)
        if new:
            self.tell(stored)
            self._wake.set()
        return stored, new

    def cancel(self, id: str) -> StoredJob:
        """Cancels a job; one that is being made ends a little later."""
        job = self.store.cancel(id)
        with self._lock:
            progress = self._running.get(id)
        if job.state is State.RUNNING and progress is not None:
            progress.stop.set()
        self.tell(job)
        return job

    def remove(self, id: str) -> bool:
        """Removes a job that has ended, with its files; whether there was one."""
        removed = self.store.remove(id)
        if removed:
            self.folders.remove(id)
            self.news.tell("removed", id=id)
        return removed

    def check_room(self, needed: int = 0) -> None:
        """Raises :class:`NoRoomError` where the disk has not that many bytes and the reserve."""
        if shutil.disk_usage(self.folders.root).free < needed + self.limits.reserve:
            raise NoRoomError("There is no room for more videos; try again later, or ask who runs the service.")

    def tell(self, job: StoredJob) -> None:
        self.news.tell("job", **self.described(job))

    def described(self, job: StoredJob) -> dict[str, Any]:
        """A job as it is shown."""
        with self._lock:
            progress = self._running.get(job.id)
        facts: dict[str, Any] = {
            "id": job.id,
            "number": job.number,
            "state": job.state.value,
            "name": job.name,
            "url": shown_url(job.url) if job.url else None,
            "settings": dict(job.settings),
            "owner": job.owner,
            "submitted": job.submitted,
            "started": job.started,
            "finished": job.finished,
            "attempts": job.attempts,
            "cancelling": job.cancelling and not job.state.final,
            "status": job.status or None,
            "error": job.error or None,
            "exit_code": job.exit_code,
            "progress": None,
        }
        if progress is not None and job.state is State.RUNNING:
            left = progress.seconds_left
            facts["progress"] = {
                "phase": progress.phase,
                "share": round(progress.share, 4),
                "frames": progress.frames,
                "total_frames": progress.total_frames,
                "seconds_left": None if left is None else round(left, 1),
            }
        return facts

    def _work(self) -> None:
        while not self._over.is_set():
            self._wake.clear()
            try:
                job = self.store.take()
                if job is not None:
                    self._make(job)
                    continue
            except Exception:  # such as a full disk: the queue is as it was, and is tried again
                _log.exception("the queue can't go on")
                self._over.wait(1.0)
            self._wake.wait(1.0)

    def _make(self, job: StoredJob) -> None:
        progress = Progress()
        with self._lock:
            self._running[job.id] = progress
        now = self.store.get(job.id)
        if self._over.is_set() or now is None or now.cancelling:  # asked for before there was anything to stop
            progress.stop.set()
        self.tell(job)
        try:
            end = self._maker.make(job, progress, self._teller(job))
        except Exception as error:
            _log.exception("where a job failed")
            end = End(State.FAILED, error=f"Unexpected error, {type(error).__name__}.", exit_code=1)
        if end.state is None:  # cancelled, or the service ends
            self.store.put_back(job.id)
        else:
            self.store.end(job.id, end.state, status=end.status, error=end.error, exit_code=end.exit_code)
        with self._lock:
            self._running.pop(job.id, None)
        ended = self.store.get(job.id)
        if ended is not None:
            self.tell(ended)
            if ended.state.final:
                self.on_end(ended)

    def _teller(self, job: StoredJob) -> Callable[[], None]:
        told, phase = 0.0, ""

        def tell() -> None:
            nonlocal told, phase
            now, progress = time.monotonic(), self._running.get(job.id)
            if progress is not None and (now - told >= _PAUSE_SECONDS or progress.phase != phase):
                told, phase = now, progress.phase
                self.tell(replace(job, cancelling=progress.stop.is_set() and not self._over.is_set()))

        return tell
