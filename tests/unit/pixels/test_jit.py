"""Compiled loops are kept on disk where possible, and work where it isn't."""

import pytest
from numba import types
from numba.core import caching

from dualface.pixels import jit


def test_without_a_place_to_keep_it_a_kernel_still_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])

    @jit.kernel(types.int64(types.int64))
    def doubled(n: int) -> int:
        return n * 2

    assert doubled(21) == 42


def test_a_full_disk_is_no_reason_to_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(caching.Cache, "_save_overload", full)

    @jit.kernel(types.int64(types.int64))
    def tripled(n: int) -> int:
        return n * 3

    assert tripled(14) == 42
