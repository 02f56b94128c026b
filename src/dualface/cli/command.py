"""What all commands share: the options ``--quiet``, ``--json`` and ``--debug``, and how they end."""

from __future__ import annotations

import functools
import inspect
import os
import sys
import traceback
from collections.abc import Callable
from typing import Annotated, Any, Concatenate, ParamSpec

import typer

from dualface.cli.plain_help import COMMON_PANEL
from dualface.cli.terminal import Terminal
from dualface.errors import DualfaceError, ExitCode
from dualface.out_of_memory import is_for_want_of_memory

P = ParamSpec("P")

_BROKEN_PIPE = 141
"""As a shell reports a program that the signal SIGPIPE ended."""


def _switch(*names: str, text: str) -> Any:
    return Annotated[bool, typer.Option(*names, help=text, rich_help_panel=COMMON_PANEL)], False


_COMMON_PARAMETERS = {
    "quiet": _switch("--quiet", "-q", text="Print errors only."),
    "json_output": _switch("--json", text="Print JSON for programs."),
    "debug": _switch("--debug", text="Print where errors arose."),
}


def command(function: Callable[Concatenate[Terminal, P], int | None]) -> Callable[..., None]:
    """Makes a function that takes a :class:`Terminal` first, and returns an exit code or ``None``, a typer command."""

    @functools.wraps(function)
    def wrapper(*, quiet: bool, json_output: bool, debug: bool, **arguments: Any) -> None:
        terminal = Terminal(quiet=quiet, json_output=json_output, debug=debug)
        raise typer.Exit(guarded(terminal, functools.partial(function, terminal, **arguments)))

    signature = inspect.signature(function, eval_str=True)
    own = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in list(signature.parameters.values())[1:]]
    common = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
        for name, (annotation, default) in _COMMON_PARAMETERS.items()
    ]
    wrapper.__signature__ = signature.replace(parameters=own + common, return_annotation=None)  # type: ignore[attr-defined]
    wrapper.__annotations__ = {parameter.name: parameter.annotation for parameter in own + common}
    return wrapper


def guarded(terminal: Terminal, call: Callable[[], int | None]) -> int:
    """Calls, and turns whatever is raised into one sentence on stderr and the exit code that is returned."""
    try:
        code = call() or ExitCode.OK
        sys.stdout.flush()
        return code
    except DualfaceError as error:
        return _failed(terminal, str(error), error.exit_code)
    except KeyboardInterrupt:
        return _failed(terminal, "Interrupted.", ExitCode.INTERRUPTED)
    except BrokenPipeError:
        _discard_stdout()
        return _BROKEN_PIPE
    except Exception as error:  # the last line of defence: nobody but a developer wants a traceback
        what = f"{type(error).__name__}: {error}".rstrip(": ")
        if is_for_want_of_memory(error):
            return _failed(terminal, f"The memory did not suffice ({what}); provide more.", ExitCode.DEVICE)
        advice = "Please report it." if terminal.debug else "Run again with --debug and report it."
        return _failed(terminal, f"Unexpected error, {what}. {advice}", ExitCode.INTERNAL)


def _failed(terminal: Terminal, message: str, code: ExitCode) -> int:
    if terminal.debug:
        traceback.print_exc()
    terminal.error(message)
    if terminal.json_output:
        terminal.line_json({"event": "error", "message": message, "exit_code": int(code)})
    return code


def _discard_stdout() -> None:
    """Nobody reads any more: keeps the interpreter from failing when it flushes stdout at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
