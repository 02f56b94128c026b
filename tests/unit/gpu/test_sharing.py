"""A service for sharing a GPU is started for one run, used as long as it can be trusted, and ended with the program."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from dualface.gpu.sharing import GpuSharing

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no such service elsewhere")


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a daemon was told that only writes it down; its command is in the PATH."""
    told, command = tmp_path / "told", tmp_path / "bin" / "mps-control"
    command.parent.mkdir()
    command.write_text(
        f'#!/bin/sh\nif [ "$1" = -d ]; then echo "start $CUDA_MPS_PIPE_DIRECTORY$CUDA_VISIBLE_DEVICES" >> {told};\n'
        f"else cat >> {told}; fi\n"
    )
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{command.parent}:{os.environ['PATH']}")
    monkeypatch.delenv("CUDA_MPS_PIPE_DIRECTORY", raising=False)
    monkeypatch.setattr("dualface.gpu.sharing._OTHERS", tmp_path / "nobody")
    return told


def works(_environment: Mapping[str, str], _gpu: int) -> bool:
    return True


def test_processes_get_a_service_of_their_own_which_ends_with_the_run(told: Path) -> None:
    with closing(GpuSharing(0, "mps-control", works)) as sharing:
        pipes = sharing.variables["CUDA_MPS_PIPE_DIRECTORY"]
        assert Path(pipes).is_dir()
        assert told.read_text() == f"start {pipes}\n"
    assert told.read_text() == f"start {pipes}\nquit -t 3\n"
    assert not Path(pipes).exists()
    assert not sharing.variables


def test_the_service_has_all_gpus_as_programs_name_theirs_among_all(told: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that sees the second GPU only counts it as the first, and nobody who asks for the second is let in."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    with closing(GpuSharing(0, "mps-control", lambda tried, _: tried["CUDA_VISIBLE_DEVICES"] == "1")) as sharing:
        assert told.read_text() == f"start {sharing.variables['CUDA_MPS_PIPE_DIRECTORY']}\n"


def test_who_comes_after_a_failure_does_not_take_part(told: Path) -> None:
    with closing(GpuSharing(0, "mps-control", works)) as sharing:
        sharing.distrust()
        assert not sharing.variables


def test_a_service_that_does_not_work_is_ended_at_once(told: Path) -> None:
    with closing(GpuSharing(0, "mps-control", lambda *_: False)) as sharing:
        assert not sharing.variables
        assert told.read_text().endswith("quit -t 3\n")


def test_without_the_daemon_and_beside_one_of_the_machine_nothing_is_started(
    told: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(GpuSharing(0, "no-such-command", works)) as sharing:
        assert not sharing.variables
    monkeypatch.setenv("CUDA_MPS_PIPE_DIRECTORY", "/somewhere")
    with closing(GpuSharing(0, "mps-control", works)) as sharing:
        assert not sharing.variables
    assert not told.exists()


def test_a_program_that_is_killed_leaves_no_daemon(told: Path) -> None:
    made = "from dualface.gpu.sharing import GpuSharing; sharing = GpuSharing(0, 'mps-control', lambda *_: True)"
    process = subprocess.Popen([sys.executable, "-c", f"{made}; import time; time.sleep(60)"])
    wait_until(told.exists)
    process.send_signal(signal.SIGKILL)
    process.wait()
    wait_until(lambda: told.read_text().endswith("quit -t 3\n"))


def wait_until(done) -> None:  # type: ignore[no-untyped-def]
    while not done():
        time.sleep(0.02)
