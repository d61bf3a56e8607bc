"""What is remembered of runners between starts: choices and compiled networks.

Files lie in the user's cache folder. Everything in it can be lost: a file that is missing, cut off
or changed counts as not there, and where nothing can be written nothing is remembered. The files
that were not used for longest go once all take more than `MOST_BYTES`.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import json
import logging
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import app
from app.config import cache_folder
from app.core.kit.small_files import read_bytes

if TYPE_CHECKING:
    from torch import nn

    from inference.engine.runner import Plan

MOST_BYTES = 512 * 2**20
_DIGEST = hashlib.sha256().digest_size

log = logging.getLogger(__name__)


def key_of(network: nn.Module, plan: Plan, *more: str) -> str:
    """Name what is remembered of a network: other weights, code, versions or patches, another key.

    Parameters
    ----------
    more
        Versions of libraries, and whatever else an entry hangs on.
    """
    known = [
        app.__version__, plan.weights_sha256, plan.network, plan.shapes, plan.mixed, repr(network),
        [_source(name) for name in sorted({type(m).__module__ for m in network.modules()})], more,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(known).encode()).hexdigest()[:40]


def _source(module: str) -> str:
    """Hash of the code of one of the program's modules, which may change between versions."""
    if not module.startswith("inference."):
        return module
    try:
        return hashlib.sha256(inspect.getsource(sys.modules[module]).encode()).hexdigest()
    except OSError:  # an installation without sources: its version says it
        return module


def read(name: str) -> bytes | None:
    """Return what was written under a name, or ``None`` if it is not there as it was written."""
    path = _folder() / name
    try:
        data = read_bytes(path, MOST_BYTES)
    except (OSError, ValueError):
        return None
    with contextlib.suppress(OSError):  # a folder that can only be read
        os.utime(path)
    digest, data = data[:_DIGEST], data[_DIGEST:]
    if hashlib.sha256(data).digest() != digest:
        log.warning("The remembered %s is damaged and is made anew", name)
        return None
    return data


def write(name: str, data: bytes) -> None:
    """Remember something under a name; a second process never sees half of it."""
    folder = _folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, made = tempfile.mkstemp(dir=folder, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(data).digest())
                file.write(data)
            Path(made).replace(folder / name)
        except OSError:
            Path(made).unlink(missing_ok=True)
            raise
        _prune(folder)
    except OSError as error:
        log.info("Nothing is remembered of runners: %s", error.strerror)


def read_table(name: str) -> dict[str, Any]:
    """Return a table that was written under a name; empty if there is none."""
    data = read(name)
    if data is None:
        return {}
    try:
        table = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return table if isinstance(table, dict) else {}


def write_table(name: str, table: dict[str, Any]) -> None:
    """Remember a table of JSON's kinds under a name."""
    write(name, json.dumps(table, indent=1).encode())


def _folder() -> Path:
    return cache_folder() / "runners"


def _prune(folder: Path) -> None:
    """Drop what was not used for longest until the rest fits."""
    found = [(x.stat(), x) for x in folder.iterdir() if x.is_file()]
    total = sum(stat.st_size for stat, _ in found)
    for stat, path in sorted(found, key=lambda one: one[0].st_mtime_ns):
        if total <= MOST_BYTES:
            return
        path.unlink(missing_ok=True)
        total -= stat.st_size
