"""What is asked for, and whether it can be: which videos, and which film each becomes.  Nothing is made here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from dualface.batch.outputs import Orders, check_outputs, check_sources, container_of, plan_jobs
from dualface.config.presets import Variant, entries_of, variants, varied
from dualface.config.schema import Config
from dualface.errors import ConfigurationError, InputError
from dualface.jobs import CORRECTIONS_SUFFIX, Job

__all__ = ["Orders", "check_outputs", "container_of", "order", "order_all", "order_found", "others"]


def order(
    source: Path,
    output: Path,
    config: Config,
    *,
    overwrite: bool,
    also: Sequence[str] = (),
    tiles: bool = False,
    corrections: Path | bool = True,
    plan: Path | None = None,
    observations: Path | None = None,
) -> tuple[Config, Job]:
    """The job of making one film, and the configuration, of which the film's name may decide the container.

    ``also`` and ``tiles`` ask for more films.  ``corrections``: a file of them; true: the one beside the film, if there is
    one; false: none.  ``plan`` and ``observations`` as :class:`~dualface.jobs.Job` has them.

    Raises what :func:`~dualface.api.films.make` raises before anything is made.
    """
    container = container_of(output)
    if container is not None:
        config = config.changed(container=container)
    check_sources([source])
    films = others(also, config, tiles=tiles)
    (job,) = plan_jobs([source], output, container=config.encoding.container, overwrite=overwrite, also=films).jobs
    (job,) = _with_corrections([replace(job, plan=plan, observations=observations)], config, corrections)
    _check_unmade([job], config)
    return config, job


def others(also: Sequence[str], config: Config, *, tiles: bool = False, flag: str = "also") -> list[Variant]:
    """The other films that are asked for; with ``tiles`` each tile as one.

    Raises :class:`~dualface.errors.ConfigurationError` for what can't be.
    """
    from dualface.video.tile_films import tile_films

    found = [*variants(also, flag), *(tile_films(config) if tiles else ())]
    for one in found:
        varied(entries_of(config), one)
    return found


def order_all(
    sources: Sequence[Path],
    output: Path,
    config: Config,
    *,
    overwrite: bool,
    also: Sequence[Variant] = (),
    corrections: Path | bool = True,
) -> Orders:
    """A job for each source, and what should be said of them.  Raises what :func:`order` raises."""
    check_sources(sources)
    orders = plan_jobs(sources, output, container=config.encoding.container, overwrite=overwrite, also=also)
    orders = replace(orders, jobs=_with_corrections(orders.jobs, config, corrections))
    _check_unmade(orders.jobs, config)
    return orders


def order_found(
    inputs: Sequence[str],
    output: Path,
    config: Config,
    *,
    recursive: bool,
    overwrite: bool,
    also: Sequence[Variant] = (),
    corrections: Path | bool = True,
) -> Orders:
    """A job for each video that files, folders and patterns name, but for films that dualface has made.

    Raises what :func:`order` raises, and :class:`~dualface.errors.InputError` for whatever names no video.
    """
    from dualface.batch.inputs import find_videos

    film = container_of(output) is not None
    sources, own = find_videos(inputs, recursive=recursive, exclude=None if film else output)
    orders = order_all(sources, output, config, overwrite=overwrite, also=also, corrections=corrections)
    if not own:
        return orders
    left_out = f"Left out, because dualface has made them: {own} of the videos found; name one as a file to take it."
    return Orders(orders.jobs, (left_out, *orders.notes))


def videos_found(inputs: Sequence[str], *, recursive: bool = False) -> list[Path]:
    """The videos that files, folders and patterns name, but for films that dualface has made.

    Raises :class:`~dualface.errors.InputError` for whatever names no video.
    """
    from dualface.batch.inputs import find_videos

    sources, _ = find_videos(inputs, recursive=recursive, exclude=None)
    check_sources(sources)
    return list(sources)


def videos_in(folder: Path) -> list[Path]:
    """The files in a folder that :func:`videos_found` finds; none where there are none."""
    try:
        return [path for path in videos_found([str(folder)]) if path.is_file()]
    except InputError:
        return []


def _with_corrections(jobs: Sequence[Job], config: Config, wanted: Path | bool) -> tuple[Job, ...]:
    """The jobs with their files of corrections, which are read once, so that mistakes in them are told before any work.

    Raises :class:`~dualface.errors.ConfigurationError` for them, and for one file of several films.
    """
    from dualface.config.people_file import with_people
    from dualface.video.corrections_of import Corrections

    if isinstance(wanted, Path) and len(jobs) > 1:
        what = f"--corrections {wanted} is about one film, but {len(jobs)} videos are given"
        raise ConfigurationError(
            f"{what}; make that one alone, or name the file as its film and put it beside it.", file=wanted
        )
    given, settled = [replace(job, corrections=_file_of(job, wanted)) for job in jobs], with_people(config)
    for job in given:
        Corrections.of(job, settled)
    return tuple(given)


def _file_of(job: Job, wanted: Path | bool) -> Path | None:
    if isinstance(wanted, Path):
        return wanted
    beside = job.beside(CORRECTIONS_SUFFIX)
    return beside if wanted and beside.is_file() else None


def _check_unmade(jobs: Iterable[Job], config: Config) -> None:
    """Checks the outputs that are not their own earlier work.  Raises as :func:`check_outputs`."""
    from dualface.config.people_file import with_people
    from dualface.video.films import films_of
    from dualface.video.finished import is_own_work
    from dualface.video.made_otherwise import made_otherwise

    settled = with_people(config)
    films = {film.job.output: film for job in jobs for film in films_of(job, settled)}
    unmade = [film.job for film in films.values() if film.job.overwrite or not is_own_work(film.job, film.config)]
    check_outputs(unmade, lambda job: made_otherwise(job, films[job.output].config))
