"""The command ``dualface`` without its commands, and ``run``, which needs no other to be there."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

import dualface
from dualface.cli import run
from dualface.cli.plain_help import PlainCommand, PlainGroup


def with_run() -> typer.Typer:
    """The command line with ``dualface run`` only."""
    app = typer.Typer(
        name="dualface",
        cls=PlainGroup,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        epilog="Example: [bold]dualface run talk.mp4 -o out[/]",
    )
    app.callback(invoke_without_command=True)(_root)
    app.command(
        cls=PlainCommand,
        epilog=examples(
            "dualface run talk.mp4 -o out",
            'dualface run talks/ more/*.mkv --layout stacked --names "Ann,Bob"',
            "dualface run talk.mp4 --start 1:30 --end 45:00 -o out/talk.mkv",
            "dualface run 'frames/img%04d.png' --rate 24 --dry-run",
        ),
    )(run.run)
    return app


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"dualface {dualface.__version__}")
        raise typer.Exit


def _root(
    context: typer.Context,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Turn videos of two people into steady split screens."""
    help_without_command(context)


def help_without_command(context: typer.Context) -> None:
    """Shows a group's help to whoever names none of its commands."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), nl=False)


def examples(*lines: str) -> str:
    """A command's epilog: a line for each example."""
    shown = [f"[bold]{escape(line)}[/]" for line in lines]
    return f"Example: {shown[0]}" if len(shown) == 1 else "\n\n".join(["Examples:", *shown])
