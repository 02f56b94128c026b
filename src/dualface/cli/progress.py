"""What is shown while videos are processed: bars on a terminal, a line now and then elsewhere, JSON Lines for programs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from rich.markup import escape
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from dualface.cli.terminal import Terminal
from dualface.cli.waiting import Waiting
from dualface.events import Event, VideoFinished, VideoNote, VideoProgress, VideoStarted
from dualface.jobs import Job, VideoOutcome

_LINE_SECONDS = 8.0
_READY = "Getting ready; the first time, pixel loops are compiled …"
_NAME_WIDTH = 20
_BAR_WIDTH, _WIDE_BAR_WIDTH, _WIDE_TERMINAL = 16, 32, 100
"""Lines stay shorter than 80 columns: the ``^C`` that a terminal echoes would fold a full line and leave it behind."""


class Display(Protocol):
    """Shows a run.  Called for each event, in any thread, one at a time."""

    def start(self) -> None: ...

    def __call__(self, event: Event) -> None: ...

    def stop(self) -> None: ...


class Silence:
    """Shows nothing."""

    def start(self) -> None: ...

    def __call__(self, event: Event) -> None: ...

    def stop(self) -> None: ...


class Bars:
    """A progress bar for each running video and, for several, one for all."""

    def __init__(self, terminal: Terminal, jobs: Sequence[Job], clock: Callable[[], float] = time.monotonic) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=_BAR_WIDTH if terminal.err.width < _WIDE_TERMINAL else _WIDE_BAR_WIDTH),
            TextColumn("{task.percentage:>3.0f}%"),
            TextColumn("{task.fields[count]}"),
            _SpeedColumn(),
            TextColumn("{task.fields[faces]}"),
            TimeRemainingColumn(compact=True),
            console=terminal.err,
            transient=True,
            refresh_per_second=5,
            get_time=clock,
        )
        self._jobs = jobs
        self._tasks: dict[Job, TaskID] = {}
        self._started: dict[Job, VideoStarted] = {}
        self._passes: dict[Job, int] = {}
        self._shares = dict.fromkeys(jobs, 0.0)
        self._finished = 0
        self._all: TaskID | None = None
        self._ready: TaskID | None = None

    def start(self) -> None:
        self._ready = self._progress.add_task("getting ready", total=None, count="", faces="", speed=None)
        if len(self._jobs) > 1:
            self._all = self._progress.add_task("all", total=len(self._jobs), count="", faces="", speed=self._total_speed)
        self._progress.start()
        self._update_all()

    def stop(self) -> None:
        self._progress.stop()

    def __call__(self, event: Event) -> None:
        if self._ready is not None:
            self._progress.remove_task(self._ready)
            self._ready = None
        if isinstance(event, VideoStarted):
            name = escape(_shortened(event.job.source.name))
            total, done = event.total_frames or None, event.resumed_at
            self._tasks[event.job] = self._progress.add_task(name, total=total, completed=done, count="", faces="", speed=None)
            self._started[event.job], self._passes[event.job] = event, 1
            self._made_before(event.job, min(done / total, 1.0) / event.passes if total else 0.0)
        elif isinstance(event, VideoProgress) and event.job in self._tasks:
            self._advance(self._tasks[event.job], event)
        elif isinstance(event, VideoFinished):
            if event.job in self._tasks:
                self._progress.remove_task(self._tasks.pop(event.job))
                self._shares[event.job] = 1.0
            else:
                self._made_before(event.job, 1.0)
            self._finished += 1
        self._update_all()

    def _advance(self, identity: TaskID, event: VideoProgress) -> None:
        task, started = self._task(identity), self._started[event.job]
        total = max(task.total, event.frames) if task.total else None
        count = f"{event.frames}/{total:.0f}" if total else f"{event.frames}"
        faces = f"{event.faces} {'face' if event.faces == 1 else 'faces'}"
        if started.passes > 1:
            faces = f"pass {event.pass_number}/{started.passes}"
        if self._passes[event.job] != event.pass_number:  # which has a speed of its own
            self._passes[event.job] = event.pass_number
            self._progress.reset(identity, total=total, completed=event.frames)
        self._progress.update(identity, completed=event.frames, total=total, count=count, faces=faces)
        self._shares[event.job] = started.share(event)

    def _made_before(self, job: Job, share: float) -> None:
        """Counts what an earlier run has made; unlike an update it says nothing of this run's speed."""
        if self._all is not None:
            self._task(self._all).completed += share - self._shares[job]
        self._shares[job] = share

    def _update_all(self) -> None:
        if self._all is not None:
            count = f"{self._finished}/{len(self._jobs)} videos"
            self._progress.update(self._all, completed=sum(self._shares.values()), count=count)

    def _total_speed(self) -> float | None:
        speeds = [self._task(identity).speed for identity in list(self._tasks.values())]
        return sum(speed for speed in speeds if speed) or None

    def _task(self, identity: TaskID) -> Task:
        return next(task for task in self._progress.tasks if task.id == identity)


class _SpeedColumn(ProgressColumn):
    """Frames a second, lately."""

    def render(self, task: Task) -> Text:
        own: Callable[[], float | None] | None = task.fields.get("speed")
        speed = own() if own else task.speed
        return Text(f"{speed:.0f} fps" if speed else "", style="progress.data.speed")


class _Running(NamedTuple):
    """A video of which one pass is under way, ``since`` when, and at which frame it began."""

    started: VideoStarted
    since: float
    first: int
    pass_number: int = 1


class ProgressLines:
    """A line when a video starts and every few seconds, for logs."""

    def __init__(self, terminal: Terminal, clock: Callable[[], float] = time.monotonic) -> None:
        self._terminal = terminal
        self._clock = clock
        self._running: dict[Job, _Running] = {}
        self._told: dict[Job, float] = {}
        self._waiting = Waiting(terminal, _READY)

    def start(self) -> None:
        self._waiting.__enter__()

    def stop(self) -> None:
        self._waiting.stop()

    def __call__(self, event: Event) -> None:
        self._waiting.stop()
        now = self._clock()
        if isinstance(event, VideoStarted):
            self._running[event.job], self._told[event.job] = _Running(event, now, event.resumed_at), now
            frames = f", {event.total_frames} frames" if event.total_frames else ""
            info = event.info
            self._terminal.note(f"{event.job.source.name}: {info.width}×{info.height}, {float(info.fps):g} frames/s{frames}")
        elif isinstance(event, VideoProgress) and event.job in self._running:
            if event.pass_number != self._running[event.job].pass_number:
                self._running[event.job] = _Running(self._running[event.job].started, now, event.frames, event.pass_number)
            if now - self._told[event.job] >= _LINE_SECONDS:
                self._told[event.job] = now
                self._tell(event, now)
        elif isinstance(event, VideoFinished):
            self._running.pop(event.job, None)

    def _tell(self, event: VideoProgress, now: float) -> None:
        running = self._running[event.job]
        started = running.started
        speed = max(event.frames - running.first, 0) / max(now - running.since, 1e-3)
        total = max(started.total_frames, event.frames) if started.total_frames else 0
        parts = [f"pass {event.pass_number} of {started.passes}"] if started.passes > 1 else []
        parts += [f"{event.frames} of {total} frames ({event.frames / total:.0%})" if total else f"{event.frames} frames"]
        parts += [f"{speed:.1f} frames/s", f"faces: {event.faces}"]
        if total and speed:
            left = f"about {(total - event.frames) / speed:.0f} s left"
            parts.append(left if event.pass_number == started.passes else f"{left} of this pass")
        self._terminal.note(f"{event.job.source.name}: {', '.join(parts)}")


class JsonLines:
    """A JSON object a line on stdout for each event; ``docs/cli.md`` describes them."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def __call__(self, event: Event) -> None:
        self._terminal.line_json({**self._describe(event), "source": str(event.job.source)})

    def _describe(self, event: Event) -> dict[str, Any]:
        if isinstance(event, VideoStarted):
            info = event.info
            return {
                "event": "started",
                "output": str(event.job.output),
                "width": info.width,
                "height": info.height,
                "fps": float(info.fps),
                "duration_seconds": info.duration_seconds,
                "total_frames": event.total_frames,
                "resumed_at": event.resumed_at,
                "passes": event.passes,
            }
        if isinstance(event, VideoProgress):
            return {"event": "progress", "frames": event.frames, "faces": event.faces, "pass": event.pass_number}
        if isinstance(event, VideoFinished):
            others = [outcome_as_dict(film) for film in event.outcome.also]
            return {"event": "finished", **outcome_as_dict(event.outcome), "also": others}
        kind = "note" if isinstance(event, VideoNote) else "warning"
        return {"event": kind, "message": event.message}


def display_for(terminal: Terminal, jobs: Sequence[Job]) -> Display:
    """The display that suits who is listening."""
    if terminal.json_output:
        return JsonLines(terminal)
    if terminal.quiet:
        return Silence()
    return Bars(terminal, jobs) if terminal.interactive else ProgressLines(terminal)


def outcome_as_dict(outcome: VideoOutcome) -> dict[str, Any]:
    """An outcome for programs."""
    error = outcome.error
    return {
        "source": str(outcome.job.source),
        "output": str(outcome.job.output) if error is None else None,
        "status": outcome.status.value,
        "error": None if error is None else {"message": str(error), "exit_code": int(error.exit_code)},
        "summary": outcome.summary,
    }


def _shortened(name: str) -> str:
    return name if len(name) <= _NAME_WIDTH else f"{name[: _NAME_WIDTH - 9]}…{name[-8:]}"
