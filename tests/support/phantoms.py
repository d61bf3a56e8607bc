"""Asymmetric phantoms on any grid: what a pane must show is known without the viewer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from app.core.lesions.labelmap import Labelmap
from app.core.lesions.lesion import Lesion, LesionStatus
from app.core.lesions.segmentation import Segmentation
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.core.study.derived import DerivedImage, DerivedKind
from app.core.study.provenance import Provenance
from app.core.study.study import Choice, Patient, Study
from viewers.space.geometry import Plane

#: An F of three bars, as (right from, right to, down from, down to) in mm around its middle.
F_BARS = ((-25.5, -10.5, -37.5, 37.5), (-10.5, 25.5, -37.5, -22.5), (-10.5, 13.5, -7.5, 7.5))


def in_letter(
    right_mm: npt.NDArray[np.floating], down_mm: npt.NDArray[np.floating]
) -> npt.NDArray[np.bool_]:
    """Whether places belong to the F, upright and readable with right and down as named."""
    inside = np.zeros(np.broadcast(right_mm, down_mm).shape, bool)
    for a, b, c, d in F_BARS:
        inside |= (right_mm >= a) & (right_mm <= b) & (down_mm >= c) & (down_mm <= d)
    return inside


def rotation(axis: int, degrees: float) -> npt.NDArray[np.float64]:
    """3 x 3 rotation about a patient axis."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    a, b = (n for n in range(3) if n != axis)
    turn = np.eye(3)
    turn[a, a], turn[a, b], turn[b, a], turn[b, b] = c, -s, s, c
    return turn


def make_grid(
    spacing_kji_mm: tuple[float, float, float] = (3.0, 3.0, 3.0),
    *,
    half_mm: float = 70.0,
    flips: tuple[int, ...] = (),
    order: tuple[int, int, int] = (2, 1, 0),
    turn: npt.NDArray[np.float64] | None = None,
    gantry_tilt: float = 0.0,
    centre_lps_mm: tuple[float, float, float] = (0.0, 0.0, 0.0),
    uid: str | None = "1.2.3",
) -> ImageGrid:
    """Grid of a cube around a centre; ``order`` names the patient axis of k, j and i.

    A gantry tilt (degrees about L) turns the slices, but not the direction in which they follow
    each other: the grid is sheared.
    """
    directions = np.zeros((3, 3))
    for array_axis, patient_axis in enumerate(order):
        directions[patient_axis, array_axis] = -1.0 if array_axis in flips else 1.0
    directions[:, 1:] = rotation(0, gantry_tilt) @ directions[:, 1:]
    if turn is not None:
        directions = turn @ directions
    shape = tuple(int(2 * half_mm / s) + 1 for s in spacing_kji_mm)
    affine = np.eye(4)
    affine[:3, :3] = directions * np.array(spacing_kji_mm)
    affine[:3, 3] = np.array(centre_lps_mm) - affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    return ImageGrid((shape[0], shape[1], shape[2]), affine, uid)


def voxel_points(grid: ImageGrid) -> npt.NDArray[np.float64]:
    """LPS mm of every voxel centre, [k, j, i, 3]."""
    return grid.points_lps_mm(np.moveaxis(np.indices(grid.shape_kji), 0, -1))


def letter_volume(grid: ImageGrid, plane: Plane, quantity: Quantity, value: float) -> Volume:
    """Return an F, 30 mm thick, that reads upright in one plane through the origin."""
    points = voxel_points(grid)
    (ra, rs), (da, ds) = plane.right, plane.down
    inside = in_letter(points[..., ra] * rs, points[..., da] * ds)
    inside &= np.abs(points[..., plane.normal_axis]) <= 15.0
    return Volume(grid, np.where(inside, value, 0.0).astype(np.float32), quantity, "9.1", "Letter")


def make_study(pet: Volume | None, ct: Volume | None, *, aligned: bool = True) -> Study:
    """Wrap volumes as a study."""
    return Study(
        Patient("Doe^Jane", "4711"),
        "PET/CT",
        "20260102",
        (),
        Choice(pet.series_uid if pet else None, ct.series_uid if ct else None, "made"),
        pet,
        ct,
        None,
        aligned,
    )


def smooth_study() -> Study:
    """PET of coarse and CT of fine voxels, different everywhere and from every side."""
    pet_grid = make_grid((4.0, 5.0, 5.0), half_mm=90, uid="7")
    ct_grid = make_grid((4.0, 2.0, 2.0), half_mm=80, centre_lps_mm=(3.0, -2.0, 1.0), uid="7")
    p = voxel_points(pet_grid)
    body = ((p[..., 0] / 70) ** 2 + (p[..., 1] / 45) ** 2 < 1) & (p[..., 2] > -75)
    pet = 1.0 * body + 0.5 * body * (p[..., 0] > 20) + 0.01 * (p[..., 2] + 90) * body
    for centre, radius, value in (((-30, -10, 30), 14, 6), ((25, 12, -20), 9, 9)):
        pet[np.linalg.norm(p - np.array(centre), axis=-1) < radius] = value
    c = voxel_points(ct_grid)
    inside = ((c[..., 0] / 70) ** 2 + (c[..., 1] / 45) ** 2 < 1) & (c[..., 2] > -75)
    ct = np.where(inside, 40.0 + c[..., 1], -1000.0)
    ct[np.linalg.norm(c[..., :2] - np.array((5.0, 25.0)), axis=-1) < 9] = 400
    return make_study(
        Volume(pet_grid, pet.astype(np.float32), Quantity.SUV_BW, "9.1", "PET"),
        Volume(ct_grid, ct.astype(np.int16), Quantity.HU, "9.2", "CT"),
    )


def two_lesions(study: Study) -> Segmentation:
    """Return the two hot balls of `smooth_study`, as lesions ``a`` (larger, right) and ``b``."""
    assert study.pet is not None
    points = voxel_points(study.pet.grid)
    labels = np.zeros(study.pet.grid.shape_kji, np.uint16)
    labels[(study.pet.array >= 6) & (points[..., 0] < 0)] = 1
    labels[(study.pet.array >= 6) & (points[..., 0] > 0)] = 2
    lesions = (Lesion("a", 1, "L1"), Lesion("b", 2, "L2"))
    return Segmentation("s", study.pet.grid, Labelmap.from_array(labels), lesions)


def with_status(segmentation: Segmentation, lesion_id: str, status: LesionStatus) -> Segmentation:
    """Return the segmentation with one lesion's status changed."""
    return segmentation.apply(segmentation.status_patch((lesion_id,), status))


def without_voxels(study: Study, index_kji: tuple[slice, ...], value: float) -> Study:
    """Return the study with part of the PET painted over."""
    assert study.pet is not None
    array = study.pet.array.copy()
    array[index_kji] = value
    return replace(study, pet=replace(study.pet, array=array))


def derived_pet(study: Study, shift: float = 0.0) -> DerivedImage:
    """Return the PET smoothed over three voxels, and shifted, as a denoised one."""
    assert study.pet is not None
    array: npt.NDArray[np.floating[Any]] = study.pet.array.astype(np.float32)
    for axis in range(3):
        array = (np.roll(array, 1, axis) + array + np.roll(array, -1, axis)) / 3
    volume = replace(study.pet, array=array + np.float32(shift), series_uid="9.8")
    nowhere = Provenance({}, {})
    return DerivedImage(
        "d1", DerivedKind.DENOISED, "Denoised (dose / 4)", volume, None, {"PET": "9.1"}, nowhere
    )


def synthetic_ct(study: Study) -> DerivedImage:
    """Return a smooth CT of coarser voxels that reaches less far than the real one."""
    grid = make_grid((5.0, 5.0, 5.0), half_mm=70, uid="7")
    p = voxel_points(grid)
    inside = (p[..., 0] / 70) ** 2 + (p[..., 1] / 45) ** 2 < 1
    hu = np.where(inside, 60.0 + 0.5 * p[..., 1], -1000.0).astype(np.float32)
    volume = Volume(grid, hu, Quantity.HU, "9.7", "sCT")
    return DerivedImage(
        "d2", DerivedKind.SYNTHETIC_CT, "Synthetic CT", volume, None, {}, Provenance({}, {})
    )


def with_deviation(image: DerivedImage) -> DerivedImage:
    """Return it with a standard deviation that rises from 0.1 to 0.5 of a unit towards the left.

    Of a CT: of 100 HU.
    """
    grid = image.volume.grid
    left = voxel_points(grid)[..., 0]
    unit = 100.0 if image.volume.quantity is Quantity.HU else 1.0
    array = (unit * np.clip(0.3 + 0.2 * left / 60.0, 0.1, 0.5)).astype(np.float32)
    return replace(image, deviation=replace(image.volume, array=array))


def saliency_ball(study: Study, centre_lps_mm: tuple[float, float, float], mm: float) -> Volume:
    """Return a map on the PET's grid that falls from 1 to 0 over a distance from a place."""
    assert study.pet is not None
    away = np.linalg.norm(voxel_points(study.pet.grid) - np.array(centre_lps_mm), axis=-1)
    array = np.clip(1.5 - 1.5 * away / mm, 0.0, 1.0).astype(np.float32)
    return Volume(study.pet.grid, array, Quantity.OTHER)
