"""Correcting a film that was made."""

from __future__ import annotations

import threading
from pathlib import Path

from dualface.api.films import Film, Listener, film_of, make_one
from dualface.api.orders import order
from dualface.api.settings import settled
from dualface.api.settings_of_record import config_of
from dualface.config.schema import Config
from dualface.errors import InputError, OutputExistsError
from dualface.jobs import PLAN_SUFFIX, Job
from dualface.records.plan_file import plan_header
from dualface.video.finished import is_own_film


def correct(
    film: str | Path,
    *,
    corrections: str | Path | bool = True,
    source: str | Path | None = None,
    config: Config | None = None,
    process: bool = False,
    on_event: Listener | None = None,
    stop: threading.Event | None = None,
) -> Film:
    """Makes the pictures anew that corrections change in a finished film; all else in it stays as it is, bit for bit.

    ``film`` was made by dualface, and what a run leaves beside it is there.  ``corrections`` is a file of them; true: the one
    beside the film; false: none, so that the film becomes what it was without.  ``source`` is the video where it no longer is
    where it was.  ``config`` says how the work is done here, what the film looks like stays.  ``process`` and ``on_event`` as
    for :func:`~dualface.api.films.make`; :class:`~dualface.events.VideoStarted` tells how many pictures it takes.
    Setting ``stop`` ends the work, which the same call continues.

    Raises :class:`~dualface.errors.InputError` for a film that is none of dualface's, and what :func:`make` raises.
    """
    job, merged = correction_order(Path(film), corrections=corrections, source=source, config=config)
    return film_of(make_one(job, merged, on_event, process=process, stop=stop))


def correction_order(
    path: Path,
    *,
    corrections: str | Path | bool = True,
    source: str | Path | None = None,
    config: Config | None = None,
) -> tuple[Job, Config]:
    """What :func:`correct` has made.  Raises as it does, before anything is."""
    if not is_own_film(path):
        raise InputError(f"{path}: is no film with its summary beside it; name one that dualface has made.", file=path)
    header = plan_header(Job(path, path).beside(PLAN_SUFFIX))
    own, here = config_of(header).model_dump(), settled(config, {}).model_dump()
    here["processing"]["lookahead_seconds"] = own["processing"]["lookahead_seconds"]
    merged = Config.model_validate(own | {section: here[section] for section in ("hardware", "processing", "memory")})
    video = Path(source) if source is not None else header.source
    wanted = corrections if isinstance(corrections, bool) else Path(corrections)
    try:
        merged, job = order(video, path, merged, overwrite=False, corrections=wanted)
    except OutputExistsError as error:
        what = "was made from a plan, another state of its video or by another dualface, or a file beside it is gone"
        raise InputError(f"{path}: {what}; make it anew.", file=path) from error
    return job, merged
