"""What is in ``examples/`` works as it stands: the plugin, installed by pip and found by its entry point, and the script."""

from __future__ import annotations

import json
import os
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
PLUGIN = ROOT / "examples" / "dualface-pip"
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


def test_the_plugins_own_tests_pass(installed: Path, tmp_path: Path) -> None:
    out = python("-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, PLUGIN, path=installed, folder=tmp_path)
    assert "failed" not in out
    assert " passed" in out


@pytest.mark.slow
def test_the_script_tells_who_is_where_and_makes_two_films(tmp_path: Path) -> None:
    render_scene(tmp_path / "talk.mp4", SCENES["interview"], size=(640, 360), seconds=0.4)
    out = python(ROOT / "examples" / "two_layouts.py", "talk.mp4", tmp_path, folder=tmp_path)
    first, *films = out.splitlines()
    assert first.startswith("  0.00 s: left at (")
    assert "right at (" in first
    assert films == [f"{tmp_path / f'talk.{layout}.mp4'} done" for layout in ("side-by-side", "stacked")]
    sizes = []
    for film in films:
        with av.open(film.removesuffix(" done")) as container:
            sizes.append((container.streams.video[0].width, container.streams.video[0].height))
    assert sizes == [(1920, 1080), (1080, 1920)]
