"""How long tests may take, and that none of them leaves the machine to itself."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from dualface.scheduling import ordinary_threads

_SECONDS = 600
_WHOLE_RUNS = tuple(f"{Path(__file__).parent / name}{os.sep}" for name in ("faults", "integration"))

settings.register_profile("patient", deadline=None)  # a busy machine takes longer for one example
settings.load_profile("patient")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """More time for slow tests and for those that make whole videos: a busy machine takes minutes for a quiet one's seconds."""
    for item in items:
        long = item.get_closest_marker("slow") is not None or str(item.path).startswith(_WHOLE_RUNS)
        if long and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(_SECONDS))


def pytest_collection_finish() -> None:
    """What was collected stays to the end: the garbage collector need not look at a million objects each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _no_thread_is_left_real_time() -> Iterator[None]:
    """Films in AV1 are made as sources too, straight by PyAV."""
    with ordinary_threads():
        yield
