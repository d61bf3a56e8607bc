"""NIfTI at the boundary: RAS to LPS, [x, y, z] to [k, j, i]. Nowhere else is RAS known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import error as ZlibError  # noqa: N812 - it is a class, named like a module

import numpy as np
import numpy.typing as npt
from nibabel.filebasedimages import ImageFileError
from nibabel.spatialimages import HeaderDataError, ImageDataError

from app.core.kit.errors import GridError, InputError
from app.core.kit.jobs import JobContext
from app.core.space.grid import ImageGrid
from app.io.nifti.contents import read_contents
from app.io.pixels.padding import AIR_HU, Mask, padding_note

_RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
_UNIT_MM = {"meter": 1000.0, "mm": 1.0, "micron": 0.001, "unknown": 1.0}
_UNREADABLE = (
    ImageFileError, HeaderDataError, ImageDataError, OSError, EOFError, ValueError, ZlibError,
    MemoryError, OverflowError,
)  # fmt: skip


@dataclass(frozen=True)
class NiftiImage:
    """An image as read: ``array`` is ``[k, j, i]`` in the file's scaled values.

    ``unmeasured`` is True where it holds no measurement, ``None`` where it holds some everywhere.
    """

    grid: ImageGrid
    array: npt.NDArray[Any]
    notes: tuple[str, ...] = ()
    unmeasured: Mask | None = None


def is_nifti(path: Path) -> bool:
    """Whether a path is named like NIfTI."""
    return path.name.lower().endswith((".nii", ".nii.gz"))


def read_nifti(
    path: Path, context: JobContext | None = None, *, nothing: float | None = None
) -> NiftiImage:
    """Read a NIfTI file onto an `ImageGrid` in LPS mm without frame of reference.

    Whole numbers without scaling keep their type; scaled values become float32. Of an image, NaN
    and infinities (usual outside of a body) hold no measurement, by the rule of
    `app.io.pixels.read.read_series`, and are said in a note; those of a mask stay.

    Parameters
    ----------
    path
        A file.
    context
        Cancel.
    nothing
        What stands where an image holds no measurement; ``None`` for a mask.

    Raises
    ------
    InputError
        If the file is missing, damaged, longer or shorter than its header says, too large for
        the memory, not three-dimensional, or states no usable space.
    JobCancelled
        If the context's token is set.
    """
    context = context or JobContext()
    if not path.is_file():
        raise InputError(f"There is no file {path.name}.", "Check the path.")
    try:
        contents = read_contents(path, context, is_mask=nothing is None)
        values = contents.values
        affine = np.array(contents.header.get_best_affine(), dtype=np.float64)
        unit = contents.header.get_xyzt_units()[0]
        codes = int(contents.header["qform_code"]), int(contents.header["sform_code"])
    except _UNREADABLE as error:
        raise InputError(
            f"{path.name} cannot be read as NIfTI; it may be damaged or cut off.",
            "Copy the file again from its source.",
        ) from error
    except (KeyError, AttributeError) as error:
        raise InputError(f"{path.name} is not a NIfTI image.") from error
    while values.ndim > 3 and values.shape[-1] == 1:
        values = values[..., 0]
    if values.ndim != 3 or values.dtype.fields is not None or np.iscomplexobj(values):
        raise InputError(
            f"{path.name} has shape {values.shape}; one three-dimensional image is needed.",
            "Export one time frame or channel as its own file.",
        )
    notes: list[str] = []
    if codes == (0, 0):
        notes.append(f"{path.name} states no patient space (qform and sform are 0).")
    affine[:3] *= _UNIT_MM.get(unit, 1.0)
    # Columns of a NIfTI affine are x, y, z; an ImageGrid's are k, j, i.
    lps = (_RAS_TO_LPS @ affine)[:, [2, 1, 0, 3]]
    array = np.ascontiguousarray(values.T)
    if array.dtype.kind == "f" and array.dtype != np.float32:
        with np.errstate(over="ignore", invalid="ignore"):
            array = array.astype(np.float32)
    elif array.dtype.byteorder not in ("=", "|"):
        array = array.astype(array.dtype.newbyteorder("="))
    try:
        shape = (array.shape[0], array.shape[1], array.shape[2])
        grid = ImageGrid(shape, lps)
    except GridError as error:
        raise InputError(f"{path.name}: {error.sentence}") from error
    if nothing is None:
        return NiftiImage(grid, array, tuple(notes))
    array, unmeasured = _blanked(array, nothing)
    if unmeasured is not None:
        notes.append(padding_note(int(unmeasured.sum()), is_hu=nothing == AIR_HU))
    return NiftiImage(grid, array, tuple(notes), unmeasured)


def _blanked(array: npt.NDArray[Any], nothing: float) -> tuple[npt.NDArray[Any], Mask | None]:
    """Put what stands for nothing where values are no numbers, and return where that was."""
    if array.dtype.kind != "f":
        return array, None
    unmeasured = ~np.isfinite(array)
    if not unmeasured.any():
        return array, None
    array = np.where(unmeasured, array.dtype.type(nothing), array)
    return array, unmeasured
