"""What arguments of the command line must be; a path not empty, as an unset variable of the shell leaves it."""

from __future__ import annotations

from pathlib import Path

import typer

_LAST_PORT = 65535


def given_text(text: str) -> str:
    """``text`` as it is.  Raises :class:`typer.BadParameter`, which names the parameter, where it is empty."""
    if not text:
        raise typer.BadParameter("it is empty; write a path (is a variable of the shell unset?).")
    return text


def given_path(text: str) -> Path:
    """The path that ``text`` is.  Raises :class:`typer.BadParameter`: an empty path would be the current folder."""
    return Path(given_text(text))


def given_port(text: str) -> int:
    """The port that ``text`` is.  Raises :class:`typer.BadParameter` unless it is a number from 0 to 65535."""
    if not text.isascii() or not text.isdigit() or int(text) > _LAST_PORT:
        raise typer.BadParameter(f"{text!r} is no port; write a number from 0 to {_LAST_PORT}.")
    return int(text)
