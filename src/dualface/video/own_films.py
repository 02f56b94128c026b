"""Which videos dualface has made itself, as their summaries beside them say."""

from __future__ import annotations

import json
from pathlib import Path, PurePath
from typing import Any

from dualface.events import SUMMARY_SUFFIX, Job
from dualface.video.made_from import Identity


def is_own_film(path: Path) -> bool:
    """Whether the summary beside ``path`` names it as its output; false where there is none that can be read.

    Names are compared without folders, so that films may be moved with their summaries.  Raises nothing.
    """
    summary_path = Job(path, path).beside(SUMMARY_SUFFIX)
    try:
        summary = json.loads(summary_path.read_bytes()) if summary_path.is_file() else None
    except (OSError, ValueError, RecursionError):
        return False
    if not isinstance(summary, dict) or Identity.from_json(summary.get("made_from")) is None:
        return False
    return is_called(path, summary.get("output"))


def is_called(path: Path, output: Any) -> bool:
    """Whether a summary's ``output`` is the name of the film ``path``, folders aside."""
    written = path.name.encode(errors="replace").decode()  # as the summary, which is UTF-8, has other names
    return PurePath(str(output)).name == written
