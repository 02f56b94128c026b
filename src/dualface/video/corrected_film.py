"""A finished film and its corrections: from its summary to the files that replace it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dualface.jobs import SUMMARY_SUFFIX, Status, VideoOutcome
from dualface.output_files import preflight, publish
from dualface.video.corrected_summary import absent_in, corrected_summary, doubtful_in, in_words, summary_between
from dualface.video.film_correction import Corrected, FilmCorrection, Told
from dualface.video.film_run import FilmRun
from dualface.video.kept import CORRECTING, work_path
from dualface.video.shared_models import SharedModels
from dualface.video.summary_file import write_summary
from dualface.video.vitals import Vitals
from dualface.video.work_folder import WorkFolder


def correct(film: FilmRun, made: dict[str, Any], models: SharedModels, *, vitals: Vitals, told: Told) -> VideoOutcome:
    """Makes of a finished film only what is different now; ``made`` is its summary.

    Raises as :meth:`~dualface.video.film_correction.FilmCorrection.run` and :func:`~dualface.output_files.publish` do; the film
    is as it was then.
    """
    job, config = film.job, film.corrections.captioned(film.config)
    preflight(job.source, job.output, overwrite=True, needed_bytes=job.output.stat().st_size)
    work = WorkFolder(work_path(job.output, CORRECTING), film.identity)
    try:
        work.begin()
        correction = FilmCorrection(
            job,
            config,
            models,
            film.corrections,
            work.path,
            absent=absent_in(made),
            doubtful=doubtful_in(made),
            vitals=vitals,
            told=told,
        )
        done = correction.run()
        film.config = config
        summary = corrected_summary(made, done, film.corrections, config, job)
        film.warn_for_now(summary["warned_for_now"])
        film.note(f"{job.source}: {in_words(done)}")
        summary["notes"] = film.notes
        _publish(film, work.path, made, summary, done)
    finally:
        work.remove()
    film.export(overwrite=True)
    return VideoOutcome(job, Status(summary["status"]), None, summary)


def _publish(film: FilmRun, folder: Path, made: dict[str, Any], summary: dict[str, Any], done: Corrected) -> None:
    """Replaces the film, then what stands beside it, the summary last: until it is there, the next run corrects again."""
    job, between, final = film.job, folder / "between.json", folder / "summary.json"
    write_summary(between, summary_between(made, summary, done))
    write_summary(final, summary)
    if done.film is not None:
        publish(between, job.beside(SUMMARY_SUFFIX), overwrite=True)
        publish(done.film, job.output, overwrite=True)
    for name, path in done.records.items():
        publish(path, job.beside(f".{name}"), overwrite=True)
    publish(final, job.beside(SUMMARY_SUFFIX), overwrite=True)
