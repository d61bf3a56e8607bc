"""Working folders beside what is written: held while a process lives, swept once it is dead.

Nothing gets its name before it is whole. It is made in a hidden folder on the same disk and moved
from there. A folder is held by a lock of the system on it, which ends with the process: what a
killed one left behind is known by that, and taken away when something is next written there.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from app.core.kit.errors import ExportError

try:
    import fcntl
except ImportError:  # Windows: there age tells what is left behind
    fcntl = None  # type: ignore[assignment]

PREFIX = ".uptake-writing-"
#: Longest wait for another process that moves its files into the same folder: that takes no time.
LONGEST_WAIT_S = 30.0
#: Where folders cannot be held, one of this age has been left behind.
_OLD_S = 86400.0
#: Of threads, where the system has no locks on folders.
_THREADS = threading.RLock()


@contextlib.contextmanager
def working_folder(parent: Path, mend: Callable[[Path], None] = lambda _: None) -> Iterator[Path]:
    """Give a hidden folder in another one, empty; it is gone at the end.

    Parameters
    ----------
    parent
        Where it lies. What killed processes left there is taken away.
    mend
        What to do with a folder that was left behind before it goes.

    Raises
    ------
    OSError
        If none can be made there.
    """
    with alone_in(parent):
        sweep(parent, mend)
        place = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        held = _hold(place)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        if held is not None:
            os.close(held)


def sweep(parent: Path, mend: Callable[[Path], None] = lambda _: None) -> None:
    """Take away what killed processes left in a folder; `alone_in` it."""
    for left in sorted(parent.glob(f"{PREFIX}*")):
        if not _is_ours(left):
            continue
        held = _hold(left)
        if held is None and not _is_old(left):
            continue
        try:
            with contextlib.suppress(OSError):
                mend(left)
            shutil.rmtree(left, ignore_errors=True)
        finally:
            if held is not None:
                os.close(held)


@contextlib.contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Be the only process, and the only thread, that moves files in a folder.

    Raises
    ------
    ExportError
        If another one holds it for longer than `LONGEST_WAIT_S`.
    """
    end_s = time.monotonic() + LONGEST_WAIT_S
    with _THREADS:
        descriptor = _open(folder)
        try:
            while descriptor is not None and not _locked(descriptor):
                if time.monotonic() > end_s:
                    raise ExportError(
                        f"Another program is writing into {folder.name}.",
                        "Wait until it is done, or choose another folder.",
                    )
                time.sleep(0.02)
            yield
        finally:
            if descriptor is not None:
                os.close(descriptor)


def _hold(folder: Path) -> int | None:
    """Return a descriptor that holds a folder, or ``None`` where another process does."""
    descriptor = _open(folder)
    if descriptor is not None and not _locked(descriptor):
        os.close(descriptor)
        return None
    return descriptor


def _open(folder: Path) -> int | None:
    if fcntl is None:
        return None
    try:
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks: nobody can hold anything there
        return True
    return True


def _is_ours(folder: Path) -> bool:
    """Whether this person made a folder: what others put there is not looked at."""
    try:
        owner = folder.lstat().st_uid
    except OSError:
        return False
    return fcntl is None or owner == os.geteuid()


def _is_old(folder: Path) -> bool:
    if fcntl is not None:
        return False
    try:
        return time.time() - folder.stat().st_mtime > _OLD_S
    except OSError:
        return False


def flush(path: Path) -> None:
    """Wait until a file, or a folder with all that is in it, lies on the disk.

    Raises
    ------
    OSError
        If the disk is full or broken: some say so only now.
    """
    if path.is_symlink():
        return
    if path.is_dir():
        for inside in path.iterdir():
            flush(inside)
        flush_entries(path)
    elif path.is_file():
        with path.open("rb+") as file:
            os.fsync(file.fileno())


def flush_entries(folder: Path) -> None:
    """Wait until the names in a folder lie on the disk."""
    # Some systems cannot open folders, some file systems cannot flush them.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


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
