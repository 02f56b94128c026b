"""Processes come from a server without threads, tell how they ended, and end with the program, whatever happens to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

import psutil
import pytest

from dualface.workers.fork_server import ForkedProcess, ForkServer
from dualface.workers.processes import can_fork

pytestmark = pytest.mark.skipif(not can_fork(), reason="processes are not forked here")
SECONDS = 100.0
"""Longer than anything here takes."""


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    with closing(ForkServer(())) as server:
        yield server


def add(connections: Sequence[Connection], more: int) -> None:
    (connection,) = connections
    connection.send((connection.recv() + more, os.getpid(), os.getppid()))


def wait(connections: Sequence[Connection]) -> None:
    connections[0].recv()


def fail(_: Sequence[Connection]) -> None:
    os.close(2)  # where the traceback would go
    raise ZeroDivisionError


def end_by(_: Sequence[Connection], number: int) -> None:
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def leave(_: Sequence[Connection], code: int) -> None:
    os._exit(code)


def test_a_process_has_its_arguments_and_connections(server: ForkServer) -> None:
    ours, theirs = Pipe()
    process = server.start(add, [theirs], 5)
    theirs.close()
    ours.send(37)
    answer, pid, parent = ours.recv()
    assert (answer, pid) == (42, process.pid)
    assert psutil.Process(parent).ppid() == os.getpid()
    process.join(SECONDS)
    assert process.exitcode == 0
    assert not process.is_alive()


@pytest.mark.parametrize(
    ("run", "args", "code"),
    [(fail, (), 1), (end_by, (signal.SIGSEGV,), -signal.SIGSEGV), (end_by, (signal.SIGTERM,), -15), (leave, (7,), 7)],
)
def test_it_tells_how_it_ended(server: ForkServer, run: object, args: tuple[int, ...], code: int) -> None:
    process = server.start(run, [], *args)  # type: ignore[arg-type]
    process.join(SECONDS)
    assert process.exitcode == code


def test_it_can_be_killed(server: ForkServer) -> None:
    ours, theirs = Pipe()
    process = server.start(wait, [theirs])
    theirs.close()
    assert process.is_alive()
    process.kill()
    process.join(SECONDS)
    assert process.exitcode == -signal.SIGKILL
    with pytest.raises(EOFError):
        ours.recv()


def test_many_threads_may_start_processes(server: ForkServer) -> None:
    answers: list[int] = []

    def use(n: int) -> None:
        ours, theirs = Pipe()
        with ours:
            server.start(add, [theirs], n)
            theirs.close()
            ours.send(0)
            answers.append(ours.recv()[0])

    threads = [threading.Thread(target=use, args=[n]) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert sorted(answers) == list(range(8))


def server_of(process: ForkedProcess) -> psutil.Process:
    parent = psutil.Process(process.pid).parent()
    assert parent is not None
    return parent


@pytest.mark.timeout(400)  # OpenVINO alone takes long to load on a busy machine
def test_the_server_of_a_run_has_one_thread_with_all_libraries_loaded() -> None:
    ours, theirs = Pipe()
    with closing(ForkServer()) as server:
        process = server.start(wait, [theirs])
        theirs.close()
        running = server_of(process)
        assert running.num_threads() == 1
        assert any("openvino" in mapped.path for mapped in running.memory_maps())
    ours.close()


def test_interrupting_the_whole_group_disturbs_none_of_them(tmp_path: Path) -> None:
    """Not even while the server is only starting."""
    code = f"""
        import os, signal, sys, threading
        sys.path.insert(0, {str(Path.cwd())!r})
        from contextlib import closing
        from multiprocessing import Pipe
        from dualface.workers.fork_server import ForkServer
        from tests.unit.workers.test_fork_server import add
        signal.signal(signal.SIGINT, lambda *_: None)
        done = threading.Event()

        def interrupt():
            while not done.wait(0.01):
                os.killpg(0, signal.SIGINT)

        thread = threading.Thread(target=interrupt)
        thread.start()
        ours, theirs = Pipe()
        with closing(ForkServer(())) as server:
            process = server.start(add, [theirs], 2)
            theirs.close()
            ours.send(40)
            print(ours.recv()[0])
            process.join(110)
        done.set()
        thread.join()
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, start_new_session=True)
    assert (done.stdout, done.stderr) == ("42\n", "")


def test_a_server_that_was_killed_is_replaced(server: ForkServer) -> None:
    ours, theirs = Pipe()
    process = server.start(wait, [theirs])
    theirs.close()
    server_of(process).kill()
    process.join(SECONDS)
    assert not process.is_alive()
    again = server.start(leave, [], 3)
    again.join(SECONDS)
    assert again.exitcode == 3
    ours.close()


def test_closing_ends_all_processes() -> None:
    server = ForkServer(())
    ours, theirs = Pipe()
    process = server.start(wait, [theirs])
    theirs.close()
    running = [psutil.Process(process.pid), server_of(process)]
    server.close()
    _, alive = psutil.wait_procs(running, SECONDS)
    assert not alive
    ours.close()


def test_they_end_with_a_program_that_is_killed(tmp_path: Path) -> None:
    code = f"""
        import sys, time
        sys.path.insert(0, {str(Path.cwd())!r})
        from multiprocessing import Pipe
        from dualface.workers.fork_server import ForkServer
        from tests.unit.workers.test_fork_server import wait
        ours, theirs = Pipe()
        server = ForkServer(())  # Held: one that is let go ends its processes.
        process = server.start(wait, [theirs])
        theirs.close()
        print(process.pid, flush=True)
        time.sleep(3600)
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        try:
            worker = psutil.Process(int(program.stdout.readline()))
            server = worker.parent()
        finally:
            program.kill()
    assert server is not None
    gone, alive = psutil.wait_procs([worker, server], SECONDS)
    assert not alive
    assert len(gone) == 2


def test_a_script_need_not_be_prepared_for_being_imported(tmp_path: Path) -> None:
    """As it must for :mod:`multiprocessing`, which would run it again in each process."""
    script = tmp_path / "script.py"
    code = f"""
        import sys
        sys.path.insert(0, {str(Path.cwd())!r})
        print("run", flush=True)
        from contextlib import closing
        from dualface.workers.fork_server import ForkServer
        from tests.unit.workers.test_fork_server import leave
        with closing(ForkServer(())) as server:
            process = server.start(leave, [], 5)
            process.join(110)
            print(process.exitcode)
    """
    script.write_text(textwrap.dedent(code))
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("run\n5\n", "")
