"""What a film is made from: whatever would make another film counts, and nothing that only changes how it is made."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.settings_of import settings_of

from dualface.errors import InputError
from dualface.jobs import Job
from dualface.video.made_from import Identity, film_digest, source_digest

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
