"""From what the user typed to files."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import av
import pytest

from dualface.batch.inputs import find_videos
from dualface.errors import InputError

Maker = Callable[[str], Path]


def found(*inputs: str, recursive: bool = False, exclude: Path | None = None) -> list[str]:
    return [str(path) for path in find_videos(inputs, recursive=recursive, exclude=exclude).videos]


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


def made_by_dualface(video: Maker, name: str, suffix: str = ".mp4") -> None:
    """A film and, beside it, the summary of a run, which may have been elsewhere."""
    path = video(name + suffix)
    made_from = {"settings": "1", "source": "2", "program": "3"}
    summary = {"output": f"/elsewhere/{path.name}", "status": "done", "made_from": made_from}
    path.with_name(f"{path.stem}.summary.json").write_text(json.dumps(summary, ensure_ascii=False), "utf-8", "replace")


def test_films_that_dualface_made_are_taken_only_when_named(video: Maker) -> None:
    video("d/a.mov")
    made_by_dualface(video, "d/a")
    made_by_dualface(video, "d/out/b", ".mkv")
    assert found("d") == found("d/*.m*") == ["d/a.mov"]
    assert found("d", recursive=True) == found("d/**") == ["d/a.mov"]
    assert found("d", "d/a.mp4") == ["d/a.mov", "d/a.mp4"]
    assert find_videos(["d", "d/*", "d/**", "d/a.mp4"], recursive=True).own == 1
    with pytest.raises(InputError) as caught:
        find_videos(["d/out"])
    reason = "holds no videos but those that dualface has made; name one as a file to take it."
    assert str(caught.value) == f"The folder d/out {reason}"


def test_a_film_is_dualfaces_only_if_a_summary_of_its_own_says_so(video: Maker) -> None:
    made_by_dualface(video, "d/a")
    made_by_dualface(video, "d/b")
    video("d/b.mov")
    for name, text in {"c": "{", "d": "[]", "e": '{"output": "e.mp4"}', "f": "[" * 100_000}.items():
        video(f"d/{name}.mp4")
        Path(f"d/{name}.summary.json").write_text(text)
    assert found("d") == ["d/b.mov", "d/c.mp4", "d/d.mp4", "d/e.mp4", "d/f.mp4"]


def test_names_that_no_summary_can_hold_as_they_are_are_known(video: Maker) -> None:
    video("d/a.mov")
    made_by_dualface(video, os.fsdecode(b"d/no utf-8 \xff"))
    assert found("d") == ["d/a.mov"]


def test_the_output_folder_is_left_out_of_patterns_too_unless_it_is_where_they_look(video: Maker) -> None:
    for name in ("a.mp4", "out/a.mp4", "out/sub/b.mp4"):
        video(name)
    out = Path("out")
    assert found("**/*.mp4", exclude=out) == found("*", exclude=out) == ["a.mp4"]
    assert found("out/*.mp4", exclude=out) == ["out/a.mp4"]
    assert found("out/sub/*", exclude=out) == ["out/sub/b.mp4"]
    assert found("*.mp4", exclude=Path()) == ["a.mp4"]


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
