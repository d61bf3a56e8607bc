"""Outlines from files (NIfTI labelmap, DICOM SEG, RTSTRUCT) onto the PET's native grid."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import numpy as np
import numpy.typing as npt

from app.core.kit.errors import InputError
from app.core.lesions.labelmap import Labelmap
from app.core.lesions.lesion import Lesion, LesionStatus, new_lesion_id
from app.core.lesions.segmentation import Segmentation
from app.core.space.volume import Volume
from app.io.dicom.header import DAMAGED, text
from app.io.nifti.image import is_nifti
from app.io.outlines.dicom_file import read_dicom
from app.io.outlines.labelmaps import read_labelmap
from app.io.outlines.layers import onto_pet
from app.io.outlines.regions import slice_mm
from app.io.outlines.rtstruct import referenced_series as drawn_on
from app.io.outlines.seg import read_segments
from app.io.outlines.seg import referenced_series as made_from
from app.io.outlines.structures import NO_FRAME, other_frame, voxels_of

#: What is done where outlines overlap, by whoever takes all layers.
WHOLE = "Each keeps all of its voxels; totals count shared voxels once."


@dataclass(frozen=True, eq=False)
class Outlines:
    """Outlines on the PET's grid with what had to be said about reading them.

    Parameters
    ----------
    layers
        As few segmentations as hold every voxel of each outline; one where none overlap.
    notes
        Sentences: what was left out, assumed, or brought onto another grid. They name outlines
        by the file's own numbers, not by its words.
    """

    layers: tuple[Segmentation, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Found:
    """What one format's reader found: labelmaps on the PET's grid; the rest by label."""

    layers: Sequence[npt.NDArray[np.uint16]]
    names: Mapping[int, str]
    titles: Mapping[int, str]
    shared: Mapping[int, int]
    notes: Sequence[str]
    about: Mapping[int, Sequence[str]] = field(default_factory=dict)


def require_mask(path: Path) -> None:
    """Refuse a mask that is not there, before anything is read for it.

    Raises
    ------
    InputError
        If the path is not a file.
    """
    if not path.is_file():
        raise InputError(f"There is no mask file {path}.", "Check the path.")


def read_outlines(path: Path, pet: Volume, images: Iterable[Volume] = ()) -> Outlines:
    """Read a NIfTI labelmap, a DICOM SEG or an RTSTRUCT onto the PET's native grid.

    A mask on another grid is resampled to the nearest voxel; contours take the voxels whose
    centres they enclose. Outlines that overlap keep all of their voxels, in several layers.

    Parameters
    ----------
    path
        The file.
    pet
        What is measured.
    images
        Other images of the study: where the outlines refer to one, its slices say how far
        contours and frames reach.

    Raises
    ------
    InputError
        If the file is missing, damaged, of another kind, empty, in another frame of reference,
        or does not overlap the PET.
    """
    require_mask(path)
    found = _from_nifti(path, pet) if is_nifti(path) else _guarded(path, pet, images)
    present = [np.unique(x[x > 0]).tolist() for x in found.layers]
    if not any(present):
        raise InputError(
            f"No outline in {path.name} covers a voxel of the PET.",
            "Check that the outlines were drawn on this patient and this study.",
        )
    each = [note for label in found.about for note in found.about[label]]
    notes = [*found.notes, *each, *_of_all(found, {x for labels in present for x in labels})]
    layers = tuple(
        _segmentation(path.name, pet, array, labels, found)
        for array, labels in zip(found.layers, present, strict=True)
        if labels
    )
    return Outlines(layers, tuple(dict.fromkeys(notes)))


def _of_all(found: Found, present: set[int]) -> list[str]:
    """Return what is to be said of outlines that cover no voxel, and of those that overlap."""
    said = []
    lost = [found.titles[x] for x in found.names if x not in present]
    if lost:
        said.append(f"These outlines cover no voxel of the PET: {_listed(lost)}.")
    if found.shared:
        counts = [f"{found.titles[x]} ({n} voxels)" for x, n in found.shared.items()]
        said.append(f"Outlines overlap earlier ones: {_listed(counts)}. {WHOLE}")
    return said


def _listed(words: Sequence[str]) -> str:
    rest = f" and {len(words) - 10} more" if len(words) > 10 else ""
    return ", ".join(words[:10]) + rest


def _segmentation(
    file: str, pet: Volume, array: npt.NDArray[np.uint16], labels: Sequence[int], found: Found
) -> Segmentation:
    lesions = tuple(
        Lesion(
            id=new_lesion_id(),
            label=label,
            name=found.names.get(label) or f"L{label}",
            status=LesionStatus.ACCEPTED,
            source=". ".join([f"{file}, {found.titles[label]}", *_remarks(found, label)]),
        )
        for label in labels
    )
    labelmap = Labelmap.from_array(array)
    return Segmentation(uuid4().hex[:12], pet.grid, labelmap, lesions, source=file)


def _remarks(found: Found, label: int) -> Iterator[str]:
    """Yield what is to be said of one outline, without full stops."""
    yield from (note.rstrip(".") for note in found.about.get(label, ()))
    if label in found.shared:
        yield f"Shares {found.shared[label]} voxels with earlier outlines"


def _from_nifti(path: Path, pet: Volume) -> Found:
    labels, grid, notes = read_labelmap(path)
    layers = onto_pet([labels], grid, pet.grid, notes, path.name)
    numbers = [int(n) for n in np.unique(labels[labels > 0])]
    return Found(
        layers, {n: f"L{n}" for n in numbers}, {n: f"label {n}" for n in numbers}, {}, notes
    )


def _guarded(path: Path, pet: Volume, images: Iterable[Volume]) -> Found:
    """Read a DICOM mask; whatever pydicom finds wrong with it becomes one sentence."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _from_dicom(path, pet, images)
    except (*DAMAGED, ArithmeticError) as error:
        raise InputError(
            f"{path.name} cannot be read; it may be damaged or cut off.", "Copy it again."
        ) from error


def _from_dicom(path: Path, pet: Volume, images: Iterable[Volume]) -> Found:
    dataset = read_dicom(path)
    modality = text(dataset, 0x00080060)
    notes: list[str] = []
    if modality == "SEG":
        _check_frame(text(dataset, 0x00200052), pet, path.name, notes)
        image_mm = _slices_of(made_from(dataset), [pet, *images])
        segments = read_segments(dataset, path.name, pet.grid, image_mm)
        notes.extend(segments.notes)
        layers = onto_pet(segments.layers, segments.grid, pet.grid, notes, path.name)
        titles = {n: f"segment {n}" for n in segments.names}
        return Found(layers, segments.names, titles, segments.shared, notes)
    if modality == "RTSTRUCT":
        image_mm = _slices_of(drawn_on(dataset), [pet, *images])
        structures = voxels_of(dataset, path.name, pet.grid, image_mm)
        titles = {x.label: x.title for x in structures.regions}
        names = {x.label: x.name for x in structures.regions}
        drawn = structures.layers
        return Found(drawn.arrays, names, titles, drawn.shared, structures.notes, structures.about)
    raise InputError(
        f"{path.name} is DICOM of another kind; it holds no outlines.",
        "Give a DICOM SEG, an RTSTRUCT or a NIfTI labelmap.",
    )


def _slices_of(series_uids: set[str], images: Sequence[Volume]) -> float | None:
    """Distance of the slices of the image that outlines refer to, in mm, where it is known."""
    found = {x.series_uid: slice_mm(x.grid) for x in images if x.series_uid in series_uids}
    return next(iter(found.values())) if len(found) == 1 and len(series_uids) == 1 else None


def _check_frame(frame: str, pet: Volume, name: str, notes: list[str]) -> None:
    wanted = pet.grid.frame_of_reference_uid
    if not frame or wanted is None:
        notes.append(NO_FRAME)
    elif frame != wanted:
        raise other_frame(name)
