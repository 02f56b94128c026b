"""What is dear to make, made once for all processes that run the tests."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from dualface.file_lock import locked

T = TypeVar("T")


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], T]) -> T:
    """What ``make`` returned for a folder of that name: in the process that needs it first, its pickle in the others."""
    root = factory.getbasetemp()
    if root.name.startswith("popen-"):  # pytest-xdist gives each worker a folder of its own below the run's
        root = root.parent
    folder, result = root / f"shared-{name}", root / f"shared-{name}.pickle"
    with (root / f"shared-{name}.lock").open("wb") as lock, locked(lock):
        if not result.exists():
            folder.mkdir()
            result.write_bytes(pickle.dumps(make(folder)))
    made: T = pickle.loads(result.read_bytes())
    return made
