"""Whether a file is cut short shows in its outermost boxes, however little is missing."""

import os
from pathlib import Path

import pytest
from tests.support.odd_inputs import FASTSTART, fragments
from tests.support.video_files import VideoFile

from dualface.decode.boxes import is_cut_short, lacks_movie_box

FILES = {
    "plain.mp4": VideoFile(),
    "faststart.mp4": FASTSTART,
    "fragments.mp4": fragments(),
    "film.mov": VideoFile(codec="prores_ks", pix_fmt="yuv422p10le"),
    "film.mkv": VideoFile(),
    "film.webm": VideoFile(codec="libvpx-vp9"),
    "film.avi": VideoFile(codec="mpeg4"),
}


@pytest.fixture(params=FILES)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    spec: VideoFile = FILES[request.param]
    return spec.write(tmp_path / request.param)


def test_a_whole_file_is_not_cut(path: Path) -> None:
    assert not is_cut_short(path)
    assert not lacks_movie_box(path)


@pytest.mark.parametrize("missing", [1, 30])
def test_a_file_without_its_last_bytes_is_cut(path: Path, missing: int) -> None:
    os.truncate(path, path.stat().st_size - missing)
    assert is_cut_short(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"RIFF", b"\x1a\x45\xdf\xa3", bytes(100), b"plain text, which declares no size", b"\0\0\0\1free" + b"\xff" * 8],
)
def test_what_declares_no_size_is_not_cut(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert not is_cut_short(path)


def test_a_recording_that_was_never_finished_is_not_cut(tmp_path: Path) -> None:
    """Its Segment's size is left open: nothing says that more was to come."""
    path = VideoFile(container_options={"live": "1"}).write(tmp_path / "live.mkv")
    os.truncate(path, path.stat().st_size - 20)
    assert not is_cut_short(path)


def test_bytes_behind_the_last_box_are_nobodys_loss(tmp_path: Path) -> None:
    path = VideoFile().write(tmp_path / "film.mp4")
    for rubbish in (bytes(50), b"some text that a tool left here"):
        whole = path.read_bytes()
        path.write_bytes(whole + rubbish)
        assert not is_cut_short(path)
        path.write_bytes(whole)


def test_an_mp4_cut_before_its_index_lacks_it(tmp_path: Path) -> None:
    path = VideoFile().write(tmp_path / "late.mp4")
    os.truncate(path, path.read_bytes().index(b"moov") - 4)
    assert lacks_movie_box(path)
