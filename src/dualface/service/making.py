"""One job from its address or upload to its film: fetched, looked at, and made by ``dualface run`` in a process of its own."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from dualface.errors import DualfaceError, ExitCode, InputError, StoppedError
from dualface.service.addresses import shown_url
from dualface.service.asked import flags_of
from dualface.service.fetching import fetch
from dualface.service.folders import Folders
from dualface.service.inspect import Looks, check, look_at
from dualface.service.job_store import JobStore, State, StoredJob
from dualface.service.limits import Limits

_GRACE_SECONDS = 40.0
"""How long a run may take to end when it is told to."""
_LONGEST_LINE = 1 << 24
_MADE = {ExitCode.OK, ExitCode.PARTIAL, ExitCode.DEGRADED}


@dataclass(slots=True)
class Progress:
    """How far a job is; ``phase``: fetching, checking, making.  ``stop`` ends it."""

    phase: str = ""
    share: float = 0.0
    frames: int = 0
    total_frames: int = 0
    seconds_left: float | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    too_much: str = ""
    """Why it was stopped, where it has turned out to be more than is allowed."""


@dataclass(frozen=True)
class End:
    """How a job has ended; ``state`` is ``None`` where it is to be gone on with."""

    state: State | None
    status: str = ""
    error: str = ""
    exit_code: int | None = None


@dataclass(frozen=True)
class Maker:
    """``config`` is a configuration file for all runs; ``command`` what makes a film, told apart for tests."""

    folders: Folders
    store: JobStore
    limits: Limits
    private: bool = False
    config: Path | None = None
    command: Sequence[str] = (sys.executable, "-m", "dualface.cli.hosted")

    def make(self, job: StoredJob, progress: Progress, tell: Callable[[], None]) -> End:
        """Makes a job; ``tell`` is called when there is progress.  Raises nothing on purpose."""
        try:
            source = self._source(job, progress, tell)
            progress.phase, progress.share = "checking", 0.0
            tell()
            looks = look_at(source)
            check(looks, self.limits)
            progress.phase = "making"
            tell()
            return self._run(job, source, looks, progress, tell)
        except StoppedError:
            return End(None)
        except DualfaceError as error:
            return End(State.FAILED, error=self._public(str(error)), exit_code=int(error.exit_code))

    def _source(self, job: StoredJob, progress: Progress, tell: Callable[[], None]) -> Path:
        """The video, fetched unless it is there.  Raises :class:`~dualface.errors.DualfaceError`."""
        source = self.folders.source(job)
        if source.is_file():
            return source
        if not job.url:
            raise InputError("The video is not there any more; submit it again.")
        progress.phase = "fetching"
        tell()

        def told(written: int, expected: int | None) -> None:
            progress.share = written / expected if expected else 0.0
            if progress.stop.is_set():
                raise StoppedError("The fetching was stopped.")
            tell()

        source.parent.mkdir(parents=True, exist_ok=True)
        fetch(job.url, source, size=self.limits.size, seconds=self.limits.time, private=self.private, told=told)
        self.store.forget_url(job.id, shown_url(job.url))
        return source

    def _run(self, job: StoredJob, source: Path, looks: Looks, progress: Progress, tell: Callable[[], None]) -> End:
        folder = self.folders.of(job.id)
        command = [*self.command, str(folder / "lock"), "run", str(source), "-o", str(self.folders.film(job.id)), "--json"]
        command += [f"--events={folder / 'events.jsonl'}", *flags_of(job.settings)]
        command += [f"--config={self.config}"] if self.config is not None else []
        with tempfile.TemporaryFile() as errors:
            run = _Run(command, errors)
            try:
                heard = self._hear(run, looks, progress, tell)
            finally:
                code = run.end()
            errors.seek(max(errors.tell() - 2000, 0))
            last = errors.read().decode(errors="replace").strip().splitlines()
        return self._ended(code, heard, progress, last)

    def _hear(self, run: _Run, looks: Looks, progress: Progress, tell: Callable[[], None]) -> dict[str, Any]:
        """Follows a run to its end; gives what it has told at last.  Stops it when it is to be."""
        watched, over = threading.Event(), time.monotonic() + self.limits.time
        most = min(self.limits.all_pixels / max(looks.width * looks.height, 1), self.limits.length * 240)

        def watch() -> None:
            while not watched.wait(0.1):
                if time.monotonic() > over:
                    progress.too_much = f"Making the film takes longer than {self.limits.time / 3600:g} hours."
                if progress.stop.is_set() or progress.too_much:
                    run.end()
                    return

        watcher = threading.Thread(target=watch, name="dualface-watch", daemon=True)
        watcher.start()
        heard: dict[str, Any] = {}
        began = time.monotonic()
        resumed = 0
        try:
            for event in run.events():
                if event.get("event") == "started":
                    progress.total_frames, began = int(event.get("total_frames", 0)), time.monotonic()
                    resumed = int(event.get("resumed_at", 0))
                elif event.get("event") == "progress":
                    _advance(progress, int(event.get("frames", 0)), resumed, began)
                    if progress.frames > most:
                        progress.too_much = "The video has more pictures than its file says, and than are allowed."
                    tell()
                elif event.get("event") in ("finished", "error"):
                    heard = event
        finally:
            watched.set()
            watcher.join()
        return heard

    def _ended(self, code: int, heard: dict[str, Any], progress: Progress, last: list[str]) -> End:
        if code in _MADE:
            return End(State.DONE, status=str(heard.get("status", "done")), exit_code=code)
        if progress.too_much:
            return End(State.FAILED, error=progress.too_much, exit_code=int(ExitCode.INPUT))
        if progress.stop.is_set():
            return End(None)
        error = heard.get("error") if isinstance(heard.get("error"), dict) else {}
        message = (
            (error or {}).get("message") or heard.get("message") or (last[-1] if last else f"The run ended with code {code}.")
        )
        return End(State.FAILED, error=self._public(str(message)), exit_code=code)

    def _public(self, text: str) -> str:
        """A message without the folders of this machine."""
        for folder in {self.folders.jobs, self.folders.jobs.absolute(), self.folders.jobs.resolve()}:
            text = text.replace(f"{folder}/", "")
        return text[:2000]


class _Run:
    """A process that ends when its standard input does."""

    def __init__(self, command: Sequence[str], errors: IO[bytes]) -> None:
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)
        self._ending = threading.Lock()

    def events(self) -> Iterator[dict[str, Any]]:
        """The objects that it prints, until it has ended."""
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            while line := lines.readline(_LONGEST_LINE):
                with contextlib.suppress(ValueError, RecursionError):
                    found = json.loads(line)
                    if isinstance(found, dict):
                        yield found

    def end(self) -> int:
        """Ends it, unless it has ended; gives its exit code."""
        with self._ending:
            process = self._process
            if process.stdin is not None and not process.stdin.closed:
                with contextlib.suppress(OSError):
                    process.stdin.close()
            try:
                return process.wait(_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                return process.wait()


def _advance(progress: Progress, frames: int, resumed: int, began: float) -> None:
    progress.frames = frames
    total = max(progress.total_frames, frames)
    progress.share = frames / total if total else 0.0
    made, seconds = frames - resumed, time.monotonic() - began
    progress.seconds_left = seconds * (total - frames) / made if made > 0 and seconds > 1 else None
