"""Why a film that is there is not the one that is asked for."""

from __future__ import annotations

import json
import os
from fractions import Fraction
from pathlib import Path

import pytest
from tests.support.plans import moving_plan
from tests.support.settings_of import settings_of

from dualface.api.orders import order
from dualface.config.schema import Config
from dualface.errors import OutputExistsError
from dualface.jobs import PLAN_SUFFIX, SUMMARY_SUFFIX, Job
from dualface.records.headers import RecordHeader
from dualface.records.plan_file import write_plan
from dualface.video.made_from import Identity


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "talk.mp4"
    path.write_bytes(b"a video")
    return path


def made(source: Path, config: Config) -> Job:
    """A film of which only what stands beside it is of interest."""
    job = Job(source, source.parent / "out/talk.mp4")
    job.output.parent.mkdir()
    job.output.write_bytes(b"a film")
    summary = {"status": "done", "output": str(job.output), "made_from": Identity.of(job, config).to_json()}
    job.beside(SUMMARY_SUFFIX).write_text(json.dumps(summary))
    header = RecordHeader(source, 64, 48, Fraction(25), config.model_dump(mode="json"))
    write_plan(job.beside(PLAN_SUFFIX), header, moving_plan(1, 2, source=(64, 48), canvas=(320, 180)))
    return job


def refused(source: Path, config: Config) -> str:
    with pytest.raises(OutputExistsError) as caught:
        order(source, source.parent / "out", config, overwrite=False)
    return str(caught.value)


def test_the_setting_that_differs_is_named(source: Path, tmp_path: Path) -> None:
    made(source, settings_of(tmp_path, input__end="8"))
    told = refused(source, settings_of(tmp_path))
    assert "out/talk.mp4 exists already (and 2 more), made with other settings (--end was 8, now it isn't set); " in told
    assert told.endswith("; --overwrite replaces it, -o chooses another folder.")


def test_whoever_wants_to_correct_is_told_how(source: Path, tmp_path: Path) -> None:
    job = made(source, settings_of(tmp_path, input__end="8"))
    (job.output.parent / "talk.corrections.yaml").write_text("version: 1\ncorrections:\n- cut: here\n  at: 1\n")
    assert "; to correct it, give the settings that it was made with; " in refused(source, settings_of(tmp_path))


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"framing__caption_left": "Ann"}, "a caption in "),
        ({"tracking__sides": "position"}, "who is who can be corrected in "),
    ],
)
def test_corrections_are_offered_where_they_would_do(settings: dict[str, str], told: str, source: Path, tmp_path: Path) -> None:
    made(source, settings_of(tmp_path))
    assert f"{told}{tmp_path / 'out/talk.corrections.yaml'}" in refused(source, settings_of(tmp_path, **settings))


def test_another_video_another_version_and_a_damaged_film_are_told(source: Path, tmp_path: Path) -> None:
    config = settings_of(tmp_path)
    job = made(source, config)
    assert "a file beside it was changed since it was made" in refused(source, config)
    summary = json.loads(job.beside(SUMMARY_SUFFIX).read_text())
    summary["made_from"]["program"] = "0.0.1/1"
    job.beside(SUMMARY_SUFFIX).write_text(json.dumps(summary))
    assert "made by another version of dualface" in refused(source, config)
    os.utime(source, (0, 0))
    assert "made of another video, or of this one before it was changed" in refused(source, config)
    job.beside(SUMMARY_SUFFIX).unlink()
    assert "exists already (and 1 more); --overwrite" in refused(source, config)


def test_without_a_plan_it_is_only_said_that_settings_differ(source: Path, tmp_path: Path) -> None:
    job = made(source, settings_of(tmp_path, input__end="8"))
    job.beside(PLAN_SUFFIX).unlink()
    assert "made with other settings; --overwrite" in refused(source, settings_of(tmp_path))
