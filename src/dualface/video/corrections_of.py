"""The corrections that a film is to be made with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dualface.config.schema import Config
from dualface.jobs import Job
from dualface.types import FramePlan, Observation, Person, VideoInfo
from dualface.video.about import timecode_of
from dualface.video.canvas import names_of
from dualface.video.made_from import digest_of_file
from dualface.video.shared_models import scale_of

if TYPE_CHECKING:  # most films have none, and are begun sooner without
    from dualface.corrections import Correction
    from dualface.direct.corrected.observed import Footage


@dataclass(frozen=True, slots=True)
class Corrections:
    """``all`` of them, in order, and the file ``path`` that they are from; or the digest of the ``plan`` to follow instead."""

    all: tuple[Correction, ...] = ()
    path: Path | None = None
    plan: str = ""

    @classmethod
    def of(cls, job: Job, config: Config) -> Corrections:
        """Those of the job's file.  Raises :class:`~dualface.config.correction_reader.CorrectionError`."""
        if job.plan is not None:
            return cls(plan=digest_of_file(job.plan))
        if job.corrections is None:
            return cls()
        from dualface.config.corrections_file import load_corrections

        names = {name: person for person, name in names_of(config).items() if name}
        return cls(load_corrections(job.corrections, names), job.corrections)

    @property
    def digest(self) -> str:
        """Changes with what is corrected; empty where nothing is."""
        if self.plan or not self.all:
            return f"plan {self.plan}" if self.plan else ""
        from dualface.config.corrections_file import digest_of

        return digest_of(self.all)

    @property
    def named(self) -> frozenset[Person]:
        """Those of whom they say where they are, or what they are called."""
        from dualface.corrections import Caption, FaceIs

        faces = {Person(one.who.value) for one in self.all if isinstance(one, FaceIs) and one.who.value in set(Person)}
        return frozenset(faces | {one.person for one in self.all if isinstance(one, Caption)})

    def captioned(self, config: Config) -> Config:
        """The configuration with the captions that they give people."""
        if not self.all:
            return config
        from dualface.config.corrections_file import captioned

        return captioned(config, self.all)

    def plans(self, seen: Sequence[Observation], base: Sequence[FramePlan], info: VideoInfo, config: Config) -> list[FramePlan]:
        """The plans of a film with them; ``base`` are those without."""
        from dualface.direct.corrected.planning import plan_corrected

        return plan_corrected(_footage(seen, info, config), base, config, self.all)

    def unfounded(self, seen: Sequence[Observation], info: VideoInfo, config: Config) -> Iterator[str]:
        """A sentence for each that finds nothing to correct."""
        from dualface.config.correction_entries import entry_of
        from dualface.corrections import FaceIs
        from dualface.direct.corrected.observed import unfounded

        for one in unfounded(_footage(seen, info, config), self.all):
            said = ", ".join(f"{name}: {value}" for name, value in entry_of(one).items())
            what = "there is no such face then" if isinstance(one, FaceIs) else "the film has no such time"
            yield f"{self.path}: {said} changes nothing, {what}{_clock(config)}; correct it."

    def as_dict(self) -> dict[str, Any]:
        """As the summary has it."""
        return {"file": str(self.path) if self.path else None, "count": len(self.all), "digest": self.digest}


def _clock(config: Config) -> str:
    """Which time is meant, where there are two."""
    begins = config.input.start
    return f" (times count from the film's first picture: --start {begins} is 0 in it)" if begins else ""


def _footage(seen: Sequence[Observation], info: VideoInfo, config: Config) -> Footage:
    from dualface.direct.corrected.observed import Footage

    scale, timecode = scale_of(config.models.reid_model), timecode_of(info, config)
    return Footage(seen, info.width, info.height, info.fps, scale, timecode)


NO_CORRECTIONS = Corrections()
