"""From what the user typed to files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import pytest

from dualface.cli.inputs import find_videos
from dualface.errors import InputError

Maker = Callable[[str], Path]


def found(*inputs: str, recursive: bool = False, exclude: Path | None = None) -> list[str]:
    return [str(path) for path in find_videos(inputs, recursive=recursive, exclude=exclude)]


def write_video(path: Path) -> None:
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        frame = av.VideoFrame(32, 32, "yuv420p")
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def test_files_are_taken_as_they_are_in_the_order_given_and_once(video: Maker, folder: Path) -> None:
    video("b.mp4")
    video("a.weird")
    assert found("b.mp4", "a.weird", "./b.mp4", str(folder / "b.mp4")) == ["b.mp4", "a.weird"]


def test_a_folders_videos_come_in_the_order_of_names_without_hidden_ones_and_subfolders(video: Maker) -> None:
    for name in ("d/b.MOV", "d/a.mp4", "d/._a.mp4", "d/sub/c.mkv", "d/notes.txt", "d/a.tracks.jsonl"):
        video(name)
    assert found("d") == ["d/a.mp4", "d/b.MOV"]
    assert found("d", recursive=True) == ["d/a.mp4", "d/b.MOV", "d/sub/c.mkv"]


def test_a_video_without_a_telling_suffix_is_found_by_trying(folder: Path) -> None:
    (folder / "d").mkdir()
    write_video(folder / "d/recording")
    assert found("d") == ["d/recording"]


def test_a_name_with_a_colon_is_tried_like_any_other(folder: Path) -> None:
    write_video(folder / "12:30 talk")
    assert found("*") == ["12:30 talk"]


def test_pictures_text_and_sound_are_no_videos(folder: Path) -> None:
    from PIL import Image

    (folder / "d").mkdir()
    for name in ("a.png", "b.jpg", "c.gif"):
        Image.new("RGB", (16, 16)).save(folder / "d" / name)
    (folder / "d/d.txt").write_text("text\n" * 100)
    (folder / "d/e.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nHello\n")
    with av.open(str(folder / "d/f.wav"), "w") as container:
        container.add_stream("pcm_s16le", rate=8000)
    with pytest.raises(InputError, match="The folder d holds no videos; --recursive looks"):
        find_videos(["d"])


def test_outputs_of_an_earlier_run_are_no_inputs(video: Maker) -> None:
    video("d/a.mp4")
    video("d/out/a.mp4")
    assert found("d", recursive=True, exclude=Path("d/out")) == ["d/a.mp4"]


def test_links_that_lead_back_are_followed_once(video: Maker) -> None:
    for name in ("d/a.mp4", "d/sub/b.mp4", "elsewhere/c.mp4"):
        video(name)
    for number in range(3):
        Path(f"d/sub/up{number}").symlink_to(Path("d").absolute())
        Path(f"d/sub/out{number}").symlink_to(Path("elsewhere").absolute())
    assert found("d", recursive=True) == ["d/a.mp4", "d/sub/b.mp4", "d/sub/out0/c.mp4"]


def test_quoted_patterns_are_expanded(video: Maker) -> None:
    for name in ("d/a.mp4", "d/b.mp4", "d/b.txt", "d/sub/c.mp4"):
        video(name)
    assert found("d/*.mp4") == ["d/a.mp4", "d/b.mp4"]
    assert found("d/b*") == ["d/b.mp4"]
    assert found("d/**/*.mp4") == ["d/a.mp4", "d/b.mp4", "d/sub/c.mp4"]
    assert found("?") == ["d/a.mp4", "d/b.mp4"]


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(video: Maker) -> None:
    video("talk [1].mp4")
    video("talk 1.mp4")
    assert found("talk [1].mp4") == ["talk [1].mp4"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("none.mp4", "none.mp4 does not exist; check the path."),
        ("*.mkv", "No video matches *.mkv; check the pattern."),
        ("empty", "The folder empty holds no videos; --recursive looks into its subfolders too."),
        ("x" * 300, f"{'x' * 300} can't be read: File name too long."),
    ],
)
def test_what_names_no_video_is_one_sentence(text: str, sentence: str, folder: Path) -> None:
    (folder / "empty").mkdir()
    with pytest.raises(InputError) as caught:
        find_videos([text])
    assert str(caught.value) == sentence
