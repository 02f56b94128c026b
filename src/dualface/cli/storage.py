"""``dualface run`` where videos or films are in storage: a few at a time pass through a local folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from platformdirs import user_cache_path

from dualface.api.orders import order_all, videos_found
from dualface.cli.execution import process
from dualface.cli.terminal import Terminal
from dualface.config.presets import Variant
from dualface.config.schema import Config
from dualface.errors import ConfigurationError, DualfaceError, ExitCode
from dualface.jobs import SUMMARY_SUFFIX, Job, Status
from dualface.storage.remote import Remote
from dualface.storage.staging import Staged, Video, in_groups, made_before, staged, videos_at
from dualface.storage.urls import as_url, shown

_SHARE = 0.5
_MADE = {Status.DONE.value, Status.PARTIAL.value, Status.DEGRADED.value}


def run_in_storage(
    inputs: Sequence[str],
    output: Path,
    config: Config,
    terminal: Terminal,
    *,
    overwrite: bool = False,
    also: Sequence[Variant] = (),
    recursive: bool = False,
    staging: Path | None = None,
    budget_gb: float | None = None,
    dry_run: bool = False,
) -> int:
    """Makes the films and returns the exit code; raises what is wrong before anything is made.

    ``staging`` is the local folder, ``budget_gb`` what it may hold: half of what is free, unless it is said.
    """
    root = (staging or user_cache_path("dualface") / "staging").absolute()
    root.mkdir(parents=True, exist_ok=True)
    urls = [url for one in inputs if (url := as_url(one)) is not None]
    local = [one for one in inputs if as_url(one) is None]
    videos = videos_at(urls)
    videos += [Video(str(path), path.name) for path in (videos_found(local, recursive=recursive) if local else [])]
    where = as_url(output)
    target = Remote(where) if where is not None else None
    if target is not None:
        target.check_writable()
    _check_names(videos)
    waiting = []
    for video in videos:
        film = f"{Path(video.name).stem}.{config.encoding.container}"
        if target is not None and made_before(video, target, film, config, overwrite=overwrite):
            terminal.note(f"{video.name}: done before, {target.shown.rstrip('/')}/{film}")
        else:
            waiting.append(video)
    budget = round(budget_gb * 1e9) if budget_gb is not None else round(shutil.disk_usage(root).free * _SHARE)
    groups = list(in_groups(waiting, budget, max(config.processing.cuda_streams, 1)))
    if dry_run:
        for video in waiting:
            terminal.show(shown(video.source))
        terminal.note("Nothing was done.")
        return ExitCode.OK
    codes: set[int] = set()
    for group in groups:
        code = _one_group([staged(video, root) for video in group], output, target, config, terminal, overwrite, also)
        codes.add(code)
        if code == ExitCode.INTERRUPTED:
            return code
    return _common(codes)


def _one_group(
    group: Sequence[Staged],
    output: Path,
    target: Remote | None,
    config: Config,
    terminal: Terminal,
    overwrite: bool,
    also: Sequence[Variant],
) -> int:
    jobs: list[tuple[Staged, Job]] = []
    codes: set[int] = set()
    for one in group:
        try:
            terminal.note(f"{one.video.name}: fetching")
            one.fetch()
            folder = one.film if target is not None else output
            orders = order_all([one.source], folder, config, overwrite=overwrite, also=also, corrections=False)
            jobs += [(one, job) for job in orders.jobs]
        except DualfaceError as error:
            terminal.error(str(error))
            codes.add(error.exit_code)
    if jobs:
        codes.add(process([job for _, job in jobs], config, terminal))
    for one, job in jobs:
        if not _is_made(job):
            continue  # what there is of it stays, so that the next run goes on with it
        try:
            if target is not None:
                terminal.note(f"{one.video.name}: putting its film to {target.shown}")
                one.put(target, job, config)
            one.remove()
        except DualfaceError as error:
            terminal.error(str(error))
            codes.add(error.exit_code)
    return _common(codes)


def _common(codes: set[int]) -> int:
    """As :func:`~dualface.cli.execution.exit_code` has it."""
    bad = codes - {ExitCode.OK}
    if ExitCode.INTERRUPTED in bad:
        return ExitCode.INTERRUPTED
    return bad.pop() if len(bad) == 1 else ExitCode.MIXED if bad else ExitCode.OK


def _is_made(job: Job) -> bool:
    try:
        found = json.loads(job.beside(SUMMARY_SUFFIX).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and found.get("status") in _MADE and job.output.is_file()


def _check_names(videos: Sequence[Video]) -> None:
    """Raises :class:`~dualface.errors.ConfigurationError` for two videos whose films would have one name."""
    seen: dict[str, str] = {}
    for video in videos:
        stem = Path(video.name).stem.casefold()
        if stem in seen:
            what = f"{shown(seen[stem])} and {shown(video.source)} would have films of the same name"
            raise ConfigurationError(f"{what}; make them one after the other, with another -o.")
        seen[stem] = video.source
