"""The command line in an empty folder, with a runtime that only pretends."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from dualface.cli.main import main
from dualface.models.store import ModelStore, Origin
from dualface.testing.command_line import CommandLine, FakeRuntime, Result


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> FakeRuntime:
    """A runtime that only pretends, where all models are at hand."""
    monkeypatch.setattr(ModelStore, "locate", lambda *_: Origin.CACHE)
    fake = FakeRuntime()
    monkeypatch.setattr("dualface.batch.run_batch.run_batch", fake)
    monkeypatch.setattr("dualface.api.head_start.begun", lambda *_: None)
    return fake


@pytest.fixture
def dualface(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    def call(*arguments: str | Path) -> Result:
        code = main([str(argument) for argument in arguments])
        return Result(code, *capsys.readouterr())

    return call


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and nothing of the user's own."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setattr("dualface.config.layers.user_config_dir", lambda: tmp_path / "config")
    monkeypatch.delenv("COLUMNS", raising=False)  # set by some test runners, it would wrap the tables
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    return work


@pytest.fixture
def video(folder: Path) -> Callable[[str], Path]:
    """Makes a file that looks like a video by its name; the fake runtime reads none."""

    def make(name: str = "talk.mp4") -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.fsencode(name))
        return Path(name)

    return make
