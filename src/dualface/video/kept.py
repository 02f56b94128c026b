"""How much of a video is kept between two attempts.  Imports nothing heavy: those who only watch ask too."""

from __future__ import annotations

import json

from dualface.jobs import Job
from dualface.output_files import hidden_sibling


def closed_frames(job: Job) -> int:
    """How many frames of the job's video are in closed segments."""
    try:
        lines = (hidden_sibling(job.output, ".work") / "segments.jsonl").read_text(encoding="utf-8").splitlines()
        return sum(json.loads(line)["frames"] for line in lines)
    except (OSError, ValueError, KeyError, TypeError):
        return 0
