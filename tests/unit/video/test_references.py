"""Which faces of a people file are learned: those at the place, and only as long as they are the same."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from tests.support.settings_of import settings_of
from tests.support.video_files import VideoFile

from dualface.config.people_file import PeopleFile
from dualface.decode.software import SoftwareDecoder
from dualface.errors import ConfigurationError
from dualface.types import Box, Detection, F32Array, Frame, Person
from dualface.video.references import References
from dualface.video.shared_models import SharedModels

SAME, RATE = 0.4, 10
LOOKS = {name: np.eye(8, dtype=np.float32)[n] for n, name in enumerate("ABC")}
MARKS = np.array([[26, 20], [38, 20], [32, 25], [28, 30], [36, 30]], np.float32)


class Play:
    """Models that see one face, at the same place all the time: ``who`` of each frame, a letter or nobody."""

    def __init__(self, who: str) -> None:
        self.who = who

    def detect(self, frames: Sequence[Frame]) -> list[list[Detection]]:
        face = Detection(Box(22, 10, 20, 24), 0.9, MARKS)
        return [[face] if self._at(frame) != "-" else [] for frame in frames]

    def embed(self, frame: Frame, faces: Sequence[Detection]) -> list[F32Array]:
        return [LOOKS[self._at(frame)] for _ in faces]

    def _at(self, frame: Frame) -> str:
        return self.who[round(frame.time * RATE)]


def views(tmp_path: Path, who: str, text: str) -> dict[Person, list[F32Array]]:
    source = VideoFile(frames=len(who), rate=Fraction(RATE), codec="mpeg4").write(tmp_path / "talk.mp4")
    (tmp_path / "people.yaml").write_text(text, encoding="utf-8")
    play = Play(who)
    models: Any = SimpleNamespace(
        device=SimpleNamespace(decoder=lambda path, *_: SoftwareDecoder(path)),
        detector=lambda width, height: play,
        embedder=lambda: play,
    )
    processing = settings_of(tmp_path).processing
    found = References(PeopleFile(tmp_path / "people.yaml"), cast(SharedModels, models), processing, same=SAME)
    return found.views(source)


def names(vectors: Sequence[F32Array]) -> str:
    return "".join(next(name for name, look in LOOKS.items() if np.array_equal(look, vector)) for vector in vectors)


@pytest.mark.parametrize(
    ("who", "learned"),
    [
        ("AAAAAAAAAA", "AAAAA"),
        ("AABBBBBBBB", "AA"),  # a cut soon after
        ("ABABABABAB", "AAA"),
        ("---AAAAAAA", "AA"),
    ],
)
def test_somebody_else_at_the_same_place_is_not_learned(who: str, learned: str, tmp_path: Path) -> None:
    found = views(tmp_path, who, "left: {at: {time: 0, x: 0.5, y: 0.45}}\n")
    assert names(found[Person.LEFT]) == learned


@pytest.mark.parametrize(
    ("x", "y", "there"), [(0.5, 0.45, True), (0.5, 0.9, True), (0.8, 0.45, True), (0.95, 0.45, False), (0.5, 0.99, False)]
)
def test_a_face_is_at_a_place_that_is_a_head_away_at_most(x: float, y: float, there: bool, tmp_path: Path) -> None:
    text = f"left: {{at: {{time: 0, x: {x}, y: {y}}}}}\n"
    if there:
        assert names(views(tmp_path, "AAAAAA", text)[Person.LEFT]) == "AAAAA"
    else:
        with pytest.raises(ConfigurationError, match="names a place without a face"):
            views(tmp_path, "AAAAAA", text)


def test_both_people_are_not_the_same(tmp_path: Path) -> None:
    places = "left: {at: {time: 0, x: 0.5, y: 0.45}}\nright: {at: {time: 1, x: 0.5, y: 0.45}}\n"
    with pytest.raises(ConfigurationError, match="shows the same face as left"):
        views(tmp_path, "A" * 20, places)
    found = views(tmp_path, "A" * 10 + "B" * 10, places)
    assert [set(names(found[side])) for side in Person] == [{"A"}, {"B"}]
