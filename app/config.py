"""Where the user's own settings, layouts, colour maps and recent studies are kept, and caches."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_path, user_config_path

#: Overrides the place of the configuration; for tests and read-only homes.
CONFIG_VARIABLE = "UPTAKE_CONFIG"

#: Overrides the place of what can be made anew.
CACHE_VARIABLE = "UPTAKE_CACHE"


def config_folder() -> Path:
    """Return the folder of everything the user wants to find again; made when written to."""
    chosen = os.environ.get(CONFIG_VARIABLE)
    return Path(chosen) if chosen else user_config_path("uptake", appauthor=False)


def cache_folder() -> Path:
    """Return the folder of what was computed and can be lost; made when written to."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen) if chosen else user_cache_path("uptake", appauthor=False)
