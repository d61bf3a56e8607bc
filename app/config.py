"""Where the user's own settings, layouts, colour maps and recent studies are kept."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_config_path

#: Overrides the place of the configuration; for tests and read-only homes.
CONFIG_VARIABLE = "UPTAKE_CONFIG"


def config_folder() -> Path:
    """Return the folder of everything the user wants to find again; made when written to."""
    chosen = os.environ.get(CONFIG_VARIABLE)
    return Path(chosen) if chosen else user_config_path("uptake", appauthor=False)
