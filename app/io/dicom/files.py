"""Which files lie below some paths: folders, links, DICOMDIR; what cannot be entered is said."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.core.kit.errors import InputError
from app.core.kit.jobs import JobContext
from app.core.study.study import RefusedFile
from app.io.dicom.file import FileError, read_file
from app.io.dicom.header import DAMAGED, Header, text

_DICOMDIR = "1.2.840.10008.1.3.10"
_NO_FILE = "it is not a regular file"
#: First bytes of archives, and where they lie.
_ARCHIVES = (
    (b"PK\x03\x04", 0, "zip"), (b"PK\x05\x06", 0, "zip"), (b"\x1f\x8b", 0, "gzip"),
    (b"7z\xbc\xaf\x27\x1c", 0, "7z"), (b"Rar!\x1a\x07", 0, "rar"), (b"BZh", 0, "bzip2"),
    (b"\xfd7zXZ", 0, "xz"), (b"ustar", 257, "tar"),
)  # fmt: skip


@dataclass
class FoundFiles:
    """Files below some paths, in a stable order, and what is left out with its reason."""

    files: list[Path] = field(default_factory=list)
    refused: list[RefusedFile] = field(default_factory=list)

    def refuse(self, path: str | Path, error: OSError | str) -> None:
        """Leave a file or folder out."""
        reason = error if isinstance(error, str) else unreadable(error)
        self.refused.append(RefusedFile(Path(path), reason))


def unreadable(error: OSError) -> str:
    """Say that the system does not let a file be read."""
    return f"it cannot be read: {error.strerror or type(error).__name__}"


def find_files(paths: Sequence[Path], context: JobContext) -> FoundFiles:
    """Return every file below the paths: folders searched deep, links followed once.

    Hidden files and folders are passed over, unless they are named themselves. A DICOMDIR that is
    named itself stands for the files that it names and that lie below it.

    Raises
    ------
    InputError
        If a path does not exist.
    JobCancelled
        If the context's token is set.
    """
    found = FoundFiles()
    names: dict[str, None] = {}
    for path in paths:
        try:
            mode = path.stat().st_mode
        except FileNotFoundError:
            raise InputError(
                f"There is no file or folder {path}.", "Check the path and open it again."
            ) from None
        except OSError as error:
            found.refuse(path, error)
            continue
        if stat.S_ISDIR(mode):
            names.update(dict.fromkeys(_below(path, found, context)))
        elif stat.S_ISREG(mode):
            names.update(dict.fromkeys(map(str, [path, *_named_by(path)])))
        else:
            found.refuse(path, _NO_FILE)
    # By text: a Path for each name costs more than reading its header.
    shown = [n for n in names if not n.rpartition(os.sep)[2].startswith(".")]
    found.files = [Path(n) for n in shown]
    return found


def _below(root: Path, found: FoundFiles, context: JobContext) -> Iterator[str]:
    """Walk a folder; every folder is entered once, by whatever links it is reached."""
    entered = {_identity(root.stat())}
    waiting, links, files = [str(root)], list[str](), list[str]()
    while waiting:
        context.check()
        folder = waiting.pop()
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda e: e.name)
        except OSError as error:
            found.refuse(folder, error)
            continue
        inner = []
        for entry in entries:
            try:
                linked = entry.is_symlink()
                if entry.is_dir():
                    if linked and _holds(entry.path, folder):
                        found.refuse(entry.path, "it is a link to a folder that holds it")
                    elif not entry.name.startswith(".") and _new(entry, entered):
                        inner.append(entry.path)
                elif linked:
                    # A link that leads nowhere, or round in a circle, has no status.
                    Path(entry.path).stat()
                    links.append(entry.path)
                else:
                    files.append(entry.path)
            except FileNotFoundError:
                found.refuse(entry.path, "it is a link to a file that is not there")
            except OSError as error:
                found.refuse(entry.path, error)
        waiting.extend(reversed(inner))
    yield from files
    yield from _linked(links, files)


def _linked(links: Sequence[str], files: Sequence[str]) -> Iterator[str]:
    """Return links to files that are not among those found, each file once."""
    known = {_identity(Path(name).stat()) for name in files if links and Path(name).exists()}
    for name in links:
        this = _identity(Path(name).stat())
        if this not in known:
            known.add(this)
            yield name


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _new(entry: os.DirEntry[str], entered: set[tuple[int, int]]) -> bool:
    # Where the system numbers no files (0), a folder is known by its path alone.
    this = _identity(Path(entry.path).stat())
    if this in entered and this[1]:
        return False
    entered.add(this)
    return True


def _holds(link: str, folder: str) -> bool:
    """Whether a link leads to a folder above itself."""
    above, here = os.path.realpath(link), os.path.realpath(folder)
    return os.path.commonpath([above, here]) == above


def is_dicomdir(header: Header) -> bool:
    """Whether a header is that of a DICOMDIR."""
    return _DICOMDIR in (text(header, 0x00080016), text(header, 0x00020002))


def _named_by(path: Path) -> list[Path]:
    """Return the files that a DICOMDIR names; none where the file is no DICOMDIR."""
    try:
        there, _ = dicomdir_files(path) if path.name.upper().startswith("DICOMDIR") else ([], 0)
    except FileError:
        return []
    return there


def dicomdir_files(path: Path) -> tuple[list[Path], int]:
    """Return the files that a DICOMDIR names and that lie below its folder, and how many do not.

    Raises
    ------
    FileError
        If the DICOMDIR is damaged.
    """
    try:
        records = read_file(path, ["DirectoryRecordSequence"]).get("DirectoryRecordSequence") or []
        named = [text(record, 0x00041500) for record in records]
    except DAMAGED as error:
        raise FileError("it is a DICOMDIR that is damaged") from error
    listings: dict[Path, dict[str, str]] = {}
    there = [_file_below(path.parent, name.split("\\"), listings) for name in named if name]
    return [x for x in there if x is not None], sum(x is None for x in there)


def _file_below(
    folder: Path, parts: Sequence[str], listings: dict[Path, dict[str, str]]
) -> Path | None:
    """Follow a File ID below a folder, whatever case the names have; never out of it."""
    for part in parts:
        if folder not in listings:
            try:
                listings[folder] = {_plain(x.name): x.name for x in folder.iterdir()}
            except OSError:
                listings[folder] = {}
        name = listings[folder].get(_plain(part))
        if name is None:
            return None
        folder = folder / name
    return folder if folder.is_file() else None


def _plain(name: str) -> str:
    """Return a file's name without what discs write differently: case, and a version."""
    return name.strip().split(";")[0].rstrip(".").casefold()


def no_dicom(head: bytes) -> str:
    """Say what a file is that is no DICOM, as far as its first bytes tell."""
    for mark, at, kind in _ARCHIVES:
        if head[at : at + len(mark)] == mark:
            return f"it is a {kind} archive: unpack it, and open the folder that it makes"
    return "it is not a DICOM file"
