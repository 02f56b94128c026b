"""Bounded queues between threads that can be closed from either side."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

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
        self.arrived, self.taken = 0, 0
        """How many items came in so far, and how many went out."""

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: T) -> None:
        """Waits for room.  Raises :class:`ChannelClosedError` when the consumer has abandoned the channel."""
        with self._changed:
            self._changed.wait_for(lambda: self._abandoned or self._has_room())
            if self._abandoned:
                raise ChannelClosedError
            self._items.append(item)
            self.arrived += 1
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
                self.taken += 1
                self._noticed()
                self._changed.notify_all()
            yield item

    def _has_room(self) -> bool:
        return len(self._items) < self._capacity

    def _noticed(self) -> None:
        """An item was taken."""


class _Before(Channel[T]):
    def __init__(self, capacity: int, after: _After) -> None:
        super().__init__(capacity)
        self._changed, self._after = after.condition, after
        self._most_held = 0

    def _has_room(self) -> bool:
        return self.arrived - self._after.taken < self._most_held + self._capacity

    def _noticed(self) -> None:
        self._most_held = max(self._most_held, self.taken - self._after.arrived)


class _After(Channel[Any]):
    @property
    def condition(self) -> threading.Condition:
        return self._changed

    def _has_room(self) -> bool:
        return True


def around_holding(capacity: int) -> tuple[Channel[Any], Channel[Any]]:
    """The channels before and after a stage that holds items back and gives them several at a time, one for each it took.

    Their items are counted together, with those inside the stage: at most ``capacity`` more than it ever held.  So it never
    waits with what it gives, which was in memory anyway, and takes the next while that is worked on.
    """
    after = _After(0)
    return _Before(capacity, after), after
