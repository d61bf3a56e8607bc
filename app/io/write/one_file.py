"""One file that is whole or not there: written beside its place and moved onto it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from app.core.kit.errors import ExportError
from app.io.write.staging import disk_error, flush, flush_entries, working_folder


def write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Let a file be written beside its place, and move it there once it lies on the disk.

    Parameters
    ----------
    path
        Its place. A link is followed; an earlier file keeps its rights.
    write
        Writes the file at the path that it gets, whose name is that of the place.

    Raises
    ------
    ExportError
        If it cannot be written, or the disk is full; an earlier file is then as it was.
    """
    target = path.resolve() if path.is_symlink() else path
    if target.exists() and not target.is_file():
        raise ExportError(f"{path.name} is there and is no file.", "Choose another name.")
    try:
        with working_folder(target.parent) as place:
            made = place / target.name
            write(made)
            flush(made)
            if target.exists():
                shutil.copymode(target, made)
            made.replace(target)
            flush_entries(target.parent)
    except OSError as error:
        raise disk_error(error, path.parent, f"{path.name} was not written", path.name) from error
