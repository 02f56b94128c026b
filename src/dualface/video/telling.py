"""What is told of a video while it is made, to whoever listens to its events."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from dualface.events import EventBus, VideoNote, VideoProgress, VideoStarted, VideoWarning
from dualface.jobs import Job
from dualface.types import Observation, VideoInfo
from dualface.video.film_run import FilmRun

_PROGRESS_SECONDS = 0.2


class Telling:
    """Tells of one video: each sentence once, progress now and then."""

    def __init__(self, job: Job, bus: EventBus) -> None:
        self._job, self._bus = job, bus
        self._told: set[str] = set()
        self._progress_at = 0.0

    def warn(self, message: str) -> None:
        if message not in self._told:
            self._told.add(message)
            self._bus.emit(VideoWarning(self._job, message))

    def note(self, message: str) -> None:
        if message not in self._told:
            self._told.add(message)
            self._bus.emit(VideoNote(self._job, message))

    def started(self, info: VideoInfo, total: int, start: int = 0, *, passes: int = 1) -> None:
        """Of ``total`` frames ``start`` are there already."""
        self._bus.emit(VideoStarted(self._job, info, total, start, passes))

    def progress(self, frames: int, seen: Observation, *, pass_number: int = 1) -> None:
        self.counted(frames, len(seen.faces), pass_number)

    def counted(self, frames: int, faces: int, pass_number: int = 1) -> None:
        """So many frames are done, and so many faces are in the newest."""
        now = time.monotonic()
        if now - self._progress_at >= _PROGRESS_SECONDS:
            self._progress_at = now
            self._bus.emit(VideoProgress(self._job, frames, faces, pass_number))


def tell(films: Sequence[FilmRun], how: Callable[[FilmRun, str], None], message: str) -> None:
    """Tells what is true of all these films, and notes it in the summary of each."""
    for film in films:
        how(film, message)
