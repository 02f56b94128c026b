"""Damaged files and strange names: no hang, no crash, nothing outside the output folder."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from tests.support.settings_of import settings_of

from dualface.batch.outputs import plan_jobs
from dualface.batch.run_batch import run_batch
from dualface.events import EventBus
from dualface.footage.render import render_scene
from dualface.footage.scenes import SCENES
from dualface.jobs import Status
from dualface.testing.fuzz import fuzz, mutated


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("fuzz")
    paths = [folder / f"a.{suffix}" for suffix in ("mp4", "mkv", "mov")]
    for path in paths:
        render_scene(path, SCENES["cuts"], size=(96, 54), fps=10, seconds=2)
    return paths


@pytest.mark.slow
def test_damaged_files_are_read_or_refused(sources: list[Path]) -> None:
    counts, faults = fuzz(sources, range(400))
    assert faults == []
    assert counts.total() == 400
    assert counts["read"] > 40
    assert counts["refused"] > 40


@pytest.mark.slow
def test_a_mutation_can_be_made_again(sources: list[Path]) -> None:
    data = sources[0].read_bytes()
    assert mutated(data, 7) == mutated(data, 7) != mutated(data, 8)


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if not path.is_dir()}


NAMES = [
    "line\nbreak.mp4",
    "..mp4.mp4",
    "-j.mp4",
    "quote'\"$(x).mp4",
    "n" * 251 + ".mp4",
    "m" * 230 + ".mp4",
    "\udcff\udcfe.mp4",
]


@pytest.mark.slow
def test_strange_names_stay_in_the_output_folder(sources: list[Path], tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "in" / "out"
    out.mkdir(parents=True)
    (tmp_path / "secret").write_text("keep")
    named = [folder / name for name in NAMES]
    for path in named:
        path.write_bytes(sources[0].read_bytes())
    (folder / "link.mp4").symlink_to(sources[0])
    (out / ".link.work").symlink_to(tmp_path)  # where a work folder will be
    before = files(tmp_path)
    plan = plan_jobs([*named, folder / "link.mp4"], out, container="mp4", overwrite=False)
    config = settings_of(tmp_path, framing__size="128x72", reid__mode="never", detection__input_size="128x96")
    outcomes = run_batch(plan.jobs, config, bus=EventBus(), stop=threading.Event())
    for outcome in outcomes:
        assert outcome.status is Status.DONE, str(outcome.error)
    assert all(path.parent == out for path in files(tmp_path) - before)
    assert (tmp_path / "secret").read_text() == "keep"
