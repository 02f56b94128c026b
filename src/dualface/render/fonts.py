"""Which installed fonts may have some letters: by fontconfig where it is, else in the folders where the system keeps fonts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple


class FontFile(NamedTuple):
    """A TrueType or OpenType font: a file, and which of the fonts in it."""

    path: str
    number: int = 0


class Wanted(NamedTuple):
    """What a font is looked for: its letters, a language for their forms (RFC 3066, or empty), and whether they are emoji."""

    letters: str
    language: str = ""
    emoji: bool = False


Finder = Callable[[Wanted], Iterator[FontFile]]
"""Fonts that may have the letters, the likeliest first; whoever asks looks whether they do."""

_SUFFIXES = frozenset((".ttf", ".otf", ".ttc", ".otc"))
_BOXES_FOR_EVERYTHING = "lastresort"
"""macOS has a font that draws a box for every letter there is."""
_LIKELY = (
    *("notosans-", "notosans", "dejavusans", "segoeui", "helvetica", "arialunicode", "arial"),
    *(
        "msyh",
        "yugoth",
        "malgun",
        "nirmala",
        "leelawui",
        "pingfang",
        "hiraginosans",
        "applesdgothicneo",
        "geezapro",
        "kohinoor",
    ),
)
"""How the names of files begin in which plain letters of many scripts are found, the plainest first."""
_EMOJI = ("notocoloremoji", "applecoloremoji", "seguiemj", "twemoji", "notoemoji")
_NOT_PLAIN = ("bold", "italic", "oblique", "light", "thin", "black", "medium", "condensed", "serif", "mono")


def installed_fonts(wanted: Wanted) -> Iterator[FontFile]:
    """The installed fonts, by how likely they are to have what is wanted; see :data:`Finder`."""
    program = shutil.which("fc-match")
    return _known_to_fontconfig(program, wanted) if program else fonts_in(font_folders(), wanted)


def _known_to_fontconfig(program: str, wanted: Wanted) -> Iterator[FontFile]:
    """As fontconfig sorts them for these letters; none if it fails."""
    pattern = "emoji" if wanted.emoji else "sans"
    if wanted.language:
        pattern += f":lang={wanted.language}"
    pattern += ":charset=" + " ".join(f"{ord(letter):x}" for letter in wanted.letters)
    command = [program, "--all", "--format", "%{file}\t%{index}\n", pattern]
    try:
        listed = subprocess.run(command, capture_output=True, timeout=30, check=True).stdout.decode(errors="surrogateescape")
    except (OSError, subprocess.SubprocessError):
        return
    for line in listed.splitlines():
        path, _, index = line.partition("\t")
        if Path(path).suffix.lower() in _SUFFIXES:
            yield FontFile(path, int(index or 0) & 0xFFFF)  # the upper half is a variable font's instance


def font_folders(system: str = sys.platform) -> list[Path]:
    """Where a system keeps its own fonts, those of the machine and those of the user."""
    home = Path.home()
    if system == "darwin":
        return [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"]
    if system == "win32":
        local = os.environ.get("LOCALAPPDATA", str(home / "AppData/Local"))
        return [Path(os.environ.get("WINDIR", r"C:\Windows"), "Fonts"), Path(local, "Microsoft/Windows/Fonts")]
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share")
    return [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), data / "fonts", home / ".fonts"]


def fonts_in(folders: list[Path], wanted: Wanted) -> Iterator[FontFile]:
    """The font files in the folders, the plain ones of well-known families first."""
    found = (Path(at, name) for folder in folders for at, _, names in os.walk(folder) for name in names)
    files = [path for path in found if path.suffix.lower() in _SUFFIXES]
    for path in sorted(files, key=lambda path: _rank(path.stem, wanted.emoji)):
        if not path.stem.lower().startswith(_BOXES_FOR_EVERYTHING):
            yield FontFile(str(path))


def _rank(stem: str, emoji: bool) -> tuple[bool, int, str]:
    name = stem.lower().replace(" ", "")
    likely = _EMOJI if emoji else _LIKELY
    place = next((n for n, start in enumerate(likely) if name.startswith(start)), len(likely))
    return any(word in name for word in _NOT_PLAIN), place, name
