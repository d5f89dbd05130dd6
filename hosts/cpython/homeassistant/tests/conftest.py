"""Real Home Assistants, started one after the other, with users in them and an editor's client beside them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))  # `archive`

try:
    import dapstub
    import homeassistant.const
except ImportError as error:
    REASON = f"{error}; hosts/cpython/homeassistant/test says how to have a Home Assistant for these tests"
    collect_ignore_glob = ["test_*.py"]
else:
    REASON = None

if REASON is None:
    from process import HomeAssistant

    @pytest.fixture
    def home(tmp_path):
        """An empty configuration folder with our integration and the probe, to be started by the test."""
        homes = HomeAssistant(tmp_path)
        yield homes
        homes.kill()


def pytest_report_header():
    """Says what is tested, or why nothing is."""
    if REASON is not None:
        return f"SKIPPED all of Home Assistant: {REASON}"
    return f"dapstub {dapstub.__version__} in Home Assistant {homeassistant.const.__version__}"
