"""What every test shares: where the third-party data is, and caches of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import platformdirs
import pytest

ROOT = Path(__file__).resolve().parent.parent
#: Third-party data lies beside the checkout and is never part of it.
SHARED_DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(autouse=True)
def no_own_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the settings of who runs the tests out of them, those of started programs as well."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the third-party data; the test is skipped where there is none."""
    if not SHARED_DATA.is_dir():
        pytest.skip("third-party data (../shared/data) is not on this machine")
    return SHARED_DATA


@pytest.fixture(autouse=True)
def settings_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of settings for each test: the reader's own layouts stay out of it."""
    folder = tmp_path / "settings"
    monkeypatch.setattr(platformdirs, "user_config_dir", lambda *_a, **_k: str(folder))
    return folder
