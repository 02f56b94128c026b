"""Runs jobs with everything around them that a user sees: display, messages, Ctrl-C, summary table, exit code."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import traceback
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from dualface.cli.fetching import fetch_models
from dualface.cli.progress import display_for, outcome_as_dict
from dualface.cli.terminal import Terminal
from dualface.config.loaders import Entry, Layer
from dualface.config.schema import Config
from dualface.errors import ExitCode
from dualface.events import Event, EventBus, VideoFinished, VideoNote, VideoWarning
from dualface.files import WINDOWS
from dualface.heap import search_garbage_now
from dualface.jobs import Job, Status, VideoOutcome

if TYPE_CHECKING:
    from dualface.api.head_start import HeadStart


def process(
    jobs: Sequence[Job],
    config: Config,
    terminal: Terminal,
    *,
    metrics_port: int | None = None,
    events: Path | None = None,
    begun: HeadStart | None = None,
) -> int:
    """Processes the jobs, tells the user about it and returns the exit code.

    ``metrics_port`` serves numbers for Prometheus, ``events`` is a file that gets every event as a line of JSON.
    ``begun`` is what :func:`~dualface.api.head_start.begin` has begun.

    The first Ctrl-C (or SIGTERM) asks the run to end, a second one ends the process at once.  One that is
    ignored where we were started (by a script's ``&``) stays ignored.  Raises what
    :func:`~dualface.cli.fetching.fetch_models` and :func:`~dualface.api.films.run_jobs` raise.
    """
    from dualface.api.films import run_jobs
    from dualface.api.settings import called

    fetch_models(config, terminal)
    stop = threading.Event()
    bus = EventBus()
    display = display_for(terminal, jobs)
    bus.subscribe(lambda event: _tell(event, terminal))
    bus.subscribe(display)
    with contextlib.ExitStack() as watching, _interruptible(stop, terminal):
        _add_telemetry(watching, bus, metrics_port, events, terminal)
        display.start()
        search_garbage_now()
        try:
            outcomes = [film for one in run_jobs(jobs, config, bus=bus, stop=stop, begun=begun) for film in (one, *one.also)]
        finally:
            display.stop()
    code = exit_code(outcomes)
    if terminal.json_output:
        videos = [outcome_as_dict(outcome) for outcome in outcomes]
        terminal.line_json({"event": "result", "exit_code": int(code), "videos": videos})
    elif not terminal.quiet and any(len(outcomes) > 1 or outcome.summary for outcome in outcomes):
        from dualface.cli.summing_up import summary_table

        terminal.show(summary_table(outcomes, called(config)))
    return code


def _add_telemetry(
    watching: contextlib.ExitStack, bus: EventBus, metrics_port: int | None, events: Path | None, terminal: Terminal
) -> None:
    from dualface.api.watching import events_file, metrics_server

    if events is not None:
        watching.enter_context(events_file(events, bus))
    if metrics_port is not None:
        port = watching.enter_context(metrics_server(metrics_port, bus))
        terminal.note(f"Metrics at http://127.0.0.1:{port}/metrics")


def exit_code(outcomes: Sequence[VideoOutcome]) -> ExitCode:
    """The code common to all videos that did not end well, :attr:`~dualface.errors.ExitCode.MIXED` if they differ.

    A run that the user stopped ends as :attr:`~dualface.errors.ExitCode.INTERRUPTED`, whatever happened before.
    """
    codes = {_code(outcome) for outcome in outcomes} - {ExitCode.OK}
    if ExitCode.INTERRUPTED in codes:
        return ExitCode.INTERRUPTED
    if len(codes) > 1:
        return ExitCode.MIXED
    return codes.pop() if codes else ExitCode.OK


def describe(jobs: Sequence[Job], entries: Mapping[str, Entry], terminal: Terminal) -> None:
    """Says what a run would do: the files, and the settings that are not the defaults."""
    settings = {key: entry for key, entry in entries.items() if entry.origin.layer is not Layer.FALLBACK}
    if terminal.json_output:
        files = [{"source": str(job.source), "output": str(path)} for job in jobs for path in _outputs(job)]
        terminal.show_json({"jobs": files, "settings": {key: entry.value for key, entry in settings.items()}})
        return
    from rich.table import Table

    table = Table("Video", "Output", box=None, pad_edge=False, header_style="bold")
    for job in jobs:
        for path in _outputs(job):
            table.add_row(escape(str(job.source)), escape(str(path)))
    terminal.show(table)
    for key, entry in settings.items():
        terminal.show(f"{key} = {entry.value} ({entry.origin})")
    terminal.note("Nothing was done.")


def _outputs(job: Job) -> list[Path]:
    return [job.output, *(other.output for other in job.also)]


def _code(outcome: VideoOutcome) -> ExitCode:
    if outcome.error is not None:
        return outcome.error.exit_code
    return {
        Status.DONE: ExitCode.OK,
        Status.PARTIAL: ExitCode.PARTIAL,
        Status.DEGRADED: ExitCode.DEGRADED,
        Status.STOPPED: ExitCode.INTERRUPTED,
    }.get(outcome.status, ExitCode.INTERNAL)


def _tell(event: Event, terminal: Terminal) -> None:
    if isinstance(event, VideoWarning):
        terminal.warn(event.message)
    elif isinstance(event, VideoNote):
        terminal.note(event.message)
    elif isinstance(event, VideoFinished):
        error = event.outcome.error
        if error is None:
            for film in (event.outcome, *event.outcome.also):
                made = " before" if film.summary.get("skipped") else ""
                terminal.note(f"{event.job.source.name}: {film.status.value}{made}, {film.job.output}")
        elif event.outcome.status is Status.STOPPED:
            terminal.note(f"{event.job.source.name}: stopped")
        else:
            terminal.error(str(error))
            if terminal.debug:
                traceback.print_exception(error)
            elif error.exit_code is ExitCode.INTERNAL:
                terminal.note("Run again with --debug and report it.")


def _end_at_once(number: int) -> None:
    """As the signal does by itself, or with the exit code that shells give to it where signals have none, on Windows."""
    if WINDOWS:
        os._exit(ExitCode.INTERRUPTED)
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


@contextlib.contextmanager
def _interruptible(stop: threading.Event, terminal: Terminal) -> Iterator[None]:
    def handle(number: int, _: FrameType | None) -> None:
        if stop.is_set():
            terminal.err.show_cursor(True)
            _end_at_once(number)
        stop.set()
        terminal.note("Stopping; once more kills at once.")

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard = [number for number in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(number) is not signal.SIG_IGN]
    before: dict[signal.Signals, Any] = {number: signal.signal(number, handle) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
