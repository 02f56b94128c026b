"""The command ``dualface``.  One module for each command; heavy libraries are imported when a command runs."""

from __future__ import annotations

import functools
import io
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.markup import escape

import dualface
from dualface.cli import analyse, bench, config, demo, export, models, probe, review, run, serve, sheet, watch
from dualface.cli.command import guarded
from dualface.cli.plain_help import PlainCommand, PlainGroup
from dualface.cli.terminal import Terminal
from dualface.errors import ConfigurationError

app = typer.Typer(
    name="dualface",
    cls=PlainGroup,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: [bold]dualface run talk.mp4 -o out[/]",
)
config_app = typer.Typer(cls=PlainGroup, help="Show and check settings.", rich_markup_mode="rich")
models_app = typer.Typer(cls=PlainGroup, help="List, fetch and try models.", rich_markup_mode="rich")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"dualface {dualface.__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Turn videos of two people into steady split screens."""
    _help_without_command(context)


@config_app.callback(invoke_without_command=True)
@models_app.callback(invoke_without_command=True)
def _help_without_command(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), nl=False)


def _examples(*lines: str) -> str:
    """A command's epilog: a line for each example."""
    shown = [f"[bold]{escape(line)}[/]" for line in lines]
    return f"Example: {shown[0]}" if len(shown) == 1 else "\n\n".join(["Examples:", *shown])


app.command(
    cls=PlainCommand,
    epilog=_examples(
        "dualface run talk.mp4 -o out",
        'dualface run talks/ more/*.mkv --layout stacked --names "Ann,Bob"',
        "dualface run talk.mp4 --start 1:30 --end 45:00 -o out/talk.mkv",
        "dualface run 'frames/img%04d.png' --rate 24 --dry-run",
    ),
)(run.run)
app.command(cls=PlainCommand, epilog=_examples("dualface analyse talk.mp4", "dualface analyse talks/ -o seen"))(analyse.analyse)
app.command(
    cls=PlainCommand,
    epilog=_examples("dualface sheet talk.mp4", "dualface sheet out/talk.mp4 --layout stacked -o talk.png"),
)(sheet.sheet)
app.command(
    cls=PlainCommand,
    epilog=_examples("dualface export out/talk.mp4 -o talk.fcpxml", "dualface export out/talk.mp4 -o talk.xml -o talk.edl"),
)(export.export)
app.command(cls=PlainCommand, epilog=_examples("dualface review out", "dualface review out/talk.mp4 --no-browser"))(
    review.review
)
app.command(
    cls=PlainCommand,
    epilog=_examples("dualface serve films --jobs 2", "dualface serve films --new-token submit --token-name studio"),
)(serve.serve)
app.command(cls=PlainCommand, epilog=_examples("dualface watch incoming films", "dualface watch in out --preset shorts"))(
    watch.watch
)
app.command(cls=PlainCommand, epilog=_examples("dualface demo -o out"))(demo.demo)
app.command(cls=PlainCommand, epilog=_examples("dualface bench", "dualface bench talk.mp4 --json"))(bench.bench)
app.command(cls=PlainCommand, epilog=_examples("dualface probe", "dualface probe --json --no-write"))(probe.probe)
app.add_typer(config_app, name="config", epilog=_examples("dualface config show"))
app.add_typer(models_app, name="models", epilog=_examples("dualface models list"))

config_app.command(cls=PlainCommand, epilog=_examples("dualface config show", "dualface config show --config my.yaml --json"))(
    config.show
)
config_app.command(cls=PlainCommand, epilog=_examples("dualface config check manual_config.yaml"))(config.check)
config_app.command(cls=PlainCommand, epilog=_examples("dualface config schema > dualface.schema.json"))(config.schema)
models_app.command("list", cls=PlainCommand, epilog=_examples("dualface models list"))(models.list_models)
models_app.command(cls=PlainCommand, epilog=_examples("dualface models fetch --all"))(models.fetch)
models_app.command(cls=PlainCommand, epilog=_examples("dualface models path centerface"))(models.path)
models_app.command("try", cls=PlainCommand, epilog=_examples("dualface models try scrfd:models/scrfd_2.5g.onnx talk.mp4"))(
    models.try_out
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns the process's exit code (see ``docs/exit-codes.md``).

    ``arguments`` are those after the program's name, by default the process's own.  Raises nothing but :class:`SystemExit`.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # file names may hold what the terminal can't show
    return guarded(Terminal(), functools.partial(_dispatch, arguments))


def _dispatch(arguments: Sequence[str] | None) -> int:
    try:
        code: int | None = app(arguments, prog_name="dualface", standalone_mode=False)
    except typer.TyperException as error:  # the command line itself is wrong
        context = getattr(error, "ctx", None)
        hint = f" See `{context.command_path} --help`." if context is not None else ""
        message = error.format_message()
        end = "" if message.endswith((".", "?", "!")) else "."
        raise ConfigurationError(message + end + hint) from error
    return code or 0
