"""Where nothing can be forked, as on Windows and macOS, videos are made all the same, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from dualface.footage.render import render_scene
from dualface.footage.scenes import SCENES

SCRIPT = """
import ctypes, signal, sys, threading
from pathlib import Path
from types import SimpleNamespace

import psutil

# What is different there; each new process, too, begins by importing this file.
kill = signal.SIGKILL
del signal.SIGKILL
sys.modules["fcntl"] = None
sys.modules["msvcrt"] = SimpleNamespace(LK_NBLCK=2, LK_UNLCK=0, locking=lambda *_: None)
import dualface.workers.worker
from dualface import file_lock
from dualface.batch.run_batch import run_batch
from dualface.config.layers import HybridConfigManager
from dualface.events import EventBus
from dualface.jobs import Job, Status
from dualface.workers import processes
signal.SIGKILL = kill  # Python itself wants it here


def load_library(name):
    raise TypeError("bad argument type for built-in operation")


file_lock._WINDOWS = True
processes.sys = SimpleNamespace(platform="win32")
processes.ctypes = SimpleNamespace(CDLL=load_library)


def main():
    folder = Path(sys.argv[1])
    keys = {"framing.size": "320x180", "processing.cuda_streams": "2", "detection.input_size": "256x160"}
    flags = [("--set", key, value) for key, value in keys.items()]
    config = HybridConfigManager(flags=flags, environment={}, working_dir=folder, config_dir=folder).load_optimal_config()
    bus = EventBus()
    jobs = [Job(folder / "talk.mp4", folder / f"out{n}.mp4") for n in range(2)]
    outcomes = run_batch(jobs, config, bus=bus, stop=threading.Event())
    assert [outcome.status for outcome in outcomes] == [Status.DONE] * 2, outcomes
    commands = [" ".join(process.cmdline()) for process in psutil.Process().children(recursive=True)]
    assert all("resource_tracker" in command for command in commands), commands
    print("made")


if __name__ == "__main__":
    main()
"""


@pytest.mark.slow
def test_videos_are_made_where_nothing_can_be_forked(tmp_path: Path) -> None:
    render_scene(tmp_path / "talk.mp4", SCENES["cuts"], size=(160, 90), fps=5, seconds=1)
    (tmp_path / "script.py").write_text(textwrap.dedent(SCRIPT), encoding="utf-8")
    command = [sys.executable, str(tmp_path / "script.py"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("made\n", ""), done.stderr
