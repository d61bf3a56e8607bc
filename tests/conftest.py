"""What every test shares: where the third-party data is, and caches of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.places import SHARED_DATA


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the third-party data; the test is skipped where there is none."""
    if not SHARED_DATA.is_dir():
        pytest.skip("third-party data (../shared/data) is not on this machine")
    return SHARED_DATA


@pytest.fixture(autouse=True)
def settings_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of settings for each test: those of whoever runs it stay out, and as they are."""
    folder = tmp_path / "settings"
    monkeypatch.setenv("UPTAKE_CONFIG", str(folder))
    return folder
