"""What is fetched from which addresses, and what is not."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualface.errors import InputError, StoppedError
from dualface.service import addresses
from dualface.service.addresses import checked_url, is_public, shown_url
from dualface.service.fetching import fetch
from dualface.service.names import safe_name

INNER = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "224.0.0.1", "255.255.255.255", "240.0.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "::127.0.0.1",
    "2001:db8::1",
]  # fmt: skip


@pytest.mark.parametrize("address", INNER)
def test_addresses_of_this_machine_and_its_network_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_others_are(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://example.com/a", "gopher://example.com", "//example.com/a", "talk.mp4", "http://", "http:///a",
     "http://user:secret@example.com/a", "http://example.com:99999/a", "http://[::1/a", "http://exa mple.com/",
     "http://a/\r\nX: y", "s3://bucket/key"],
)  # fmt: skip
def test_only_plain_addresses_of_the_web_are_taken(url: str) -> None:
    with pytest.raises(InputError) as error:
        checked_url(url)
    assert "secret" not in str(error.value)


def test_what_is_shown_of_an_address_has_no_secret() -> None:
    assert shown_url("https://user:word@example.com:81/a/b.mp4?signature=abc") == "https://example.com:81/a/b.mp4?…"


@contextmanager
def served(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, *_: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def reply(status: int = 200, body: bytes = b"film", **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        if "content_length" not in headers:
            handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def get(url: str, path: Path, **options: Any) -> None:
    usual: dict[str, Any] = {"size": 1000, "seconds": 20.0, "private": True, "told": lambda *_: None}
    fetch(url, path, **usual | options)


def test_a_video_is_fetched(tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    with served(reply()) as at:
        get(f"{at}/talk.mp4?key=1", tmp_path / "talk.mp4", told=lambda *now: told.append(now))
    assert (tmp_path / "talk.mp4").read_bytes() == b"film"
    assert told[-1] == (4, 4)


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (reply(404), "answers 404"),
        (reply(200, b"x" * 1001), "larger than"),
        (reply(200, b"", content_length="1001"), "larger than"),
        (reply(200, b"half", content_length="8"), "ended after 4 of 8 bytes|IncompleteRead"),
        (reply(200, b"x", content_encoding="gzip"), "compressed"),
        (reply(302, b"", location="/again"), "more than 5 times"),
        (reply(302, b"", location="file:///etc/passwd"), "http://"),
    ],
)
def test_what_can_not_be_had_leaves_nothing(tmp_path: Path, answer: Any, what: str) -> None:
    with served(answer) as at, pytest.raises(InputError, match=what):
        get(f"{at}/talk.mp4", tmp_path / "talk.mp4")
    assert list(tmp_path.iterdir()) == []


def test_without_a_length_it_is_counted(tmp_path: Path) -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"x" * 1000)
        except OSError:
            pass

    with served(endless) as at, pytest.raises(InputError, match="larger than"):
        get(at, tmp_path / "talk.mp4")
    assert list(tmp_path.iterdir()) == []


def test_fetching_is_stopped(tmp_path: Path) -> None:
    def told(*_: object) -> None:
        raise StoppedError("stop")

    with served(reply()) as at, pytest.raises(StoppedError):
        get(at, tmp_path / "talk.mp4", told=told)
    with served(reply()) as at, pytest.raises(InputError, match="too long"):
        get(at, tmp_path / "talk.mp4", seconds=-1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]", "0"])
def test_this_machine_is_not_asked_unless_it_is_allowed(tmp_path: Path, host: str) -> None:
    asked: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        reply()(handler)

    with served(answer) as at, pytest.raises(InputError):
        get(at.replace("127.0.0.1", host), tmp_path / "talk.mp4", private=False)
    assert asked == []


def test_a_redirect_into_the_network_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first address counts as public; what it leads to is looked at as if it were the first."""
    asked: list[str] = []

    def inner(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        reply()(handler)

    with served(inner) as secret, served(reply(302, b"", location=f"{secret}/credentials")) as at:
        port = int(at.rpartition(":")[2])
        real = socket.getaddrinfo

        def looked_up(host: str, port: int, **more: Any) -> Any:
            return real("127.0.0.1" if host == "public.example" else host, port, **more)

        looked = iter([True, True])  # the address of public.example before and after connecting
        monkeypatch.setattr(socket, "getaddrinfo", looked_up)
        monkeypatch.setattr(addresses, "is_public", lambda _: next(looked, False))
        with pytest.raises(InputError, match="this machine or its network"):
            get(f"http://public.example:{port}/talk.mp4", tmp_path / "talk.mp4", private=False)
    assert asked == []


def test_a_name_is_looked_up_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is answered with a public address first, and with an inner one when it is connected to."""
    answers = [("8.8.8.8", 9), ("127.0.0.1", 9)]
    connected: list[Any] = []

    def looked_up(*_: Any, **__: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", answers.pop(0))]

    def connect(self: socket.socket, address: Any) -> None:
        connected.append(address)
        raise OSError("no network here")

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    monkeypatch.setattr(socket.socket, "connect", connect)
    with pytest.raises(InputError, match="can't be fetched"):
        get("http://rebinding.example/talk.mp4", tmp_path / "talk.mp4", private=False)
    assert connected == [("8.8.8.8", 9)]


def test_no_proxy_connects_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with served(reply()) as at:
        get(at, tmp_path / "talk.mp4")
    assert (tmp_path / "talk.mp4").exists()


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("talk.mp4", "talk.mp4"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\evil.MP4", "evil.mp4"),
        ("/abs/olute.mkv", "olute.mkv"),
        ("..", "video"),
        ("", "video"),
        (".hidden.mp4", "hidden.mp4"),
        ("img%04d.png", "img_04d.png"),
        ("*.mp4", "_.mp4"),
        ("-o.mp4", "-o.mp4"),
        ("con.mp4", "video con.mp4"),
        ("Gespräch – Größe (1).mov", "Gespräch _ Größe (1).mov"),
        ("a\x00b\n.mp4", "a_b_.mp4"),
        ("x" * 500 + ".mp4", "x" * 120 + ".mp4"),
    ],
)
def test_names_lead_nowhere_else(given_name: str, name: str) -> None:
    assert safe_name(given_name) == name


@given(st.text())
def test_no_name_leads_out_of_its_folder(text: str) -> None:
    name = safe_name(text)
    assert name not in ("", ".", "..")
    assert not set(name) & set('/\\:*?"<>|%[]\0\n')
    assert not name.startswith(".")
    assert len(name.encode()) <= 140
    assert safe_name(name) == name
