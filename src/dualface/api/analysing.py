"""Looking at a video without making a film."""

from __future__ import annotations

from pathlib import Path

from dualface.api.plans import Analysis
from dualface.api.settings import settled
from dualface.batch.outputs import check_sources
from dualface.config.people_file import with_people
from dualface.config.schema import Config


def analyse(source: str | Path, *, config: Config | None = None, process: bool = False, **settings: object) -> Analysis:
    """Looks at a whole video: who is where, and where the cuts are.

    ``config``, ``process`` and ``settings`` as for :func:`~dualface.api.films.make`.  Raises
    :class:`~dualface.errors.DualfaceError`.
    """
    path = Path(source)
    check_sources([path])
    wanted = with_people(settled(config, settings))
    if process:
        from dualface.workers.separate import in_a_process

        return in_a_process(_analysed, path, wanted, what=str(path))
    return _analysed(path, wanted)


def _analysed(path: Path, config: Config) -> Analysis:
    from dualface.video.observing import observe_video

    return Analysis(*observe_video(path, config))
