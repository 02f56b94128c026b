"""A finished film and its corrections: from its summary to the files that replace it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dualface.jobs import SUMMARY_SUFFIX, Status, VideoOutcome
from dualface.output_files import preflight, publish
from dualface.video.film_correction import Corrected, FilmCorrection, Told, absent_in
from dualface.video.film_run import FilmRun
from dualface.video.kept import CORRECTING, work_path
from dualface.video.shared_models import SharedModels
from dualface.video.summary_file import write_summary
from dualface.video.vitals import Vitals
from dualface.video.who_is_missing import who_is_missing
from dualface.video.work_folder import WorkFolder

_MOMENTS = 5
"""So many moments are named in a note; the summary has them all."""


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
            job, config, models, film.corrections, work.path, absent=absent_in(made), vitals=vitals, told=told
        )
        done = correction.run()
        film.config = config
        summary = _summary(film, made, done)
        _publish(film, work.path, made, summary, done)
    finally:
        work.remove()
    film.export(overwrite=True)
    return VideoOutcome(job, Status(summary["status"]), None, summary)


def _summary(film: FilmRun, made: dict[str, Any], done: Corrected) -> dict[str, Any]:
    """The film's summary as it is now; sentences about who is missing are told anew."""
    failed, source = made.get("failed_share", 0.0), film.job.source
    told, missing = who_is_missing(done.counts, failed, film.config, source)
    kept = [one for one in made["warnings"] if one not in made.get("missing_told", [])]
    degraded = missing or failed > film.config.errors.degraded_share
    status = Status.PARTIAL if made["partial"] else Status.DEGRADED if degraded else Status.DONE
    change = done.change.as_dict()
    moments = ", ".join(f"{first:.0f} to {last:.0f} s" for first, last in done.change.spans[:_MOMENTS])
    where = f", at {moments}" if moments else ""
    film.note(f"{source}: corrected; {done.change.shown} of {done.counts.frames} pictures were made anew{where}.")
    for sentence in told:
        film.warn(sentence)
    corrections = film.corrections.as_dict() | {
        "frames_shown": change["frames_shown"],
        "spans": change["spans"],
        "seconds": round(done.seconds, 3),
        "absent": made.get("corrected", {}).get("absent", []),
    }
    stays = {key: value for key, value in made.items() if key != "next_output_bytes"}
    return stays | {
        **done.counts.as_dict(),
        "output_bytes": (done.film or film.job.output).stat().st_size,
        "degraded": degraded,
        "warnings": [*kept, *told],
        "missing_told": told,
        "notes": film.notes,
        "status": status.value,
        "corrected": corrections,
    }


def _publish(film: FilmRun, folder: Path, made: dict[str, Any], summary: dict[str, Any], done: Corrected) -> None:
    """Replaces the film, then what stands beside it, the summary last: until it is there, the next run corrects again."""
    job, between, final = film.job, folder / "between.json", folder / "summary.json"
    write_summary(between, made | {"next_output_bytes": summary["output_bytes"]})
    write_summary(final, summary)
    if done.film is not None:
        publish(between, job.beside(SUMMARY_SUFFIX), overwrite=True)
        publish(done.film, job.output, overwrite=True)
    for name, path in done.records.items():
        publish(path, job.beside(f".{name}"), overwrite=True)
    publish(final, job.beside(SUMMARY_SUFFIX), overwrite=True)
