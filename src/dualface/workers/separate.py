"""One call in a process of its own, so that a crash in a library ends as an exception here."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import ParamSpec, TypeVar

from dualface.errors import DualfaceError
from dualface.interrupts import HEARD_SECONDS
from dualface.workers.processes import new_launcher

P = ParamSpec("P")
T = TypeVar("T")


def in_a_process(function: Callable[..., T], *args: object, what: str) -> T:
    """``function(*args)``, computed in a fresh process that is gone afterwards; all of it must be able to be pickled.

    Raises what the function raises, and :class:`~dualface.errors.DualfaceError` about ``what`` where the process crashes.
    """
    with ExitStack() as ends:
        launcher = ends.enter_context(closing(new_launcher()))
        ours, theirs = Pipe(duplex=False)
        ends.enter_context(ours)
        with theirs:
            process = launcher.start(_serve, [theirs], function, args)
        ends.callback(process.kill)
        try:
            while not ours.poll(HEARD_SECONDS):
                pass
            made, error = ours.recv()
        except EOFError:
            process.join()
            raise DualfaceError(f"{what}: the process that worked on it crashed (exit code {process.exitcode}).") from None
    if error is not None:
        raise error
    result: T = made
    return result


def _serve(connections: Sequence[Connection], function: Callable[..., object], args: tuple[object, ...]) -> None:
    (connection,) = connections
    try:
        connection.send((function(*args), None))
    except Exception as error:
        error.add_note(traceback.format_exc())
        connection.send((None, error))
