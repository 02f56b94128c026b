"""``dualface bench`` tells how fast the stages are, for people and for programs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dualface.bench.stages import StageSpeed
from dualface.errors import InputError
from dualface.testing.command_line import CommandLine, FakeRuntime


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, runtime: FakeRuntime) -> None:
    def stages(*_: object) -> Iterator[StageSpeed]:
        yield StageSpeed("decode", 123.456, "every frame")
        yield StageSpeed("encode", 45.6, "every frame")

    monkeypatch.setattr("dualface.bench.stages.measure_stages", stages)
    Path("talk.mp4").touch()


def test_bench_prints_a_table(dualface: CommandLine, runtime: FakeRuntime) -> None:
    result = dualface("bench", "talk.mp4")
    assert result.code == 0
    rows = [line.split() for line in result.out.splitlines()]
    assert rows[1] == ["decode", "123", "every", "frame"]
    assert rows[-1][:3] == ["a", "whole", "run"]
    assert [job.source for job in runtime.jobs] == [Path("talk.mp4")]


def test_bench_prints_json(dualface: CommandLine) -> None:
    document = dualface("bench", "talk.mp4", "--json").document
    assert document["stages"]["decode"] == {"fps": 123.46, "use": "every frame"}
    assert document["run"]["fps"] > 0


def test_bench_leaves_nothing_behind(dualface: CommandLine) -> None:
    before = sorted(Path().iterdir())
    dualface("bench", "talk.mp4")
    assert sorted(Path().iterdir()) == before


def test_models_are_let_go_of_before_the_whole_run_and_after_a_failure(
    dualface: CommandLine, runtime: FakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They may hold a gigabyte of a GPU."""
    closed: list[int] = []
    monkeypatch.setattr("dualface.video.shared_models.SharedModels.close", lambda _: closed.append(len(runtime.jobs)))
    dualface("bench", "talk.mp4")
    assert closed == [0]

    def fails(*_: object) -> Iterator[StageSpeed]:
        raise InputError("talk.mp4 is empty.")

    monkeypatch.setattr("dualface.bench.stages.measure_stages", fails)
    assert dualface("bench", "talk.mp4").code == 3
    assert len(closed) == 2
