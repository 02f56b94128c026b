"""A model is tried before one relies on it: ``dualface models try``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dualface.cli.main import main
from dualface.errors import ExitCode
from dualface.testing.onnx_models import save_face_model, save_mean_model
from dualface.types import Box, Detection

FACE = Detection(Box(100, 60, 40, 50), 0.9, np.array([[110, 75], [130, 75], [120, 85], [112, 97], [128, 97]], np.float32))


@pytest.fixture
def scrfd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("dualface.config.layers.user_config_dir", lambda: tmp_path / "config")
    return save_face_model(tmp_path / "some.onnx", "scrfd", 640, 384, [FACE])


def tried(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["models", "try", *arguments])
    return code, *capsys.readouterr()


def test_a_model_that_is_what_it_is_said_to_be_finds_faces(scrfd: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = tried(capsys, f"scrfd:{scrfd}", "--input-size", "640x384")
    assert code == 0
    text = " ".join(out.split())
    assert "is a scrfd model and takes pictures of 640x384, in " in text
    assert text.endswith("Faces found in a grey picture: 1.")


def test_a_model_of_another_size_or_family_is_one_sentence(scrfd: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = tried(capsys, f"scrfd:{scrfd}")
    assert code == ExitCode.MODEL
    assert "takes pictures of 640x384" in err
    code, _, err = tried(capsys, f"yunet:{scrfd}", "--input-size", "640x384")
    assert code == ExitCode.MODEL
    assert "are not those of a yunet model" in err
    assert "if it takes pictures of one size only, set detection.input_size to that" in err


def test_a_model_that_describes_faces_is_asked_for_a_vector(scrfd: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mean = save_mean_model(scrfd.with_name("mean.onnx"), 112, 112)
    code, _, err = tried(capsys, f"sface:{mean}")
    assert code == ExitCode.MODEL
    assert "are no vectors of 128 numbers" in err
