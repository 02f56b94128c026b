"""``dualface``, the program: a process from its start to its end."""

from __future__ import annotations

import atexit
import os
import sys

from dualface.heap import keep_little, search_no_garbage_yet


class _LastStep:
    """Ends the process when all else is done: taking the libraries apart would take half a second, and nobody needs that."""

    def __init__(self) -> None:
        self.code: int | None = None
        """The exit code, once the program has come to its end by itself."""

    def __call__(self) -> None:
        if self.code is None:
            return
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except (OSError, ValueError, AttributeError):  # Python says so in its own way
            return
        os._exit(self.code)


def open_standard_streams() -> None:
    """Gives the process those that whoever started it has closed.

    Files that are opened later would get their numbers, and what a library prints would be written into them.
    """
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            try:
                os.fstat(number)
            except OSError:
                os.dup2(os.open(os.devnull, os.O_RDWR), number)
                os.set_inheritable(number, True)
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


def run() -> None:
    """Runs the command line and ends the process with its exit code."""
    open_standard_streams()
    last = _LastStep()
    atexit.register(last)  # before everybody else, so that it is called after them
    search_no_garbage_yet()
    keep_little()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # for which it would look through all packages
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # or numpy starts one for each core, and all its products are small
    from dualface.cli.main import main

    last.code = main()
    sys.exit(last.code)


if __name__ == "__main__":
    run()
