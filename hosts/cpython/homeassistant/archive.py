"""Lays the integration out as a repository of its own, the way HACS wants it, in one archive.

    python hosts/cpython/homeassistant/archive.py OUTPUT.zip

The archive holds `custom_components/debugpy`, `hacs.json`, the README and the licences; unpacked, it can be published
as it is. The same sources make the same bytes.
"""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
INTEGRATION = HERE / "custom_components" / "debugpy"

# The oldest Home Assistant that the tests run with.
OLDEST = "2024.3.3"

# Zip files know no time before this, and the real one would make each archive another.
_TIME = (1980, 1, 1, 0, 0, 0)


def files() -> dict[str, bytes]:
    """Every file of the tree: its path and its content."""
    manifest = json.loads((INTEGRATION / "manifest.json").read_bytes())
    hacs = {"name": manifest["name"], "homeassistant": OLDEST, "render_readme": True}
    tree = {
        "README.md": (HERE / "README.md").read_bytes(),
        "hacs.json": json.dumps(hacs, indent=2).encode() + b"\n",
        **{name: (HERE.parent / name).read_bytes() for name in ["LICENSE-APACHE", "LICENSE-MIT"]},
    }
    for path in INTEGRATION.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            tree[path.relative_to(HERE).as_posix()] = path.read_bytes()
    return dict(sorted(tree.items()))


def write(archive: Path) -> None:
    """Writes the archive."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as output:
        for name, content in files().items():
            entry = zipfile.ZipInfo(name, _TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            output.writestr(entry, content)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    write(Path(sys.argv[1]))
