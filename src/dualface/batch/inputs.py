"""From what the user typed to a list of video files."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from dualface.errors import InputError
from dualface.sequences import is_picture, is_sequence, pattern_for, pictures_of, series_in

VIDEO_SUFFIXES = frozenset(
    {".3gp", ".avi", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".mxf", ".webm", ".wmv"}
)
"""Suffixes that nothing but videos has; files with others are tried."""
_NOT_FILMS = frozenset({"image2", "gif", "apng", "tty", "ico"})
"""FFmpeg's names of formats whose pictures are stills or text."""


class Found(NamedTuple):
    """Videos to process, and how many others were left out because dualface has made them."""

    videos: list[Path]
    own: int


def find_videos(inputs: Sequence[str], *, recursive: bool = False, exclude: Path | None = None) -> Found:
    """The videos that files, folders and patterns name, in the order given, each once; folders in the order of names.

    A file is taken as it is.  In a folder and among a pattern's matches, videos are known by their suffix or, where that tells
    nothing, by trying to open them.  Hidden files and films that dualface has made are left out, and what is in the folder
    ``exclude`` where that is one that was searched for, not the one that was named.  Pictures are a video
    (:mod:`dualface.sequences`) where a pattern, a name with ``%d`` or a folder without videos names several.

    Raises :class:`~dualface.errors.InputError` for whatever names no video.
    """
    found: dict[Path, Path] = {}
    own: set[Path] = set()
    for text in _without_written_out_patterns(inputs):
        try:
            videos, made = _expand(text, recursive, exclude)
            for path in videos:
                found.setdefault(path.resolve(), path)
            own.update(path.resolve() for path in made)
        except OSError as error:
            raise InputError(f"{text} can't be read: {error.strerror}.", file=text) from error
    return Found(list(found.values()), len(own - found.keys()))


def _expand(text: str, recursive: bool, exclude: Path | None) -> tuple[list[Path], list[Path]]:
    """The videos that ``text`` names, and the films that are left out."""
    path = Path(os.path.expanduser(text))  # noqa: PTH111 - unlike Path.expanduser, it leaves an unknown ~name alone
    if path.is_dir():
        return _in_folder(path, recursive, exclude)
    if is_sequence(path) and len(pictures_of(path)) > 1:
        return [path], []
    if path.exists():
        return [path], []
    if not glob.has_magic(text):
        raise InputError(f"{text} {_why_missing(text)}", file=path)
    matches = [Path(match) for match in sorted(glob.glob(str(path), recursive=True))]  # noqa: PTH207 - takes absolute ones
    if exclude is not None and _searched(path).resolve() in exclude.resolve().parents:
        matches = [match for match in matches if not match.resolve().is_relative_to(exclude.resolve())]
    videos = (video for match in matches for video in _videos_below(match, recursive, exclude))
    return _sorted_out(videos, f"No video matches {text}", "; check the pattern")


def _in_folder(folder: Path, recursive: bool, exclude: Path | None) -> tuple[list[Path], list[Path]]:
    videos = list(_videos_below(folder, recursive, exclude))
    series = series_in(folder) if not videos else []
    if series:
        return [folder] if len(series) == 1 else [each.pattern for each in series], []
    hint = "" if recursive else "; --recursive looks into its subfolders too"
    return _sorted_out(videos, f"The folder {folder} holds no videos", hint)


def _why_missing(text: str) -> str:
    if text == "-":
        return "stands for a pipe, which can't be read twice; write the video to a file and name that."
    if re.match(r"[a-zA-Z][a-zA-Z0-9+.]+://", text):
        return "is an address on a network; download the video first, for example with yt-dlp, and name the file."
    return "does not exist; check the path."


def _without_written_out_patterns(inputs: Sequence[str]) -> Iterator[str]:
    """Several pictures of one folder become the pattern that a shell has made them of; all else stays as it is.

    Raises :class:`~dualface.errors.InputError` where no pattern names just these.
    """
    pictures = [Path(text) for text in inputs if is_picture(Path(text)) and Path(text).is_file()]
    folders: dict[Path, list[Path]] = {}
    for picture in dict.fromkeys(pictures):
        folders.setdefault(picture.parent, []).append(picture)
    told: set[Path] = set()
    for text in inputs:
        path = Path(text)
        named = folders.get(path.parent, []) if path in pictures else []
        if len(named) < 2:
            yield text
        elif path.parent not in told:
            told.add(path.parent)
            pattern = pattern_for(named)
            if pattern is None:
                what = f"{len(named)} pictures in {path.parent} are named one by one, and no pattern names just these"
                raise InputError(f"{what}; put those that are a film in a folder and name that.", file=path)
            yield str(pattern)


def _searched(pattern: Path) -> Path:
    """The folder that a pattern's matches are in, as far as it is named."""
    return next(folder for folder in pattern.parents if not glob.has_magic(str(folder)))


def _sorted_out(videos: Iterable[Path], nothing: str, hint: str) -> tuple[list[Path], list[Path]]:
    """Videos of others, and dualface's own.

    Without any of others, raises an :class:`~dualface.errors.InputError` made of the texts.
    """
    from dualface.video.finished import is_own_film

    others: list[Path] = []
    own: list[Path] = []
    for video in videos:
        (own if is_own_film(video.resolve()) else others).append(video)
    if not others:
        why = " but those that dualface has made; name one as a file to take it" if own else hint
        raise InputError(f"{nothing}{why}.")
    return others, own


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
    return path.is_file() and (path.suffix.lower() in VIDEO_SUFFIXES or _opens_as_video(path))


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
