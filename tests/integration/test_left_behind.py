"""A call leaves the caller's process as it was: nothing runs on, nothing is set, nothing pretends to be a module."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from dualface.footage.render import render_scene
from dualface.footage.scenes import SCENES

SCRIPT = """
import os, signal, sys, tempfile, threading, warnings
from pathlib import Path

import psutil

folder, count, rounds = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])


def state():
    return {
        "processes": [process.cmdline() for process in psutil.Process().children(recursive=True)],
        "threads": [thread.name for thread in threading.enumerate()],
        "environment": dict(os.environ),
        "signals": {number: repr(signal.getsignal(number)) for number in signal.valid_signals()},
        "hidden modules": [name for name, module in sys.modules.items() if module is None],
        "finders": [repr(finder) for finder in sys.meta_path],
        "path": list(sys.path),
        "folder": os.getcwd(),
        "temporary files": sorted(os.listdir(tempfile.gettempdir())),
    }


def main():
    before = state()
    from dualface.batch.run_batch import run_batch
    from dualface.config.layers import HybridConfigManager
    from dualface.events import EventBus
    from dualface.jobs import Job, Status

    assert state() == before, "importing has changed something"
    keys = {"framing.size": "320x180", "processing.cuda_streams": "2", "encoding.codec": "av1"}
    keys["detection.input_size"] = "256x160"
    flags = [("--set", key, value) for key, value in keys.items()]
    config = HybridConfigManager(flags=flags, environment={}, working_dir=folder, config_dir=folder).load_optimal_config()
    descriptors = []
    for round in range(rounds):
        jobs = [Job(folder / "talk.mp4", folder / f"out{round}{n}.mp4") for n in range(count)]
        outcomes = run_batch(jobs, config, bus=EventBus(), stop=threading.Event())
        assert [outcome.status for outcome in outcomes] == [Status.DONE] * count, outcomes
        after = state()
        for name, value in before.items():
            assert after[name] == value, f"{name}: {after[name]} instead of {value}"
        descriptors.append(psutil.Process().num_fds())
    assert descriptors[-1] <= descriptors[0], descriptors
    print("as it was")


if __name__ == "__main__":
    main()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("caller")
    render_scene(folder / "talk.mp4", SCENES["cuts"], size=(160, 90), fps=5, seconds=1)
    (folder / "script.py").write_text(textwrap.dedent(SCRIPT), encoding="utf-8")
    return folder


@pytest.mark.parametrize(("count", "rounds"), [(1, 2), (2, 1)], ids=["in this process", "in others"])
@pytest.mark.slow
def test_nothing_is_left_behind(count: int, rounds: int, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.delenv("SVT_LOG", raising=False)
    command = [sys.executable, "-W", "error", str(folder / "script.py"), str(folder), str(count), str(rounds)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("as it was\n", "")
    for made in folder.glob("out*"):
        made.unlink()
