"""What is in ``examples/`` works as it stands: the plugin, installed and found by its entry point; scripts; the notebook."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

import dualface
from dualface.footage.render import render_scene
from dualface.footage.scenes import SCENES
from dualface.types import U8Array

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = ROOT / "examples"
PLUGIN = EXAMPLES / "dualface-pip"
SIZE = (320, 180)


def python(*arguments: str | Path, path: Path | None = None, folder: Path) -> str:
    """What ``python ARGUMENTS`` prints, with ``path`` among the places of packages."""
    places = [str(place) for place in (path, Path(dualface.__file__).parent.parent) if place is not None]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(places), "XDG_CONFIG_HOME": str(folder)}
    done = subprocess.run(
        [sys.executable, *map(str, arguments)], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "talk.mp4"
    render_scene(path, SCENES["interview"], size=(640, 360), seconds=1)
    return path


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place of packages with the example plugin, without a network."""
    place = tmp_path_factory.mktemp("site")
    options: list[str | Path] = ["--no-index", "--no-deps", "--no-build-isolation", "--quiet", "--target", place]
    python("-m", "pip", "install", *options, PLUGIN, folder=place)
    return place


@pytest.mark.slow
def test_the_plugin_is_found_by_its_entry_point_and_makes_the_film(clip: Path, installed: Path, tmp_path: Path) -> None:
    size = "x".join(map(str, SIZE))
    options = ["--layout", "picture-in-picture", "--size", size, "--gap", "8", "--quiet"]
    python("-m", "dualface", "run", clip, "-o", tmp_path, *options, path=installed, folder=tmp_path)
    _, *lines = map(json.loads, (tmp_path / "talk.tracks.jsonl").read_text().splitlines())
    assert len(lines) == 30
    inset = [320 - 8 - 62, 180 - 8 - 62, 62, 62]
    for line in lines:
        assert line["layout"] == "picture-in-picture"
        assert {side: tile["at"] for side, tile in line["tiles"].items()} == {"left": [0, 0, *SIZE], "right": inset}
        assert {tile["state"] for tile in line["tiles"].values()} == {"tracked"}
    with av.open(str(clip)) as before, av.open(str(tmp_path / "talk.mp4")) as after:
        for line, old, new in zip(lines, before.decode(video=0), after.decode(video=0), strict=True):
            shown, source = np.asarray(new.to_ndarray()[: SIZE[1]], np.uint8), np.asarray(old.to_ndarray()[:360], np.uint8)
            expected = part(source, line["tiles"]["left"]["crop"], SIZE)
            x, y, w, h = inset
            expected[y : y + h, x : x + w] = part(source, line["tiles"]["right"]["crop"], (w, h))
            for rows, columns in ((slice(y, y + h), slice(x, x + w)), (slice(None), slice(None))):
                error = np.mean((shown[rows, columns].astype(float) - expected[rows, columns]) ** 2)
                assert 10 * np.log10(255**2 / error) > 26


def part(picture: U8Array, crop: list[float], size: tuple[int, int]) -> U8Array:
    """A crop of luma, stretched to ``size``."""
    x, y, w, h = (round(v) for v in crop)
    cut = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture[y : y + h, x : x + w]), "gray")
    return np.array(cut.reformat(*size, interpolation="BICUBIC").to_ndarray(), np.uint8)


@pytest.mark.slow
def test_the_plugins_own_tests_pass(installed: Path, tmp_path: Path) -> None:
    out = python("-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, PLUGIN, path=installed, folder=tmp_path)
    assert "failed" not in out
    assert " passed" in out


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a video of four shots, ``talk.mp4``, and settings that make small films of it."""
    folder = tmp_path_factory.mktemp("talk")
    render_scene(folder / "talk.mp4", SCENES["cuts"], size=(320, 180), fps=8, seconds=6)
    (folder / "manual_config.yaml").write_text("framing: {size: 320x180}\nencoding: {preset: ultrafast}\n")
    return folder


def script(name: str, *arguments: str | Path, folder: Path) -> list[str]:
    """The lines that an example prints."""
    return python(EXAMPLES / f"{name}.py", *arguments, folder=folder).splitlines()


def size_of(film: Path) -> tuple[int, int]:
    with av.open(str(film)) as container:
        return container.streams.video[0].width, container.streams.video[0].height


@pytest.mark.slow
def test_two_layouts_tells_who_is_where_and_makes_two_films(talk: Path, tmp_path: Path) -> None:
    first, *_, one, other = script("two_layouts", "talk.mp4", tmp_path, folder=talk)
    assert first.startswith("  0.00 s: left at (")
    assert "right at (" in first
    assert [one, other] == [f"{tmp_path / f'talk.{layout}.mp4'} done" for layout in ("side-by-side", "stacked")]
    assert size_of(tmp_path / "talk.stacked.mp4") == (320, 180)


@pytest.mark.slow
def test_one_film_makes_a_tall_film_with_names(talk: Path, tmp_path: Path) -> None:
    made, *seen = script("one_film", "talk.mp4", tmp_path, folder=talk)
    assert made == f"{tmp_path / 'talk.mp4'} done"
    assert [line.partition(":")[0] for line in seen] == ["left", "right"]
    assert size_of(tmp_path / "talk.mp4") == (1080, 1920)
    header = json.loads((tmp_path / "talk.tracks.jsonl").read_text().splitlines()[0])
    assert header["names"] == {"left": "Ann", "right": "Bob"}


@pytest.mark.slow
def test_whole_folder_makes_each_video_and_leaves_finished_ones_alone(talk: Path, tmp_path: Path) -> None:
    videos, films = tmp_path / "videos", tmp_path / "films"
    videos.mkdir()
    for name in ("a.mp4", "b.mp4"):
        shutil.copy(talk / "talk.mp4", videos / name)
    shutil.copy(talk / "manual_config.yaml", tmp_path)
    lines = script("whole_folder", videos, films, folder=tmp_path)
    assert {f"{name}: done {films / name}" for name in ("a.mp4", "b.mp4")} <= set(lines)
    before = (films / "a.mp4").stat().st_mtime_ns
    assert f"a.mp4: done {films / 'a.mp4'}" in script("whole_folder", videos, films, folder=tmp_path)
    assert (films / "a.mp4").stat().st_mtime_ns == before


@pytest.mark.slow
def test_who_is_shown_tells_each_shot(talk: Path) -> None:
    lines = script("who_is_shown", "talk.mp4", folder=talk)
    said = [line.partition(": ")[2] for line in lines if " to " in line and not line.startswith("worth")]
    assert said == ["split, left and right", "full, left", "full, right", "split, left and right"]


@pytest.mark.slow
def test_swap_from_here_corrects_a_film_and_takes_that_back(talk: Path, tmp_path: Path) -> None:
    film = dualface.make(talk / "talk.mp4", tmp_path, size="320x180", encoder_preset="ultrafast")
    before = film.path.read_bytes()
    assert script("swap_from_here", film.path, "5.5", folder=tmp_path) == [f"{film.path} done"]
    assert "swap: from here" in film.path.with_suffix(".corrections.yaml").read_text()
    assert film.path.read_bytes() != before
    script("swap_from_here", film.path, "5.5", folder=tmp_path)
    assert "swap" not in film.path.with_suffix(".corrections.yaml").read_text()
    plan = dualface.find_plan(film.path)
    assert plan.frames == film.plan.frames


@pytest.mark.slow
def test_into_editors_writes_timelines_and_a_sheet(talk: Path, tmp_path: Path) -> None:
    lines = script("into_editors", "talk.mp4", tmp_path, folder=talk)
    assert [line.partition(":")[0] for line in lines] == ["talk.fcpxml", "talk.xml", "talk.edl", "talk.jpg"]
    assert "Ann" in (tmp_path / "talk.fcpxml").read_text()
    assert dualface.find_plan(tmp_path / "plan.jsonl.gz").config.framing.caption_right == "Bob"


@pytest.mark.slow
def test_faces_to_csv_has_a_row_for_each_face(talk: Path, tmp_path: Path) -> None:
    script("faces_to_csv", "talk.mp4", tmp_path / "faces.csv", folder=talk)
    with (tmp_path / "faces.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["person"] for row in rows} == {"left", "right"}
    assert len({row["frame"] for row in rows}) >= 46
    assert {row["frame"] for row in rows if row["new shot"] == "1"} == {"20", "32", "44"}


@pytest.mark.slow
def test_the_notebook_runs_from_top_to_bottom(talk: Path, tmp_path: Path) -> None:
    notebook = json.loads((EXAMPLES / "see_decide_show.ipynb").read_text(encoding="utf-8"))
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for name in ("talk.mp4", "manual_config.yaml"):
        shutil.copy(talk / name, tmp_path)
    (tmp_path / "cells.py").write_text("\n".join(cells), encoding="utf-8")
    lines = python("cells.py", folder=tmp_path).splitlines()
    assert [line.partition(": ")[2] for line in lines if " s: " in line] == ["split", "full", "split"]
    assert f"{Path('notebook-out', 'talk.mp4')} done" in lines
    assert size_of(tmp_path / "notebook-out" / "talk.mp4") == (320, 180)


def test_the_notebook_is_one_and_holds_no_results() -> None:
    """Results would be pictures of people, and out of date."""
    notebook = json.loads((EXAMPLES / "see_decide_show.ipynb").read_text(encoding="utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
    for cell in notebook["cells"]:
        own: dict[str, object] = {"execution_count": None, "outputs": []} if cell["cell_type"] == "code" else {}
        assert {key: value for key, value in cell.items() if key not in {"id", "metadata", "source", "cell_type"}} == own


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.[pi]*y*")), ids=lambda path: path.name)
def test_each_example_is_on_its_page(example: Path) -> None:
    assert f"examples/{example.name}" in (ROOT / "docs" / "examples.md").read_text(encoding="utf-8")
