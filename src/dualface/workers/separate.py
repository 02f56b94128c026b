"""One call in a process of its own, so that a crash in a library ends as an exception here."""

from __future__ import annotations

import multiprocessing
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import ParamSpec, TypeVar

from dualface.errors import DualfaceError

P = ParamSpec("P")
T = TypeVar("T")


def in_a_process(function: Callable[..., T], *args: object, what: str) -> T:
    """``function(*args)``, computed in a fresh process that is gone afterwards; all of it must be able to be pickled.

    Raises what the function raises, and :class:`~dualface.errors.DualfaceError` about ``what`` where the process crashes.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(theirs, function, args), name="dualface-separate", daemon=True)
    process.start()
    theirs.close()
    try:
        made, error = ours.recv()
    except EOFError:
        process.join()
        raise DualfaceError(f"{what}: the process that worked on it crashed (exit code {process.exitcode}).") from None
    finally:
        ours.close()
        process.kill()
        process.join()
        process.close()
    if error is not None:
        raise error
    result: T = made
    return result


def _serve(connection: Connection, function: Callable[..., object], args: tuple[object, ...]) -> None:
    try:
        connection.send((function(*args), None))
    except Exception as error:
        error.add_note(traceback.format_exc())
        connection.send((None, error))
