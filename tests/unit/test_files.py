"""A file is the old one or the new one, never a part of either."""

import os
import stat
from pathlib import Path

import pytest

from dualface.files import replace_file, write_whole


def test_a_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    write_whole(path, b"old")
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("step", ["write", "rename"])
def test_a_failure_leaves_what_was_there(step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "settings.yaml"
    write_whole(path, b"old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    if step == "write":
        monkeypatch.setattr(os, "fsync", fail)
    else:
        monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name != "posix", reason="no permission bits here")
def test_others_may_read_what_they_may_read_of_any_new_file(tmp_path: Path) -> None:
    """A model cache or a configuration may be shared."""
    (tmp_path / "any").touch()
    write_whole(tmp_path / "settings.yaml", b"new")
    assert stat.S_IMODE((tmp_path / "settings.yaml").stat().st_mode) == stat.S_IMODE((tmp_path / "any").stat().st_mode)


class Refusing:
    """Plays Windows, where a file that somebody has open can't be replaced: so many attempts are refused."""

    def __init__(self, times: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.attempts = 0
        replace = Path.replace

        def refuse(path: Path, target: Path) -> Path:
            self.attempts += 1
            if self.attempts <= times:
                raise PermissionError(13, "The process cannot access the file because it is being used by another process")
            return replace(path, target)

        monkeypatch.setattr(Path, "replace", refuse)
        monkeypatch.setattr("dualface.files._PAUSES", (0.0,) * 4)
        monkeypatch.setattr("dualface.files.WINDOWS", True)


def test_windows_is_given_time_to_let_go_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "new").write_bytes(b"new")
    refusing = Refusing(3, monkeypatch)
    replace_file(tmp_path / "new", tmp_path / "kept")
    assert (tmp_path / "kept").read_bytes() == b"new"
    assert refusing.attempts == 4


def test_a_file_that_windows_never_lets_go_of_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "settings.yaml"
    write_whole(path, b"old")
    Refusing(99, monkeypatch)
    with pytest.raises(PermissionError):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_elsewhere_a_refusal_is_final(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "new").write_bytes(b"new")
    refusing = Refusing(1, monkeypatch)
    monkeypatch.setattr("dualface.files.WINDOWS", False)
    with pytest.raises(PermissionError):
        replace_file(tmp_path / "new", tmp_path / "kept")
    assert refusing.attempts == 1
