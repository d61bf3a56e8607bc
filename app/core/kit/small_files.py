"""Reading what a user keeps: settings, layouts, palettes, lists. It may be anything by now."""

from __future__ import annotations

import errno
import json
import os
import stat
from pathlib import Path
from typing import Any

#: Settings and the like have a few kilobytes.
MOST_BYTES = 1 << 20


def read_bytes(path: Path, most_bytes: int = MOST_BYTES) -> bytes:
    """Read a file that is one: a pipe would never end, and a device could be anything.

    Raises
    ------
    OSError
        If it is not there, may not be read, or is no ordinary file.
    ValueError
        If it is larger than ``most_bytes``.
    """
    # Without waiting: opening a pipe to which nobody writes would.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "not an ordinary file", path.name)
        data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise ValueError("the file is larger than what it should hold")
    return data


def read_text(path: Path, most_bytes: int = MOST_BYTES) -> str:
    """Read a text in UTF-8; raises as `read_bytes`, and ``ValueError`` for other bytes."""
    return read_bytes(path, most_bytes).decode("utf-8")


def read_json(path: Path, most_bytes: int = MOST_BYTES) -> Any:
    """Read a JSON document; raises as `read_text`, and ``ValueError`` for what is no JSON."""
    try:
        return json.loads(read_text(path, most_bytes))
    except RecursionError as error:
        raise ValueError("the document is nested too deep") from error
