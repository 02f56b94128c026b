"""One video's run, before its first frame."""

from __future__ import annotations

import gc
import shutil
import threading
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.support.settings_of import settings_of
from tests.support.video_files import VideoFile

from dualface.errors import DiskFullError
from dualface.events import Event, EventBus, VideoStarted
from dualface.jobs import Job, Status, VideoOutcome
from dualface.render.encode.software import SoftwareEncoder
from dualface.video.second_look import SecondLook
from dualface.video.shared_models import SharedModels
from dualface.video.video_run import VideoRun

KBPS, SECONDS = 5000, 8
FILM_BYTES = KBPS * 1000 // 8 * SECONDS


class Usage(NamedTuple):
    """What ``shutil.disk_usage`` tells."""

    total: int
    used: int
    free: int


def begun(tmp_path: Path) -> VideoOutcome:
    """How a run ends that the user stops as soon as it starts."""
    source = VideoFile(frames=25 * SECONDS).write(tmp_path / "film.mp4")
    config = settings_of(tmp_path, encoding__bitrate_kbps=str(KBPS), framing__size="320x180")
    stop, bus = threading.Event(), EventBus()

    def stop_at_start(event: Event) -> None:
        if isinstance(event, VideoStarted):
            stop.set()

    bus.subscribe(stop_at_start)
    with closing(SharedModels(config)) as models:
        return VideoRun(Job(source, tmp_path / "out" / "film.mp4"), config, models, bus=bus, stop=stop).run()


@pytest.mark.parametrize(("films", "enough"), [(1.9, False), (2.3, True)])
def test_a_video_needs_room_for_its_pieces_and_for_the_whole(
    films: float, enough: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, int(films * FILM_BYTES)))
    outcome = begun(tmp_path)
    if enough:
        assert outcome.status is Status.STOPPED
    else:
        assert isinstance(outcome.error, DiskFullError)


def test_a_second_look_does_not_find_the_first_ones_encoder_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At 1080p it takes 140 MB, and a second look opens one of its own."""
    left: list[SoftwareEncoder] = []
    look_again = SecondLook.run

    def count(look: SecondLook, *arguments: Any) -> Any:
        left.extend(
            one for one in gc.get_objects() if issubclass(type(one), SoftwareEncoder)
        )  # isinstance asks dead proxies too
        return look_again(look, *arguments)

    monkeypatch.setattr(SecondLook, "run", count)
    source = VideoFile(frames=10).write(tmp_path / "film.mp4")
    config = settings_of(tmp_path, framing__size="320x180")
    gc.collect()
    with closing(SharedModels(config)) as models:
        job = Job(source, tmp_path / "out" / "film.mp4")
        outcome = VideoRun(job, config, models, bus=EventBus(), stop=threading.Event()).run()
    assert outcome.error is None
    assert not left
