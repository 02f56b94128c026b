"""The CPU's way through the program on a system that has nothing of POSIX but file names, as Windows; played in a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from dualface.footage.render import render_scene
from dualface.footage.scenes import SCENES

PROJECT = Path(__file__).parents[3]
PLAYS = "import sys, tests.support.played_system\n"


def playing(code: str, *arguments: object) -> list[str]:
    """The command of a process that plays such a system."""
    return [sys.executable, "-c", PLAYS + textwrap.dedent(code), *map(str, arguments)]


def played(code: str, *arguments: object, system: str = "windows") -> str:
    """What ``code`` prints in a process that plays such a system."""
    environment = os.environ | {"DUALFACE_PLAYED": system}
    done = subprocess.run(
        playing(code, *arguments), cwd=PROJECT, env=environment, check=False, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_everything_that_the_cpu_needs_can_be_imported() -> None:
    code = """
        import importlib, pkgutil
        import dualface
        left_out = ("dualface.gpu", "dualface.testing", "dualface.__main__")
        names = [m.name for m in pkgutil.walk_packages(dualface.__path__, "dualface.") if not m.name.startswith(left_out)]
        for name in names:
            importlib.import_module(name)
        print(len(names))
    """
    assert int(played(code)) > 100


@pytest.mark.slow
def test_a_video_becomes_a_film(tmp_path: Path) -> None:
    source = tmp_path / "talk.mp4"
    render_scene(source, SCENES["interview"], size=(320, 180), fps=10, seconds=2)
    code = "from dualface.cli.main import main; sys.exit(main(sys.argv[1:]))"
    lines = played(code, "run", source, "-o", tmp_path / "out", "--size", "320x180", "--json").splitlines()
    assert json.loads(lines[-1])["exit_code"] == 0
    assert (tmp_path / "out" / "talk.mp4").stat().st_size > 1000
    summary = json.loads((tmp_path / "out" / "talk.summary.json").read_text(encoding="utf-8"))
    assert summary["frames"] == 20
    assert not list((tmp_path / "out").glob(".*")), "work is removed once the film is there"


@pytest.mark.slow
def test_a_film_is_corrected_looked_at_and_exported(tmp_path: Path) -> None:
    render_scene(tmp_path / "talk.mp4", SCENES["cuts"], size=(320, 180), fps=6, seconds=4)
    code = """
        import os
        from pathlib import Path
        os.chdir(sys.argv[1])  # a sheet keeps what was seen where it is asked for
        from dualface.cli.main import main
        import dualface
        from dualface.cli import sheet  # noqa: F401
        folder = Path(sys.argv[1])
        talk, film = folder / "talk.mp4", folder / "out" / "talk.mp4"
        look = ["--size", "320x180", "--quiet"]
        def done(*words):
            code = main([str(word) for word in words])
            assert code == 0, (words, code)
        done("run", talk, "-o", film.parent, *look)
        before = film.read_bytes()
        film.with_suffix(".corrections.yaml").write_text("version: 1\\ncorrections:\\n- swap: everywhere\\n", "utf-8")
        done("run", talk, "-o", film.parent, *look)
        assert film.read_bytes() != before
        film.with_suffix(".corrections.yaml").unlink()
        assert dualface.correct(film).status == "done"
        done("export", film, "-o", folder / "talk.fcpxml", "--quiet")
        done("analyse", talk, "-o", folder / "seen", "--quiet")
        done("sheet", talk, "-o", folder / "talk.png", "--show", "never", "--quiet")
    """
    played(code, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "dualface-out",
        "out",
        "seen",
        "talk.fcpxml",
        "talk.mp4",
        "talk.png",
    ]
    left = {path.name.removeprefix("talk.") for path in (tmp_path / "out").iterdir()}
    assert left == {"mp4", "tracks.jsonl", "summary.json", "observations.jsonl.gz", "plan.jsonl.gz"}


@pytest.mark.slow
def test_a_film_for_another_program_can_be_stopped(tmp_path: Path) -> None:
    """The service's films: no signal asks a process to end on Windows, it would be killed."""
    source, out = tmp_path / "talk.mp4", tmp_path / "out"
    render_scene(source, SCENES["interview"], size=(320, 180), fps=10, seconds=20)
    code = """
        import runpy
        sys.argv[0] = "hosted"
        runpy.run_module("dualface.cli.hosted", run_name="__main__")
    """
    command = playing(code, tmp_path / "lock", "run", source, "-o", out, "--size", "320x180", "--json")
    with subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as hosted:
        assert hosted.stdin is not None
        assert hosted.stdout is not None
        for line in hosted.stdout:
            if json.loads(line)["event"] == "progress":
                hosted.stdin.close()
                break
        last = json.loads(hosted.stdout.read().splitlines()[-1])
    assert (hosted.returncode, last["exit_code"]) == (130, 130)
    assert not (out / "talk.mp4").exists()


@pytest.mark.slow
def test_looking_at_what_a_stranger_sends_needs_no_limit_that_macos_refuses(tmp_path: Path) -> None:
    render_scene(tmp_path / "talk.mp4", SCENES["interview"], size=(160, 90), fps=10, seconds=1)
    code = """
        import runpy
        sys.argv[0] = "inspect"
        runpy.run_module("dualface.service.inspect", run_name="__main__")
    """
    assert json.loads(played(code, tmp_path / "talk.mp4", system="macos"))["width"] == 160


OF_LINUX = {"heap.py"}
"""What it does on Linux only."""
OF_THIS_SYSTEM = {"workers/fork_server.py", "inference/service.py", "file_lock.py", "testing/fuzz.py", *OF_LINUX}
"""What :func:`~dualface.workers.processes.can_fork` keeps from others, what Windows has a way of its own for, and a tool."""


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_nothing_is_used_that_the_system_does_not_have(system: str, tmp_path: Path) -> None:
    """Python's own modules have fewer names there; their type stubs know which."""
    (tmp_path / "mypy.ini").write_text("[mypy]\n", encoding="utf-8")
    options = ["--check-untyped-defs", "--no-site-packages", "--follow-imports=skip", "--ignore-missing-imports"]
    options += [f"--config-file={tmp_path / 'mypy.ini'}", f"--cache-dir={os.devnull}", f"--platform={system}"]
    command = [sys.executable, "-m", "mypy", "--python-version=3.11", *options, "src/dualface"]
    done = subprocess.run(command, cwd=PROJECT, check=False, capture_output=True, text=True)
    lacks = [line.removeprefix("src/dualface/") for line in done.stdout.splitlines() if "Module has no attribute" in line]
    assert lacks, done.stdout + done.stderr
    assert not [line for line in lacks if line.partition(":")[0] not in OF_THIS_SYSTEM]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("system", ["windows", "macos"])
def test_the_contract_suites_pass(system: str, tmp_path: Path) -> None:
    """And so do exports, and the page that shows and corrects films."""
    suites = ["tests/contract", "tests/unit/export", "tests/unit/review", "tests/unit/test_files.py"]
    left_out = ["--ignore=tests/contract/test_sync.py"]  # the same containers as the mux's own, many times over
    options = ["-p", "tests.support.played_system", "-p", "no:cacheprovider", "-o", "timeout_method=thread", "-n", "0", "-q"]
    command = [sys.executable, "-m", "pytest", *options, "-m", "not slow and not gpu", *left_out, *suites]
    environment = os.environ | {"DUALFACE_PLAYED": system}
    done = subprocess.run(command, cwd=PROJECT, env=environment, check=False, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
