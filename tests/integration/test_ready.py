"""A process that is ready: films are made in forks of it, and it ends when it is closed."""

from __future__ import annotations

import psutil
import pytest

from dualface.api.ready import Ready
from dualface.workers.processes import can_fork


@pytest.mark.slow
@pytest.mark.skipif(not can_fork(), reason="processes can't be forked here")
def test_it_is_started_once_and_never_after_it_was_closed() -> None:
    before = set(psutil.Process().children(recursive=True))
    ready = Ready()
    ready.warm()
    (server,) = set(psutil.Process().children(recursive=True)) - before
    ready.warm()
    assert set(psutil.Process().children(recursive=True)) - before == {server}
    ready.close()
    ready.warm()
    assert set(psutil.Process().children(recursive=True)) - before == set()
