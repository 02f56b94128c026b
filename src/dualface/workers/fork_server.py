"""A process that other processes are forked from: it has the libraries loaded but no threads.  For Linux.

What it forks starts fast and shares most pages with it.  Unlike :mod:`multiprocessing`'s it belongs to one run: it ends with
it, starts no other helper, and never imports the caller's own main module, which need not be prepared for that.
"""

from __future__ import annotations

import os
import pickle
import selectors
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle, send_handle
from multiprocessing.spawn import get_executable
from tempfile import TemporaryDirectory

_PRELOADED = ("dualface.workers.worker", "dualface.workers.preloaded")
_BOOT = """import sys
handle, preload, *sys.path[:] = sys.argv[1:]
from dualface.workers.fork_server import main
main(int(handle), preload.split())"""
_END_SECONDS = 5.0
_UNKNOWN = 255
"""The exit code of a process whose server has ended, which alone could know it."""


class ForkServer:
    """Starts processes; a :class:`~dualface.workers.processes.Launcher`.  It starts itself when first needed.

    ``preload`` are the modules that all processes share.
    """

    def __init__(self, preload: Sequence[str] = _PRELOADED) -> None:
        self._preload = preload
        self._lock = threading.Lock()
        self._server: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._temporary: TemporaryDirectory[str] | None = None

    def start(self, run: Callable[..., None], connections: Sequence[Connection], *args: object) -> ForkedProcess:
        """See :meth:`dualface.workers.processes.Launcher.start`."""
        work = pickle.dumps((run, args))
        with self._lock:
            try:
                return self._forked(work, connections)
            except (EOFError, ConnectionError):  # it has ended, whoever ended it
                self._end()
            try:
                return self._forked(work, connections)
            except EOFError as error:
                raise OSError("the process that starts others has ended") from error

    def close(self) -> None:
        with self._lock:
            self._end()

    def _forked(self, work: bytes, connections: Sequence[Connection]) -> ForkedProcess:
        server, connection = self._running()
        ended, tells = Pipe(duplex=False)
        with tells:  # the server has it
            connection.send(1 + len(connections))
            for one in (tells, *connections):
                send_handle(connection, one.fileno(), server.pid)
            connection.send_bytes(work)
            answer: int | OSError = connection.recv()
        if isinstance(answer, OSError):
            raise answer
        return ForkedProcess(answer, ended)

    def _running(self) -> tuple[subprocess.Popen[bytes], Connection]:
        if self._server is None or self._connection is None:
            # Whoever is killed in there can't tidy up.
            self._temporary = TemporaryDirectory(prefix="dualface-", ignore_cleanup_errors=True)
            environment = os.environ | {"TMPDIR": self._temporary.name}
            ours, theirs = Pipe()
            with theirs:
                handle = theirs.fileno()
                command = [
                    os.fsdecode(get_executable()),
                    "-c",
                    _BOOT,
                    str(handle),
                    " ".join(self._preload),
                    *map(str, sys.path),
                ]
                with _interrupts_blocked():
                    self._server = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[handle], env=environment)
            self._connection = ours
        return self._server, self._connection

    def _end(self) -> None:
        if self._connection is not None:
            self._connection.close()  # which it notices
            self._connection = None
        if self._server is not None:
            try:
                self._server.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
            self._server = None
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = None


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """What is started meanwhile has them blocked from its first moment: a Ctrl-C reaches the whole group."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class ForkedProcess:
    """A process that the server has forked; a :class:`~dualface.workers.processes.WorkerProcess`."""

    def __init__(self, pid: int, ended: Connection) -> None:
        self.pid = pid
        self._ended = ended
        self._code: int | None = None

    @property
    def exitcode(self) -> int | None:
        """``None`` while it runs, negative for the signal that ended it."""
        if self._code is None and self._ended.poll():
            try:
                self._code = int(self._ended.recv())
            except (EOFError, OSError):
                self._code = _UNKNOWN
            self._ended.close()
        return self._code

    def is_alive(self) -> bool:
        return self.exitcode is None

    def join(self, timeout: float | None = None) -> None:
        if self._code is None:
            self._ended.poll(timeout)

    def kill(self) -> None:
        if self.is_alive():
            with suppress(ProcessLookupError):  # it has ended, and its server has not told yet
                os.kill(self.pid, signal.SIGKILL)


def main(handle: int, preload: Sequence[str]) -> None:
    """The server's main function; ``handle`` leads to the program that started it, with which it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    for name in preload:
        with suppress(ImportError):  # whoever needs it will say so
            import_module(name)
    _Server(Connection(handle)).run()


class _Server:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._children: dict[int, Connection] = {}
        self._woken, self._wakes = os.pipe()
        for end in (self._woken, self._wakes):
            os.set_blocking(end, False)

    def run(self) -> None:
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wakes)
        with selectors.PollSelector() as ready:
            ready.register(self._connection, selectors.EVENT_READ, self._fork)
            ready.register(self._woken, selectors.EVENT_READ, self._reap)
            try:
                while True:
                    for key, _ in ready.select():
                        key.data()
            except (EOFError, OSError):
                self._end()

    def _fork(self) -> None:
        handles = [recv_handle(self._connection) for _ in range(self._connection.recv())]
        work = self._connection.recv_bytes()
        with ExitStack() as open_here:
            tells, *given = (open_here.enter_context(Connection(handle)) for handle in handles)
            try:
                pid = os.fork()
            except OSError as error:
                self._connection.send(error)
                return
            if pid == 0:
                tells.close()
                self._become(work, given)
            self._children[pid] = Connection(os.dup(tells.fileno()))
        self._connection.send(pid)

    def _become(self, work: bytes, connections: Sequence[Connection]) -> None:
        """The forked process; never returns."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for one in (self._connection, *self._children.values()):
                one.close()
            for end in (self._woken, self._wakes):
                os.close(end)
            run, args = pickle.loads(work)
            run(connections, *args)
            code = 0
        except BaseException:  # nothing may come back to the server's own loop
            traceback.print_exc()
        finally:
            with suppress(OSError, ValueError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)

    def _reap(self) -> None:
        with suppress(BlockingIOError):
            while os.read(self._woken, 512):
                pass
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            with self._children.pop(pid) as tells, suppress(OSError):
                tells.send(os.waitstatus_to_exitcode(status))

    def _end(self) -> None:
        for pid in self._children:
            os.kill(pid, signal.SIGKILL)
        for pid in self._children:
            os.waitpid(pid, 0)
        os._exit(0)
