"""The command line as a process: start-up, signals, pipes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

HEAVY = ("av", "numba", "openvino", "onnx", "onnxruntime", "scipy", "numpy", "PIL")


def test_light_commands_load_no_heavy_library() -> None:
    code = f"""
        import sys
        from dualface.cli.main import main
        for arguments in (["--version"], ["--help"], ["run", "--help"], ["models", "--help"], ["config", "show"]):
            assert main(arguments) == 0
            loaded = [name for name in {HEAVY!r} if name in sys.modules]
            assert not loaded, (arguments, loaded)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, capture_output=True, timeout=110)


def test_the_package_runs_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dualface", "--version"], check=False, capture_output=True, text=True, timeout=110
    )
    assert done.returncode == 0
    assert done.stdout.startswith("dualface ")


def test_a_reader_that_goes_away_is_no_error() -> None:
    code = "import sys; from dualface.cli.main import main; sys.exit(main(['config', 'show']))"
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=110
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell that closes streams")
@pytest.mark.parametrize("closed", [">&-", "<&- >&- 2>&-"])
def test_whoever_starts_it_may_have_closed_its_streams(closed: str) -> None:
    script = f'exec "$0" -m dualface config show {closed}'
    done = subprocess.run(["sh", "-c", script, sys.executable], check=False, capture_output=True, text=True, timeout=110)
    assert (done.returncode, done.stderr) == (0, "")


def start_endless_run(folder: Path, *, stubborn: bool) -> subprocess.Popen[str]:
    (folder / "talk.mp4").write_bytes(b"")
    code = f"""
        import signal, sys, time

        signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever starts the tests in the background ignores it
        import dualface.batch.run_batch
        from dualface.cli.main import main
        from dualface.errors import StoppedError
        from dualface.jobs import Status, VideoOutcome

        def run_batch(jobs, config, *, bus, stop, isolated, launcher, begun):
            print("running", file=sys.stderr, flush=True)
            while {stubborn} or not stop.is_set():
                time.sleep(0.01)
            return [VideoOutcome(job, Status.STOPPED, StoppedError("talk.mp4 was stopped.")) for job in jobs]

        dualface.batch.run_batch.run_batch = run_batch
        sys.exit(main(["run", "talk.mp4"]))
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], cwd=folder, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "running\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_ends_the_run_in_order(folder: Path, number: signal.Signals) -> None:
    process = start_endless_run(folder, stubborn=False)
    process.send_signal(number)
    _, err = process.communicate(timeout=110)
    assert process.returncode == 130
    assert err == "Stopping; once more kills at once.\n"


@pytest.mark.slow
def test_the_second_signal_kills(folder: Path) -> None:
    process = start_endless_run(folder, stubborn=True)
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    assert process.stderr.readline().startswith("Stopping")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=110)
    assert process.returncode == -signal.SIGINT


def test_the_shell_completes_a_settings_choices() -> None:
    request = {"_DUALFACE_COMPLETE": "complete_bash", "COMP_WORDS": "dualface run --codec ", "COMP_CWORD": "3"}
    code = "from dualface.cli.main import main; main([])"
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=110, env=os.environ | request
    )
    assert done.stdout.split() == ["h264", "hevc", "av1", "prores", "dnxhr"]


def test_run_is_understood_alone_and_means_the_same() -> None:
    code = """
        import contextlib, io, sys
        from dualface.cli.main import main

        def said(*arguments):
            with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(out):
                code = main(arguments)
            return code, out.getvalue()

        asked = [("run", "--help"), ("run",), ("run", "--no-such-option")]
        alone = [said(*one) for one in asked]
        assert not [name for name in sys.modules if name.startswith("dualface.cli.") and name[13:] in ("review", "config")]
        from dualface.cli.all_commands import app
        import dualface.cli.root as root
        root.with_run = lambda: app
        assert [said(*one) for one in asked] == alone
        assert "Examples" in alone[0][1] and alone[2][0]
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
