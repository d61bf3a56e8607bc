"""What every test shares: where the third-party data is, and caches of their own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.places import SHARED_DATA

# Networks of tests run with torch without being measured first; tests of the choice say otherwise.
os.environ.setdefault("UPTAKE_RUNNER", "torch")


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
