"""The films that jobs have made, looked at and corrected on the review page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dualface.review.desk import Desk
from dualface.review.library import Entry, Library
from dualface.service.job_store import JobStore
from dualface.service.workshop import Workshop


def desk_of(workshop: Workshop) -> Desk:
    """What the page works on."""
    return Desk(JobLibrary(workshop.folders.jobs, workshop.store))


class JobLibrary(Library):
    """The films that jobs have made; each is called as its video."""

    def __init__(self, jobs: Path, store: JobStore) -> None:
        super().__init__(jobs)
        self._store = store

    def entries(self) -> list[Entry]:
        found = [(entry, self._store.get(entry.title.partition("/")[0])) for entry in super().entries()]
        return [replace(entry, title=f"{job.name} ({job.number})") for entry, job in found if job is not None]
