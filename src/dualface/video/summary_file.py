"""The summary, as a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dualface.output_files import write_output


def write_summary(path: Path, summary: dict[str, Any]) -> None:
    """Writes it whole or not at all.  Raises :class:`~dualface.errors.OutputError` where it can't be written."""
    write_output(path, (json.dumps(summary, indent=2, ensure_ascii=False) + "\n").encode(errors="replace"))
