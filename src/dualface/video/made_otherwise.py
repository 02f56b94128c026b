"""Why a film that is there is not the one that is asked for, and what would do instead of making it anew."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from dualface.config.differences import CAPTIONS, differences, in_words
from dualface.config.schema import Config
from dualface.errors import InputError
from dualface.jobs import CORRECTIONS_SUFFIX, PLAN_SUFFIX, Job
from dualface.records.plan_file import plan_header
from dualface.video.finished import made_from
from dualface.video.made_from import NOT_OF_THE_FILM, Identity

_WHO_IS_WHO = frozenset({"reid.people", "reid.mode", "tracking.sides"}) | CAPTIONS


def made_otherwise(job: Job, config: Config) -> str:
    """A clause that goes on after "exists already", with what to do where that is not to replace the film.

    Empty for a film that dualface has not made.  Raises :class:`~dualface.errors.InputError` when the source can't be read.
    """
    was = made_from(job)
    if was is None:
        return ""
    now = Identity.of(job, config)
    if was.source != now.source:
        return ", made of another video, or of this one before it was changed"
    if was.settings != now.settings:
        return _other_settings(job, config)
    if was.program != now.program:
        return ", made by another version of dualface"
    return ", but it or a file beside it was changed since it was made"


def _other_settings(job: Job, config: Config) -> str:
    if job.plan is not None:
        return ", made of another plan or with other settings"
    try:
        before = plan_header(job.beside(PLAN_SUFFIX)).settings
    except InputError:
        return ", made with other settings"
    differing = differences(before, config, NOT_OF_THE_FILM)
    if not differing:
        return ", made with the people file as it was before" if config.reid.people else ", made with other settings"
    return f", made with other settings ({in_words(differing)}){_instead(job, differing.keys())}"


def _instead(job: Job, differing: AbstractSet[str]) -> str:
    """What would do without making the film anew."""
    corrections = job.beside(CORRECTIONS_SUFFIX)
    if differing <= CAPTIONS:
        return f"; a caption in {corrections}, and the names as they were, would do"
    if differing <= _WHO_IS_WHO:
        return f"; who is who can be corrected in {corrections} (swap, face, caption), with the settings as they were"
    return "; to correct it, give the settings that it was made with" if job.corrections is not None else ""
