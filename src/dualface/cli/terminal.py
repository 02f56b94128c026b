"""Where commands print: results on stdout, everything else on stderr."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, NoReturn

from rich.console import Console
from rich.markup import escape

_PIPE_WIDTH = 200
"""Columns where output is no terminal, so that tables are not folded for a reader that greps them."""


class _Console(Console):
    """A console that tells its caller when the reader is gone, instead of ending the program."""

    def on_broken_pipe(self) -> NoReturn:
        raise BrokenPipeError


class Terminal:
    """What one command may print.  ``quiet`` leaves errors and what was asked for; ``json_output`` is for programs."""

    def __init__(self, *, quiet: bool = False, json_output: bool = False, debug: bool = False) -> None:
        self.quiet = quiet
        self.json_output = json_output
        self.debug = debug
        self.out = _console(stderr=False)
        self.err = _console(stderr=True)

    @property
    def interactive(self) -> bool:
        """Whether somebody watches stderr."""
        return self.err.is_terminal and not self.err.is_dumb_terminal

    def show(self, thing: Any) -> None:
        """Prints a result: text as it is, or a table."""
        if isinstance(thing, str):
            self.out.print(thing, markup=False, highlight=False, soft_wrap=True)
        else:
            self.out.print(thing)

    def show_json(self, document: Any) -> None:
        """Prints a result for programs: indented JSON."""
        self.show(json.dumps(document, indent=2))

    def line_json(self, document: Any) -> None:
        """Prints one line of JSON, at once."""
        sys.stdout.write(json.dumps(document) + "\n")
        sys.stdout.flush()

    def note(self, text: str) -> None:
        """Tells something on stderr that may be left out."""
        if not self.quiet and not self.json_output:
            self.err.print(text, markup=False, highlight=False, soft_wrap=True)

    def warn(self, text: str) -> None:
        """Tells something on stderr that the user should know."""
        if not self.quiet and not self.json_output:
            self.err.print(f"[yellow]warning:[/] {escape(text)}", highlight=False, soft_wrap=True)

    def error(self, text: str) -> None:
        """Tells on stderr why it did not work; printed always."""
        self.err.print(f"[bold red]error:[/] {escape(text)}", highlight=False, soft_wrap=True)


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or os.environ.get("COLUMNS") else _PIPE_WIDTH
    return _Console(stderr=stderr, width=width)
