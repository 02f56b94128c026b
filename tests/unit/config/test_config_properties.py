"""What holds for every setting, whatever the value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dualface.config.layers import HybridConfigManager, merge
from dualface.config.loaders import Entry, FallbackConfigLoader, Layer, ManualConfigLoader, ValueOrigin, read_yaml
from dualface.config.settings import Setting, Value, all_settings, nearest_key
from dualface.errors import ConfigurationError

KEYS = st.sampled_from(sorted(all_settings()))
LAYERS = list(Layer)
JUNK: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=100),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


@given(
    st.lists(st.dictionaries(KEYS, st.integers(), max_size=12), min_size=len(LAYERS), max_size=len(LAYERS)),
)
@settings(max_examples=40, deadline=None)
def test_the_top_layer_that_has_a_key_wins(values: list[dict[str, int]]) -> None:
    layers = [
        {key: Entry(value, ValueOrigin(layer, layer.value)) for key, value in layer_values.items()}
        for layer, layer_values in zip(LAYERS, values, strict=True)
    ]
    merged = merge(layers)
    assert merged.keys() == set().union(*values)
    for key, entry in merged.items():
        top = next(index for index, layer in enumerate(values) if key in layer)
        assert entry == Entry(values[top][key], ValueOrigin(LAYERS[top], LAYERS[top].value))


@given(KEYS, JUNK)
@settings(max_examples=150, deadline=None)
def test_any_value_in_a_file_is_taken_or_refused_by_its_key(key: str, value: object) -> None:
    section, _, name = key.partition(".")
    reading = read_yaml(yaml.safe_dump({section: {name: value}}), "my.yaml", Layer.MANUAL)
    if reading.problems:
        [problem] = reading.problems
        assert problem.message.startswith(f"my.yaml, line 2: {key} ")
        assert all_settings()[key].allowed in problem.message
        assert "\n" not in problem.message
    else:
        entry = reading.entries[key]
        assert all_settings()[key].accepts(entry.value)


@given(KEYS, st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_any_text_of_a_flag_gives_a_configuration_or_an_error_that_names_the_key(key: str, text: str) -> None:
    nowhere = Path("/nonexistent")
    manager = HybridConfigManager(flags=[("--set", key, text)], environment={}, working_dir=nowhere, config_dir=nowhere)
    refusal = None
    try:
        manager.load_optimal_config()
    except ConfigurationError as error:
        refusal = str(error)
    if refusal is None:
        assert str(manager.entries[key].origin) == "--set"
    else:
        assert key in refusal


@given(st.binary(max_size=200))
@settings(max_examples=80, deadline=None)
def test_any_file_is_read_or_refused_in_words(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "junk.yaml"
    path.write_bytes(content)
    reading = ManualConfigLoader(path).read()
    assert all(str(path) in problem.message for problem in reading.problems)


@pytest.mark.parametrize("setting", all_settings().values(), ids=lambda setting: setting.key)
def test_every_setting_says_what_it_is_and_takes_its_own_default(setting: Setting) -> None:
    default: Value = FallbackConfigLoader().load()[setting.key].value
    assert setting.accepts(default)
    assert setting.parse(json.dumps(default).strip('"')) == default
    assert setting.description.endswith(".")
    assert setting.allowed
    assert nearest_key(setting.key) == setting.key
    assert nearest_key(f"{setting.key}x") == setting.key
