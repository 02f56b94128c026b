"""What a film is made from: whatever would make another film counts, and nothing that only changes how it is made."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.settings_of import settings_of

from dualface.config.schema import FramingConfig
from dualface.direct.director import plan_all
from dualface.errors import InputError
from dualface.jobs import Job
from dualface.types import Box, Observation, ObservedFace, Person
from dualface.video.made_from import IN_THE_PLAN, Identity, film_digest, source_digest

SIZE = 3 << 16
OTHER_SETTINGS = {
    "framing__size": "640x360",
    "framing__zoom": "1.5",
    "encoding__bitrate_kbps": "3000",
    "encoding__audio": "aac",
    "reid__mode": "never",
    "processing__lookahead_seconds": "0.5",
    "input__start": "1",
}
SAME_FILM = {
    "hardware__device": "cpu",
    "memory__ram_limit_gb": "2",
    "processing__decode_threads": "3",
    "models__download": "false",
    "encoding__container": "mkv",
    "detection__backend": "onnxruntime",
    "export__formats": "edl",
}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "talk.mp4"
    path.write_bytes(bytes(SIZE))
    os.utime(path, ns=(10**9, 10**9))
    return path


def changed_at(place: int) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[place] ^= 1
        path.write_bytes(content)
        os.utime(path, ns=(10**9, 10**9))

    return change


def longer(path: Path) -> None:
    path.write_bytes(bytes(SIZE + 1))
    os.utime(path, ns=(10**9, 10**9))


@pytest.mark.parametrize(
    "change",
    [changed_at(0), changed_at(SIZE - 1), longer, lambda path: os.utime(path, ns=(10**9, 10**9 + 1))],
    ids=["its beginning", "its end", "its size", "its time"],
)
def test_a_source_that_has_changed_is_another(change: Callable[[Path], None], source: Path) -> None:
    before = source_digest(source)
    assert source_digest(source) == before
    change(source)
    assert source_digest(source) != before


def test_of_pictures_by_number_each_counts(tmp_path: Path) -> None:
    for n in range(3):
        (tmp_path / f"img{n}.png").write_bytes(b"one")
        os.utime(tmp_path / f"img{n}.png", ns=(1, 1))
    before = source_digest(tmp_path / "img%d.png")
    os.utime(tmp_path / "img1.png", ns=(1, 2))
    assert source_digest(tmp_path / "img%d.png") != before
    os.utime(tmp_path / "img1.png", ns=(1, 1))
    assert source_digest(tmp_path / "img%d.png") == before
    (tmp_path / "img1.png").rename(tmp_path / "img3.png")
    assert source_digest(tmp_path / "img%d.png") != before


@pytest.mark.parametrize("key", OTHER_SETTINGS)
def test_settings_that_make_another_film_are_told(key: str, source: Path, tmp_path: Path) -> None:
    one, other = (
        Identity.of(Job(source, tmp_path / "out.mp4"), settings_of(tmp_path, **keys))
        for keys in ({}, {key: OTHER_SETTINGS[key]})
    )
    assert one.difference(other) == "the settings have changed"


@pytest.mark.parametrize("key", SAME_FILM)
def test_work_goes_on_where_only_the_way_is_another(key: str, source: Path, tmp_path: Path) -> None:
    one, other = (
        Identity.of(Job(source, tmp_path / "out.mp4"), settings_of(tmp_path, **keys)) for keys in ({}, {key: SAME_FILM[key]})
    )
    assert one.difference(other) is None


def test_a_plan_to_follow_is_part_of_it(source: Path, tmp_path: Path) -> None:
    plan, config = tmp_path / "plan.jsonl", settings_of(tmp_path)
    found = []
    for content in (b"one", b"two"):
        plan.write_bytes(content)
        found.append(Identity.of(Job(source, tmp_path / "out.mp4", plan=plan), config).settings)
    assert len({*found, Identity.of(Job(source, tmp_path / "out.mp4"), config).settings}) == 3
    plan.unlink()
    with pytest.raises(InputError, match="can't be read"):
        Identity.of(Job(source, tmp_path / "out.mp4", plan=plan), config)


def test_a_film_by_another_version_is_made_anew(source: Path, tmp_path: Path) -> None:
    one = Identity.of(Job(source, tmp_path / "out.mp4"), settings_of(tmp_path))
    assert one.difference(Identity(one.settings, one.source, "0.0.1/1")) == "another version of dualface began it"
    assert Identity.from_json(one.to_json()) == one
    foreign: list[Any] = [None, [], {"settings": ""}, {**one.to_json(), "more": 1}]
    assert [Identity.from_json(value) for value in foreign] == [None] * 4


def test_one_film_shows_plans_of_one_canvas_only(tmp_path: Path) -> None:
    digest = film_digest(settings_of(tmp_path))
    for keys in ({"framing__size": "640x360"}, {"encoding__bitrate_kbps": "3000"}, {"framing__background": "red"}):
        assert film_digest(settings_of(tmp_path, **keys)) != digest, keys
    for keys in ({"encoding__container": "mkv"}, {"framing__zoom": "1.5"}):
        assert film_digest(settings_of(tmp_path, **keys)) == digest, keys


DRAWN_ALIKE = {"background": "#102030", "border": "4", "border_color": "#ff0000"}
IN_PLACES = {
    "layout": "stacked",
    "only": "left",
    "alone": "hold",
    "headroom": "0.5",
    "zoom": "1.7",
    "gap": "40",
    "margin": "40",
    "corners": "30",
}


@pytest.mark.parametrize("name", DRAWN_ALIKE)
def test_what_is_drawn_alike_in_every_picture_is_another_film(name: str, tmp_path: Path) -> None:
    """Else a plan that is made into a film that stands would leave it as it was."""
    other = settings_of(tmp_path, **{f"framing__{name}": DRAWN_ALIKE[name]})
    assert film_digest(other) != film_digest(settings_of(tmp_path))


@pytest.mark.parametrize("name", IN_PLACES)
def test_what_the_plan_tells_may_differ_within_a_film_of_one_size(name: str, tmp_path: Path) -> None:
    changed = {f"framing__{name}": IN_PLACES[name], "framing__size": "1920x1080"}
    before, after = settings_of(tmp_path), settings_of(tmp_path, **changed)
    faces = (
        ObservedFace(1, Box(200, 200, 120, 150), 0.9, Person.LEFT),
        ObservedFace(2, Box(900, 210, 120, 150), 0.9, Person.RIGHT),
    )
    seen = [Observation(n, n / 25, n == 0, faces if n < 50 else faces[:1]) for n in range(200)]
    assert film_digest(before) == film_digest(after)
    assert plan_all(seen, 1280, 720, 25.0, before) != plan_all(seen, 1280, 720, 25.0, after)


def test_every_setting_of_the_picture_is_one_or_the_other() -> None:
    """A new one is taken for something drawn alike, which makes the whole film anew, until the plan is said to tell it."""
    elsewhere = {"least_seconds", "highlight", "smoothing", "behind", "size", "caption_left", "caption_right"}
    assert set(IN_PLACES) | elsewhere == IN_THE_PLAN
    assert {*DRAWN_ALIKE, "caption_font"} == set(FramingConfig.model_fields) - IN_THE_PLAN
