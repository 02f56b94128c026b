from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from dualface.errors import DiskFullError, OutputError, OutputExistsError
from dualface.output_files import (
    check_destination,
    check_folder,
    check_space,
    estimated_bytes,
    hidden_sibling,
    preflight,
    publish,
)

needs_ordinary_user = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write anywhere"
)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "talk.mp4"
    path.write_bytes(b"film")
    return path


@pytest.mark.parametrize("link", ["itself", "symbolic", "hard"])
@pytest.mark.parametrize("overwrite", [True, False])
def test_the_input_is_never_the_output(source: Path, tmp_path: Path, link: str, overwrite: bool) -> None:
    destination = tmp_path / "out.mp4"
    if link == "itself":
        destination = tmp_path / "sub" / ".." / "talk.mp4"
        (tmp_path / "sub").mkdir()
    elif link == "symbolic":
        destination.symlink_to(source)
    else:
        destination.hardlink_to(source)
    with pytest.raises(OutputError, match="is the input itself"):
        check_destination(source, destination, overwrite=overwrite)


def test_an_existing_file_is_refused_unless_overwriting(source: Path, tmp_path: Path) -> None:
    destination = tmp_path / "out.mp4"
    check_destination(source, destination, overwrite=False)
    destination.touch()
    with pytest.raises(OutputExistsError, match="--overwrite") as caught:
        check_destination(source, destination, overwrite=False)
    assert caught.value.file == destination
    check_destination(source, destination, overwrite=True)


def test_a_dangling_link_counts_as_existing(source: Path, tmp_path: Path) -> None:
    destination = tmp_path / "out.mp4"
    destination.symlink_to(tmp_path / "nowhere")
    with pytest.raises(OutputExistsError):
        check_destination(source, destination, overwrite=False)


def test_a_folder_is_no_file_to_overwrite(source: Path, tmp_path: Path) -> None:
    (tmp_path / "out.mp4").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        check_destination(source, tmp_path / "out.mp4", overwrite=True)


def test_the_folder_is_created_and_left_empty(tmp_path: Path) -> None:
    check_folder(tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_a_file_in_the_way_of_the_folder(source: Path) -> None:
    with pytest.raises(OutputError, match=r"talk\.mp4"):
        check_folder(source / "out")


@needs_ordinary_user
def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="can't be written"):
        check_folder(tmp_path)
    tmp_path.chmod(0o700)


def test_too_little_room_is_said_with_figures(tmp_path: Path) -> None:
    check_space(tmp_path, 1)
    with pytest.raises(DiskFullError, match="about 1000000000000 MB are needed"):
        check_space(tmp_path, 10**18)


def test_the_estimate_counts_segments_and_final_file() -> None:
    assert 2 * 5_000_000 / 8 * 60 < estimated_bytes(5000, 60) < 2.2 * 5_000_000 / 8 * 60


def test_preflight_makes_every_check(source: Path, tmp_path: Path) -> None:
    preflight(source, tmp_path / "new" / "out.mp4", overwrite=False, needed_bytes=1000)
    assert (tmp_path / "new").is_dir()
    with pytest.raises(DiskFullError):
        preflight(source, tmp_path / "new" / "out.mp4", overwrite=False, needed_bytes=10**18)
    with pytest.raises(OutputError):
        preflight(source, source, overwrite=True)


@pytest.mark.parametrize("name", ["out.mp4", "x" * 251 + ".mp4", "é" * 125 + ".mp4", "with\nnewline.mp4"])
def test_unfinished_files_lie_hidden_beside_the_final_name(tmp_path: Path, name: str) -> None:
    part = hidden_sibling(tmp_path / name, ".part")
    part.touch()
    assert part.parent == tmp_path
    assert part.name.startswith(".")
    assert part != tmp_path / name
    assert part == hidden_sibling(tmp_path / name, ".part")


def test_publishing_moves_the_file(tmp_path: Path) -> None:
    part, destination = tmp_path / ".part", tmp_path / "out.mp4"
    part.write_bytes(b"new")
    publish(part, destination, overwrite=False)
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]
    assert destination.read_bytes() == b"new"


def test_publishing_never_replaces_a_file_that_appeared_meanwhile(tmp_path: Path) -> None:
    part, destination = tmp_path / ".part", tmp_path / "out.mp4"
    part.write_bytes(b"new")
    destination.write_bytes(b"old")
    with pytest.raises(OutputExistsError):
        publish(part, destination, overwrite=False)
    assert destination.read_bytes() == b"old"
    assert not part.exists()


def test_a_name_that_the_disk_refuses_after_all_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_folder: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("dualface.output_files.sync_folder", full)
    part, destination = tmp_path / "part", tmp_path / "film.mp4"
    part.write_bytes(b"film")
    with pytest.raises(DiskFullError):
        publish(part, destination, overwrite=False)
    assert not destination.exists()


def test_publishing_replaces_when_overwriting(tmp_path: Path) -> None:
    part, destination = tmp_path / ".part", tmp_path / "out.mp4"
    part.write_bytes(b"new")
    destination.write_bytes(b"old")
    publish(part, destination, overwrite=True)
    assert destination.read_bytes() == b"new"


@pytest.mark.parametrize("taken", [True, False])
def test_publishing_where_there_are_no_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: bool) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    part, destination = tmp_path / ".part", tmp_path / "out.mp4"
    part.write_bytes(b"new")
    if taken:
        destination.write_bytes(b"old")
        with pytest.raises(OutputExistsError):
            publish(part, destination, overwrite=False)
    else:
        publish(part, destination, overwrite=False)
    assert destination.read_bytes() == (b"old" if taken else b"new")
    assert not part.exists()
