"""``dualface serve``: tokens, and what is said at its start."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dualface.service import serving
from dualface.service.limits import Limits
from dualface.service.serving import Ready, Settings
from dualface.service.tokens import Right, Tokens
from dualface.testing.command_line import CommandLine, FakeRuntime


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, runtime: FakeRuntime) -> list[tuple[Path, Settings]]:
    """What the server was asked for; it ends at once."""
    asked: list[tuple[Path, Settings]] = []

    def serve(root: Path, settings: Settings, ready: Any) -> None:
        asked.append((root, settings))
        ready(Ready("http://127.0.0.1:1", "secret", 9))

    monkeypatch.setattr(serving, "serve", serve)
    return asked


def test_limits_and_address_are_handed_on(dualface: CommandLine, served: list[tuple[Path, Settings]]) -> None:
    said = dualface("serve", "films", "--port", "0", "-j", "3", "--max-size", "1", "--max-length", "2", "--max-waiting", "7")
    assert said.code == 0
    assert served == [(Path("films"), Settings(port=0, workers=3, limits=Limits(10**9, 7, 7200.0)))]
    assert "http://127.0.0.1:1/jobs?token=secret" in said.out


def test_programs_are_told_in_json(dualface: CommandLine, served: list[tuple[Path, Settings]]) -> None:
    said = dualface("serve", "--json")
    expected = {"event": "ready", "address": "http://127.0.0.1:1", "token": "secret", "metrics_port": 9}
    assert json.loads(said.out) == expected


def test_tokens_are_made_listed_and_taken_back(dualface: CommandLine, folder: Path) -> None:
    token = dualface("serve", "films", "--new-token", "submit,read", "--token-name", "studio").out.strip()
    caller = Tokens(Path("films/tokens.json")).caller(token)
    assert caller is not None
    assert set(caller.rights) == {Right.SUBMIT, Right.READ}
    assert dualface("serve", "films", "--new-token", "admin").code == 0
    assert dualface("serve", "films", "--list-tokens").out.splitlines() == ["studio: read, submit", "admin: admin"]
    assert dualface("serve", "films", "--revoke-token", "studio").code == 0
    assert json.loads(dualface("serve", "films", "--list-tokens", "--json").out) == {"admin": ["admin"]}


@pytest.mark.parametrize(
    "arguments", [("--new-token", "root"), ("--revoke-token", "nobody"), ("--token-name", "a"), ("--max-size", "0")]
)
def test_mistakes_are_said(dualface: CommandLine, arguments: tuple[str, ...]) -> None:
    said = dualface("serve", "films", *arguments)
    assert said.code == 2
    assert "error:" in said.err
