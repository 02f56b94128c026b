"""Models that are not here yet are fetched before a run, and one sees how far that is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dualface.cli.download_bar import DownloadBar
from dualface.cli.terminal import Terminal
from dualface.errors import ModelError
from dualface.models.store import ModelStore, Origin
from dualface.testing.command_line import CommandLine, FakeRuntime

MakeVideo = Callable[[str], Path]


@pytest.fixture
def fetched(runtime: FakeRuntime, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The models that were fetched; none is on this machine, and the one for faces of people can't be had."""
    seen: list[str] = []

    def resolve(self: ModelStore, reference: str) -> None:
        assert not runtime.jobs
        seen.append(reference)
        if reference != "centerface":
            raise ModelError(f"{reference} can't be had.")

    monkeypatch.setattr(ModelStore, "locate", lambda *_: Origin.INDEX)
    monkeypatch.setattr(ModelStore, "resolve", resolve)
    return seen


def test_missing_models_are_fetched_before_the_run(
    dualface: CommandLine, runtime: FakeRuntime, video: MakeVideo, fetched: list[str]
) -> None:
    assert dualface("run", video("talk.mp4")).code == 0
    assert fetched == ["centerface", "dlib-resnet"]
    assert len(runtime.jobs) == 1


def test_what_the_run_does_not_need_is_not_fetched(dualface: CommandLine, video: MakeVideo, fetched: list[str]) -> None:
    assert dualface("run", video("talk.mp4"), "--reid", "never").code == 0
    assert fetched == ["centerface"]


def test_without_a_detector_there_is_no_run(
    dualface: CommandLine, runtime: FakeRuntime, video: MakeVideo, fetched: list[str]
) -> None:
    result = dualface("run", video("talk.mp4"), "--set", "models.face_detection=scrfd:https://example.org/a.onnx")
    assert result.code == 5
    assert "can't be had" in result.err
    assert not runtime.jobs


def test_a_log_gets_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    now = 0.0
    with DownloadBar(Terminal(), clock=lambda: now) as bar:
        for second in range(20):
            now = float(second)
            bar.report("tiny", second * 1_000_000, 20_000_000)
        bar.report("other", 5_000_000, None)
    assert capsys.readouterr().err.splitlines() == [
        "Fetching the model tiny: 0 of 20 MB",
        "Fetching the model tiny: 8 of 20 MB",
        "Fetching the model tiny: 16 of 20 MB",
        "Fetching the model other: 5 MB",
        "The model tiny is here.",
        "The model other is here.",
    ]


@pytest.mark.parametrize("terminal", [Terminal(quiet=True), Terminal(json_output=True)])
def test_quiet_and_programs_get_none(terminal: Terminal, capsys: pytest.CaptureFixture[str]) -> None:
    with DownloadBar(terminal) as bar:
        bar.report("tiny", 1, 2)
    assert capsys.readouterr().err == ""
