"""How much of a video is kept between two attempts.  Imports nothing heavy: those who only watch ask too."""

from __future__ import annotations

import json
from pathlib import Path

from dualface.jobs import Job
from dualface.output_files import hidden_sibling

WORK_SUFFIX, CORRECTING = ".work", ".correcting"
"""Where a film is made, and where a finished one is corrected."""


def work_path(output: Path, suffix: str = WORK_SUFFIX) -> Path:
    """The work folder of the film ``output``, the same for every container: only the last step knows of it."""
    return hidden_sibling(output.with_name(output.stem), suffix)


def closed_frames(job: Job) -> int:
    """How many frames of the job's video are in closed segments."""
    try:
        lines = (work_path(job.output) / "segments.jsonl").read_text(encoding="utf-8").splitlines()
        return sum(json.loads(line)["frames"] for line in lines)
    except (OSError, ValueError, KeyError, TypeError):
        return 0
