"""Looking at videos from the command line: with a bar, and once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from dualface.cli.terminal import Terminal
from dualface.concerns import Concern, ConcernKind
from dualface.config.schema import Config
from dualface.config.times import clock
from dualface.types import Person

if TYPE_CHECKING:
    from dualface.api.plans import Analysis

_HEARD_SECONDS = 0.2
_LINE_SECONDS = 10.0
_SHOWN = {ConcernKind.UNSURE: "not sure", ConcernKind.UNSEEN: "not seen", ConcernKind.NOBODY: "nobody singled out"}


def seen_of(source: Path, folder: Path, config: Config, terminal: Terminal, *, overwrite: bool) -> tuple[Analysis, float]:
    """What is seen in a video, and the seconds that looking took: 0 where it was kept in ``folder`` before.

    Raises :class:`~dualface.errors.OutputExistsError` where another analysis is there.
    """
    from dualface.api.analysing import kept_analysis, kept_at

    kept = None if overwrite else kept_analysis(source, folder, config)
    if kept is not None:
        return kept, 0.0
    started = time.monotonic()
    analysis = _looked(source, config, terminal)
    seconds = time.monotonic() - started
    folder.mkdir(parents=True, exist_ok=True)
    analysis.save(kept_at(source, folder))
    return analysis, seconds


def _looked(source: Path, config: Config, terminal: Terminal) -> Analysis:
    """Looks on another thread, so that this one hears Ctrl-C; tells how far it is."""
    from dualface.api.analysing import analyse

    now, stop = [0, 0], threading.Event()
    result: list[Analysis | BaseException] = []

    def note(done: int, total: int) -> None:
        now[:] = done, total

    def work() -> None:
        try:
            result.append(analyse(source, config=config, on_progress=note, stop=stop))
        except BaseException as error:
            result.append(error)

    thread = threading.Thread(target=work, name="dualface-look", daemon=True)
    thread.start()
    try:
        _wait(thread, source.name, now, terminal)
    except KeyboardInterrupt:
        stop.set()
        thread.join()
        raise
    found = result[0]
    if isinstance(found, BaseException):
        raise found
    return found


def _wait(thread: threading.Thread, name: str, now: list[int], terminal: Terminal) -> None:
    if not terminal.interactive or terminal.quiet or terminal.json_output:
        told = time.monotonic()
        while thread.is_alive():
            thread.join(_HEARD_SECONDS)
            if time.monotonic() - told > _LINE_SECONDS and now[0]:
                told = time.monotonic()
                terminal.note(f"{name}: looked at {now[0]} frames{f' of {now[1]}' if now[1] else ''}")
        return
    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeRemainingColumn()
    with Progress(*columns, console=terminal.err, transient=True) as bar:
        task = bar.add_task(escape(name), total=None)
        while thread.is_alive():
            thread.join(_HEARD_SECONDS)
            bar.update(task, completed=now[0], total=now[1] or None)


def moments_table(moments: Iterable[tuple[str, Concern]], names: dict[Person, str]) -> Table:
    """A row for each moment worth a look, with the film's name."""
    table = Table(header_style="bold", box=None, pad_edge=False)
    for column in ("Video", "From", "To", "What"):
        table.add_column(column, justify="right" if column in ("From", "To") else "left", overflow="fold")
    for name, one in moments:
        who = f"{names[one.person]} " if one.person is not None else ""
        sure = f", {one.confidence:.0%}" if one.kind is ConcernKind.UNSURE else ""
        why = f": {one.why}" if one.why else ""
        table.add_row(escape(name), clock(one.first), clock(one.last), escape(f"{who}{_SHOWN[one.kind]}{sure}{why}"))
    return table
