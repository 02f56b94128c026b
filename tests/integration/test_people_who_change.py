"""Nobody loses identity by turning, speaking, glasses or light, with the real models, by themselves and together with a cut."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from benchmarks.identity_score import Score
from tests.support.settings_of import settings_of

from dualface.decode.software import SoftwareDecoder
from dualface.footage.cast import Actor, load_cast, load_changed
from dualface.footage.poses import Pose
from dualface.footage.render import render_scene
from dualface.footage.scenes import Key, Scene, Shot
from dualface.pixels.thumbnail import thumbnail
from dualface.types import Box, Person, TileState
from dualface.video.analysis import open_analysis
from dualface.video.films import FIRST
from dualface.video.shared_models import SharedModels

SIZE = (640, 360)
SEATS = ((Key(0, 0.26, 0.41, 0.3),), (Key(0, 0.74, 0.41, 0.3),))
CHANGE = 1.2
FPS = 15


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> SharedModels:
    return SharedModels(settings_of(tmp_path_factory.mktemp("config"), hardware__device="cpu", detection__input_size="384x224"))


def turning(pose: Pose, time: float) -> Pose:
    """To the side in the quarter of a second before the change, and back half a second after it."""
    away = min(max((time - CHANGE) / 0.25 + 1, 0.0), 1.0) - min(max((time - CHANGE - 0.5) / 0.25, 0.0), 1.0)
    return pose._replace(profile=away)


def shouting(pose: Pose, time: float) -> Pose:
    return pose._replace(mouth=1.6 if int(time * 7) % 2 else 0.2, head_y=pose.head_y + 0.03 * (int(time * 7) % 2))


CHANGES: Mapping[str, Callable[[str], Actor]] = {
    "turns to profile": lambda n: replace(load_cast(n)[n], act=turning),
    "speaks": lambda n: replace(load_cast(n)[n], act=shouting),
    "puts glasses on": partial(load_changed, glasses=True),
    "light goes down": partial(load_changed, gamma=2.0, contrast=0.8),
    "light goes up": partial(load_changed, gamma=0.55, contrast=1.2),
    "light turns warm": partial(load_changed, warmth=14.0),
    "glasses in bad light": partial(load_changed, glasses=True, gamma=1.7, warmth=-10.0),
}

QUICK = ("turns to profile", "puts glasses on", "light goes down")


def scene(*, cut: bool) -> Scene:
    """Both change at once; with a cut they also exchange their seats."""
    left, right = SEATS
    after = {"B+": left, "A+": right} if cut else {"A+": left, "B+": right}
    return Scene(2.3, (Shot(0, {"A": left, "B": right}), Shot(CHANGE, after, cut=cut)))


@pytest.mark.parametrize("cut", [pytest.param(False, marks=pytest.mark.slow), True], ids=["", "at a cut"])
@pytest.mark.parametrize("what", [what if what in QUICK else pytest.param(what, marks=pytest.mark.slow) for what in CHANGES])
def test_who_changes_keeps_the_tile(what: str, cut: bool, models: SharedModels, tmp_path: Path) -> None:
    changed = {n: CHANGES[what](n) for n in "AB"}
    acting = {n: p for n, p in changed.items() if p.act is not None}
    cast = load_cast("AB") | acting | {f"{n}+": p for n, p in changed.items()}
    truth = render_scene(tmp_path / "film.mp4", scene(cut=cut), size=SIZE, fps=FPS, audio=False, cast=cast)
    score = Score()
    score.add([{n[0]: box for n, box in faces.items()} for faces in truth.frames], played(tmp_path / "film.mp4", models), FPS)
    assert score.identity >= 0.98
    assert score.wrong_share == 0
    assert score.exchanges == 0


def played(source: Path, models: SharedModels) -> list[dict[Person, Box | None]]:
    decoder = SoftwareDecoder(source)
    config = settings_of(source.parent)
    recogniser = models.recogniser("conditional", pytest.fail)
    detector = models.detector(*SIZE)
    info = decoder.get_video_info()
    analysis = open_analysis(info, {FIRST: config}, detector=detector, thumbnail=thumbnail, recogniser=recogniser)
    planned = [one for frame in decoder for one in analysis.push(frame)] + analysis.flush()
    return [
        {p.person: p.crop if p.state is TileState.TRACKED else None for p in one.plan.placements if p.person} for one in planned
    ]
