"""The summary, as a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dualface.files import write_whole
from dualface.output_files import output_error


def write_summary(path: Path, summary: dict[str, Any]) -> None:
    """Writes it whole or not at all.  Raises :class:`~dualface.errors.OutputError` where it can't be written."""
    try:
        write_whole(path, (json.dumps(summary, indent=2, ensure_ascii=False) + "\n").encode(errors="replace"))
    except OSError as error:
        raise output_error(error, path) from error
