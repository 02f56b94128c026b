"""State comes back as it was, without what was lent to it, and a forged file runs nothing."""

from __future__ import annotations

import contextlib
import os
import pickle
from collections import Counter, deque
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualface.observe.track.bytetrack import ByteTracker
from dualface.types import Box, Detection, Frame, Person, Placement, Rect, TileState
from dualface.video import freeze as freeze_module
from dualface.video.freeze import freeze, thaw

PLANE = np.zeros((2, 2), np.uint8)


def frame(index: int) -> Frame:
    return Frame(index, index, Fraction(1, 25), 1, 2, 2, (PLANE, PLANE, PLANE))


class Model:
    """Stands for something that belongs to all videos."""


def function() -> None:
    """Stands for a function that a stage was given."""


def test_plain_state_survives() -> None:
    view = Placement(Rect(0, 0, 4, 4), Box(1.0, 2.0, 3.0, 4.0), Person.LEFT, TileState.HELD)
    state = {"views": {Person.LEFT: view}, "queue": deque([1, 2], maxlen=4), "counts": Counter("aab"), "n": Fraction(1, 3)}
    assert thaw(freeze(state)) == state


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.uint8, np.int64, np.bool_])
def test_numbers_survive_with_their_kind(kind: type[np.generic]) -> None:
    array = np.arange(6).reshape(2, 3).astype(kind)
    again, one, turned = thaw(freeze([array, array[1, 2], array.T]))
    assert again.dtype == array.dtype
    assert again.flags.writeable
    np.testing.assert_array_equal(again, array)
    np.testing.assert_array_equal(turned, array.T)
    assert type(one) is kind
    assert one == array[1, 2]


def test_arrays_of_anything_but_numbers_are_not_written() -> None:
    with pytest.raises(pickle.PicklingError):
        freeze(np.array([None]))


def test_frames_and_lent_objects_are_put_in_again() -> None:
    model, other = Model(), Model()
    data = freeze({"frames": [frame(3), frame(4)], "model": model, "call": function}, {"model": model, "call": function})
    new = {3: frame(3), 4: frame(4)}
    state = thaw(data, new, {"model": other, "call": function})
    assert state["frames"][0] is new[3]
    assert state["frames"][1] is new[4]
    assert state["model"] is other
    assert state["call"] is function


def test_a_tracker_goes_on_as_if_nothing_had_happened() -> None:
    def face(n: int) -> list[Detection]:
        return [Detection(Box(10.0 + n, 20.0, 30.0, 40.0), 0.9)]

    tracker = ByteTracker()
    for n in range(5):
        tracker.update(face(n), n, n / 30)
    twin = thaw(freeze(tracker))
    for n in range(5, 9):
        assert str(tracker.update(face(n), n, n / 30)) == str(twin.update(face(n), n, n / 30))


@dataclass
class Bomb:
    call: Any
    arguments: tuple[Any, ...]

    def __reduce__(self) -> tuple[Any, ...]:
        return self.call, self.arguments


@pytest.mark.parametrize(
    "bomb",
    [
        Bomb(os.system, ("true",)),
        Bomb(eval, ("1",)),
        Bomb(getattr, ("", "join")),
        Bomb(__import__("pathlib").Path.unlink, ("x",)),
        Bomb(__import__("dualface.render.mux.muxer", fromlist=["Muxer"]).Muxer, ("x", "mp4")),
        Bomb(np.load, ("x",)),
        Bomb(np.ndarray, ((2,), np.dtype("O"), b"A" * 16)),
        Bomb(freeze_module._array, ("|O", (2,), b"A" * 16)),
        Bomb(freeze_module._array, ("<f8", (1 << 40,), b"A" * 16)),
        Bomb(__import__("dualface.files", fromlist=["os"]).write_whole, ("x", b"")),
    ],
    ids=lambda bomb: getattr(bomb.call, "__qualname__", "call"),
)
def test_a_forged_file_runs_nothing(bomb: Bomb) -> None:
    with pytest.raises(pickle.UnpicklingError):
        thaw(pickle.dumps(bomb))


@given(st.binary(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(pickle.UnpicklingError):
        thaw(data)


def named(module: str, name: str) -> bytes:
    """A pickle that is one thing of a module."""
    parts = b"".join(b"\x8c" + bytes([len(part)]) + part.encode() for part in (module, name))
    return b"\x80\x04" + parts + b"\x93."


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("dualface.video.work_folder", "Path"),
        ("dualface.video.work_folder", "OutputError"),
        ("dualface.video.work_folder", "left_elsewhere"),
        ("dualface.video.work_folder", "os.system"),
        ("dualface.observe.people.reid", "Counter"),
        ("dualface.video.work_folder", "WorkFolder.remove"),
        ("dualface.files", "WINDOWS"),
    ],
)
def test_what_admitted_modules_have_imported_is_not_admitted(module: str, name: str) -> None:
    with pytest.raises(pickle.UnpicklingError):
        thaw(named(module, name))


def test_a_class_of_an_admitted_module_is() -> None:
    assert thaw(named("dualface.types", "Box")) is Box
