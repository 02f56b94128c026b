"""The summary, as a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dualface.output_files import output_error


def write_summary(path: Path, summary: dict[str, Any]) -> None:
    """Raises :class:`~dualface.errors.OutputError` where it can't be written."""
    try:
        path.write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", "utf-8", "replace")
    except OSError as error:
        raise output_error(error, path) from error
