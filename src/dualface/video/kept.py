"""How much of a video is kept between two attempts.  Imports nothing heavy: those who only watch ask too."""

from __future__ import annotations

import json
from pathlib import Path

from dualface.jobs import Job
from dualface.output_files import hidden_sibling

WORK_SUFFIX, CORRECTING = ".work", ".correcting"
"""Where a film is made, and where a finished one is corrected."""
WATCHED = "watched"
"""What names in a work folder begin with that are about what was seen, where a whole video is seen before its film is made."""


def work_path(output: Path, suffix: str = WORK_SUFFIX) -> Path:
    """The work folder of the film ``output``, the same for every container: only the last step knows of it."""
    return hidden_sibling(output.with_name(output.stem), suffix)


def closed_frames(job: Job) -> int:
    """How many frames are in closed segments, of all films of the job's video together, or were seen and noted for them."""
    return sum(map(_closed_frames, (job.output, *(other.output for other in job.also))))


def watched_files(folder: Path) -> list[tuple[int, Path]]:
    """The files of what was seen in a work folder, in order, each with the number of the frame after its last."""
    named = ((path.name.removeprefix(f"{WATCHED}-").partition(".")[0], path) for path in folder.glob(f"{WATCHED}-*"))
    return sorted((int(end), path) for end, path in named if end.isdecimal())


def _closed_frames(output: Path) -> int:
    folder = work_path(output)
    watched = max((end for end, _ in watched_files(folder)), default=0)
    try:
        lines = (folder / "segments.jsonl").read_text(encoding="utf-8").splitlines()
        return watched + sum(int(json.loads(line)["frames"]) for line in lines)
    except (OSError, ValueError, KeyError, TypeError):
        return watched
