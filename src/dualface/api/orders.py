"""What is asked for, and whether it can be: which videos, and which film each becomes.  Nothing is made here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from dualface.batch.outputs import Orders, check_outputs, check_sources, container_of, plan_jobs
from dualface.config.schema import Config
from dualface.jobs import Job

__all__ = ["Orders", "check_outputs", "container_of", "order", "order_all", "order_found"]


def order(source: Path, output: Path, config: Config, *, overwrite: bool) -> tuple[Config, Job]:
    """The job of making one film, and the configuration, of which the film's name may decide the container.

    Raises what :func:`~dualface.api.films.make` raises before anything is made.
    """
    container = container_of(output)
    if container is not None:
        config = config.changed(container=container)
    (job,) = order_all([source], output, config, overwrite=overwrite).jobs
    return config, job


def order_all(sources: Sequence[Path], output: Path, config: Config, *, overwrite: bool) -> Orders:
    """A job for each source, and what should be said of them.  Raises what :func:`order` raises."""
    check_sources(sources)
    orders = plan_jobs(sources, output, container=config.encoding.container, overwrite=overwrite)
    check_outputs(_unmade(orders.jobs, config))
    return orders


def order_found(inputs: Sequence[str], output: Path, config: Config, *, recursive: bool, overwrite: bool) -> Orders:
    """A job for each video that files, folders and patterns name, but for films that dualface has made.

    Raises what :func:`order` raises, and :class:`~dualface.errors.InputError` for whatever names no video.
    """
    from dualface.batch.inputs import find_videos

    film = container_of(output) is not None
    sources, own = find_videos(inputs, recursive=recursive, exclude=None if film else output)
    orders = order_all(sources, output, config, overwrite=overwrite)
    if not own:
        return orders
    left_out = f"Left out, because dualface has made them: {own} of the videos found; name one as a file to take it."
    return Orders(orders.jobs, (left_out, *orders.notes))


def _unmade(jobs: Iterable[Job], config: Config) -> list[Job]:
    """Those whose outputs are not their own earlier work."""
    from dualface.config.people_file import with_people
    from dualface.video.finished import is_own_work

    settled = with_people(config)
    return [job for job in jobs if job.overwrite or not is_own_work(job, settled)]


def found_videos(folder: Path) -> list[Path]:
    """The videos in a folder, but for those that dualface has made; none where there are none."""
    from dualface.batch.inputs import find_videos
    from dualface.errors import InputError

    try:
        return [path for path in find_videos([str(folder)]).videos if path.is_file()]
    except InputError:
        return []
