"""How long tests may take."""

from __future__ import annotations

from pathlib import Path

import pytest

_SECONDS = 600
_WHOLE_RUNS = [Path(__file__).parent / name for name in ("faults", "integration")]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """More time for slow tests and for those that make whole videos: a busy machine takes minutes for a quiet one's seconds."""
    for item in items:
        long = item.get_closest_marker("slow") is not None or any(folder in item.path.parents for folder in _WHOLE_RUNS)
        if long and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(_SECONDS))
