"""Which files for editing programs stand beside a film; they are written where they are asked for."""

from __future__ import annotations

from pathlib import Path

from dualface import registry
from dualface.config.schema import Config
from dualface.jobs import PLAN_SUFFIX, SPEECH_SUFFIX, Job


def wanted_exporters(config: Config) -> list[str]:
    """The names in ``export.formats``."""
    return [name.strip() for name in config.export.formats.split(",") if name.strip()]


def suffix_of(name: str) -> str:
    """What the names of an exporter's files end in."""
    return str(registry.load("exporter", name).suffix)  # type: ignore[attr-defined]


def exports_of(job: Job, config: Config) -> dict[str, Path]:
    """The files that ``export.formats`` asks for beside the job's film, by the names of their exporters.

    But for the table of turns that ``speech.find`` has written there.
    """
    paths = {name: job.beside(suffix_of(name)) for name in wanted_exporters(config)}
    written = job.beside(SPEECH_SUFFIX) if config.speech.find else None
    return {name: path for name, path in paths.items() if path != written}


def export_film(job: Job, config: Config, *, overwrite: bool, missing_only: bool = False) -> tuple[str, ...]:
    """Writes the files that ``export.formats`` asks for, from the plan beside the film; returns sentences for the user.

    ``missing_only`` leaves alone what is there.  Raises as
    :func:`~dualface.video.exporting.timeline_of` and :func:`~dualface.video.exporting.write_export` do.
    """
    wanted = {name: path for name, path in exports_of(job, config).items() if not (missing_only and path.exists())}
    if not wanted:
        return ()
    from dualface.records.plan_file import read_plan
    from dualface.video.exporting import exporter_for, timeline_of, write_export

    header, frames = read_plan(job.beside(PLAN_SUFFIX))
    timeline = timeline_of(job.output.stem, header, tuple(frames), config, job.source)
    for name, path in wanted.items():
        write_export(timeline, exporter_for(path, name), path, overwrite=overwrite)
    return timeline.notes
