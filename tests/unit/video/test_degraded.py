"""A film without the people it is about ends as degraded; one in which they are away for a while does not."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from tests.support.moving import moving_film
from tests.support.settings_of import settings_of

from dualface.cli.execution import exit_code
from dualface.config.schema import Config
from dualface.device.cpu import CpuDevice
from dualface.events import EventBus
from dualface.jobs import Job, Status, VideoOutcome
from dualface.types import Box, Detection, Frame, FramePlan, Observation, Person, Placement, Rect, TileState
from dualface.video.counts import RunCounts
from dualface.video.shared_models import SharedModels
from dualface.video.video_run import VideoRun
from dualface.video.who_is_missing import who_is_missing

SECONDS, FPS = 4.0, 10
BOXES = (Box(40, 40, 30, 36), Box(220, 40, 30, 36))
MARKS = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]], np.float32)


class Seen:
    """A detector that sees each of two people until a time of their own, in seconds."""

    def __init__(self, *until: float) -> None:
        self._until = until

    def detect(self, frames: Sequence[Frame]) -> list[list[Detection]]:
        return [[face(box) for box, until in zip(BOXES, self._until, strict=False) if frame.time < until] for frame in frames]

    def close(self) -> None:
        pass


def face(box: Box) -> Detection:
    return Detection(box, 0.9, (MARKS * box[2:] + box[:2]).astype(np.float32))


def made(folder: Path, *until: float, **settings: str) -> VideoOutcome:
    source = moving_film(folder / "talk.mp4", 320, 180, int(SECONDS * FPS), rate=Fraction(FPS))
    keys = {"tracking__hold_seconds": "0", "framing__size": "256x144", "reid__mode": "never"} | settings
    models = SharedModels(settings_of(folder, **keys), CpuDevice())
    models.detector = lambda width, height: Seen(*until)  # type: ignore[method-assign]
    job = Job(source, folder / "out" / "talk.mp4")
    return VideoRun(job, settings_of(folder, **keys), models, bus=EventBus(), stop=threading.Event()).run()


@pytest.mark.parametrize(
    ("until", "warning"),
    [
        ((), "no face was found; the whole scene is shown."),
        ((SECONDS,), "only one person was found."),
    ],
)
def test_a_tile_that_hardly_ever_shows_its_person_ends_as_degraded(
    until: tuple[float, ...], warning: str, tmp_path: Path
) -> None:
    outcome = made(tmp_path, *until)
    assert outcome.status is Status.DEGRADED
    assert exit_code([outcome]) == 8
    assert outcome.summary["degraded"]
    assert outcome.summary["warnings"] == [f"{tmp_path / 'talk.mp4'}: {warning}"]
    assert outcome.job.output.is_file()


@pytest.mark.parametrize("until", [(SECONDS, SECONDS), (SECONDS, 1.5), (3.0, 3.0)])
def test_people_who_are_away_for_a_while_are_no_reason(until: tuple[float, ...], tmp_path: Path) -> None:
    outcome = made(tmp_path, *until)
    assert outcome.status is Status.DONE
    assert not outcome.summary["degraded"]
    assert outcome.summary["warnings"] == []


def test_a_plan_tells_who_is_in_the_film_where_nobody_kept_what_was_seen() -> None:
    counts, place = RunCounts(), Rect(0, 0, 128, 144)
    for index in range(10):
        placed = (Placement(place, BOXES[0], Person.LEFT, TileState.TRACKED, 1),)
        plan = FramePlan(index, index / 25, False, "full", placed, {1: Person.LEFT, 2: Person.RIGHT})
        counts.add(Observation(index, index / 25, False), plan)
    told, degraded = who_is_missing(counts, 0.0, Config.defaults(), Path("talk.mp4"))
    assert not any("no face was found" in one for one in told)
    assert degraded, "one of the two is never shown"


def test_a_film_that_shows_nobody_for_more_than_a_third_is_not_simply_done(tmp_path: Path) -> None:
    outcome = made(tmp_path, 2.0, 2.0)
    assert outcome.status is Status.DEGRADED
    assert outcome.summary["nobody"] > 1 / 3
    [warning] = outcome.summary["warnings"]
    assert warning.endswith(f"nobody could be singled out in {outcome.summary['nobody']:.0%} of the pictures.")


def test_tiles_that_are_enlarged_a_lot_are_worth_a_warning(tmp_path: Path) -> None:
    outcome = made(tmp_path, SECONDS, SECONDS, framing__size="1024x576")
    assert outcome.status is Status.DONE
    enlarged = outcome.summary["enlarged"]["left"]
    assert 3 < enlarged["usual"] <= enlarged["most"]
    [warning] = outcome.summary["warnings"]
    assert f"the left person {enlarged['usual']:.1f} times" in warning
    assert "--size" in warning


def test_the_summary_says_how_often_each_was_alone(tmp_path: Path) -> None:
    tiles = made(tmp_path, SECONDS, 1.5).summary["tiles"]
    assert tiles["left"]["alone"] == pytest.approx(tiles["right"]["absent"], abs=1e-3)
    assert tiles["left"]["alone"] > 0.3
    assert tiles["right"]["alone"] == 0.0


def test_the_summary_says_who_was_away_and_when(tmp_path: Path) -> None:
    outcome = made(tmp_path, SECONDS, 1.5)
    assert outcome.summary["missing"]["left"] == []
    [[start, end]] = outcome.summary["missing"]["right"]
    assert 1.0 <= start <= 2.0
    last = SECONDS - 1 / FPS  # where the last frame begins
    assert end == pytest.approx(last)
    assert outcome.summary["duration_seconds"] == pytest.approx(last)


def test_tiles_of_a_stack_are_called_upper_and_lower(tmp_path: Path) -> None:
    warnings = made(tmp_path, SECONDS, 1.5, framing__layout="stacked", errors__absent_share="0.3").summary["warnings"]
    assert len(warnings) == 1
    assert "the lower person is not seen in" in warnings[0]


def test_how_much_may_be_missing_can_be_chosen(tmp_path: Path) -> None:
    assert made(tmp_path, errors__absent_share="1").status is Status.DONE
    strict = tmp_path / "strict"
    strict.mkdir()
    outcome = made(strict, SECONDS, 1.5, errors__absent_share="0.3")
    assert outcome.status is Status.DEGRADED
    [warning] = outcome.summary["warnings"]
    missing = outcome.summary["tiles"]["right"]["absent"]
    assert 0.3 < missing < 0.9
    assert warning.endswith(f"talk.mp4: the right person is not seen in {missing:.0%} of the pictures.")
