"""Drives the command line in tests, with a runtime that only pretends."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from dualface.config.schema import Config
from dualface.errors import DualfaceError, StoppedError
from dualface.events import EventBus, VideoFinished, VideoNote, VideoProgress, VideoStarted, VideoWarning
from dualface.jobs import Job, Status, VideoOutcome
from dualface.types import VideoInfo

INFO = VideoInfo(1920, 1080, Fraction(30), total_frames=60, duration_seconds=2.0)


def summary_of(job: Job, status: Status) -> dict[str, Any]:
    tile = {"tracked": 0.9, "held": 0.08, "fallback": 0.02}
    return {
        "source": str(job.source),
        "output": str(job.output),
        "status": status.value,
        "frames": 60,
        "seconds": 1.5,
        "fps": 40.0,
        "tiles": {"left": tile, "right": tile},
        "missing": {"left": [[0.25, 1.25]], "right": []},
        "duration_seconds": 2.0,
        "cuts": 3,
        "warnings": ["something"],
        "notes": ["something good"],
        "corrections": 0,
        "reid_share": 0.0,
        "decode": {},
        "partial": status is Status.PARTIAL,
    }


@dataclass
class FakeRuntime:
    """Stands in for ``run_batch``: each video ends as ``ends`` says by its name, else well."""

    ends: dict[str, Status | DualfaceError] = field(default_factory=dict)
    jobs: list[Job] = field(default_factory=list)
    config: Config | None = None
    raises: BaseException | None = None

    def __call__(
        self,
        jobs: Sequence[Job],
        config: Config,
        *,
        bus: EventBus,
        stop: threading.Event,
        isolated: bool = False,
        launcher: object | None = None,
        begun: object | None = None,
    ) -> list[VideoOutcome]:
        assert not isolated
        assert launcher is None
        assert begun is None
        self.jobs, self.config = list(jobs), config
        if self.raises is not None:
            raise self.raises
        assert not stop.is_set()
        outcomes = [self._process(job, bus) for job in jobs]
        for outcome in outcomes:
            bus.emit(VideoFinished(outcome.job, outcome))
        return outcomes

    def _process(self, job: Job, bus: EventBus) -> VideoOutcome:
        end = self.ends.get(job.source.name, Status.DONE)
        if isinstance(end, DualfaceError):
            return VideoOutcome(job, Status.FAILED, end)
        bus.emit(VideoStarted(job, INFO, INFO.total_frames))
        bus.emit(VideoProgress(job, 30, 2))
        if end is Status.STOPPED:
            return VideoOutcome(job, Status.STOPPED, StoppedError(f"{job.source} was stopped."))
        bus.emit(VideoWarning(job, f"{job.source}: something."))
        bus.emit(VideoNote(job, f"{job.source}: something good."))
        return VideoOutcome(job, end, None, summary_of(job, end))


@dataclass
class Result:
    """What one call of the command line did."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def document(self) -> Any:
        return json.loads(self.out)


CommandLine = Callable[..., Result]
