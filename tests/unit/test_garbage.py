"""A process that begins is not searched for garbage; one that works is, and one that is somebody else's is left alone."""

from __future__ import annotations

import subprocess
import sys


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_garbage_is_searched_for_once_the_work_begins() -> None:
    code = (
        "import gc, weakref\n"
        "from dualface.heap import search_garbage_now, search_no_garbage_yet\n"
        "class Round:\n"
        "    def __init__(self): self.itself = self\n"
        "def gone():\n"
        "    kept, lost = [], weakref.ref(Round())\n"
        "    while lost() is not None and len(kept) < 50_000: kept.append([])\n"
        "    return lost() is None\n"
        "search_no_garbage_yet()\n"
        "print(gone())\n"
        "search_garbage_now()\n"
        "print(gone())"
    )
    assert run(code).split() == ["False", "True"]


def test_a_process_of_somebody_else_is_left_as_it_is() -> None:
    code = (
        "import gc\n"
        "from dualface.heap import search_garbage_now\n"
        "before = gc.get_threshold()\n"
        "search_garbage_now()\n"
        "print(gc.get_threshold() == before, gc.get_freeze_count())"
    )
    assert run(code).split() == ["True", "0"]
