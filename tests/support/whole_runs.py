"""Tests that make whole videos in several processes: a busy machine takes minutes for what a quiet one does in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

SECONDS = 600


def give_time(items: Sequence[pytest.Item], folder: Path) -> None:
    """More of it than others have, to all tests below ``folder`` that don't say otherwise."""
    for item in items:
        if folder in item.path.parents and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(SECONDS))
