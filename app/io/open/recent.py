"""Folders that were opened lately, kept in the user's configuration folder.

Only the folder's path and the day of the last opening are written: no patient's name, id or
date. A path may hold such a thing by itself, so the file is readable by its owner only, and can be
cleared.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.config import config_folder
from app.core.kit.small_files import read_json

#: Most folders that are kept.
MOST_RECENT = 10
_NAME = "recent.json"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RecentFolder:
    """A folder that was opened, and when last (ISO date)."""

    path: Path
    opened: str


def recent_folders() -> tuple[RecentFolder, ...]:
    """Return the folders that were opened lately, the last first; none where nothing is kept.

    A damaged file counts as none: it holds nothing that would be missed.
    """
    try:
        read = read_json(config_folder() / _NAME)
        entries = [RecentFolder(Path(x["path"]), str(x["opened"])) for x in read["folders"]]
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, KeyError, TypeError) as error:
        _log.info("the list of recent folders cannot be read: %s", type(error).__name__)
        return ()
    return tuple(entries[:MOST_RECENT])


def remember_folder(folder: Path) -> None:
    """Put a folder first among the recent ones. Where nothing can be written it is not kept."""
    path = folder.absolute()
    today = datetime.now(UTC).astimezone().date().isoformat()
    kept = [x for x in recent_folders() if x.path != path]
    _write([RecentFolder(path, today), *kept][:MOST_RECENT])


def forget_folder(folder: Path) -> None:
    """Take a folder from the recent ones."""
    kept = [x for x in recent_folders() if x.path != folder.absolute()]
    _write(kept)


def clear_recent() -> None:
    """Forget all folders; the file is removed."""
    with contextlib.suppress(OSError):
        (config_folder() / _NAME).unlink(missing_ok=True)


def _write(folders: Sequence[RecentFolder]) -> None:
    document = {"folders": [{"path": str(x.path), "opened": x.opened} for x in folders]}
    place = config_folder()
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Written aside and moved: a crash leaves the old file whole. mkstemp is for the owner only.
        handle, name = tempfile.mkstemp(prefix=".recent-", dir=place)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(document, file, indent=1)
        Path(name).replace(place / _NAME)
    except OSError as error:
        _log.info("the list of recent folders was not kept: %s", type(error).__name__)
