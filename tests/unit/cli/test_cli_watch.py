"""``dualface watch``: which videos are taken when, and which not again."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.films import Film

from dualface.api.incoming import Incoming
from dualface.cli import watch
from dualface.errors import InputError
from dualface.jobs import Status
from dualface.testing.command_line import CommandLine, FakeRuntime

Rounds = Callable[..., None]


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> Rounds:
    """What happens between one look and the next; after the last, Ctrl-C."""

    def play(*steps: Callable[[], object]) -> None:
        waiting = iter(steps)

        def pause() -> None:
            step = next(waiting, None)
            if step is None:
                raise KeyboardInterrupt
            step()

        monkeypatch.setattr(watch, "pause", pause)

    return play


def test_a_video_is_taken_once_and_again_when_it_has_changed(
    dualface: CommandLine, runtime: FakeRuntime, rounds: Rounds, folder: Path
) -> None:
    taken: list[list[str]] = []

    def note() -> None:
        taken.append([str(job.source) for job in runtime.jobs])
        runtime.jobs = []

    def touch() -> None:
        note()
        os.utime(source, ns=(1, 1))

    (folder / "in" / "day").mkdir(parents=True)
    source = Film().write(folder / "in" / "talk.mp4")
    Film().write(folder / "in" / "day" / "talk.mp4")
    runtime.ends["talk.mp4"] = Status.DONE
    rounds(note, note, note, touch, note, note)
    said = dualface("watch", "in", "out", "--settle", "0", "-r")
    assert said.code == 130
    both = ["in/day/talk.mp4", "in/talk.mp4"]
    assert [sorted(Path(one).as_posix() for one in names) for names in taken] == [[], both, [], [], [], both[1:]]


def test_a_failure_does_not_end_the_others_and_is_not_tried_again(
    dualface: CommandLine, runtime: FakeRuntime, rounds: Rounds, folder: Path
) -> None:
    (folder / "in").mkdir()
    (folder / "out").mkdir()
    Film().write(folder / "in" / "bad.mp4")
    Film().write(folder / "in" / "there.mp4")
    Film().write(folder / "in" / "good.mp4")
    (folder / "out" / "there.mp4").write_bytes(b"of somebody else")
    runtime.ends["bad.mp4"] = InputError("bad.mp4: is bad.")
    rounds(*[lambda: None] * 4)
    said = dualface("watch", "in", "out", "--settle", "0")
    assert said.err.count("is bad") == 1
    assert said.err.count("exists already") == 1
    assert [job.source.name for job in runtime.jobs] == ["bad.mp4", "good.mp4"]
    assert (folder / "out" / "there.mp4").read_bytes() == b"of somebody else"


def test_a_video_that_grows_or_can_not_be_opened_waits(tmp_path: Path) -> None:
    whole = Film().write(tmp_path / "whole.mp4").read_bytes()
    (tmp_path / "in").mkdir()
    path, incoming = tmp_path / "in" / "talk.mp4", Incoming(tmp_path / "in", tmp_path / "out", settle=5.0)
    path.write_bytes(whole[:100])
    assert incoming.ready(0.0) == []
    assert incoming.ready(100.0) == []  # it has not grown, but has no index yet
    assert incoming.waiting() == [path]
    assert incoming.stuck(64.9) == []
    assert incoming.stuck(65.0) == [path]
    assert incoming.stuck(100.0) == []
    path.write_bytes(whole)
    assert incoming.ready(101.0) == []
    assert incoming.ready(105.9) == []
    assert incoming.ready(106.0) == [path]
    incoming.take(path)
    assert incoming.ready(200.0) == []
    path.unlink()
    assert incoming.ready(300.0) == []


def test_films_look_as_the_options_say(dualface: CommandLine, runtime: FakeRuntime, rounds: Rounds, folder: Path) -> None:
    (folder / "in").mkdir()
    Film().write(folder / "in" / "talk.mp4")
    rounds(*[lambda: None] * 2)
    dualface("watch", "in", "out", "--settle", "0", "--layout", "stacked", "--names", "Ann,Bob", "--set", "framing.gap=8")
    assert runtime.config is not None
    framing = runtime.config.framing
    assert (framing.layout, framing.caption_right, framing.gap) == ("stacked", "Bob", 8)


def test_a_folder_that_is_gone_is_said(dualface: CommandLine, runtime: FakeRuntime, rounds: Rounds) -> None:
    said = dualface("watch", "nowhere", "out")
    assert said.code == 3
    assert "nowhere is not a folder" in said.err
