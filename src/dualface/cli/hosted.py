"""A command of another program: it ends when that does, however that ends, and never works beside itself.

``python -m dualface.cli.hosted LOCK run …`` waits until nobody else holds the file LOCK, and then does what ``dualface run …``
does.  When its standard input ends, it stops as at Ctrl-C; a Ctrl-C itself is for the other program to hear.
"""

from __future__ import annotations

import _thread
import contextlib
import os
import signal
import sys
import threading
import time
from pathlib import Path

from dualface.cli.main import main
from dualface.errors import ExitCode
from dualface.file_lock import locked

_NICE = 10
"""Whoever started it is to answer while it works."""
_MOST_SECONDS = 30.0


def _end_with_the_other() -> None:
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    _thread.interrupt_main(signal.SIGTERM)  # as if it had been sent: on Windows to send it would end us at once
    time.sleep(_MOST_SECONDS)
    os._exit(ExitCode.INTERRUPTED)


def _hosted(lock: Path, arguments: list[str]) -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # while it waits; a run has handlers of its own
    threading.Thread(target=_end_with_the_other, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(_NICE)
    try:
        with lock.open("ab") as file, locked(file):
            return main(arguments)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED


if __name__ == "__main__":
    sys.exit(_hosted(Path(sys.argv[1]), sys.argv[2:]))
