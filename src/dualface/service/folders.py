"""Where the service keeps what it has: one folder for all, and in it one for each job."""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from dualface.jobs import OBSERVATIONS_SUFFIX
from dualface.service.job_store import StoredJob

_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Folders:
    """``root`` holds the queue, the tokens, the jobs' folders, and uploads that are under way."""

    root: Path

    @property
    def database(self) -> Path:
        return self.root / "queue.sqlite"

    @property
    def tokens(self) -> Path:
        return self.root / "tokens.json"

    @property
    def lock(self) -> Path:
        return self.root / "serve.lock"

    @property
    def incoming(self) -> Path:
        return self.root / "incoming"

    @property
    def jobs(self) -> Path:
        return self.root / "jobs"

    def prepare(self) -> None:
        """Makes the folders; raises ``OSError``."""
        for folder in (self.root, self.incoming, self.jobs):
            folder.mkdir(parents=True, exist_ok=True)

    def of(self, id: str) -> Path:
        return self.jobs / id

    def source(self, job: StoredJob) -> Path:
        """In a folder of its own, so that no name is in the way of ours."""
        return self.of(job.id) / "source" / job.name

    def film(self, id: str) -> Path:
        """The folder of what is made."""
        return self.of(id) / "film"

    def results(self, id: str, *, faces: bool) -> list[Path]:
        """What was made of a video; descriptions of faces (see SECURITY.md) only with ``faces``."""
        folder = self.film(id)
        found = sorted(folder.iterdir()) if folder.is_dir() else []
        visible = [path for path in found if not path.name.startswith(".") and path.is_file() and not path.is_symlink()]
        return [path for path in visible if faces or not path.name.endswith(OBSERVATIONS_SUFFIX)]

    def sweep(self, known: Collection[str]) -> None:
        """Removes what a killed service has left: uploads that were under way, folders of jobs that nobody was told of."""
        for left in self.incoming.iterdir():
            left.unlink(missing_ok=True)
        for folder in self.jobs.iterdir():
            if _ID.fullmatch(folder.name) and folder.name not in known:
                self.remove(folder.name)

    def remove(self, id: str) -> None:
        """Removes a job's folder; what can't be removed stays."""
        assert _ID.fullmatch(id)
        shutil.rmtree(self.of(id), ignore_errors=True)
