"""Environment variables that libraries read when they start, set for that moment: the rest belongs to the whole process."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_one_at_a_time = threading.RLock()


@contextmanager
def variable(name: str, value: str, *, unless_set: bool = False) -> Iterator[None]:
    """Sets an environment variable and puts back what was there; two threads that want one follow each other.

    ``unless_set`` leaves a value alone that somebody has chosen.
    """
    with _one_at_a_time:
        before = os.environ.get(name)
        if unless_set and before is not None:
            yield
            return
        os.environ[name] = value
        try:
            yield
        finally:
            if before is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = before
