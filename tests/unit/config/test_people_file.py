"""The people file: what it may say, and that every mistake in it is one sentence with its place."""

import os
from pathlib import Path

import pytest

from dualface.api.settings import called
from dualface.config.layers import HybridConfigManager
from dualface.config.people_file import PeopleFile, with_people
from dualface.config.schema import Config
from dualface.errors import ConfigurationError
from dualface.types import Person


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("ann.jpg", "ann2.png", "ep1.mp4"):
        (tmp_path / name).write_bytes(b"?")
    return tmp_path


def written(folder: Path, text: str) -> Path:
    path = folder / "people.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def configured(folder: Path, **keys: str) -> Config:
    flags = [("--set", key.replace("__", "."), value) for key, value in keys.items()]
    return HybridConfigManager(flags=flags, environment={}, working_dir=folder, config_dir=folder).load_optimal_config()


def test_photos_and_places_may_be_one_or_several(folder: Path) -> None:
    text = """
left: {name: Ann, photo: [ann.jpg, ann2.png]}
right:
  at: {file: ep1.mp4, time: 1:30, x: 0.7, y: 0.4}
"""
    persons = PeopleFile(written(folder, text)).people.persons
    assert persons[Person.LEFT].photo == ["ann.jpg", "ann2.png"]
    assert persons[Person.RIGHT].at[0].time == 90
    assert PeopleFile(written(folder, "left: {photo: ann.jpg}")).people.persons.keys() == {Person.LEFT}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ": expected left: and right:, each with a photo or a place (at)."),
        ("left: [\n", "line 2: this is not valid YAML"),
        ("left:\n  photos: ann.jpg\n", "line 2: there is no left.photos; did you mean left.photo?"),
        ("middle: {photo: ann.jpg}\n", "line 1: there is no middle; there can be left and right."),
        ("left: {name: Ann}\n", "line 1: left has neither photo nor at; add one, so that the person can be recognised."),
        ("left:\n  photo: bob.jpg\n", "line 2: left.photo is 'bob.jpg', but there is no file"),
        ("left:\n  photo:\n  - ann.jpg\n  - 3\n", "line 4: left.photo is 3, but must be the path of a picture"),
        ("right:\n  at: {time: 3, x: 0.5}\n", "line 2: right.at.y is missing; it must be a share of the frame's height"),
        (
            "right:\n  at:\n    time: 3\n    x: 70\n    y: 0\n",
            "line 4: right.at.x is 70, but must be a share of the frame's width",
        ),
        ("right:\n  at: {time: -1, x: 0, y: 0}\n", "right.at.time is -1, but must be a time in seconds"),
        ("right:\n  at: {file: no.mp4, time: 1, x: 0, y: 0}\n", "line 2: right.at.file is 'no.mp4', but there is no file"),
        ("left: {photo: ann.jpg}\nleft: {photo: ann.jpg}\n", "line 2: left is given twice; remove one."),
        ("left: {}\n", "line 1: left has neither photo nor at"),
        (
            "left: {photo: [ann2.png, ann.jpg]}\nright:\n  photo: ./ann.jpg\n",
            "line 3: right.photo is {folder}/ann.jpg, which is a photo of left as well; give each person their own.",
        ),
        ("left: Ann\n", "line 1: left is 'Ann', but must be a person, with a photo or a place (at)."),
        ("{}\n", "nobody is named"),
    ],
)
def test_each_mistake_is_one_sentence_with_its_place(folder: Path, text: str, message: str) -> None:
    path = written(folder, text)
    with pytest.raises(ConfigurationError) as caught:
        PeopleFile(path)
    assert str(caught.value).startswith(str(path))
    assert message.replace("{folder}", str(folder)) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_names_become_captions_where_there_are_none(folder: Path) -> None:
    path = written(folder, "left: {name: Ann, photo: ann.jpg}\nright: {name: Bob, photo: ann2.png}\n")
    config = with_people(configured(folder, reid__people=str(path), framing__caption_right="Dr. Bob"))
    assert (config.framing.caption_left, config.framing.caption_right) == ("Ann", "Dr. Bob")


def test_reports_call_the_two_as_the_file_does(folder: Path) -> None:
    path = written(folder, "left: {name: Ann, photo: ann.jpg}")
    config = configured(folder, reid__people=str(path))
    assert called(config) == {Person.LEFT: "Ann", Person.RIGHT: "the right person"}
    path.unlink()
    assert called(config)[Person.LEFT] == "the left person", "work that is done is reported all the same"


@pytest.mark.parametrize("content", [b"another", b"!"], ids=["of another size", "of the same size"])
@pytest.mark.parametrize("name", ["ann.jpg", "ep1.mp4"])
def test_a_new_photo_or_video_changes_what_a_run_is_made_from(name: str, content: bytes, folder: Path) -> None:
    path = written(folder, "left: {photo: ann.jpg}\nright: {at: {file: ep1.mp4, time: 1, x: 0.5, y: 0.5}}\n")
    os.utime(folder / name, ns=(1, 1))
    before = PeopleFile(path).digest()
    assert PeopleFile(path).digest() == before
    (folder / name).write_bytes(content)
    assert PeopleFile(path).digest() != before


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"reid__people": "nobody.yaml"}, "reid.people (nobody.yaml, --set) must be the path of a file"),
        ({"reid__people": "people.yaml", "reid__mode": "never"}, "reid.mode (never, --set) makes reid.people"),
        ({"reid__people": "people.yaml", "tracking__sides": "position"}, "tracking.sides (position, --set) makes reid.people"),
    ],
)
def test_settings_that_contradict_it_are_errors(folder: Path, keys: dict[str, str], message: str) -> None:
    written(folder, "left: {photo: ann.jpg}\n")
    with pytest.raises(ConfigurationError) as caught:
        configured(folder, **{key: str(folder / v) if v == "people.yaml" else v for key, v in keys.items()})
    assert message in str(caught.value)
