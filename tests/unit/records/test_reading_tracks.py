"""The tracks file as programs read it: ``dualface.read_tracks``."""

from __future__ import annotations

from pathlib import Path

import pytest

import dualface

LINES = (
    '{"schema": "dualface.tracks/2", "source": "a.mp4", "names": {"left": "Ann", "right": null}}\n'
    '{"frame": 0, "faces": [{"person": "left"}]}\n{"frame": 1, "faces": []}\n'
)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    (tmp_path / "talk.mp4").write_bytes(b"a film")
    (tmp_path / "talk.tracks.jsonl").write_text(LINES)
    return tmp_path / "talk.mp4"


@pytest.mark.parametrize("name", ["talk.mp4", "talk.tracks.jsonl"])
@pytest.mark.parametrize("kind", [str, Path])
def test_a_film_and_its_tracks_file_say_the_same(name: str, kind: type[str] | type[Path], film: Path) -> None:
    header, frames = dualface.read_tracks(kind(film.with_name(name)))
    assert header["names"]["left"] == "Ann"
    assert [frame["frame"] for frame in frames] == [0, 1]


def test_what_is_no_film_of_dualface_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "other.mp4").write_bytes(b"a film")
    with pytest.raises(dualface.InputError, match="has no tracks file beside it; name a film that dualface has made"):
        dualface.read_tracks(tmp_path / "other.mp4")
    with pytest.raises(dualface.InputError, match="is not a file"):
        dualface.read_tracks(str(tmp_path / "gone.mp4"))
    with pytest.raises(dualface.InputError):
        dualface.read_tracks(tmp_path / "gone.tracks.jsonl")
