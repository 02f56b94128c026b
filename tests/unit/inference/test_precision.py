"""Which arithmetic a model runs in is measured once for each processor, library and model."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from dualface.errors import ModelError
from dualface.inference.precision import Run, fastest

CHOICES = ("f32", "bf16")


NOW = SimpleNamespace(seconds=0.0)


@pytest.fixture(autouse=True)
def _time_passes_only_while_a_model_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dualface.inference.precision.time", SimpleNamespace(perf_counter=lambda: NOW.seconds))


class Machine:
    """A processor on which each choice takes so many milliseconds."""

    def __init__(self, **milliseconds: float) -> None:
        self.milliseconds = milliseconds
        self.prepared: list[str] = []

    def prepare(self, choice: str) -> Run:
        self.prepared.append(choice)

        def run() -> None:
            NOW.seconds += self.milliseconds[choice] / 1000

        return run


@pytest.mark.parametrize("faster", CHOICES)
def test_the_faster_one_is_taken(tmp_path: Path, faster: str) -> None:
    machine = Machine(**{choice: 1 if choice == faster else 60 for choice in CHOICES})
    assert fastest(CHOICES, machine.prepare, key=["cpu"], folder=tmp_path) == faster


def test_it_is_measured_once_and_anew_on_another_processor(tmp_path: Path) -> None:
    machine = Machine(f32=1, bf16=60)
    for _ in range(2):
        fastest(CHOICES, machine.prepare, key=["cpu", "1.0"], folder=tmp_path)
    assert machine.prepared == ["f32", "bf16"]
    other = Machine(f32=60, bf16=1)
    assert fastest(CHOICES, other.prepare, key=["cpu", "2.0"], folder=tmp_path) == "bf16"


def test_a_damaged_answer_and_a_folder_that_cant_be_written_do_no_harm(tmp_path: Path) -> None:
    machine = Machine(f32=60, bf16=1)
    fastest(CHOICES, machine.prepare, key=["cpu"], folder=tmp_path)
    for file in tmp_path.iterdir():
        file.write_bytes(b"\xff nonsense")
    assert fastest(CHOICES, machine.prepare, key=["cpu"], folder=tmp_path) == "f32"
    (tmp_path / "file").touch()
    assert fastest(CHOICES, machine.prepare, key=["cpu"], folder=tmp_path / "file") == "bf16"


def test_what_a_model_raises_is_raised_and_not_remembered(tmp_path: Path) -> None:
    def broken(choice: str) -> Run:
        raise ModelError(f"no {choice}")

    with pytest.raises(ModelError):
        fastest(CHOICES, broken, key=["cpu"], folder=tmp_path)
    assert fastest(CHOICES, Machine(f32=60, bf16=1).prepare, key=["cpu"], folder=tmp_path) == "bf16"


def test_one_busy_moment_of_the_machine_decides_nothing(tmp_path: Path) -> None:
    machine, runs = Machine(f32=2, bf16=1), list[str]()

    def prepare(choice: str) -> Run:
        run = machine.prepare(choice)

        def disturbed() -> None:
            runs.append(choice)
            NOW.seconds += 1.0 if len(runs) < 9 and choice == "bf16" else 0.0
            run()

        return disturbed

    assert fastest(CHOICES, prepare, key=["cpu"], folder=tmp_path) == "bf16"
