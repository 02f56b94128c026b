"""A file is the old one or the new one, never a part of either."""

import os
import stat
from pathlib import Path

import pytest

from dualface.files import write_whole


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
