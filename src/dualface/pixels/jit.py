"""Compiling pixel loops with Numba, once."""

from __future__ import annotations

import ctypes
import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FunctionType
from typing import Any, TypeVar, cast

from dualface.kept_files import cached
from dualface.pixels.machine_code import loaded, made, processor
from dualface.pixels.signature import Signature, flattened

Function = TypeVar("Function", bound=Callable[..., Any])

_HELPER = "_is_part_of_kernels"
_SEAL = hashlib.sha256().digest_size


def kernel(*signatures: Signature) -> Callable[[Function], Function]:
    """Compiles a loop that runs without the GIL and returns nothing; the machine code is kept on disk where there is a place.

    With ``signatures`` it is compiled, or loaded, when its module is imported, and for these types only: read-only
    and writable planes, padded or not, share one version, and nothing is compiled in the middle of a video.  Without
    one it is a helper of the kernels in its own file, and part of them.  It need not be a loop for Python to run: with
    ``NUMBA_DISABLE_JIT=1`` all are left as they are.

    What it makes raises :class:`TypeError` for arguments of other types, :class:`MemoryError`.
    """

    def decorate(function: Function) -> Function:
        if not signatures:
            setattr(function, _HELPER, True)
            return function
        if os.environ.get("NUMBA_DISABLE_JIT", "0") != "0":
            return function
        return cast(Function, Kernel(function, signatures))

    return decorate


class Kernel:
    """A pixel loop in machine code, for each of some signatures."""

    def __init__(self, function: Callable[..., None], signatures: Sequence[Signature]) -> None:
        self.__doc__, self.__name__, self.__wrapped__ = function.__doc__, function.__name__, function
        self._versions = [(signature, *loaded(_code_of(function, signature), signature)) for signature in signatures]
        self._unused = ctypes.c_void_p()

    def __call__(self, *arguments: Any) -> None:
        run, numbers = self._version(arguments)
        unused = ctypes.addressof(self._unused)  # by Numba's convention, where a result goes and where errors are told of
        if run(unused, unused, *numbers):
            raise MemoryError(f"there is no memory for {self.__name__}")

    def _version(self, arguments: Sequence[Any]) -> tuple[Callable[..., int], list[Any]]:
        problem = TypeError("")
        for signature, run, _ in self._versions:
            try:
                return run, flattened(signature, arguments)
            except TypeError as error:
                problem = error
        raise TypeError(f"{self.__name__}: {problem}") from problem


def _code_of(function: Callable[..., None], signature: Signature) -> bytes:
    """The machine code, as it was kept or else as Numba makes it now."""
    assert isinstance(function, FunctionType)
    helpers = {name: value for name, value in function.__globals__.items() if getattr(value, _HELPER, False)}
    source = Path(function.__code__.co_filename)
    key = hashlib.sha256(f"{processor()} {function.__qualname__} {signature}".encode())
    for file in (source, Path(__file__).with_name("machine_code.py")):
        key.update(file.read_bytes() if file.exists() else function.__code__.co_code)
    kept = _folder(source) / f"{source.stem}.{function.__name__}.{key.hexdigest()[:32]}.o"
    content = cached(kept, lambda: _sealed(made(function, helpers, signature)))
    if content != _sealed(content[_SEAL:]):  # a disk that lost it must not make us run anything
        kept.unlink(missing_ok=True)
        content = cached(kept, lambda: _sealed(made(function, helpers, signature)))
    return content[_SEAL:]


def _sealed(code: bytes) -> bytes:
    return hashlib.sha256(code).digest() + code


def _folder(source: Path) -> Path:
    """Where Numba would keep it: beside the source, or in the user's cache where nothing can be written there."""
    named = os.environ.get("NUMBA_CACHE_DIR")
    if named:
        return Path(named)
    if os.access(source.parent, os.W_OK):
        return source.parent / "__pycache__"
    from platformdirs import user_cache_path

    return user_cache_path("dualface", appauthor=False) / "kernels"
