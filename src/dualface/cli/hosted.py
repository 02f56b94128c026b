"""A command of another program: it ends when that does, however that ends, and never works beside itself.

``python -m dualface.cli.hosted LOCK run …`` waits until nobody else holds the file LOCK, and then does what ``dualface run …``
does.  When its standard input ends, it stops as at Ctrl-C.
"""

from __future__ import annotations

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
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_MOST_SECONDS)
    os._exit(ExitCode.INTERRUPTED)


if __name__ == "__main__":
    threading.Thread(target=_end_with_the_other, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(_NICE)
    with Path(sys.argv[1]).open("ab") as lock, locked(lock):
        sys.exit(main(sys.argv[2:]))
