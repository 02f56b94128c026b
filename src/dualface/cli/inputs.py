"""From what the user typed to a list of video files."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from dualface.errors import InputError

_VIDEO_SUFFIXES = frozenset(
    {".3gp", ".avi", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".mxf", ".webm", ".wmv"}
)
"""Suffixes that nothing but videos has; files with others are tried."""
_NOT_FILMS = frozenset({"image2", "gif", "apng", "tty", "ico"})
"""FFmpeg's names of formats whose pictures are stills or text."""


def find_videos(inputs: Sequence[str], *, recursive: bool = False, exclude: Path | None = None) -> list[Path]:
    """The videos that files, folders and patterns name, in the order given, each once; folders in the order of names.

    A file is taken as it is.  In a folder and among a pattern's matches, videos are known by their suffix or, where that tells
    nothing, by trying to open them; hidden files and what is below ``exclude`` are left out.

    Raises :class:`~dualface.errors.InputError` for whatever names no video.
    """
    found: dict[Path, Path] = {}
    for text in inputs:
        try:
            for path in _expand(text, recursive, exclude):
                found.setdefault(path.resolve(), path)
        except OSError as error:
            raise InputError(f"{text} can't be read: {error.strerror}.", file=text) from error
    return list(found.values())


def _expand(text: str, recursive: bool, exclude: Path | None) -> list[Path]:
    path = Path(os.path.expanduser(text))  # noqa: PTH111 - unlike Path.expanduser, it leaves an unknown ~name alone
    if path.is_dir():
        return _in_folder(path, recursive, exclude)
    if path.exists() or not glob.has_magic(text):
        if not path.exists():
            raise InputError(f"{text} does not exist; check the path.", file=path)
        return [path]
    matches = [Path(match) for match in sorted(glob.glob(str(path), recursive=True))]  # noqa: PTH207 - takes absolute ones
    videos = [video for match in matches for video in _videos_below(match, recursive, exclude)]
    if not videos:
        raise InputError(f"No video matches {text}; check the pattern.")
    return videos


def _in_folder(folder: Path, recursive: bool, exclude: Path | None) -> list[Path]:
    videos = list(_videos_below(folder, recursive, exclude))
    if not videos:
        hint = "" if recursive else "; --recursive looks into its subfolders too"
        raise InputError(f"The folder {folder} holds no videos{hint}.", file=folder)
    return videos


def _videos_below(path: Path, recursive: bool, exclude: Path | None) -> Iterator[Path]:
    return _walk(path, recursive, {exclude.resolve()} if exclude is not None else set())


def _walk(path: Path, recursive: bool, closed: set[Path]) -> Iterator[Path]:
    """Videos outside the folders in ``closed``, to which each visited one is added: links may lead back to where one was."""
    if not path.is_dir():
        if _looks_like_video(path):
            yield path
        return
    closed.add(path.resolve())
    for child in sorted(path.iterdir()):
        if child.name.startswith(".") or (child.is_dir() and (not recursive or child.resolve() in closed)):
            continue
        yield from _walk(child, recursive, closed)


def _looks_like_video(path: Path) -> bool:
    return path.is_file() and (path.suffix.lower() in _VIDEO_SUFFIXES or _opens_as_video(path))


def _opens_as_video(path: Path) -> bool:
    import av

    from dualface.media import open_media

    try:
        with open_media(path) as container:
            if container.format.name in _NOT_FILMS or container.format.name.endswith("_pipe"):
                return False
            return any(stream.width and not _is_cover(stream) for stream in container.streams.video)
    except (av.FFmpegError, OSError, ValueError):
        return False


def _is_cover(stream: object) -> bool:
    """Whether a video stream is the picture of a sound file."""
    import av.stream

    disposition = getattr(stream, "disposition", None)
    return bool(disposition is not None and disposition & av.stream.Disposition.attached_pic)
