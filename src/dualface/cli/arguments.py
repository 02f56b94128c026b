"""What a path on the command line must be: not empty, as an unset variable of the shell leaves it."""

from __future__ import annotations

from pathlib import Path

import typer


def given_text(text: str) -> str:
    """``text`` as it is.  Raises :class:`typer.BadParameter`, which names the parameter, where it is empty."""
    if not text:
        raise typer.BadParameter("it is empty; write a path (is a variable of the shell unset?).")
    return text


def given_path(text: str) -> Path:
    """The path that ``text`` is.  Raises :class:`typer.BadParameter`: an empty path would be the current folder."""
    return Path(given_text(text))
