"""Buffers that are used again, and never by two at a time."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from dualface.errors import DeviceMemoryError
from dualface.gpu.pool import BufferPool
from dualface.gpu.runtime import Direction
from dualface.testing.fake_cuda import FakeCuda


def test_a_buffer_comes_back_with_the_last_reference() -> None:
    cuda = FakeCuda()
    pool = BufferPool(cuda, 1000)
    first = pool.take()
    address, other = first.buffer.ptr, first
    del first
    assert pool.take().buffer.ptr != address
    del other
    assert pool.take().buffer.ptr in {address, pool.take().buffer.ptr}
    assert pool.allocated == 2


def test_what_a_loan_keeps_lives_as_long() -> None:
    pool, freed = BufferPool(FakeCuda(), 10), []

    class Kept:
        def __del__(self) -> None:
            freed.append(True)

    loan = pool.take()
    loan.keeps = Kept()
    assert not freed
    del loan
    assert freed


def test_a_full_gpu_is_an_error_until_something_comes_back() -> None:
    pool = BufferPool(FakeCuda(memory=2500), 1000)
    first, second = pool.take(), pool.take()
    with pytest.raises(DeviceMemoryError):
        pool.take()
    del first
    third = pool.take()
    assert third.buffer.ptr != second.buffer.ptr


def test_closing_frees_at_once_or_when_it_comes_back() -> None:
    cuda = FakeCuda()
    pool = BufferPool(cuda, 1000)
    used, idle = pool.take(), pool.take()
    del idle
    pool.close()
    assert cuda.used == 1000
    del used
    assert cuda.used == 0
    assert pool.allocated == 0


def test_a_buffer_of_a_closed_pool_is_freed_once_what_writes_to_it_is_done() -> None:
    cuda = FakeCuda()
    pool, stream, data = BufferPool(cuda, 1000), cuda.stream(), cuda.pinned(1000)
    loan = pool.take()
    cuda.copy(Direction.TO_DEVICE, (loan.buffer.ptr, 1000), (data.ctypes.data, 1000), (1000, 1), stream)
    loan.ready = stream.record()
    pool.close()
    del loan
    assert stream.waiting == []
    assert cuda.used == 0


def test_threads_never_share_a_buffer() -> None:
    pool = BufferPool(FakeCuda(), 64)

    def use(n: int) -> bool:
        loan = pool.take()
        loan.keeps = n
        held = [pool.take() for _ in range(3)]
        return loan.keeps == n and len({one.buffer.ptr for one in (loan, *held)}) == 4

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(use, range(400)))
    assert pool.allocated <= 8 * 4
