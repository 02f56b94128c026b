"""Failures of the file system and of the container, before any picture."""

import os
from pathlib import Path

import av
import pytest
from tests.support.video_files import VideoFile

from dualface.decode.open import open_video
from dualface.errors import InputError


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = VideoFile().write(tmp_path / "secret.mp4")

    def refuse(*args: object, **options: object) -> None:
        raise av.error.PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(av, "open", refuse)
    with pytest.raises(InputError, match=r"secret\.mp4 can't be read \(permission denied\)"):
        open_video(path, 1)


def test_a_file_that_vanishes_at_the_last_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = VideoFile().write(tmp_path / "gone.mp4")
    really_open = av.open

    def remove_first(*args: object, **options: object) -> object:
        path.unlink()
        return really_open(*args, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(av, "open", remove_first)
    with pytest.raises(InputError, match="No such file"):
        open_video(path, 1)


def test_a_path_through_a_file_is_no_path(tmp_path: Path) -> None:
    path = VideoFile().write(tmp_path / "film.mp4") / "inside.mp4"
    with pytest.raises(InputError, match="Not a directory"):
        open_video(path, 1)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe.mp4"
    os.mkfifo(path)
    with pytest.raises(InputError, match="not a regular file"):
        open_video(path, 1)


def test_a_playlist_reaches_no_network(tmp_path: Path) -> None:
    path = tmp_path / "list.m3u8"
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/film.ts\n#EXT-X-ENDLIST\n")
    with pytest.raises(InputError):
        open_video(path, 1)


def test_a_relative_path_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    VideoFile().write(tmp_path / "film.mp4")
    monkeypatch.chdir(tmp_path)
    video = open_video(Path("film.mp4"), 1)
    assert video.stream.width == 64
    video.container.close()
