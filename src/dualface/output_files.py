"""Files of the output: names while they are unfinished, checks before any work, the step to the final name."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from dualface.errors import DiskFullError, OutputError, OutputExistsError
from dualface.files import NAME_BYTES, replace_file, sync_folder, write_whole

_SOUND_KBPS = 320
_DISK_IS_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def output_error(error: OSError, path: Path) -> OutputError:
    """The project's error for one of the operating system's, raised while writing ``path``."""
    if error.errno in _DISK_IS_FULL:
        reason = "no space is left" if error.errno == errno.ENOSPC else f"no more may be written ({error.strerror})"
        return DiskFullError(f"{path}: {reason}; make room or choose another output folder.", file=path, stage="encode")
    return OutputError(
        f"{path}: can't be written ({error.strerror or error}); choose another output folder.", file=path, stage="encode"
    )


def write_output(path: Path, content: bytes) -> None:
    """As :func:`~dualface.files.write_whole`.  Raises :class:`~dualface.errors.OutputError` where it can't be written."""
    try:
        write_whole(path, content)
    except OSError as error:
        raise output_error(error, path) from error


def hidden_sibling(path: Path, suffix: str) -> Path:
    """A hidden name beside ``path`` for what is not finished; always the same, so that nothing piles up."""
    name = f".{path.name}{suffix}"
    if len(os.fsencode(name)) > NAME_BYTES:
        name = f".{hashlib.sha256(os.fsencode(path.name)).hexdigest()[:32]}{suffix}"
    return path.with_name(name)


def check_destination(source: Path, destination: Path, *, overwrite: bool) -> None:
    """Refuses a destination that would destroy the source or, without ``overwrite``, another file.

    Raises :class:`~dualface.errors.OutputError` when both are the same file (links included) or the destination is a folder,
    :class:`~dualface.errors.OutputExistsError` when it exists.
    """
    try:
        same = destination.samefile(source)
    except OSError:
        same = False
    if same:
        raise OutputError(
            f"{destination}: is the input itself; choose another output folder.", file=destination, stage="encode"
        )
    if destination.is_dir():
        raise OutputError(f"{destination}: is a folder; choose another name.", file=destination, stage="encode")
    if not overwrite and os.path.lexists(destination):
        raise _exists(destination)


def check_folder(folder: Path) -> None:
    """Creates ``folder`` where needed and writes a byte into it, which leaves nothing behind.

    Raises :class:`~dualface.errors.OutputError` or :class:`~dualface.errors.DiskFullError`.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"\0")
    except OSError as error:
        raise output_error(error, folder) from error


def check_space(folder: Path, needed_bytes: int) -> None:
    """Raises :class:`~dualface.errors.DiskFullError` when the file system of ``folder`` has less room than that."""
    free = shutil.disk_usage(folder).free
    if free < needed_bytes:
        raise DiskFullError(
            f"{folder}: about {needed_bytes / 1e6:.0f} MB are needed but only {free / 1e6:.0f} MB are free; "
            "make room, lower encoding.bitrate_kbps or choose another output folder.",
            file=folder,
            stage="encode",
        )


def estimated_bytes(bitrate_kbps: int, seconds: float) -> int:
    """Room that a video of ``seconds`` needs while it is made: segments and final file exist together at the end."""
    return round((2 * bitrate_kbps + _SOUND_KBPS) * 1000 / 8 * seconds)


def preflight(source: Path, destination: Path, *, overwrite: bool, needed_bytes: int = 0) -> None:
    """All checks that can be made before any work; raises what they raise.  Creates the output folder."""
    check_destination(source, destination, overwrite=overwrite)
    check_folder(destination.parent)
    check_space(destination.parent, needed_bytes)


def publish(part: Path, destination: Path, *, overwrite: bool) -> None:
    """Gives the finished file ``part`` its final name in one step; it is removed when that fails.

    Raises :class:`~dualface.errors.OutputExistsError` when ``destination`` has come to exist and ``overwrite`` is false,
    :class:`~dualface.errors.OutputError` for anything else.
    """
    try:
        if overwrite:
            replace_file(part, destination)
        else:
            _rename_to_new(part, destination)
        _make_lasting(destination, new=not overwrite)
    except FileExistsError as error:
        raise _exists(destination) from error
    except OSError as error:
        raise output_error(error, destination) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def _rename_to_new(part: Path, destination: Path) -> None:
    try:
        destination.hardlink_to(part)  # unlike a rename, never replaces a file that appeared meanwhile
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if os.path.lexists(destination):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(destination)) from None
        part.rename(destination)


def _make_lasting(destination: Path, *, new: bool) -> None:
    """A name that is refused by the disk after all is taken back: what is called failed must not stand there."""
    try:
        sync_folder(destination.parent)
    except OSError:
        if new:
            with contextlib.suppress(OSError):
                destination.unlink()
        raise


def _exists(destination: Path) -> OutputExistsError:
    return OutputExistsError(
        f"{destination}: exists already; add --overwrite or choose another output folder.", file=destination, stage="encode"
    )
