"""What every test shares: caches and settings of its own, where third-party data is, workers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.displays import draw_to_memory, own_display
from tests.support.places import SHARED_DATA

# Networks of tests run with torch without being measured first; tests of the choice say otherwise.
os.environ.setdefault("UPTAKE_RUNNER", "torch")
#: Set by pytest-xdist in the processes that run tests side by side.
IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ


def pytest_configure(config: pytest.Config) -> None:
    """Keep processes side by side apart from one another, and draw to memory without a display."""
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        draw_to_memory()
    if IS_WORKER:
        # Workers share the cores: more threads than cores wait for one another.
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        if os.environ.get("DISPLAY"):
            # On one screen their windows would take the keyboard from each other.
            config.add_cleanup(own_display())


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the third-party data; the test is skipped where there is none."""
    if not SHARED_DATA.is_dir():
        pytest.skip("third-party data (../shared/data) is not on this machine")
    return SHARED_DATA


@pytest.fixture(autouse=True)
def settings_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders of settings and cache for each test: those of whoever runs it stay as they are."""
    folder = tmp_path / "settings"
    monkeypatch.setenv("UPTAKE_CONFIG", str(folder))
    monkeypatch.setenv("UPTAKE_CACHE", str(tmp_path / "cache"))
    return folder
