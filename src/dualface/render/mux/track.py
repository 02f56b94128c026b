"""What the source's sound and subtitles have in common on their way into the output."""

from __future__ import annotations

from typing import Any, Protocol

import av


class Track(Protocol):
    """One stream of the source, other than the pictures.

    Its packets come with the film's times, 0 where the film begins.
    """

    output: Any
    """The container's stream, for metadata."""

    def push(self, packet: av.Packet[Any]) -> list[av.Packet[Any]]:
        """Takes the source's next packet; returns packets for the output."""
        ...

    def flush(self) -> list[av.Packet[Any]]:
        """The rest, at the end."""
        ...
