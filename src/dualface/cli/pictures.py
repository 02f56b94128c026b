"""Pictures in the terminal: as itself where it can show them, else as blocks of two colours each."""

from __future__ import annotations

import base64
import io
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from rich.segment import Segment, Segments
from rich.style import Style

from dualface.cli.terminal import Terminal

if TYPE_CHECKING:
    from PIL.Image import Image

_UPPER = "▀"
_CHUNK = 4096
"""Bytes of base64 that kitty takes at a time."""
_MOST_COLUMNS = 120


class Show(StrEnum):
    """How a picture is shown."""

    AUTO = "auto"
    KITTY = "kitty"
    ITERM = "iterm"
    BLOCKS = "blocks"
    NEVER = "never"


class Row(Protocol):
    """A row of a sheet."""

    @property
    def text(self) -> str: ...

    @property
    def pictures(self) -> Image: ...


def shower(terminal: Terminal, show: Show) -> Callable[[Row], None] | None:
    """What shows a row on stdout; ``None`` where none is to be shown."""
    if show is Show.AUTO:
        show = _best(terminal, os.environ)
    if show is Show.NEVER or terminal.quiet or terminal.json_output:
        return None
    encode = _kitty if show is Show.KITTY else _iterm

    def write(row: Row) -> None:
        terminal.show(row.text)
        if show is Show.BLOCKS:
            terminal.out.print(_blocks(row.pictures, min(terminal.out.width, _MOST_COLUMNS)), end="")
            return
        for piece in encode(row.pictures):
            sys.stdout.write(piece)
        sys.stdout.write("\n")
        sys.stdout.flush()

    return write


def _best(terminal: Terminal, environment: Mapping[str, str]) -> Show:
    """What the terminal on stdout says that it can; programs within it, such as tmux, pass no pictures on."""
    if not terminal.out.is_terminal or terminal.out.is_dumb_terminal:
        return Show.NEVER
    program = environment.get("TERM_PROGRAM", "")
    if not (environment.get("TMUX") or environment.get("STY")):
        if "kitty" in environment.get("TERM", "") or environment.get("KITTY_WINDOW_ID") or program == "ghostty":
            return Show.KITTY
        if program in ("iTerm.app", "WezTerm") or environment.get("LC_TERMINAL") == "iTerm2":
            return Show.ITERM
    return Show.BLOCKS if terminal.out.color_system in ("256", "truecolor", "windows") else Show.NEVER


def _png(picture: Image) -> str:
    content = io.BytesIO()
    picture.save(content, "PNG")
    return base64.b64encode(content.getvalue()).decode()


def _kitty(picture: Image) -> Iterator[str]:
    """By kitty's graphics protocol: PNG, in pieces."""
    data = _png(picture)
    pieces = [data[n : n + _CHUNK] for n in range(0, len(data), _CHUNK)]
    for n, piece in enumerate(pieces):
        head = "a=T,f=100," if n == 0 else ""
        yield f"\x1b_G{head}m={int(n < len(pieces) - 1)};{piece}\x1b\\"


def _iterm(picture: Image) -> Iterator[str]:
    """By iTerm2's inline images protocol."""
    yield f"\x1b]1337;File=inline=1;width=auto;height=auto;preserveAspectRatio=1:{_png(picture)}\a"


def _blocks(picture: Image, columns: int) -> Segments:
    """Two pixels to a character: the upper one is the block's colour, the lower one the background."""
    rows = max(round(columns * picture.height / picture.width / 2), 1)
    pixels = picture.convert("RGB").resize((columns, 2 * rows)).load()
    assert pixels is not None
    segments = []
    for row in range(rows):
        for column in range(columns):
            upper, lower = pixels[column, 2 * row], pixels[column, 2 * row + 1]
            segments.append(Segment(_UPPER, Style.parse(f"{_hex(upper)} on {_hex(lower)}")))
        segments.append(Segment.line())
    return Segments(segments)


def _hex(pixel: object) -> str:
    assert isinstance(pixel, tuple)
    return "#" + "".join(f"{int(value):02x}" for value in pixel[:3])
