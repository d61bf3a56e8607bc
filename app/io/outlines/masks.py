"""Outlines from files (NIfTI labelmap, DICOM SEG, RTSTRUCT) onto the PET's native grid."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import numpy.typing as npt
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from app.core.kit.errors import InputError
from app.core.lesions.labelmap import Labelmap
from app.core.lesions.lesion import Lesion, LesionStatus, new_lesion_id
from app.core.lesions.segmentation import Segmentation
from app.core.space.grid import ImageGrid
from app.core.space.volume import Volume
from app.io.dicom.header import DAMAGED
from app.io.nifti.image import is_nifti, read_nifti
from app.io.outlines.rtstruct import nearest, read_contours
from app.io.outlines.seg import read_segments


@dataclass(frozen=True)
class Outlines:
    """Outlines on the PET's grid with what had to be said about reading them."""

    segmentation: Segmentation
    notes: tuple[str, ...]


def read_mask(path: Path, pet: Volume) -> Segmentation:
    """Read outlines onto the PET's native grid; see `read_outlines`.

    The segmentation's ``source`` names the file and what was done to it (resampling, overlap).
    """
    return read_outlines(path, pet).segmentation


def read_outlines(path: Path, pet: Volume) -> Outlines:
    """Read a NIfTI labelmap, a DICOM SEG or an RTSTRUCT onto the PET's native grid.

    A mask on another grid is resampled to the nearest voxel; contours take the voxels whose
    centres they enclose (even-odd, so that inner contours are holes).

    Raises
    ------
    InputError
        If the file is missing, damaged, of another kind, empty, in another frame of reference,
        or does not overlap the PET.
    """
    if not path.is_file():
        raise InputError(f"There is no mask file {path}.", "Check the path.")
    if is_nifti(path):
        labels, names, notes = _from_nifti(path, pet)
    else:
        labels, names, notes = _guarded(path, pet)
    present = np.unique(labels[labels > 0])
    if not present.size:
        raise InputError(
            f"No outline in {path.name} covers a voxel of the PET.",
            "Check that the outlines were drawn on this patient and this study.",
        )
    lost = [names.get(label, str(label)) for label in names if label not in present]
    if lost:
        notes.append(f"These outlines cover no voxel of the PET: {', '.join(lost[:10])}.")
    source = "; ".join([path.name, *(n.rstrip(".") for n in notes)])
    lesions = tuple(
        Lesion(
            id=new_lesion_id(),
            label=int(label),
            name=names.get(int(label)) or f"L{label}",
            status=LesionStatus.ACCEPTED,
            source=path.name,
        )
        for label in present
    )
    segmentation = Segmentation(
        uuid4().hex[:12], pet.grid, Labelmap.from_array(labels), lesions, source=source
    )
    return Outlines(segmentation, tuple(notes))


Found = tuple[npt.NDArray[np.uint16], dict[int, str], list[str]]


def _from_nifti(path: Path, pet: Volume) -> Found:
    image = read_nifti(path)
    notes = list(image.notes)
    values: npt.NDArray[Any] = image.array
    if values.dtype.kind == "f":
        if not np.isfinite(values).all():
            raise InputError(f"{path.name} holds values that are not numbers.")
        if not np.array_equal(values, np.rint(values)):
            if values.min() < 0 or values.max() > 1:
                raise InputError(
                    f"{path.name} holds fractions; a labelmap of whole numbers is needed.",
                    "Give the mask, not the image.",
                )
            notes.append("The mask holds fractions; voxels of at least 0.5 are taken.")
            values = values >= 0.5
        values = np.rint(values) if values.dtype.kind == "f" else values
    if not values.any():
        raise InputError(
            f"The mask {path.name} is empty.", "Give a mask with at least one outlined voxel."
        )
    if values.min() < 0 or values.max() > 65535:
        raise InputError(f"{path.name} holds labels outside 0 to 65535.")
    grid = ImageGrid(image.grid.shape_kji, image.grid.affine_lps_mm, None)
    labels = onto_pet(values.astype(np.uint16), grid, pet, notes, path.name)
    names = {int(n): f"L{n}" for n in np.unique(values[values > 0])}
    return labels, names, notes


def onto_pet(
    labels: npt.NDArray[np.uint16], grid: ImageGrid, pet: Volume, notes: list[str], name: str
) -> npt.NDArray[np.uint16]:
    """Bring labels onto the PET's grid (nearest voxel) and note it where the grids differ.

    Raises
    ------
    InputError
        If the two do not overlap.
    """
    if grid.same_grid(pet.grid, tolerance_mm=0.01):
        return labels
    if not grid.overlaps(pet.grid):
        raise InputError(
            f"The outlines in {name} lie outside the PET.",
            "Check that they were drawn on this study.",
        )
    moved = nearest(labels, grid, pet.grid)
    if _apart_mm(grid, pet.grid) > 0.1:
        notes.append("Resampled to the nearest voxel of the PET from another grid.")
    return moved.astype(np.uint16)


def _apart_mm(a: ImageGrid, b: ImageGrid) -> float:
    """Largest distance of a's voxel centres (at its corners) from the lattice of b, in mm."""
    steps = [[0.0, n - 1.0] for n in a.shape_kji]
    corners = np.array(np.meshgrid(*steps, indexing="ij")).reshape(3, -1).T
    index = b.indices_kji(a.points_lps_mm(corners))
    off = (index - np.rint(index)) * np.array(b.spacing_kji_mm)
    return float(np.abs(off).max())


def _guarded(path: Path, pet: Volume) -> Found:
    """Read a DICOM mask; whatever pydicom finds wrong with it becomes one sentence."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _from_dicom(path, pet)
    except DAMAGED as error:
        raise InputError(
            f"{path.name} cannot be read; it may be damaged or cut off.", "Copy it again."
        ) from error


def _from_dicom(path: Path, pet: Volume) -> Found:
    dataset = _read_dicom(path)
    modality = str(dataset.get("Modality", ""))
    notes: list[str] = []
    if modality == "SEG":
        _check_frame([str(dataset.get("FrameOfReferenceUID", "") or "")], pet, path.name, notes)
        segments = read_segments(dataset, path.name)
        notes.extend(segments.notes)
        if segments.overlapping:
            notes.append(overlap_sentence(segments.overlapping))
        labels = onto_pet(segments.labels, segments.grid, pet, notes, path.name)
        return labels, dict(segments.names), notes
    if modality == "RTSTRUCT":
        contours = read_contours(dataset, path.name)
        _check_frame(contours.frames, pet, path.name, notes)
        notes.extend(contours.notes)
        labels, overlapping, said = contours.rasterise(pet.grid)
        notes.extend(said)
        if overlapping:
            notes.append(overlap_sentence(overlapping))
        return labels, contours.names, notes
    raise InputError(
        f"{path.name} is DICOM of modality {modality or 'unknown'}; it holds no outlines.",
        "Give a DICOM SEG, an RTSTRUCT or a NIfTI labelmap.",
    )


def overlap_sentence(overlapping: Mapping[str, int]) -> str:
    """Say which outlines share voxels; shared voxels stay with the first."""
    said = ", ".join(f"{name} ({count} voxels)" for name, count in list(overlapping.items())[:5])
    return f"Outlines overlap; shared voxels count for the earlier one only: {said}."


def _read_dicom(path: Path) -> Dataset:
    try:
        return dcmread(path)
    except InvalidDicomError as error:
        raise InputError(
            f"{path.name} is neither NIfTI nor DICOM.",
            "Give a DICOM SEG, an RTSTRUCT or a NIfTI labelmap.",
        ) from error


def _check_frame(frames: Sequence[str], pet: Volume, name: str, notes: list[str]) -> None:
    stated = {f for f in frames if f}
    wanted = pet.grid.frame_of_reference_uid
    if not stated or wanted is None:
        notes.append("Outlines or PET state no frame of reference; they are taken as one space.")
    elif wanted not in stated:
        raise InputError(
            f"The outlines in {name} belong to another frame of reference than the PET.",
            "Give the outlines that were drawn on this study.",
        )
