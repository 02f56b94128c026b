"""Looking at a video without making a film."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from dualface.api.plans import Analysis
from dualface.api.settings import settled
from dualface.batch.outputs import check_sources
from dualface.config.differences import differences, in_words
from dualface.config.people_file import with_people
from dualface.config.schema import Config
from dualface.errors import InputError, OutputExistsError
from dualface.jobs import Job
from dualface.records.observation_file import observation_header
from dualface.sequences import name_of

ANALYSIS_SUFFIX = ".analysis.jsonl.gz"
"""What the file of an analysis is called after the video's stem."""
_LOOKING = ("detection", "models", "tracking", "reid", "input")
"""Sections that decide what is seen."""


def analyse(
    source: str | Path,
    *,
    config: Config | None = None,
    process: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
    stop: threading.Event | None = None,
    **settings: object,
) -> Analysis:
    """Looks at a whole video: who is where, and where the cuts are.

    ``config``, ``process`` and ``settings`` as for :func:`~dualface.api.films.make`.  ``on_progress`` hears with each frame,
    from another thread, how many were seen and how many there are, 0 if unknown; setting ``stop`` ends the work.  Neither is
    of use with ``process``.  Raises :class:`~dualface.errors.DualfaceError`.
    """
    path = Path(source)
    check_sources([path])
    wanted = with_people(settled(config, settings))
    if process:
        from dualface.workers.separate import in_a_process

        return in_a_process(_analysed, path, wanted, what=str(path))
    return _analysed(path, wanted, on_progress, stop)


def kept_at(source: Path, folder: Path) -> Path:
    """Where ``dualface analyse`` keeps what it has seen of a video."""
    return Job(source, folder / f"{name_of(source)}.mp4").beside(ANALYSIS_SUFFIX)


def kept_analysis(source: Path, folder: Path, config: Config) -> Analysis | None:
    """What was kept of this video in ``folder``, with the settings of ``config``; ``None`` where nothing was.

    Raises :class:`~dualface.errors.OutputExistsError` where another video, or this one in another way, was looked at.
    """
    from dualface.video.made_from import source_digest

    path = kept_at(source, folder)
    if not path.exists():
        return None
    try:
        kept, digest = Analysis.load(path), source_digest(source)
    except InputError:
        raise _is_another(path, "is no analysis that can be read") from None
    if kept.header.fingerprint != digest:
        raise _is_another(path, "was made of another video, or of this one before it was changed")
    wanted = with_people(config)
    differing = differences(kept.header.settings, wanted, [name for name in Config.model_fields if name not in _LOOKING])
    if differing:
        raise _is_another(path, f"was made with other settings ({in_words(differing)})")
    return kept.with_config(wanted)


def keep_settings(source: Path, folder: Path, analysis: Analysis) -> None:
    """Notes the settings that the analysis has now in what is kept of the video, so that exports of it have them too."""
    path = kept_at(source, folder)
    if observation_header(path).settings != analysis.header.settings:
        analysis.save(path)


def _is_another(path: Path, what: str) -> OutputExistsError:
    return OutputExistsError(f"{path} exists already, and {what}; --overwrite looks again.", file=path)


def _analysed(
    path: Path,
    config: Config,
    on_progress: Callable[[int, int], None] | None = None,
    stop: threading.Event | None = None,
) -> Analysis:
    from dualface.video.observing import observe_video

    return Analysis(*observe_video(path, config, stop=stop, progress=on_progress))
