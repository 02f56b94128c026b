"""``dualface review``: films are looked at and corrected on a local web page."""

from __future__ import annotations

import os
import secrets
import sys
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from dualface.cli.arguments import given_path, given_port
from dualface.cli.command import command
from dualface.cli.terminal import Terminal

PASSWORD_VARIABLE = "DUALFACE_REVIEW_PASSWORD"
_HERE = ("127.0.0.1", "localhost", "::1")


@command
def review(
    terminal: Terminal,
    shown: Annotated[
        Path, typer.Argument(metavar="FILM|FOLDER", parser=given_path, help="A film, its video, or a folder of them.")
    ] = Path("dualface-out"),
    host: Annotated[
        str,
        typer.Option(
            "--host", metavar="ADDRESS", help="Let others on the network in, who need a password; 0.0.0.0: all of it."
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option("--port", metavar="PORT", parser=given_port, help="0: any free one.", show_default=False)
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the address.")] = False,
) -> int:
    """Look at films, and correct them, on a web page of this machine.

    The page shows FOLDER (dualface-out) until Ctrl-C; nothing else on the machine can be read through it.
    """
    from dualface.review.serving import serve

    given = os.environ.get(PASSWORD_VARIABLE, "")
    password = "" if host in _HERE else given or secrets.token_urlsafe(9)

    def ready(address: str) -> None:
        if terminal.json_output:
            terminal.line_json({"event": "ready", "address": address, "password": "" if given else password})
            return
        terminal.show(f"The page is at {address}")
        if password:
            what = f"the one in {PASSWORD_VARIABLE}" if given else password
            terminal.show(f"Others open it without the token; the password is {what}")
            terminal.note("What is sent over the network is not encrypted.")
        terminal.note("Ctrl-C ends it.")
        if not no_browser and terminal.interactive and _has_screen():
            webbrowser.open(address)

    serve(shown, host=host, port=port or 0, password=password, ready=ready)
    return 0


def _has_screen() -> bool:
    """Without one, a browser of texts would take the terminal."""
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
