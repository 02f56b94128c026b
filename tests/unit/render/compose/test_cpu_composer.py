"""What only the CPU composer promises: canvases are PyAV frames that an encoder takes as they are."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import cast

import av
import av.filter
import numpy as np
import pytest

from dualface.render.compose.cpu import CpuComposer
from dualface.testing.pictures import frame_of, random_frame
from dualface.types import ColorTags, Crop, Frame, Person, Placement, Rect, TileState

TILES = {Person.LEFT: Rect(0, 0, 64, 64), Person.RIGHT: Rect(64, 0, 64, 64)}
PLACEMENTS = [Placement(at, Crop(5.5, 6.5, 30, 30), person, TileState.TRACKED, 1) for person, at in TILES.items()]


@pytest.fixture
def composer() -> CpuComposer:
    return CpuComposer(128, 64, color=ColorTags())


def test_the_planes_are_the_owners_memory(composer: CpuComposer) -> None:
    canvas = composer.compose(random_frame(0, 80, 60), PLACEMENTS)
    assert isinstance(canvas.owner, av.VideoFrame)
    assert canvas.owner.format.name == "yuv420p"
    for plane, own in zip(canvas.planes, canvas.owner.planes, strict=True):
        assert plane.ctypes.data == own.buffer_ptr
        assert not plane.flags.writeable


def test_a_canvas_that_came_back_is_used_again(composer: CpuComposer) -> None:
    first = composer.compose(random_frame(0, 80, 60), PLACEMENTS)
    memory = first.owner.planes[0].buffer_ptr
    composer.recycle(first)
    assert composer.compose(random_frame(1, 80, 60), PLACEMENTS).owner.planes[0].buffer_ptr == memory


def test_a_reader_that_keeps_a_canvas_is_not_disturbed(composer: CpuComposer) -> None:
    """As encoders with threads of their own do; here a filter graph holds references until frames are pulled."""
    graph = av.filter.Graph()
    source = graph.add("buffer", "video_size=128x64:pix_fmt=yuv420p:time_base=1/25")
    graph.link_nodes(source, graph.add("buffersink")).configure()
    wanted = []
    for n in range(4):
        canvas = composer.compose(random_frame(n, 80, 60), PLACEMENTS)
        canvas.owner.pts = n
        wanted.append(np.array(canvas.planes[0]))
        graph.push(canvas.owner)
        composer.recycle(canvas)
    for expected in wanted:
        assert np.array_equal(graph.pull().to_ndarray()[:64], expected)


class InTheMiddle:
    """A canvas on which another thread composes the next one while it is given back."""

    def __init__(self, canvas: Frame, compose: Callable[[], Frame]) -> None:
        self._owner = canvas.owner
        self.thread = Thread(target=compose, daemon=True)

    @property
    def owner(self) -> object:
        if self.thread.ident is None:
            self.thread.start()
            self.thread.join(0.2)
        return self._owner


def test_a_canvas_is_given_back_while_another_thread_composes(composer: CpuComposer) -> None:
    first, second, third = (composer.compose(random_frame(n, 80, 60), PLACEMENTS) for n in range(3))
    composer.recycle(first)
    composer.recycle(second)
    canvas = InTheMiddle(third, lambda: composer.compose(random_frame(3, 80, 60), PLACEMENTS))
    composer.recycle(cast("Frame", canvas))
    canvas.thread.join()
    with pytest.raises(ValueError, match="given back before"):
        composer.recycle(third)


def test_the_source_is_only_read(composer: CpuComposer) -> None:
    frame = random_frame(0, 81, 61)
    before = [plane.copy() for plane in frame.planes]
    composer.compose(frame, PLACEMENTS)
    assert all(np.array_equal(a, b) for a, b in zip(frame.planes, before, strict=True))


def test_colours_end_where_swscale_puts_them() -> None:
    """A red square on grey, enlarged by three: chroma edges must lie at the luma edges."""
    y, u, v = (np.full(shape, value, np.uint8) for shape, value in (((60, 80), 120), ((30, 40), 128), ((30, 40), 128)))
    y[20:40, 30:50], u[10:20, 15:25], v[10:20, 15:25] = 81, 90, 240
    frame = frame_of(y, u, v)
    composer = CpuComposer(240, 180, color=ColorTags())
    canvas = composer.compose(frame, [Placement(Rect(0, 0, 240, 180), Crop(0, 0, 80, 60), None, TileState.SCENE)])
    picture = av.VideoFrame.from_ndarray(_stacked(frame), format="yuv420p").reformat(240, 180, interpolation="BICUBIC")
    for plane, theirs in zip(canvas.planes, picture.planes, strict=True):
        rows = np.frombuffer(theirs, np.uint8).reshape(theirs.height, -1)[:, : theirs.width]  # type: ignore[call-overload]
        assert np.abs(plane[:, : theirs.width].astype(int) - rows).mean() < 1.0


def _stacked(frame: Frame) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.concatenate([plane.reshape(-1, frame.width) for plane in frame.planes])
