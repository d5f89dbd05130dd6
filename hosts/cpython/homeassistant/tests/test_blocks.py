"""Home Assistant and dapstub read the same entry in the same way."""

import sys

import archive
import dapstub._dapstub
import pytest
import voluptuous as vol
from blocks import CASES, DEFAULTS, REFUSED
from homeassistant.config import load_yaml_config_file

sys.path.insert(0, str(archive.HERE))
from custom_components.debugpy import CONFIG_SCHEMA

parametrize = pytest.mark.parametrize(("text", "expected"), CASES, ids=[repr(text) for text, _ in CASES])


@pytest.fixture
def file(tmp_path, text):
    path = tmp_path / "configuration.yaml"
    path.write_text(text)
    return path


@parametrize
def test_home_assistant(file, expected):
    config = load_yaml_config_file(str(file))
    if expected is REFUSED:
        with pytest.raises(vol.Invalid):
            CONFIG_SCHEMA(config)
        return
    read = {**DEFAULTS, **CONFIG_SCHEMA(config)["debugpy"]}
    read["path_mappings"] = [(one["local_root"], one["remote_root"]) for one in read["path_mappings"]]
    assert read == {**DEFAULTS, **expected}


@parametrize
def test_dapstub(file, expected):
    if expected is REFUSED:
        with pytest.raises(ValueError, match=str(file)):
            dapstub._dapstub.read_config(file)
    else:
        assert dapstub._dapstub.read_config(file) == {**DEFAULTS, **expected}
