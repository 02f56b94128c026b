"""Which videos dualface has made already, as the summaries beside them say."""

from __future__ import annotations

import json
from pathlib import Path, PurePath
from typing import Any

from dualface.config.schema import Config
from dualface.jobs import OBSERVATIONS_SUFFIX, PLAN_SUFFIX, SUMMARY_SUFFIX, TRACKS_SUFFIX, Job, Status
from dualface.video.kept import work_path
from dualface.video.made_from import Identity, film_digest
from dualface.video.work_folder import read_identity

NEXT_BYTES, NEXT_FRAMES = "next_output_bytes", "next_frames"
"""What a summary has only while a corrected film replaces the old one."""
_MADE = {Status.DONE, Status.PARTIAL, Status.DEGRADED}


def is_own_work(job: Job, config: Config) -> bool:
    """Whether what stands under the job's names was made by the same job before, finished or almost.

    Raises :class:`~dualface.errors.InputError` when the source can't be read.
    """
    if not (job.beside(SUMMARY_SUFFIX).is_file() or work_path(job.output).is_dir()):
        return False
    identity = Identity.of(job, config)
    finished = finished_summary(job, identity) is not None or correctable_summary(job, identity, config) is not None
    return finished or is_unfinished(job, identity) or is_begun(job, identity)


def finished_summary(job: Job, identity: Identity) -> dict[str, Any] | None:
    """The summary of a finished output made from the same source with the same settings; ``None`` if there is none."""
    summary = _matching_summary(job, identity)
    if summary is None or not job.beside(TRACKS_SUFFIX).is_file():
        return None
    whole = job.output.is_file() and job.output.stat().st_size == summary.get("output_bytes")
    return summary if whole else None


def made_from(job: Job) -> Identity | None:
    """What the film of the job's name was made from; ``None`` where dualface has made none."""
    return _summary(job)[1] if job.output.is_file() else None


def is_up_to_date(summary: dict[str, Any], digest: str) -> bool:
    """Whether a film was made with the corrections that have this digest."""
    made_with = summary.get("corrected")
    if NEXT_BYTES in summary:  # something ended a correction in the moment when the film was replaced
        return False
    return (made_with.get("digest", "") if isinstance(made_with, dict) else "") == digest


def correctable_summary(job: Job, identity: Identity, config: Config) -> dict[str, Any] | None:
    """The summary of a finished film from the same source and settings, if all that a correction needs is beside it.

    A film that is to follow another plan need only have the same canvas and be encoded the same way.
    """
    summary = _matching_summary(job, identity)
    if summary is None and job.plan is not None:
        summary = _summary_of_film(job, identity, config)
    needed = (TRACKS_SUFFIX, PLAN_SUFFIX) if job.plan is not None else (TRACKS_SUFFIX, PLAN_SUFFIX, OBSERVATIONS_SUFFIX)
    if summary is None or not all(job.beside(suffix).is_file() for suffix in needed):
        return None
    sizes = (summary.get("output_bytes"), summary.get(NEXT_BYTES))
    return summary if job.output.is_file() and job.output.stat().st_size in sizes else None


def is_unfinished(job: Job, identity: Identity) -> bool:
    """Whether a run was ended in the moment between publishing the files beside the video and the video itself."""
    return not job.output.exists() and _matching_summary(job, identity) is not None


def is_begun(job: Job, identity: Identity) -> bool:
    """Whether a run of the same job is working on the film, or something ended it."""
    return not job.output.exists() and read_identity(work_path(job.output)) == identity


def is_own_film(path: Path) -> bool:
    """Whether the summary beside ``path`` names it as its output; false where there is none that can be read.

    Names are compared without folders, so that films may be moved with their summaries.  Raises nothing.
    """
    summary_path = Job(path, path).beside(SUMMARY_SUFFIX)
    try:
        summary = json.loads(summary_path.read_bytes()) if summary_path.is_file() else None
    except (OSError, ValueError, RecursionError):
        return False
    if not isinstance(summary, dict) or Identity.from_json(summary.get("made_from")) is None:
        return False
    return _is_called(path, summary.get("output"))


def _is_called(path: Path, output: Any) -> bool:
    """Whether a summary's ``output`` is the name of the film ``path``, folders aside."""
    written = path.name.encode(errors="replace").decode()  # as the summary, which is UTF-8, has other names
    return PurePath(str(output)).name == written


def _matching_summary(job: Job, identity: Identity) -> dict[str, Any] | None:
    summary, made_from = _summary(job)
    return summary if made_from is not None and made_from.difference(identity) is None else None


def _summary_of_film(job: Job, identity: Identity, config: Config) -> dict[str, Any] | None:
    summary, made_from = _summary(job)
    if summary is None or made_from is None or summary.get("film") != film_digest(config):
        return None
    return summary if (made_from.source, made_from.program) == (identity.source, identity.program) else None


def _summary(job: Job) -> tuple[dict[str, Any] | None, Identity | None]:
    """The summary of a finished film of the job's name, and what that was made from."""
    try:
        summary = json.loads(job.beside(SUMMARY_SUFFIX).read_bytes())
    except (OSError, ValueError):
        return None, None
    if not isinstance(summary, dict) or summary.get("status") not in _MADE:
        return None, None
    if not _is_called(job.output, summary.get("output")):
        return None, None
    return summary, Identity.from_json(summary.get("made_from"))
