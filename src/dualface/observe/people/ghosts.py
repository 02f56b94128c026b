"""Faces of the next shot, which show through the end of the one before while the two are mixed.

They would be seen at the same moment as people whom they are never beside, and who need not even be others.
"""

from __future__ import annotations

from collections import deque

from dualface.observe.people.scene import Scene


class Ghosts:
    """Takes out of scenes the tracks that begin while two shots are mixed.  Frames are named by their numbers by the clock."""

    def __init__(self) -> None:
        self._spans: deque[tuple[int, int]] = deque()
        self._began: dict[int, int] = {}

    def noticed(self, since: int, until: int) -> None:
        """Two shots are mixed from frame ``since`` to frame ``until``, both included."""
        self._spans.append((since, until))

    def lay(self, scene: Scene, number: int) -> None:
        """Leaves in the scene, the next one, whoever was there before the shots were mixed, as long as they are."""
        if scene.cut:
            self._began = {}
        for track in scene.tracks:
            self._began.setdefault(track.id, number)
        while self._spans and self._spans[0][1] < number:
            self._spans.popleft()
        since = min((first for first, last in self._spans if first <= number <= last), default=None)
        if since is not None:
            scene.leave_out({track.id for track in scene.tracks if self._began[track.id] >= since})
