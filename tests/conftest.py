"""What every test shares: where the third-party data is, and caches of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
#: Third-party data lies beside the checkout and is never part of it.
SHARED_DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the third-party data; the test is skipped where there is none."""
    if not SHARED_DATA.is_dir():
        pytest.skip("third-party data (../shared/data) is not on this machine")
    return SHARED_DATA


@pytest.fixture(scope="session", autouse=True)
def own_config(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the settings of whoever runs the tests as they are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UPTAKE_CONFIG", str(tmp_path_factory.mktemp("config")))
        yield
