"""The command ``dualface``: from the arguments to the exit code."""

from __future__ import annotations

import functools
import io
import sys
from collections.abc import Sequence

import typer

from dualface.cli.command import guarded
from dualface.cli.terminal import Terminal
from dualface.errors import ConfigurationError


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns the process's exit code (see ``docs/exit-codes.md``).

    ``arguments`` are those after the program's name, by default the process's own.  Raises nothing but :class:`SystemExit`.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # file names may hold what the terminal can't show
    return guarded(Terminal(), functools.partial(_dispatch, sys.argv[1:] if arguments is None else arguments))


def _dispatch(arguments: Sequence[str]) -> int:
    try:
        code: int | None = _app_for(arguments)(arguments, prog_name="dualface", standalone_mode=False)
    except typer.TyperException as error:  # the command line itself is wrong
        context = getattr(error, "ctx", None)
        hint = f" See `{context.command_path} --help`." if context is not None else ""
        message = error.format_message()
        end = "" if message.endswith((".", "?", "!")) else "."
        raise ConfigurationError(message + end + hint) from error
    return code or 0


def _app_for(arguments: Sequence[str]) -> typer.Typer:
    """The command line, with all commands where it is not clear that ``run`` suffices: making the others takes longer than
    understanding it.
    """
    if list(arguments[:1]) == ["run"]:
        from dualface.cli.root import with_run

        return with_run()
    from dualface.cli.all_commands import app

    return app
