"""Pictures that together are a film: which they are, in which order, and how FFmpeg is told.

A sequence is named by a path that is no file: a folder of numbered pictures, a name with ``%d`` or ``%04d`` for the number, as
FFmpeg has it, or a pattern such as ``frame_*.png``.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise, takewhile
from pathlib import Path
from typing import NamedTuple

from dualface.errors import InputError

PICTURE_SUFFIXES = frozenset(
    {".bmp", ".dpx", ".exr", ".j2k", ".jp2", ".jpeg", ".jpg", ".pam", ".pbm", ".pgm", ".png", ".ppm", ".tga", ".tif", ".tiff"}
)
"""Suffixes of still pictures, those of which FFmpeg has a decoder everywhere."""
USUAL_RATE = Fraction(25)
"""Pictures a second where nobody says: FFmpeg's own."""
_NUMBER = re.compile(r"%(?:0(\d+))?d")
_DIGITS = "0123456789"
_LAST_DIGITS = re.compile(r"\d+(?=\D*$)")
_MOST_TOLD = 3


class Series(NamedTuple):
    """Pictures of one name but for the number: ``pattern`` is that name with ``%d`` for it, the pictures are in order."""

    pattern: Path
    pictures: list[Path]


def is_sequence(path: Path) -> bool:
    """Whether ``path`` names pictures that are to be a film, and not one file."""
    if path.is_dir():
        return True
    return is_picture(path) and not path.exists() and (bool(_NUMBER.search(path.name)) or glob.has_magic(str(path)))


def is_picture(path: Path) -> bool:
    """Whether the name is that of a still picture."""
    return path.suffix.lower() in PICTURE_SUFFIXES


def pictures_of(path: Path) -> list[Path]:
    """The pictures of a sequence in the order of their numbers.

    Raises :class:`~dualface.errors.InputError` where there are none, or a folder has several series of them.
    """
    if path.is_dir():
        return _in_folder(path)
    pictures = _named(path) if _NUMBER.search(path.name) else _matching(path)
    if not pictures:
        raise _error(path, "names no pictures; check it.")
    return pictures


def series_in(folder: Path) -> list[Series]:
    """The numbered pictures in a folder, those of one name together, two at least."""
    found: dict[tuple[str, str], list[Path]] = {}
    for path in sorted(folder.iterdir(), key=_in_order):
        number = _LAST_DIGITS.search(path.stem)
        if number and is_picture(path) and not path.name.startswith(".") and path.is_file():
            found.setdefault((path.stem[: number.start()], path.stem[number.end() :] + path.suffix), []).append(path)
    return [
        Series(folder / f"{_percent(before)}%d{_percent(after)}", pictures)
        for (before, after), pictures in found.items()
        if len(pictures) > 1
    ]


def pattern_for(pictures: Sequence[Path]) -> Path | None:
    """A pattern that names exactly these pictures of one folder, as a shell had it before it wrote them out one by one.

    ``None`` where there is none.
    """
    names = [path.name for path in pictures]
    before = _common_start(names)
    after = _common_start([name[len(before) :][::-1] for name in names])[::-1]
    wanted = {path.absolute() for path in pictures}
    for ends in ((before.rstrip(_DIGITS), after.lstrip(_DIGITS)), (before, after)):
        pattern = Path(glob.escape(str(pictures[0].parent)), "*".join(map(glob.escape, ends)))
        if {path.absolute() for path in _matching(pattern)} == wanted:
            return pattern
    return None


def name_of(source: Path) -> str:
    """What a film made of ``source`` is called, without a suffix: the file's name, the folder's, or what a pattern leaves."""
    if not is_sequence(source):
        return source.stem
    if source.is_dir():
        return source.resolve().name or "pictures"
    plain = re.sub(r"\d*([*?]|\[[^\]]*\])+\d*", "", _NUMBER.sub("", source.stem)).replace("%%", "%").strip("_-. ")
    return plain or source.parent.resolve().name or "pictures"


def bytes_in(path: Path) -> int:
    """Size of a file, or of all pictures of a sequence.  Raises ``OSError`` and what :func:`pictures_of` raises."""
    return sum(file.stat().st_size for file in (pictures_of(path) if is_sequence(path) else [path]))


def told_of_gaps(path: Path) -> str | None:
    """A sentence about numbers that are missing in a sequence; ``None`` if none are."""
    numbered = [(picture.parent, *_split(picture)) for picture in pictures_of(path)]
    gaps = [
        (before + 1, after - 1)
        for (*series, before), (*same, after) in pairwise(numbered)
        if series == same and before is not None and after is not None and after > before + 1
    ]
    if not gaps:
        return None
    missing = [str(first) if first == last else f"{first} to {last}" for first, last in gaps]
    more = f" and {len(missing) - _MOST_TOLD} more gaps" if len(missing) > _MOST_TOLD else ""
    return (
        f"{path}: pictures are missing ({', '.join(missing[:_MOST_TOLD])}{more}); the others follow each other without a gap."
    )


def script_for(path: Path, rate: Fraction) -> bytes:
    """The sequence as FFmpeg's concat demuxer reads it, ``rate`` pictures a second.

    Pictures with consecutive numbers are given as one entry: opening each alone costs as much as decoding it.

    Raises what :func:`pictures_of` raises, also for a name with a line break, which such a script can't hold.
    """
    lines, done = ["ffconcat version 1.0"], 0
    for run in _runs(pictures_of(path)):
        first, number = _split(run[0])
        name = f"{_percent(str(run[0].parent.absolute()))}/{first}" if number is not None else str(run[0].absolute())
        if "\n" in name or "\r" in name:
            raise _error(path, "has pictures with line breaks in their names; rename them.")
        quoted = name.replace("'", "'\\''")
        lines += [f"file 'file:{quoted}'", f"option framerate {rate}"]
        if number is None:
            lines += ["option pattern_type none"]
        else:
            lines += ["option pattern_type sequence", f"option start_number {number}"]
        start, done = done, done + len(run)
        lines += [f"duration {_seconds(done, rate) - _seconds(start, rate)}us"]
        if number is not None:  # there may be more of them on the disk
            lines += [f"outpoint {_seconds(len(run), rate) - round(500_000 / rate)}us"]
    return "\n".join(lines).encode(errors="surrogateescape")


def _seconds(pictures: int, rate: Fraction) -> int:
    """In microseconds; differences of these add up without drifting."""
    return round(pictures * 1_000_000 / rate)


def _in_folder(folder: Path) -> list[Path]:
    series = series_in(folder)
    if not series:
        raise _error(folder, "is a folder, and has no numbered pictures that would make a film; name a video.")
    if len(series) > 1:
        names = " or ".join(f"'{each.pattern}'" for each in series[:_MOST_TOLD])
        raise _error(folder, f"holds several series of pictures; name one, as {names}.")
    return series[0].pictures


def _named(pattern: Path) -> list[Path]:
    """``%d`` is any number, ``%04d`` one of four digits or more."""
    parts, place = [], 0
    for number in _NUMBER.finditer(pattern.name):
        digits = f"{{{number[1]},}}" if number[1] else "+"
        parts += [re.escape(pattern.name[place : number.start()].replace("%%", "%")), rf"\d{digits}"]
        place = number.end()
    name = re.compile("".join(parts) + re.escape(pattern.name[place:].replace("%%", "%")))
    folder = pattern.parent
    if not folder.is_dir():
        return []
    return sorted((path for path in folder.iterdir() if name.fullmatch(path.name) and path.is_file()), key=_in_order)


def _matching(pattern: Path) -> list[Path]:
    matches = (Path(match) for match in glob.glob(str(pattern), recursive=True))  # noqa: PTH207 - takes absolute ones
    return sorted((path for path in matches if is_picture(path) and path.is_file()), key=_in_order)


def _in_order(path: Path) -> tuple[str, list[tuple[int, str]], str]:
    """By folder, then by name with numbers as numbers."""
    pieces = re.split(r"(\d+)", path.name)
    return str(path.parent), [(int(piece), "") if piece.isdecimal() else (0, piece) for piece in pieces], path.name


def _split(path: Path) -> tuple[str, int | None]:
    """The name with a place for its number, as FFmpeg reads it, and the number; the name itself where it has none."""
    number = _LAST_DIGITS.search(path.stem)
    if number is None or not number[0].isascii():
        return path.name, None
    digits = len(number[0])
    padded = f"%0{digits}d" if digits > 1 else "%d"
    return f"{_percent(path.stem[: number.start()])}{padded}{_percent(path.stem[number.end() :] + path.suffix)}", int(number[0])


def _runs(pictures: Sequence[Path]) -> Iterator[list[Path]]:
    """Pictures in one folder whose names differ by numbers without a gap; one by one what has no number."""
    run: list[Path] = []
    expected: tuple[Path, str] | None = None
    for picture in pictures:
        name, number = _split(picture)
        if run and (picture.parent, picture.name) != expected:
            yield run
            run = []
        if not run:
            first = name
        run.append(picture)
        expected = None if number is None else (picture.parent, first % (number + 1))
    if run:
        yield run


def _common_start(names: Sequence[str]) -> str:
    letters = takewhile(lambda column: len(set(column)) == 1, zip(*names, strict=False))
    return "".join(column[0] for column in letters)


def _error(path: Path, what: str) -> InputError:
    return InputError(f"{path} {what}", file=path, stage="decode")


def _percent(text: str) -> str:
    return text.replace("%", "%%")
