"""The smaller commands: probe, config, models, demo, help."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

from dualface.cli.all_commands import app
from dualface.cli.reference import PAGES, with_files, with_generated_part
from dualface.config.probe import HardwareProber
from dualface.config.settings import all_settings
from dualface.models.catalog import CATALOG
from dualface.models.store import ModelFile, ModelStore, Origin
from dualface.testing.command_line import CommandLine, FakeRuntime

DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture
def quick_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    prober = HardwareProber(codecs=lambda: (), inference=lambda: ())
    monkeypatch.setattr("dualface.config.probe.HardwareProber", lambda: prober)


def test_probe_prints_and_writes_a_layer(dualface: CommandLine, quick_probe: None, tmp_path: Path) -> None:
    result = dualface("probe")
    assert result.code == 0
    assert "Processor" in result.out
    assert str(tmp_path / "config/auto_detected.yaml") in result.err
    shown = dualface("config", "show", "--json").document
    assert shown["processing.cuda_streams"]["layer"] == "auto-detected"


@pytest.mark.slow
def test_probe_can_leave_the_file_alone_and_print_json(dualface: CommandLine, quick_probe: None, tmp_path: Path) -> None:
    document = dualface("probe", "--no-write", "--json").document
    assert document["cpu"]["logical_cores"] >= 1
    assert document["settings"]["processing.cuda_streams"] >= 1
    assert document["written_to"] is None
    assert not (tmp_path / "config").exists()


def test_config_show_tells_value_layer_and_range_of_every_key(dualface: CommandLine) -> None:
    Path("manual_config.yaml").write_text("framing:\n  zoom: 1.5\n")
    result = dualface("config", "show", "--set", "encoding.gop=60")
    assert result.code == 0
    rows = {line.split()[0]: " ".join(line.split()[1:]) for line in result.out.splitlines()[1:]}
    assert list(rows) == list(all_settings())
    assert rows["framing.zoom"] == "1.5 manual (manual_config.yaml, line 2) a number from 0.3 to 3"
    assert rows["encoding.gop"] == "60 command line (--set) a whole number from 1 to 600"
    assert rows["framing.caption_left"] == "(empty) fallback text of at most 80 characters"


def test_config_show_as_json_has_the_origin(dualface: CommandLine) -> None:
    Path("own.yaml").write_text("framing:\n  zoom: 1.5\n")
    document = dualface("config", "show", "--config", "own.yaml", "--json").document
    zoom = {"value": 1.5, "layer": "manual", "source": "own.yaml", "line": 2, "allowed": "a number from 0.3 to 3"}
    assert document["framing.zoom"] == zoom
    assert document["framing.gap"]["layer"] == "fallback"


def test_a_broken_probe_file_is_warned_of(dualface: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config/auto_detected.yaml").write_text("processing: {cuda_streams: lots}\n")
    result = dualface("config", "show")
    assert result.code == 0
    assert result.err.startswith("warning: What `dualface probe` found is left out")


def test_config_check_lists_everything_that_is_wrong(dualface: CommandLine) -> None:
    Path("own.yaml").write_text("framing:\n  zoom: 9\n  gap: 1\n")
    result = dualface("config", "check", "own.yaml")
    assert result.code == 2
    assert result.err.splitlines() == [
        "error: own.yaml, line 2: framing.zoom is '9', but must be a number from 0.3 to 3.",
        "error: own.yaml, line 3: framing.gap is '1', but must be an even number from 0 to 512.",
    ]
    document = dualface("config", "check", "own.yaml", "--json").document
    assert len(document["problems"]) == 2


def test_config_check_finds_what_only_a_run_would_stumble_on(dualface: CommandLine) -> None:
    text = "framing: {layout: stackd, caption_font: no.ttf, caption_left: Ann}\nencoding:\n  preset: nonsense\n"
    Path("own.yaml").write_text(text + "models: {face_detection: nope}\n")
    result = dualface("config", "check", "own.yaml")
    assert result.code == 2
    font, layout, preset, model = result.err.splitlines()
    assert font.startswith("error: framing.caption_font (no.ttf, own.yaml, line 1) must be")
    assert layout == "error: own.yaml, line 1: There is no layout named 'stackd'; did you mean stacked?"
    assert preset.startswith("error: own.yaml, line 3: encoding.preset: libx264 has no preset 'nonsense'")
    assert model.startswith("error: own.yaml, line 4: No model is named 'nope'")


@pytest.mark.parametrize(
    ("text", "code"), [("framing: {zoom: 1.1}\n", 0), ("encoding: {codec: av1, container: mov}\n", 2), ("", 0)]
)
def test_config_check_judges_the_file_as_a_whole(text: str, code: int, dualface: CommandLine) -> None:
    Path("own.yaml").write_text(text)
    assert dualface("config", "check", "own.yaml").code == code


def test_config_check_names_a_file_that_is_not_there(dualface: CommandLine) -> None:
    result = dualface("config", "check", "none.yaml")
    assert (result.code, result.err) == (2, "error: none.yaml can't be read: No such file or directory.\n")


def test_config_schema_is_a_json_schema(dualface: CommandLine) -> None:
    assert dualface("config", "schema").document["$schema"].startswith("https://json-schema.org/")


def test_models_are_listed_with_licence_and_origin(dualface: CommandLine) -> None:
    out = dualface("models", "list").out
    for spec in CATALOG.values():
        [line] = [line for line in out.splitlines() if line.startswith(spec.name)]
        assert spec.licence in line
    assert [model["name"] for model in dualface("models", "list", "--json").document] == list(CATALOG)


@pytest.fixture
def resolved(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []

    def resolve(self: ModelStore, reference: str) -> ModelFile:
        names.append(reference)
        return ModelFile(Path(f"/cache/{reference}.onnx"), CATALOG["centerface"], Origin.CACHE)

    monkeypatch.setattr(ModelStore, "resolve", resolve)
    return names


def test_models_path_prints_nothing_but_the_path(dualface: CommandLine, resolved: list[str]) -> None:
    result = dualface("models", "path", "centerface")
    assert (result.code, result.out, result.err) == (0, "/cache/centerface.onnx\n", "")


def test_models_fetch_takes_names_or_all(dualface: CommandLine, resolved: list[str]) -> None:
    assert dualface("models", "fetch", "--all", "centerface").code == 0
    assert resolved == list(CATALOG)
    result = dualface("models", "fetch")
    assert result.code == 2
    assert "--all" in result.err


def test_an_unknown_model_is_one_sentence(dualface: CommandLine) -> None:
    result = dualface("models", "path", "centreface")
    assert result.code == 5
    assert "did you mean 'centerface'?" in result.err


def test_the_demo_makes_its_clip_once_and_runs_it(
    dualface: CommandLine, runtime: FakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[float | None] = []

    def write(path: Path, *, seconds: float | None) -> None:
        made.append(seconds)
        path.write_bytes(b"clip")

    monkeypatch.setattr("dualface.footage.render.write_demo_clip", write)
    result = dualface("demo", "-o", "D")
    assert result.code == 0
    [job] = runtime.jobs
    assert (job.source.read_bytes(), job.output) == (b"clip", Path("D/split-screen.mp4"))
    assert [path.name for path in Path("D").iterdir()] == ["conversation.mp4"]
    assert "D/split-screen.mp4" in result.err
    dualface("demo", "-o", "D")
    assert len(made) == 1
    job.output.write_bytes(b"")
    assert dualface("demo", "-o", "D").code == 4
    assert dualface("demo", "-o", "D", "--overwrite", "--seconds", "3").code == 0
    assert made == [None, 3.0]
    monkeypatch.setattr("dualface.footage.render.clip_seconds", lambda _: 3.0)
    job.output.unlink()
    assert dualface("demo", "-o", "D", "--seconds", "3").code == 0
    other = dualface("demo", "-o", "D", "--seconds", "5")
    assert other.code == 4
    assert "conversation.mp4 exists already, and is 3.0 s long" in other.err
    assert len(made) == 2


def test_groups_and_the_program_explain_themselves(dualface: CommandLine) -> None:
    for arguments in ([], ["config"], ["models"], ["-h"]):
        result = dualface(*arguments)
        assert result.code == 0
        assert "Usage:" in result.out


def test_an_unknown_command_is_one_sentence(dualface: CommandLine) -> None:
    result = dualface("rum")
    assert result.code == 2
    assert result.err.endswith("Did you mean 'run'? See `dualface --help`.\n")


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["run", ""], "'INPUT'"),
        (["run", "talk.mp4", ""], "'INPUT'"),
        (["run", "talk.mp4", "-o", ""], "'--output' / '--output-dir' / '-o'"),
        (["run", "talk.mp4", "--config", ""], "'--config' / '-c'"),
        (["run", "talk.mp4", "--people", ""], "'--people'"),
        (["run", "talk.mp4", "--events", ""], "'--events'"),
        (["demo", "-o", ""], "'--output-dir' / '-o'"),
        (["bench", ""], "'[INPUT]'"),
        (["config", "check", ""], "'FILE'"),
    ],
)
def test_an_empty_path_is_not_the_current_folder(
    arguments: list[str], name: str, dualface: CommandLine, runtime: FakeRuntime
) -> None:
    Path("talk.mp4").write_bytes(b"?")
    result = dualface(*arguments)
    assert result.code == 2
    assert result.err.startswith(f"error: Invalid value for {name}: it is empty; write a path")
    assert result.err.count("\n") == 1
    assert not runtime.jobs
    assert [path.name for path in Path().iterdir()] == ["talk.mp4"]


def test_every_command_has_an_example_and_the_common_options() -> None:
    def leaves(command: object) -> list[object]:
        children = getattr(command, "commands", {}).values()
        return [leaf for child in children for leaf in leaves(child)] or [command]

    for command in leaves(typer.main.get_command(app)):
        assert "dualface " in command.epilog  # type: ignore[attr-defined]
        names = {name for parameter in command.params for name in parameter.opts}  # type: ignore[attr-defined]
        assert {"--quiet", "--json", "--debug"} <= names


@pytest.mark.parametrize("page", PAGES)
def test_the_generated_documentation_is_current(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    assert with_generated_part(text, PAGES[page]()) == text, "run: python -m dualface.cli.reference docs"


@pytest.mark.parametrize("page", sorted(path.name for path in DOCS.glob("*.md")))
def test_pages_show_the_repositorys_files_as_they_are(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    assert with_files(text, DOCS.parent) == text, "run: python -m dualface.cli.reference docs"
    assert '--8<-- "examples' not in text, "on a forge nobody sees what that includes"


def test_documentation_of_json_output_parses(dualface: CommandLine) -> None:
    assert json.loads(dualface("config", "schema", "--quiet").out)
