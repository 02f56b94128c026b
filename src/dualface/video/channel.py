"""A bounded queue between two threads that can be closed from either side."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class ChannelClosedError(Exception):
    """The other side has given up."""


class Channel(Generic[T]):
    """Hands items from one thread to the next, holding back the producer when ``capacity`` items wait."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._items: deque[T] = deque()
        self._changed = threading.Condition()
        self._finished = False
        self._abandoned = False

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: T) -> None:
        """Waits for room.  Raises :class:`ChannelClosedError` when the consumer has abandoned the channel."""
        with self._changed:
            self._changed.wait_for(lambda: self._abandoned or len(self._items) < self._capacity)
            if self._abandoned:
                raise ChannelClosedError
            self._items.append(item)
            self._changed.notify_all()

    def finish(self) -> None:
        """No more items will come; those waiting are still delivered."""
        with self._changed:
            self._finished = True
            self._changed.notify_all()

    def abandon(self) -> None:
        """Nobody wants the items any more: drops them and wakes both sides."""
        with self._changed:
            self._abandoned = True
            self._items.clear()
            self._changed.notify_all()

    def __iter__(self) -> Iterator[T]:
        """The items until :meth:`finish`.  Raises :class:`ChannelClosedError` once abandoned."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._abandoned or self._finished or bool(self._items))
                if self._abandoned:
                    raise ChannelClosedError
                if not self._items:
                    return
                item = self._items.popleft()
                self._changed.notify_all()
            yield item
