"""Marks for whole folders of tests."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest


def mark_all_in(folder: Path, items: Iterable[pytest.Item], mark: pytest.MarkDecorator) -> None:
    """Gives ``mark`` to those of the collected tests that lie in ``folder``."""
    for item in items:
        if folder in item.path.parents:
            item.add_marker(mark)
