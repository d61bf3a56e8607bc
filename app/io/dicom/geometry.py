"""From the images of a series to one regular grid: order, spacing, gaps, time frames."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from app.core.kit.errors import InputError
from app.core.space.grid import ImageGrid
from app.io.dicom.header import Instance
from app.io.dicom.phases import Phase, short_listing, split_phases
from app.io.dicom.planes import Plane, one_volume
from app.io.dicom.rescale import uneven_hounsfield

#: Images this far (in steps) from a regular place are interpolated, not moved.
REGULAR_WITHIN_STEPS = 0.1
#: Gaps below this part of the median are thin; fewer than that part of all are outliers.
_THIN_PART, _FEW_PART = 0.75, 0.1
#: An even grid is at most this much finer than the median gap: memory is bounded.
_MOST_FINER = 4.0
_SLICES_PER_IMAGE, _MORE_SLICES = 4, 128
#: Slices so many times wider apart than the header states are said.
_WIDER = 1.5
#: A grid with more values (8 GB as float32) is none that a scanner made.
MOST_VOXELS = 2_000_000_000


@dataclass(frozen=True)
class Placement:
    """Where one grid slice comes from: images and weights (two where it is interpolated)."""

    first: int
    second: int | None = None
    weight_second: float = 0.0


@dataclass(frozen=True)
class Stack:
    """A series as one regular volume.

    ``images`` are ordered along the normal; ``slices[k]`` says which of them make grid slice k.
    A 4D series lists all of its ``phases`` (``kind`` names them); ``images`` are those of one.
    """

    grid: ImageGrid
    images: tuple[Instance, ...]
    slices: tuple[Placement, ...]
    warnings: tuple[str, ...]
    kind: str = ""
    phases: tuple[Phase, ...] = ()

    @property
    def interpolated(self) -> tuple[int, ...]:
        """Grid slices [k] that are made from two images."""
        return tuple(k for k, s in enumerate(self.slices) if s.second is not None)

    @property
    def every_image(self) -> tuple[Instance, ...]:
        """Images of all time frames or gates."""
        return tuple(x for phase in self.phases for x in phase.images) or self.images

    def of_phase(self, number: int) -> Stack:
        """Return the same grid with the images of another time frame or gate (from 0)."""
        return replace(self, images=self.phases[number].images)


def build_stack(
    instances: Sequence[Instance],
    frame_of_reference_uid: str | None,
    thickness_mm: float | None = None,
) -> Stack:
    """Order the images of a series along their normal and lay a regular grid through them.

    Parameters
    ----------
    instances
        Images of one series, in any order. Those of another orientation, size or spacing, without
        a position or far from the others are left out, with a warning.
    frame_of_reference_uid
        Of the series.
    thickness_mm
        Distance from slice to slice that the header states: the k spacing of a series with one
        image only; it is said where the positions lie much wider.

    Raises
    ------
    InputError
        If no image has a position, an orientation and pixels, all lie at one place, or the grid
        through them is larger than any scanner's.
    """
    images, plane, notes = one_volume(instances)
    notes.extend(_remarks(images))
    split = split_phases(images, plane)
    notes.extend(split.notes)
    phases = tuple(_along(phase, plane.normal) for phase in split.phases)
    images = list(phases[0].images)
    points = np.array([x.position_lps_mm for x in images])
    if len(images) == 1:
        step_mm = abs(thickness_mm or 0.0) or 1.0
        notes.append(f"The series has one image only; its thickness is taken as {step_mm:g} mm.")
        slices: tuple[Placement, ...] = (Placement(0),)
        origin, step = points[0], plane.normal * step_mm
    else:
        along = points @ plane.normal
        _note_distance(np.diff(along), abs(thickness_mm or 0.0), notes)
        slices, origin, step = _regular(points, along, plane.normal, notes)
    grid = _grid(images[0], plane, origin, step, len(slices), frame_of_reference_uid)
    kept = phases if len(phases) > 1 else ()
    return Stack(grid, tuple(images), slices, tuple(notes), split.kind, kept)


def _note_distance(gaps: npt.NDArray[np.float64], stated_mm: float, notes: list[str]) -> None:
    """Say that slices lie wider apart than their header says: others may be missing."""
    step_mm = float(np.median(gaps))
    if stated_mm and step_mm > _WIDER * stated_mm:
        notes.append(
            f"The slices lie {step_mm:.2f} mm apart where the header states {stated_mm:.2f} mm: "
            "slices between them may be missing."
        )


def _remarks(images: Sequence[Instance]) -> list[str]:
    """Return what is to be said of images one by one, with how many say it."""
    said = Counter(x.remark for x in images if x.remark)
    notes = [
        f"{'All' if n == len(images) else f'{n} of {len(images)}'} images: {remark}."
        for remark, n in said.items()
    ]
    return [*notes, *uneven_hounsfield(images)]


def _along(phase: Phase, normal: npt.NDArray[np.float64]) -> Phase:
    """Return the phase with its images in order along the normal."""
    along = [float(np.dot(x.position_lps_mm or (), normal)) for x in phase.images]
    order = np.argsort(along, kind="stable")
    return Phase(phase.label, tuple(phase.images[n] for n in order))


def _regular(
    points: npt.NDArray[np.float64],
    along: npt.NDArray[np.float64],
    normal: npt.NDArray[np.float64],
    notes: list[str],
) -> tuple[tuple[Placement, ...], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return slices, origin and step (LPS mm) of the regular grid through sorted positions."""
    gaps = np.diff(along)
    step_mm = float(np.median(gaps))
    index = np.concatenate([[0], np.cumsum(np.maximum(1, np.rint(gaps / step_mm)))])
    if index[-1] >= _most_slices(len(points)):
        return _resampled(points, along, step_mm, notes)
    # Least squares, so that positions rounded in the header do not tilt the grid.
    design = np.stack([index, np.ones_like(index)], axis=1)
    (step, origin), *_ = np.linalg.lstsq(design, points, rcond=None)
    fitted = index * float(step @ normal) + float(origin @ normal)
    off_mm = float(np.abs(fitted - along).max())
    if off_mm > REGULAR_WITHIN_STEPS * step_mm:
        return _resampled(points, along, step_mm, notes)
    _note_shear(step, normal, points, design, notes)
    if off_mm > max(0.02 * step_mm, 0.05):
        notes.append(
            f"Slice positions are off a regular grid by up to {off_mm:.2f} mm (step "
            f"{step_mm:.2f} mm); each image is placed on the nearest regular position."
        )
    slices: list[Placement] = []
    missing: list[float] = []
    for n, k in enumerate(index.astype(int)):
        while len(slices) < k:
            here = len(slices)
            before, width = int(index[n - 1]), int(k - index[n - 1])
            slices.append(Placement(n - 1, n, (here - before) / width))
            missing.append(float(here * (step @ normal) + origin @ normal))
        slices.append(Placement(n))
    if missing:
        where = short_listing(", ".join(f"{m:.1f}" for m in missing))
        noun = "slice is" if len(missing) == 1 else "slices are"
        notes.append(
            f"{len(missing)} {noun} missing at {where} mm along the slice normal; the gap is "
            "filled by interpolation between its neighbours and is not measured data."
        )
    return tuple(slices), origin, step


def _most_slices(images: int) -> int:
    """Slices that so many images may become: memory is bounded before any is asked for."""
    return _SLICES_PER_IMAGE * images + _MORE_SLICES


def _note_shear(
    step: npt.NDArray[np.float64],
    normal: npt.NDArray[np.float64],
    points: npt.NDArray[np.float64],
    design: npt.NDArray[np.float64],
    notes: list[str],
) -> None:
    cosine = abs(float(step @ normal)) / float(np.linalg.norm(step))
    angle = float(np.degrees(np.arccos(min(1.0, cosine))))
    if angle > 0.5:
        notes.append(
            f"The slices are sheared by {angle:.1f} degrees (gantry tilt); positions are kept as "
            "the header states them."
        )
    fit = design @ np.linalg.lstsq(design, points, rcond=None)[0]
    apart = points - fit
    sideways = apart - np.outer(apart @ normal, normal)
    shift = float(np.linalg.norm(sideways, axis=1).max())
    if shift > 1.0:
        notes.append(f"Some slices are shifted sideways by up to {shift:.1f} mm against the rest.")


def _resampled(
    points: npt.NDArray[np.float64],
    along: npt.NDArray[np.float64],
    step_mm: float,
    notes: list[str],
) -> tuple[tuple[Placement, ...], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Lay an even grid through uneven positions; slices are interpolated linearly."""
    extent = float(along[-1] - along[0])
    gaps = np.diff(along)
    # A part of thin slices decides for the whole: between thick ones nothing can be skipped.
    thin = gaps[gaps < _THIN_PART * step_mm]
    if thin.size >= _FEW_PART * gaps.size:
        step_mm = max(float(np.median(thin)), step_mm / _MOST_FINER)
    count = min(max(2, round(extent / step_mm) + 1), _most_slices(len(points)))
    direction = (points[-1] - points[0]) / extent
    even_mm = extent / (count - 1)
    notes.append(
        f"Slices are unevenly spaced ({gaps.min():.2f} to {gaps.max():.2f} mm along the normal, "
        f"from {along[0]:.1f} to {along[-1]:.1f} mm); the series is interpolated linearly onto "
        f"an even spacing of {even_mm:.2f} mm."
    )
    wanted = along[0] + even_mm * np.arange(count)
    right = np.clip(np.searchsorted(along, wanted), 1, len(along) - 1)
    slices = []
    for target, r in zip(wanted, right, strict=True):
        weight = float((target - along[r - 1]) / (along[r] - along[r - 1]))
        if weight < 1e-6:
            slices.append(Placement(int(r - 1)))
        elif weight > 1 - 1e-6:
            slices.append(Placement(int(r)))
        else:
            slices.append(Placement(int(r - 1), int(r), weight))
    return tuple(slices), points[0], direction * even_mm


def _grid(
    image: Instance,
    plane: Plane,
    origin: npt.NDArray[np.float64],
    step: npt.NDArray[np.float64],
    count: int,
    frame_of_reference_uid: str | None,
) -> ImageGrid:
    assert image.pixels
    row, column = plane.row, plane.column
    affine = np.eye(4)
    affine[:3, 0] = step
    # Pixel Spacing is (between rows, between columns); the first cosines run along a row.
    affine[:3, 1] = column / np.linalg.norm(column) * plane.spacing_ji_mm[0]
    affine[:3, 2] = row / np.linalg.norm(row) * plane.spacing_ji_mm[1]
    affine[:3, 3] = origin
    shape = (count, image.pixels.rows, image.pixels.columns)
    if math.prod(shape) > MOST_VOXELS:
        raise InputError(
            f"The series would be a volume of {shape[2]} x {shape[1]} x {shape[0]} values, which "
            "no scanner makes.",
            "Its header is damaged; copy the series again from its source.",
        )
    return ImageGrid(shape, affine, frame_of_reference_uid)
