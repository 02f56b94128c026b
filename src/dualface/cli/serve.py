"""``dualface serve``: videos are submitted over HTTP, made in turn, and their films fetched."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dualface.cli.arguments import given_path, given_port
from dualface.cli.command import command
from dualface.cli.options import ConfigOption, load_configuration, metrics_flag
from dualface.cli.terminal import Terminal
from dualface.errors import ConfigurationError

_TOKENS, _LIMITS = "Tokens", "Limits"
_PORT = 8765


@command
def serve(
    terminal: Terminal,
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", parser=given_path, help="Where queue, videos and films are kept; made if missing."),
    ] = Path("dualface-service"),
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="Let others on the network in; 0.0.0.0: all of it.")
    ] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(
            "--port", metavar="PORT", parser=given_port, help="Another than 8765; 0: any free one.", show_default=False
        ),
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", metavar="N", min=1, help="How many videos are made at a time.")] = 1,
    config_file: ConfigOption = None,
    metrics_port: Annotated[int | None, metrics_flag(" too, without a token; 0: any free one.")] = None,
    max_size: Annotated[
        float, typer.Option("--max-size", metavar="GB", min=0.001, help="The largest video.", rich_help_panel=_LIMITS)
    ] = 20.0,
    max_length: Annotated[
        float, typer.Option("--max-length", metavar="HOURS", min=0.001, help="The longest video.", rich_help_panel=_LIMITS)
    ] = 6.0,
    max_time: Annotated[
        float,
        typer.Option(
            "--max-time", metavar="HOURS", min=0.001, help="How long making a film may take.", rich_help_panel=_LIMITS
        ),
    ] = 24.0,
    max_waiting: Annotated[
        int, typer.Option("--max-waiting", metavar="N", min=0, help="How many jobs may wait.", rich_help_panel=_LIMITS)
    ] = 1000,
    allow_private: Annotated[
        bool,
        typer.Option(
            "--allow-private", help="Fetch from addresses of this machine and its network too.", rich_help_panel=_LIMITS
        ),
    ] = False,
    new_token: Annotated[
        str | None,
        typer.Option(
            "--new-token",
            metavar="RIGHTS",
            help="Make a token, print it and end: submit, read or admin, several with commas between.",
            rich_help_panel=_TOKENS,
        ),
    ] = None,
    token_name: Annotated[
        str | None, typer.Option("--token-name", metavar="NAME", help="What the new token is called.", rich_help_panel=_TOKENS)
    ] = None,
    revoke_token: Annotated[
        str | None, typer.Option("--revoke-token", metavar="NAME", help="Take a token back, and end.", rich_help_panel=_TOKENS)
    ] = None,
    list_tokens: Annotated[
        bool, typer.Option("--list-tokens", help="Print the tokens' names and rights, and end.", rich_help_panel=_TOKENS)
    ] = False,
) -> int:
    """Make videos for others: they are submitted over HTTP, by address or upload, and their films fetched.

    Jobs wait in a queue that survives anything; until Ctrl-C. The next start goes on with what was being made.
    """
    if new_token is not None or revoke_token is not None or list_tokens:
        return _tokens(terminal, folder, new_token, token_name, revoke_token)
    if token_name is not None:
        raise ConfigurationError("--token-name is for --new-token; add that, or leave it out.")
    from dualface.cli.fetching import fetch_models
    from dualface.service.limits import GB, Limits
    from dualface.service.serving import Ready, Settings
    from dualface.service.serving import serve as run

    config, _ = load_configuration(terminal, config_file)
    fetch_models(config, terminal)
    limits = Limits(round(max_size * GB), max_waiting, max_length * 3600, max_time * 3600)
    own = config_file.absolute() if config_file is not None else None
    settings = Settings(host, _PORT if port is None else port, jobs, own, allow_private, limits, metrics_port)

    def ready(at: Ready) -> None:
        opened = f"{at.address}/jobs?token={at.token}" if at.token else f"{at.address}/jobs"
        if terminal.json_output:
            facts = {"event": "ready", "address": at.address, "token": at.token or None, "metrics_port": at.metrics_port}
            terminal.line_json(facts)
            return
        terminal.show(f"The service is at {opened}")
        if at.token:
            terminal.show(f"Its first token, with all rights, is shown only now: {at.token}")
        if at.metrics_port is not None:
            terminal.note(f"Metrics at http://127.0.0.1:{at.metrics_port}/metrics")
        if host not in ("127.0.0.1", "localhost", "::1"):
            terminal.note("What is sent over the network is not encrypted; put a server with TLS in front.")
        terminal.note("Ctrl-C ends it.")

    run(folder, settings, ready)
    return 0


def _tokens(terminal: Terminal, folder: Path, rights: str | None, name: str | None, revoked: str | None) -> int:
    from dualface.service.folders import Folders
    from dualface.service.tokens import Tokens, rights_of

    tokens = Tokens(Folders(folder).tokens)
    if revoked is not None:
        tokens.revoke(revoked)
    if rights is not None:
        allowed = rights_of(rights)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        called = name or _free_name(tokens.names(), "-".join(sorted(allowed)))
        token = tokens.add(called, allowed)
        if terminal.json_output:
            terminal.line_json({"name": called, "rights": sorted(allowed), "token": token})
        else:
            terminal.show(token)
            terminal.note(f"The token is called {called}; it is shown only now.")
    elif revoked is None:
        found = {called: sorted(own) for called, own in tokens.names().items()}
        if terminal.json_output:
            terminal.show_json(found)
        else:
            for called, own in found.items():
                terminal.show(f"{called}: {', '.join(own)}")
    return 0


def _free_name(taken: object, stem: str) -> str:
    names = set(taken) if isinstance(taken, dict) else set()
    return next(name for name in (stem, *(f"{stem}-{n}" for n in range(2, 10_000))) if name not in names)
