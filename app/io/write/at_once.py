"""Exports that come all at once or not at all, even if the process is killed.

The files are written into a folder beside the target. Where the system can, that folder then
changes places with the target in one step (Linux), so that at every moment the target holds all of
the old export or all of the new one; files of other people are links in both. Elsewhere, and in a
folder that has to stay the same one (a mounted disk, the folder one stands in, one with very many
files in it), the files are moved one by one, after a list of them: what a killed process left half
done is finished by the next export.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from app.core.kit.errors import ExportError
from app.io.write.staging import (
    alone_in,
    disk_error,
    flush,
    flush_entries,
    sweep,
    working_folder,
)

#: Name of the folder of new files inside the working folder, and of what is to be done with them.
_NEW, _PLAN, _BEFORE = "new", "plan.json", "before"
#: More files of other people than that are left where they are.
MOST_LINKS = 2000
_EXCHANGE, _HERE = 2, -100


class _OneByOneError(Exception):
    """The target cannot change places with a new folder."""


@contextlib.contextmanager
def written_at_once(
    folder: Path,
    names: Sequence[str],
    yielding: Callable[[Path, Sequence[str]], Sequence[str]] = lambda _folder, _names: (),
) -> Iterator[Path]:
    """Give a temporary folder; on success its content replaces that of an earlier export.

    Parameters
    ----------
    folder
        Where the content goes; made if it is not there.
    names
        Files and folders that may be written; those not written this time are taken away.
    yielding
        Which of the names are another export's in the target, and stay as they are there. Asked at
        the end, when no other process can change it.

    Raises
    ------
    ExportError
        If the folder cannot be written to, or the disk is full; it is then as it was.
    """
    target = folder.resolve()
    made: list[Path] = []
    done = False
    try:
        made = _make_parents(target)
        whole = not _has_to_stay(target)
        with _beside(target) if whole else _inside(target) as place:
            new = place / _NEW
            new.mkdir()
            yield new
            flush(new)
            whole = whole and place.parent == target.parent
            with alone_in(target.parent):
                if target.is_dir():
                    sweep(target, _finish)
                left = yielding(target, names)
                for name in left:
                    (new / name).unlink(missing_ok=True)
                _take_in(place, target, [x for x in names if x not in left], whole=whole)
            done = True
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        if not done:
            for parent in made:  # not empty: someone else's files, leave them
                with contextlib.suppress(OSError):
                    parent.rmdir()


def _make_parents(target: Path) -> list[Path]:
    """Make the folders above the target; return those that were made, the deepest first."""
    if target.exists() and not target.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    made = []
    for parent in target.parents:
        if parent.exists():
            break
        made.append(parent)
    target.parent.mkdir(parents=True, exist_ok=True)
    return made


def _has_to_stay(target: Path) -> bool:
    """Whether a folder may not become another one: a mounted disk, the folder one stands in."""
    if not target.exists():
        return False
    with contextlib.suppress(OSError):
        if target.is_relative_to(Path.cwd()) and target == Path.cwd():
            return True
    return target.is_mount()


@contextlib.contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """Give a working folder beside the target, or inside where only that may be written to."""
    with contextlib.ExitStack() as stack:
        try:
            place = stack.enter_context(working_folder(target.parent, _finish))
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS) or not target.is_dir():
                raise
            place = stack.enter_context(_inside(target))
        yield place


@contextlib.contextmanager
def _inside(target: Path) -> Iterator[Path]:
    with working_folder(target, _finish) as place:
        yield place


def _take_in(place: Path, target: Path, names: Sequence[str], *, whole: bool) -> None:
    """Bring the new files to the target; `alone_in` the folder around it."""
    if whole:
        with contextlib.suppress(_OneByOneError):
            _change_places(place, target, names)
            return
    target.mkdir(exist_ok=True)
    _one_by_one(place, target, names)


def _change_places(place: Path, target: Path, names: Sequence[str]) -> None:
    """Put the folder of new files in the target's place, with everybody else's files in it."""
    new = place / _NEW
    if not target.exists():
        new.rename(target)
        flush_entries(target.parent)
        return
    _link_others(target, new, names)
    # Written before: tells a folder that waits to be exchanged from one that was.
    _plan(place, target=_from(place, target), names=names, number=new.stat().st_ino)
    flush_entries(new)
    _exchange(new, target)
    flush_entries(target.parent)
    _give_back(new, target, names)


def _link_others(target: Path, new: Path, names: Sequence[str]) -> None:
    """Link what is not of this export into the new folder, which becomes as the old one is."""
    left = [MOST_LINKS]

    def link(source: Path, place: Path) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise _OneByOneError
        if source.is_dir() and not source.is_symlink():
            place.mkdir()
            for inside in source.iterdir():
                link(inside, place / inside.name)
            shutil.copystat(source, place)
        else:
            os.link(source, place, follow_symlinks=False)

    try:
        with contextlib.suppress(OSError):
            os.chown(new, target.stat().st_uid, target.stat().st_gid)
        if _owner(target) != _owner(new):
            raise _OneByOneError
        for entry in target.iterdir():
            if entry.name not in names:
                link(entry, new / entry.name)
        shutil.copystat(target, new)
    except (OSError, _OneByOneError) as error:
        # Without links (FAT, a network), or with folders that may not be read.
        for entry in new.iterdir():
            if entry.name not in names:
                shutil.rmtree(entry) if _is_folder(entry) else entry.unlink()
        raise _OneByOneError from error


def _exchange(one: Path, other: Path) -> None:
    """Let two folders change places, in one step.

    Raises
    ------
    _OneByOneError
        If the system, or this file system, has no such step.
    """
    if not sys.platform.startswith("linux"):
        raise _OneByOneError
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError) as error:
        raise _OneByOneError from error
    if renameat2(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE):
        code = ctypes.get_errno()
        raise _OneByOneError(os.strerror(code))


def _give_back(old: Path, target: Path, names: Sequence[str]) -> None:
    """Move what others put into the old folder since it was linked; it would go with it."""
    for entry in sorted(old.rglob("*")):
        inside = entry.relative_to(old)
        place = target / inside
        if inside.parts[0] in names or _is_folder(entry) or os.path.lexists(place):
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        entry.replace(place)


def _one_by_one(place: Path, target: Path, names: Sequence[str]) -> None:
    """Swap the files of an export; put the old ones back if a move fails."""
    new, before = place / _NEW, place / _BEFORE
    before.mkdir()
    taken = [x for x in names if (new / x).exists()]
    # From here on a killed export is finished by the next one.
    _plan(place, target=_from(place, target), names=names, taken=taken)
    moved: list[str] = []
    try:
        for name in names:
            if (target / name).exists():
                (target / name).replace(before / name)
            if (new / name).exists():
                (new / name).replace(target / name)
            moved.append(name)
    except BaseException:  # an interrupt too: what was there is in the temporary folder
        (place / _PLAN).unlink(missing_ok=True)
        for name in names:
            if name in moved and _is_folder(target / name):
                shutil.rmtree(target / name)
            elif name in moved:
                (target / name).unlink(missing_ok=True)
            if (before / name).exists():
                (before / name).replace(target / name)
        raise
    flush_entries(target)


def _from(place: Path, target: Path) -> str:
    """Name of the target from the folder in which a working folder lies."""
    return "." if place.parent == target else target.name


def _plan(place: Path, **facts: object) -> None:
    """Write down what is about to happen, whole or not at all."""
    part = place / f"{_PLAN}.part"
    part.write_text(json.dumps(facts), encoding="utf-8")
    flush(part)
    part.replace(place / _PLAN)
    flush_entries(place)


def _finish(place: Path) -> None:
    """Finish what a killed export left in a working folder, before that goes.

    Raises
    ------
    OSError
        If a file cannot be moved.
    """
    try:
        plan = json.loads((place / _PLAN).read_text(encoding="utf-8"))
        names, target = [_plain(x) for x in plan["names"]], place.parent
        if plan["target"] != ".":
            target /= _plain(plan["target"])
        taken, number = plan.get("taken"), plan.get("number")
    except (OSError, ValueError, KeyError, TypeError):
        return
    new = place / _NEW
    if not target.is_dir() or not new.is_dir():
        return
    if taken is None:
        if new.stat().st_ino != number:  # it had changed places: this is the old folder
            _give_back(new, target, names)
        return
    for name in names:
        if name in taken and not (new / name).exists():
            continue  # it was moved before the end
        if (target / name).exists():
            _remove(target / name)
        if name in taken:
            (new / name).replace(target / name)


def _plain(name: object) -> str:
    """Return what is the name of a file, and no way to elsewhere.

    Raises
    ------
    ValueError
        If it is none.
    """
    if not isinstance(name, str) or Path(name).name != name or name in ("", ".", ".."):
        raise ValueError("not the name of a file")
    return name


def _remove(path: Path) -> None:
    shutil.rmtree(path) if _is_folder(path) else path.unlink()


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _owner(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_uid, found.st_gid, found.st_dev


def _unwritable(folder: Path, error: OSError) -> ExportError:
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return ExportError(f"{folder.name} is a file, not a folder.", "Choose another folder.")
    return disk_error(error, folder, "nothing of this export was kept", "The results")
