"""The archive that is published. Every other test runs what was unpacked from it."""

import json
import re
import shutil
from pathlib import Path

import archive
import dapstub
import pytest


@pytest.fixture
def tree(tmp_path):
    archive.write(tmp_path / "release.zip")
    shutil.unpack_archive(tmp_path / "release.zip", tmp_path / "tree")
    return tmp_path / "tree"


def test_layout(tree):
    assert sorted(path.name for path in tree.iterdir()) == [
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "custom_components",
        "hacs.json",
    ]
    assert [path.name for path in (tree / "custom_components").iterdir()] == ["debugpy"]
    integration = tree / "custom_components" / "debugpy"
    names = {path.relative_to(integration).as_posix() for path in integration.rglob("*") if path.is_file()}
    assert {"__init__.py", "manifest.json", "services.yaml", "translations/en.json", "icons.json"} <= names
    assert not [name for name in names if "pycache" in name or name.endswith(".pyc")]


def test_manifest(tree):
    manifest = json.loads((tree / "custom_components/debugpy/manifest.json").read_text())
    assert manifest["domain"] == "debugpy"
    assert manifest["version"] == dapstub.__version__
    assert manifest["requirements"] == [f"dapstub=={dapstub.__version__}"]
    # As Home Assistant's own checks want it: domain, name, and the rest by the alphabet.
    keys = list(manifest)
    assert keys == ["domain", "name", *sorted(keys[2:])]
    hacs = json.loads((tree / "hacs.json").read_text())
    assert hacs["name"] == manifest["name"]


def test_words(tree):
    folder = tree / "custom_components/debugpy"
    english = json.loads((folder / "strings.json").read_text())
    assert english == json.loads((folder / "translations/en.json").read_text())
    for translation in (folder / "translations").iterdir():
        words = json.loads(translation.read_text())
        assert shape(words) == shape(english), translation
    assert re.search(r"^start:", (folder / "services.yaml").read_text(), re.MULTILINE)
    assert json.loads((folder / "icons.json").read_text())["services"].keys() == english["services"].keys()


def shape(words):
    return {key: shape(value) for key, value in words.items()} if isinstance(words, dict) else None


def test_the_same_bytes_each_time(tmp_path):
    for name in ["a", "b"]:
        archive.write(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_readme_names_the_configuration_keys():
    readme = (Path(archive.__file__).parent / "README.md").read_text()
    for key in ["host", "port", "start", "wait", "path_mappings", "just_my_code"]:
        assert f"`{key}`" in readme
