"""The process ends at once when its work is done, and as a process should."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

PROGRAM = """
    import atexit, sys
    from dualface import __main__ as program
    import dualface.cli.main

    class Kept:
        def __del__(self, write=sys.__stdout__.write):
            write("taken apart, ")

    def main():
        sys.modules["kept"] = Kept()
        atexit.register(lambda: sys.stdout.write("told at the end, "))
        sys.stdout.write("made, ")
        {ending}

    dualface.cli.main.main = main
    program.run()
"""


def command(ending: str) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(PROGRAM).format(ending=ending)]


def ended(ending: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(ending), capture_output=True, text=True, check=False)


def test_what_is_asked_for_at_the_end_is_done_and_the_libraries_are_not_taken_apart() -> None:
    done = ended("return 4")
    assert (done.returncode, done.stdout, done.stderr) == (4, "made, told at the end, ", "")


def test_a_crash_ends_as_python_ends_it() -> None:
    done = ended("raise RuntimeError('a mistake of ours')")
    assert done.returncode == 1
    assert "a mistake of ours" in done.stderr
    assert done.stdout == "made, told at the end, taken apart, "


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_output_that_finds_no_room_is_no_success() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command("return 0"), stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode != 0
    assert "No space left" in done.stderr
