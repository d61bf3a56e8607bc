"""The one way results become files: all of an export at once, or none of it.

A kind of result is a `Part`, a small class in a file of its own, that names its files and writes
them through `Writing`. A file that cannot be made of a study (a DICOM object without DICOM images)
costs only itself: the reason becomes a note, which the part states in its document.
"""

from __future__ import annotations

import logging
import shutil
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy.typing as npt

from app.core.kit.errors import GridError, QuantityError
from app.core.kit.jobs import JobContext
from app.core.kit.text import json_text
from app.core.space.grid import ImageGrid
from app.core.study.study import Study
from app.io.write.at_once import written_at_once
from app.io.write.dicom.sources import ODD, SkippedError, Sources
from app.io.write.names import yielding
from app.io.write.nifti import write_nifti

_log = logging.getLogger(__name__)


class Part(Protocol):
    """One kind of result that can be written."""

    @property
    def names(self) -> Sequence[str]:
        """Files and folders that it may write; those not written this time are taken away."""

    def write(self, out: Writing) -> None:
        """Write its files, documents last.

        Raises
        ------
        ExportError
            If nothing right can be written.
        """


@dataclass(eq=False)
class Writing:
    """One part of an export while it is written.

    Parameters
    ----------
    study
        The study that the results belong to.
    sources
        Headers of its DICOM series, read once for the whole export.
    place
        Temporary folder; what is in it moves to the target at the end.
    steps
        About how many files there will be, for the progress.
    context
        Progress and cancel of this part.

    Attributes
    ----------
    files
        What was written so far, with ``/`` between folder and file.
    notes
        Sentences on what could not be made.
    """

    study: Study
    sources: Sources
    place: Path
    steps: int
    context: JobContext
    files: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _done: int = 0

    def beforehand(self, share: float) -> JobContext:
        """Give a share of the progress (0 to 1) to work that comes before the first file."""
        first, self.context = self.context.part(0.0, share), self.context.part(share, 1.0)
        return first

    def file(self, name: str, write: Callable[[Path, JobContext], None], *, lost: str = "") -> None:
        """Write one file, or one folder of files.

        Parameters
        ----------
        name
            Of the file or folder.
        write
            Gets the path and the progress of this step.
        lost
            What follows where it cannot be made: the end of the sentence that the reason begins.

        Raises
        ------
        OSError
            If the disk is full or refuses: then nothing of the export is kept. Whatever else is
            wrong with this file costs this file alone, and becomes a note.
        """
        begin, end = (min(n / self.steps, 1.0) for n in (self._done, self._done + 1))
        self._done += 1
        step, path = self.context.part(begin, end), self.place / name
        step.progress(0.0, f"Writing {name}")
        try:
            with warnings.catch_warnings():
                # Libraries quote the values that they warn of.
                warnings.simplefilter("ignore")
                write(path, step)
        except SkippedError as reason:
            _log.info("%s was not made", name)
            self._left_out(path, f"{reason}, so {lost}." if lost else f"{reason}.")
            return
        except (GridError, QuantityError) as error:
            self._left_out(path, error.sentence)
            return
        except (OSError, *ODD) as error:
            # pydicom calls a value that it cannot write an OSError too, but one without a number.
            if isinstance(error, OSError) and error.errno is not None:
                raise
            # The message may quote a header.
            _log.warning("%s could not be made: %s", name, type(error).__name__)
            self._left_out(path, f"{name} could not be made ({type(error).__name__}).")
            return
        inside = sorted(x for x in path.rglob("*") if x.is_file()) if path.is_dir() else [path]
        self.files += [x.relative_to(self.place).as_posix() for x in inside]

    def _left_out(self, path: Path, note: str) -> None:
        self.notes.append(note)
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)

    def nifti(self, name: str, array: npt.NDArray[Any], grid: ImageGrid, text: str) -> None:
        """Write an array ``[k, j, i]`` as NIfTI; ``text`` is its description."""
        self.file(name, lambda path, _: write_nifti(path, array, grid, text))

    def text(self, name: str, text: str) -> None:
        """Write a text in UTF-8, line ends as they are."""
        self.file(name, lambda path, _: _write_text(path, text))

    def json(self, name: str, document: Mapping[str, Any]) -> None:
        """Write a document."""
        self.text(name, json_text(document) + "\n")


def export(
    study: Study, parts: Sequence[Part], folder: Path, context: JobContext | None = None
) -> tuple[Path, ...]:
    """Write some results of a study into a folder.

    Parameters
    ----------
    study
        The study that they belong to.
    parts
        What to write. Each shares the progress alike.
    folder
        Made if it is not there. Files of an earlier export of these parts are replaced or taken
        away (`app.io.write.names.already_there` tells which), others stay.
    context
        Progress and cancel.

    Returns
    -------
    tuple of Path
        The files written, by part and in the order of its names.

    Raises
    ------
    ExportError
        If a part refuses, the folder cannot be written to, or the disk is full; the folder is then
        as it was.
    JobCancelled
        If the context was cancelled; the folder is then as it was.
    ValueError
        If two parts would write one file.
    """
    context = context or JobContext()
    names = [name for part in parts for name in part.names]
    if len(set(names)) < len(names):
        raise ValueError("Two parts of an export would write the same file.")
    sources, files = Sources(study), list[str]()
    with written_at_once(folder, names, yielding) as place:
        for n, part in enumerate(parts):
            share = context.part(n / len(parts), (n + 1) / len(parts))
            out = Writing(study, sources, place, len(part.names), share)
            part.write(out)
            files += sorted(out.files, key=lambda x: part.names.index(x.split("/")[0]))
        context.progress(1.0, "Written")
    return tuple(folder / name for name in files if name not in yielding(folder, names))


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="")
