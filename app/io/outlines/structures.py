"""The ROIs of a structure set on the PET's grid: which belong to it, and their voxels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset

from app.core.kit.errors import InputError
from app.core.space.grid import ImageGrid
from app.io.outlines.layers import Layers
from app.io.outlines.regions import Drawn, is_flat, region_voxels, slice_mm
from app.io.outlines.rtstruct import Region, counted, on_slices, read_regions, require_contours
from app.io.outlines.slabs import own_step

#: Said where outlines and PET cannot be held against each other.
NO_FRAME = "Outlines or PET state no frame of reference; they are taken as one space."


@dataclass(frozen=True, eq=False)
class Structures:
    """ROIs that were drawn, and the layers that hold their voxels.

    ``notes`` are about the whole file and what is left out of it, ``about`` by label.
    """

    regions: tuple[Region, ...]
    layers: Layers
    notes: tuple[str, ...]
    about: Mapping[int, tuple[str, ...]]


def other_frame(name: str) -> InputError:
    """Return the error that refuses a file whose outlines are all of another frame."""
    return InputError(
        f"The outlines in {name} belong to another frame of reference than the PET.",
        "Give the outlines that were drawn on this study.",
    )


def voxels_of(
    dataset: Dataset, name: str, pet: ImageGrid, image_mm: float | None = None
) -> Structures:
    """Turn the ROIs of an RTSTRUCT into labels on the PET's grid.

    Parameters
    ----------
    dataset, name
        The structure set, and its file's name.
    pet
        Where to.
    image_mm
        Distance of the slices that the contours were drawn on, if that is known.

    Raises
    ------
    InputError
        If no ROI has a closed contour that can be used, or all are of another frame of reference.
    """
    everything = read_regions(dataset, pet)
    require_contours(everything, name)
    regions, notes = _of_this_frame(everything, name, pet)
    for region in everything:
        notes.extend(region.notes() if region not in regions else ())
    known = image_mm is not None or all(on_slices([x], pet) for x in regions)
    if not known:
        image_mm = _common_step_mm(regions, pet)
    layers, about = Layers(pet.shape_kji), {}
    for region in regions:
        drawn = region_voxels(region.contours, pet, image_mm=image_mm, exclusive=region.exclusive)
        about[region.label] = (*region.notes(), *_notes(region, drawn, pet, known))
        layers.add(region.label, drawn.slices(pet.shape_kji))
    return Structures(tuple(regions), layers, tuple(notes), about)


def _of_this_frame(
    everything: Sequence[Region], name: str, pet: ImageGrid
) -> tuple[list[Region], list[str]]:
    """Return the ROIs that may lie on the PET, and name those that do not."""
    usable = [x for x in everything if x.contours]
    wanted = pet.frame_of_reference_uid
    notes = []
    if wanted is None or any(not x.frame for x in usable):
        notes.append(NO_FRAME)
    here = [x for x in usable if wanted is None or x.frame in ("", wanted)]
    if not here:
        raise other_frame(name)
    elsewhere = [x.title for x in usable if x not in here]
    if elsewhere:
        said = ", ".join(elsewhere[:10]) + (" and more" if len(elsewhere) > 10 else "")
        notes.append(f"Outlines of another frame of reference are left out: {said}.")
    return here, notes


def _common_step_mm(regions: Sequence[Region], pet: ImageGrid) -> float | None:
    """Return the least spacing that planes of one ROI share: that of the image, most likely."""
    found = []
    for region in regions:
        k = np.array([float(pet.indices_kji(c)[:, 0].mean()) for c in region.contours])
        step = own_step(np.diff(np.unique(np.round(k, 2))))
        if step is not None and all(is_flat(c, pet) for c in region.contours):
            found.append(step * slice_mm(pet))
    return min(found, default=None)


def _notes(region: Region, drawn: Drawn, pet: ImageGrid, known: bool) -> Iterator[str]:
    """Yield what has to be said of how a region came onto the grid."""
    title = region.title
    if drawn.between:
        yield f"{title} lies between PET slices; the nearest slice is taken."
    if drawn.doubled:
        again = counted(drawn.doubled, "contour")
        yield f"{title} holds {again} a second time; what is drawn twice counts once."
    if drawn.joined:
        yield f"{title} holds contours that cross in one plane; they are put together."
    if not drawn.compared:
        yield (
            f"{title} holds too many contours in one plane to look for crossing ones; they are "
            "combined by even-odd."
        )
    if drawn.orientations > 1:
        yield (
            f"{title} has contours in planes of {drawn.orientations} orientations; they are put "
            "together."
        )
    for planes, step_mm in drawn.planes:
        if planes.sparse and known:
            yield (
                f"{title} has contours {step_mm:.2f} mm apart, wider than the image's slices; "
                "between them it is filled."
            )
        if planes.apart:
            yield (
                f"The contours of {title} lie apart; each is taken for a slab of {step_mm:.2f} mm, "
                "and nothing between them."
            )
        elif planes.skipped:
            yield (
                f"{title} has no contour on {counted(planes.skipped, 'slice')} between its "
                "others; nothing is taken there."
            )
    yield from _beyond(region, pet)


def _beyond(region: Region, pet: ImageGrid) -> Iterator[str]:
    most = np.array(pet.shape_kji) - 0.5
    count = 0
    for contour in region.contours:
        index = pet.indices_kji(contour)
        count += bool((index < -0.5 - 1e-3).any() or (index > most + 1e-3).any())
    if count:
        yield (
            f"{count} of {counted(len(region.contours), 'contour')} of {region.title} beyond the "
            "PET, wholly or in part; what lies there is not measured."
        )
