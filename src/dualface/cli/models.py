"""``dualface models``: the models that dualface knows by name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dualface.cli.arguments import given_path
from dualface.cli.command import command
from dualface.cli.download_bar import DownloadBar
from dualface.cli.options import ConfigOption, load_configuration
from dualface.cli.terminal import Terminal
from dualface.errors import ConfigurationError

if TYPE_CHECKING:
    from dualface.models.catalog import ModelSpec

_REFERENCE_HELP = "A name from `dualface models list`, or a file or URL as in the configuration."


@command
def list_models(terminal: Terminal) -> None:
    """List the models with their licences, and where each one would come from."""
    from rich.table import Table

    from dualface.models.catalog import CATALOG
    from dualface.models.store import ModelStore

    store = ModelStore()
    if terminal.json_output:
        terminal.show_json([_as_dict(spec, store.locate(spec.name)) for spec in CATALOG.values()])
        return
    table = Table("Name", "Family", "For", "Licence", "Size", "From", header_style="bold", box=None, pad_edge=False)
    for spec in CATALOG.values():
        size = f"{spec.size / 1e6:.1f} MB" if spec.size else "?"
        table.add_row(spec.name, spec.family, spec.task or "?", spec.licence, size, store.locate(spec.name) or "nowhere")
    terminal.show(table)
    terminal.note(f"Cache: {store.cache_dir}")


@command
def fetch(
    terminal: Terminal,
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help=_REFERENCE_HELP, show_default=False)] = None,
    everything: Annotated[bool, typer.Option("--all", help="All models of the list.")] = False,
) -> None:
    """Get models, verify and prepare them, so that a run needs no network."""
    from dualface.models.catalog import CATALOG
    from dualface.models.store import ModelStore

    wanted = list(dict.fromkeys([*(CATALOG if everything else ()), *(names or ())]))
    if not wanted:
        raise ConfigurationError("Say which models to fetch, or --all; `dualface models list` names them.")
    fetched = []
    for name in wanted:
        with DownloadBar(terminal) as bar:
            file = ModelStore(progress=bar.report).resolve(name)
        if file.fallback:
            terminal.warn(f"{name}: {file.fallback}.")
        terminal.note(f"{name}: {file.path} ({file.origin})")
        fetched.append({"name": name, "path": str(file.path), "origin": file.origin})
    if terminal.json_output:
        terminal.show_json(fetched)


@command
def path(terminal: Terminal, name: Annotated[str, typer.Argument(metavar="NAME", help=_REFERENCE_HELP)]) -> None:
    """Print the path of a model's ONNX file, fetching it first where that is needed."""
    from dualface.models.store import ModelStore

    with DownloadBar(terminal) as bar:
        file = ModelStore(progress=bar.report).resolve(name)
    if terminal.json_output:
        terminal.show_json({"name": name, "path": str(file.path), "origin": file.origin})
    else:
        terminal.show(str(file.path))


@command
def try_out(
    terminal: Terminal,
    name: Annotated[str, typer.Argument(metavar="NAME", help=_REFERENCE_HELP)],
    source: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", parser=given_path, help="A picture or a video, whose first picture is looked at."),
    ] = None,
    input_size: Annotated[str | None, typer.Option("--input-size", metavar="auto|WxH", help="As detection.input_size.")] = None,
    config_file: ConfigOption = None,
) -> None:
    """Run a model once: is it of its family, and does it take pictures of this size?"""
    from dualface.api.trying import try_model
    from dualface.models.store import ModelStore

    flags = [("--input-size", "detection.input_size", input_size)] if input_size is not None else []
    config, _ = load_configuration(terminal, config_file, flags)
    with DownloadBar(terminal) as bar:
        ModelStore(download=config.models.download, progress=bar.report).resolve(name)
    trial = try_model(name, config, source)
    if terminal.json_output:
        terminal.show_json({"name": name, **trial._asdict()})
        return
    what = f"{name} is a {trial.family} model and takes pictures of {trial.width}x{trial.height}"
    if trial.faces is None:
        terminal.show(f"{what}, a face each.")
    else:
        where = source or "a grey picture"
        terminal.show(f"{what}, in {trial.seconds * 1000:.0f} ms each. Faces found in {where}: {trial.faces}.")


def _as_dict(spec: ModelSpec, origin: str | None) -> dict[str, Any]:
    return {
        "name": spec.name,
        "family": spec.family,
        "task": spec.task,
        "licence": spec.licence,
        "size": spec.size,
        "sha256": spec.sha256,
        "url": spec.url,
        "from": origin,
    }
