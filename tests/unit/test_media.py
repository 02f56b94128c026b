"""A file is opened by its name, whatever FFmpeg reads into such names."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.video_files import VideoFile

from dualface.media import open_media

ODD_NAMES = [
    *("a:b.mp4", "-y.mp4", "-", "pipe:0.mp4", "http:film.mp4", "what?.mp4", "50%.mp4", "a|b,c;d.mp4", "file:a.mp4"),
    *("%03d.png", "%d:.png", "b%*.png"),
]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_no_name_is_taken_for_anything_but_a_files(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    if name.endswith("png"):
        picture = VideoFile(frames=1, codec="png", pix_fmt="rgb24", format="image2pipe")
        for found_by_pattern in ("001.png", "b1.png"):
            replace(picture, width=32).write(tmp_path / found_by_pattern)
    else:
        picture = VideoFile(format="mp4")
    picture.write(tmp_path / "plain").rename(f"./{name}")
    with open_media(Path(name)) as container:
        assert container.streams.video[0].width == 64
