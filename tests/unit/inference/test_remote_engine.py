"""Models behind a connection: loaded once for everybody."""

from __future__ import annotations

import threading
from multiprocessing import Pipe
from pathlib import Path

import numpy as np
import pytest

from dualface.errors import ModelError
from dualface.inference.remote import InferenceClient
from dualface.inference.service import InferenceService
from dualface.types import F32Array

SHAPE = (2, 1, 2, 2)


class Doubling:
    """Counts how often it is made; gives twice the picture and its mean."""

    made = 0

    def __init__(self) -> None:
        type(self).made += 1
        self.input_shape: tuple[int, ...] = SHAPE

    def infer(self, batch: F32Array) -> list[F32Array]:
        return [2 * batch, batch.mean((1, 2, 3))[:, None]]

    def close(self) -> None: ...


def open_doubling(model: Path, shape: tuple[int, ...], backend: str, threads: int) -> Doubling:
    del shape, backend, threads
    if model.name == "bad":
        raise ModelError("bad is no model", file=model)
    return Doubling()


def client(service: InferenceService) -> InferenceClient:
    ours, theirs = Pipe()
    threading.Thread(target=service.serve, args=(theirs,), daemon=True).start()
    return InferenceClient(ours)


def pictures(value: float, count: int = 2) -> F32Array:
    return np.full((count, *SHAPE[1:]), value, np.float32)


def test_a_model_is_loaded_once_for_all_clients_who_do_not_see_each_others_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Doubling, "made", 0)
    service = InferenceService(open_doubling)
    a, b = (client(service).open(Path("m"), SHAPE, "auto", 1) for _ in range(2))
    (doubled_a, mean_a), (doubled_b, mean_b) = a.infer(pictures(1)), b.infer(pictures(5, count=1))
    assert Doubling.made == 1
    assert (doubled_a == 2).all()
    assert (doubled_b == 10).all()
    assert mean_a.tolist() == [[1], [1]]
    assert mean_b.tolist() == [[5]]


def test_a_model_that_cannot_be_loaded_is_an_error_where_it_was_asked_for() -> None:
    mine = client(InferenceService(open_doubling))
    with pytest.raises(ModelError, match="bad is no model") as caught:
        mine.open(Path("bad"), SHAPE, "auto", 1)
    assert caught.value.file == Path("bad")
    assert mine.open(Path("good"), SHAPE, "auto", 1).infer(pictures(1))[0][0, 0, 0, 0] == 2


def test_an_engine_that_was_closed_does_not_close_the_model_for_others() -> None:
    service = InferenceService(open_doubling)
    first, second = (client(service).open(Path("m"), SHAPE, "auto", 1) for _ in range(2))
    first.close()
    with pytest.raises(KeyError):
        first.infer(pictures(1))
    assert (second.infer(pictures(2))[0] == 4).all()
