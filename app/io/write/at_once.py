"""Files that come all at once or not at all, and why they may not be written.

Everything is written to a temporary folder inside the target first and moved in at the end, so
that a full disk or a cancel leaves an earlier export whole.
"""

from __future__ import annotations

import contextlib
import errno
import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.core.kit.errors import ExportError

#: One export at a time moves in: of two into one folder the later one stays, whole.
_MOVING = threading.Lock()


@contextlib.contextmanager
def written_at_once(folder: Path, names: Sequence[str]) -> Iterator[Path]:
    """Give a temporary folder; on success its content replaces that of an earlier export.

    Parameters
    ----------
    folder
        Where the content goes; made if it is not there.
    names
        Files and folders that may be written; those not written this time are taken away.

    Raises
    ------
    ExportError
        If the folder cannot be written to, or the disk is full; it is then as it was.
    """
    new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix=".uptake-export-", dir=folder))
    except OSError as error:
        raise _unwritable(folder, error) from error
    done = False
    try:
        yield place
        with _MOVING:
            _move_in(place, folder, names)
        done = True
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        shutil.rmtree(place, ignore_errors=True)
        if new and not done:
            with contextlib.suppress(OSError):  # not empty: someone else's files, leave them
                folder.rmdir()


def _move_in(place: Path, folder: Path, names: Sequence[str]) -> None:
    """Swap the files of an export; put the old ones back if a move fails."""
    kept = place / "before"
    kept.mkdir()
    moved: list[str] = []
    try:
        for name in names:
            if (folder / name).exists():
                (folder / name).replace(kept / name)
            if (place / name).exists():
                (place / name).replace(folder / name)
            moved.append(name)
    except BaseException:  # an interrupt too: what was there is in the temporary folder
        for name in names:
            if name in moved and (folder / name).is_dir():
                shutil.rmtree(folder / name)
            elif name in moved:
                (folder / name).unlink(missing_ok=True)
            if (kept / name).exists():
                (kept / name).replace(folder / name)
        raise


def _unwritable(folder: Path, error: OSError) -> ExportError:
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return ExportError(f"{folder.name} is a file, not a folder.", "Choose another folder.")
    return disk_error(error, folder, "nothing of this export was kept", "The results")


def disk_error(error: OSError, folder: Path, lost: str, subject: str) -> ExportError:
    """Say why files could not be written, with what to do.

    Parameters
    ----------
    error
        What the system said.
    folder
        Where they were to go.
    lost
        What a full disk cost, as the end of a sentence.
    subject
        What could not be written, as the beginning of one in the plural or a name.
    """
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return ExportError(
            f"The disk is full; {lost}.",
            "Free some space or choose another folder, then export again.",
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return ExportError(
            f"The folder {folder.name} cannot be written to.",
            "Choose a folder that you may write to.",
        )
    return ExportError(
        f"{subject} could not be written: {error.strerror or 'unknown reason'}.",
        "Choose another folder or name, then export again.",
    )
