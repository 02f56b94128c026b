"""People named by photos or places keep their tiles across files, whatever seats they take."""

from __future__ import annotations

import json
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageEnhance
from tests.integration.conftest import Run

from dualface.errors import ConfigurationError
from dualface.footage.render import render_scene
from dualface.footage.scenes import Key, Scene, Shot
from dualface.jobs import VideoOutcome

SIZE = (640, 360)
SEATS = {"left": (Key(0, 0.26, 0.41, 0.3),), "right": (Key(0, 0.74, 0.41, 0.3),)}


def film(path: Path, left: str, right: str, seconds: float = 1.2) -> Path:
    render_scene(path, Scene(seconds, (Shot(0, {left: SEATS["left"], right: SEATS["right"]}),)), size=SIZE, fps=15, audio=False)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two videos with the seats exchanged, and photos in other light and of other sizes than the videos."""
    folder = tmp_path_factory.mktemp("people")
    film(folder / "ep1.mp4", "A", "B")
    film(folder / "ep2.mp4", "B", "A")
    for name, portrait in {"ann": "eileen_collins", "bea": "grace_hopper"}.items():
        data = files("dualface.footage").joinpath("portraits", f"{portrait}.webp").read_bytes()
        photo = Image.new("RGB", (512, 512), (90, 110, 90))
        cutout = Image.open(BytesIO(data)).convert("RGBA")
        photo.paste(cutout, (0, 0), cutout)
        ImageEnhance.Brightness(ImageEnhance.Color(photo).enhance(0.5)).enhance(1.3).save(folder / f"{name}.jpg", quality=70)
    return folder


def places(outcome: VideoOutcome) -> dict[str, float]:
    """Where each person's face is at the end, as a share of the width."""
    last = json.loads(outcome.job.beside(".tracks.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    return {f["person"]: (f["box"][0] + f["box"][2] / 2) / SIZE[0] for f in last["faces"] if f["person"]}


@pytest.mark.parametrize(
    "text",
    [
        "left: {name: Ann, photo: ann.jpg}\nright: {name: Bea, photo: bea.jpg}\n",
        "left: {photo: ann.jpg}\n",
        "right: {at: {file: ep1.mp4, time: 0.5, x: 0.74, y: 0.41}}\n",
    ],
    ids=["two photos", "one photo", "a place"],
)
@pytest.mark.slow
def test_who_is_named_keeps_the_tile_in_every_file(text: str, folder: Path, run: Run, tmp_path: Path) -> None:
    people = folder / "people.yaml"
    people.write_text(text)
    sources = [folder / "ep1.mp4", folder / "ep2.mp4"]
    outcomes = run(sources, tmp_path, reid__people=str(people), framing__size="320x180")
    assert [outcome.error for outcome in outcomes] == [None, None]
    first, second = map(places, outcomes)
    assert (first["left"], first["right"]) == pytest.approx((0.26, 0.74), abs=0.08)
    assert (second["left"], second["right"]) == pytest.approx((0.74, 0.26), abs=0.08)


def test_a_place_without_a_file_is_in_the_video_itself(folder: Path, run: Run, tmp_path: Path) -> None:
    people = folder / "people.yaml"
    people.write_text("left: {at: {time: 1, x: 0.74, y: 0.41}}\n")
    outcome = run([folder / "ep1.mp4"], tmp_path, reid__people=str(people), framing__size="320x180")[0]
    assert places(outcome)["left"] == pytest.approx(0.74, abs=0.08)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("left:\n  photo: wall.png\n", "line 2: left.photo is {folder}/wall.png, where no face was found"),
        ("left:\n  photo: couple.png\n", "line 2: left.photo is {folder}/couple.png, which shows 2 faces"),
        ("left:\n  photo: text.png\n", "line 2: left.photo can't be used: {folder}/text.png is"),
        ("left: {photo: ann.jpg}\nright:\n  photo: copy.jpg\n", "line 3: right.photo shows the same face as left; give each"),
        (
            "left: {at: {time: 0.2, x: 0.26, y: 0.41}}\nright: {at: {time: 0.3, x: 0.27, y: 0.4}}\n",
            "line 2: right.at shows the same face as left; give each",
        ),
        ("left:\n  at: {time: 1, x: 0.5, y: 0.9}\n", "line 2: left.at names a place without a face"),
        ("left:\n  at: {time: 60, x: 0.5, y: 0.9}\n", "line 2: left.at.time is 60, but {folder}/ep1.mp4 is shorter"),
    ],
)
def test_a_reference_of_no_use_is_one_clear_error(text: str, message: str, folder: Path, run: Run, tmp_path: Path) -> None:
    Image.new("RGB", (320, 240), (90, 110, 90)).save(folder / "wall.png")
    pair = Image.new("RGB", (1024, 512))
    pair.paste(Image.open(folder / "ann.jpg"), (0, 0))
    pair.paste(Image.open(folder / "ann.jpg"), (512, 0))
    pair.save(folder / "couple.png")
    Image.open(folder / "ann.jpg").resize((400, 400)).save(folder / "copy.jpg", quality=60)
    (folder / "text.png").write_text("no picture")
    people = folder / "people.yaml"
    people.write_text(text)
    error = run([folder / "ep1.mp4"], tmp_path, reid__people=str(people), framing__size="320x180")[0].error
    assert isinstance(error, ConfigurationError)
    assert message.format(folder=folder) in str(error)
    assert not list(tmp_path.iterdir())
