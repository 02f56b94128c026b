"""All commands: one module for each; heavy libraries are imported when a command runs."""

from __future__ import annotations

import typer

from dualface.cli import analyse, bench, config, demo, export, models, probe, review, serve, sheet, watch
from dualface.cli.plain_help import PlainCommand, PlainGroup
from dualface.cli.root import examples, help_without_command, with_run

app = with_run()
config_app = typer.Typer(cls=PlainGroup, help="Show and check settings.", rich_markup_mode="rich")
models_app = typer.Typer(cls=PlainGroup, help="List, fetch and try models.", rich_markup_mode="rich")
for group in (config_app, models_app):
    group.callback(invoke_without_command=True)(help_without_command)

app.command(cls=PlainCommand, epilog=examples("dualface analyse talk.mp4", "dualface analyse talks/ -o seen"))(analyse.analyse)
app.command(
    cls=PlainCommand,
    epilog=examples("dualface sheet talk.mp4", "dualface sheet out/talk.mp4 --layout stacked -o talk.png"),
)(sheet.sheet)
app.command(
    cls=PlainCommand,
    epilog=examples("dualface export out/talk.mp4 -o talk.fcpxml", "dualface export out/talk.mp4 -o talk.xml -o talk.edl"),
)(export.export)
app.command(cls=PlainCommand, epilog=examples("dualface review out", "dualface review out/talk.mp4 --no-browser"))(
    review.review
)
app.command(
    cls=PlainCommand,
    epilog=examples("dualface serve films --jobs 2", "dualface serve films --new-token submit --token-name studio"),
)(serve.serve)
app.command(cls=PlainCommand, epilog=examples("dualface watch incoming films", "dualface watch in out --preset shorts"))(
    watch.watch
)
app.command(cls=PlainCommand, epilog=examples("dualface demo -o out"))(demo.demo)
app.command(cls=PlainCommand, epilog=examples("dualface bench", "dualface bench talk.mp4 --json"))(bench.bench)
app.command(cls=PlainCommand, epilog=examples("dualface probe", "dualface probe --json --no-write"))(probe.probe)
app.add_typer(config_app, name="config", epilog=examples("dualface config show"))
app.add_typer(models_app, name="models", epilog=examples("dualface models list"))

config_app.command(cls=PlainCommand, epilog=examples("dualface config show", "dualface config show --config my.yaml --json"))(
    config.show
)
config_app.command(cls=PlainCommand, epilog=examples("dualface config check manual_config.yaml"))(config.check)
config_app.command(cls=PlainCommand, epilog=examples("dualface config schema > dualface.schema.json"))(config.schema)
models_app.command("list", cls=PlainCommand, epilog=examples("dualface models list"))(models.list_models)
models_app.command(cls=PlainCommand, epilog=examples("dualface models fetch --all"))(models.fetch)
models_app.command(cls=PlainCommand, epilog=examples("dualface models path centerface"))(models.path)
models_app.command("try", cls=PlainCommand, epilog=examples("dualface models try scrfd:models/scrfd_2.5g.onnx talk.mp4"))(
    models.try_out
)
