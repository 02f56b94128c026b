"""``dualface review``: what is served to whom, and what is said of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dualface.cli.main import main
from dualface.cli.review import PASSWORD_VARIABLE
from dualface.review import serving

ADDRESS = "http://127.0.0.1:1/?token=abc"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the server was asked for; it ends at once."""
    found: dict[str, Any] = {}

    def serve(shown: Path, *, ready: Any, **options: Any) -> None:
        found.update(options, shown=shown)
        ready(ADDRESS)

    monkeypatch.setattr(serving, "serve", serve)
    monkeypatch.delenv(PASSWORD_VARIABLE, raising=False)
    return found


def test_the_address_is_printed(asked: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", str(tmp_path)]) == 0
    assert ADDRESS in capsys.readouterr().out
    assert asked == {"shown": tmp_path, "host": "127.0.0.1", "port": 0, "password": ""}


def test_a_network_needs_a_password(
    asked: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["review", str(tmp_path), "--host", "0.0.0.0"]) == 0
    made = asked["password"]
    assert len(made) >= 12
    assert made in capsys.readouterr().out
    monkeypatch.setenv(PASSWORD_VARIABLE, "open sesame")
    assert main(["review", str(tmp_path), "--host", "0.0.0.0"]) == 0
    assert asked["password"] == "open sesame"
    assert "open sesame" not in "".join(capsys.readouterr())


def test_what_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", str(tmp_path / "nowhere")]) == 3
    assert "nowhere does not exist" in capsys.readouterr().err


def test_a_port_that_is_taken_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main(["review", str(tmp_path), "--port", str(taken.getsockname()[1])]) == 6
    assert "choose another --port" in capsys.readouterr().err
