"""Files that are whole or absent, whatever ends the process or the machine."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import time
from pathlib import Path

NAME_BYTES = 255
"""The longest name that file systems take."""
WINDOWS = os.name == "nt"
_PAUSES = (0.05, 0.2, 0.5, 1.0)
"""Seconds between attempts.  A virus scanner or an indexer looks at a new file for less than that in all."""


def replace_file(source: Path, target: Path) -> None:
    """Gives ``source`` the name ``target``, in one step, in place of what is there.

    On Windows that is refused while anybody has either file open, so it is tried for two seconds.  Raises ``OSError``.
    """
    for pause in _PAUSES if WINDOWS else ():
        try:
            source.replace(target)
            return
        except PermissionError:
            time.sleep(pause)
    source.replace(target)


def write_whole(path: Path, content: bytes) -> None:
    """Writes ``content`` to a hidden name beside ``path``, to the disk, and only then under ``path``.

    Several processes may write the same file: one of them wins.  Raises ``OSError``; then ``path`` is as it was.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        replace_file(part, path)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def link_or_copy(source: Path, target: Path) -> None:
    """Gives the content of ``source`` the name ``target`` too, in place of what is there.  Raises ``OSError``."""
    target.unlink(missing_ok=True)
    try:
        target.hardlink_to(source)
    except OSError:  # a file system without links
        shutil.copyfile(source, target)


def sync_folder(folder: Path) -> None:
    """Makes names in ``folder`` survive a power failure, where the system can do that."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network file systems can't
            raise
    finally:
        os.close(descriptor)
