"""Which images of a series make one volume: one plane, one size, and a place among the others.

Headers round, and gateways round again: planes are equal within a tolerance, never by their
digits. An image that lies where no neighbour can be is left out and named, before any memory is
asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.core.kit.errors import InputError
from app.io.dicom.header import Instance

#: Direction cosines nearer than this are one plane (0.3 degrees).
COSINES_WITHIN = 0.005
#: Pixel spacings nearer than this part are one.
SPACING_WITHIN = 0.002
#: Row and column are perpendicular and of length one within this.
_UNIT_WITHIN = 0.05
#: Pixel spacings that a scanner can have, in mm.
_PIXELS_MM = (0.001, 100.0)
#: A gap of more steps (or mm) parts a series; the smaller part is not among its neighbours.
_WIDEST_STEPS, _WIDEST_MM = 10.0, 2000.0
#: A part of a series with fewer of its images than this is a few images gone astray.
_FEW_PART = 0.1
#: A series becomes at most so many slices for each of its images, and some more.
_MOST_SLICES, _MORE_SLICES = 3, 64
#: Images nearer than this (mm, pixels) lie at one place.
SAME_PLACE_MM, NEAR_PIXELS = 0.01, 0.1
#: An image is astray sideways by more pixels, and more mm, than these.
_SIDEWAYS_PIXELS, _SIDEWAYS_MM = 2.0, 5.0
#: Points of a line that are compared in pairs.
_MOST_PAIRED = 200

#: The same for size, cosines and the logarithm of the spacing in one row.
_WITHIN = np.array([0.0] * 3 + [COSINES_WITHIN] * 6 + [SPACING_WITHIN] * 2)

_Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Plane:
    """The plane that images share: directions along a row and down a column, spacing in mm."""

    row: _Array
    column: _Array
    spacing_ji_mm: tuple[float, float]

    @property
    def normal(self) -> _Array:
        """Unit normal, LPS."""
        return normal_of((*self.row, *self.column))


def normal_of(orientation: Sequence[float]) -> _Array:
    """Return the unit normal of the image plane from Image Orientation (Patient)."""
    row, column = np.array(orientation[:3]), np.array(orientation[3:6])
    normal = np.cross(row, column)
    length = float(np.linalg.norm(normal))
    if length < 0.5:
        raise InputError("A series states an image orientation that spans no plane.")
    return np.asarray(normal / length, dtype=np.float64)


def one_volume(instances: Sequence[Instance]) -> tuple[list[Instance], Plane, list[str]]:
    """Return the images of the largest volume among some, its plane, and what is to be said.

    Raises
    ------
    InputError
        If no image states a position, an orientation and a spacing that can be used.
    """
    groups, left = _by_plane(instances)
    if not groups:
        raise InputError(
            "No image of the series states a position, an orientation and a pixel spacing that "
            f"can be used ({_causes(left)}).",
            "Open the original series as it came from the scanner.",
        )
    best = max(_sets(groups), key=lambda group: (len(group), _upright(group[0])))
    plane, like = _plane_of(best), best[0]
    kept: list[Instance] = []
    for group in groups:
        what = _difference(group[0], like, plane)
        kept += [] if what else group
        left[what] += len(group) if what else 0
    left = +left
    notes = []
    if left:
        count = left.total()
        verb = "is" if count == 1 else "are"
        notes.append(f"{count} of {len(instances)} images {verb} left out: {_causes(left)}.")
    return _among_neighbours(kept, plane, notes), plane, notes


def _by_plane(instances: Sequence[Instance]) -> tuple[list[list[Instance]], Counter[str]]:
    """Group images that state the very same plane; count those that have none, by why."""
    alike: dict[tuple[object, ...], list[Instance]] = {}
    for x in instances:
        alike.setdefault((_size(x), x.orientation, x.spacing_ji_mm), []).append(x)
    groups, left = [], Counter[str]()
    for group in alike.values():
        fault = _fault(group[0])
        placed = [] if fault else [x for x in group if x.position_lps_mm]
        left[fault or "without a position that can be read"] += len(group) - len(placed)
        if placed:
            groups.append(placed)
    return groups, +left


def _causes(left: Counter[str]) -> str:
    return ", ".join(f"{n} {what}" for what, n in left.most_common())


def _fault(x: Instance) -> str:
    """Say why an image has no plane, as the end of a count; empty where it has one."""
    if x.pixels is None:
        return "without pixels"
    if x.pixels.samples != 1:
        return "in colours"
    if x.orientation is None:
        return "without an orientation that can be read"
    row, column = x.orientation[:3], x.orientation[3:6]
    lengths = [sum(v * v for v in row) ** 0.5, sum(v * v for v in column) ** 0.5]
    across = sum(a * b for a, b in zip(row, column, strict=True))
    if max(abs(v - 1.0) for v in lengths) > _UNIT_WITHIN or abs(across) > _UNIT_WITHIN:
        return "with an orientation that is none"
    if x.spacing_ji_mm is None:
        return "without a pixel spacing that can be read"
    if not _PIXELS_MM[0] <= min(x.spacing_ji_mm) <= max(x.spacing_ji_mm) <= _PIXELS_MM[1]:
        return "with a pixel spacing that no scanner has"
    return ""


def _sets(groups: Sequence[list[Instance]]) -> list[list[Instance]]:
    """Join groups of equal images to sets, within the tolerances of the first of a set."""
    sets: list[list[Instance]] = []
    firsts = np.empty((len(groups), 11))
    for found in sorted(groups, key=len, reverse=True):
        x = found[0]
        mine = np.array([*_size(x), *(x.orientation or ()), *np.log(x.spacing_ji_mm or ())])
        near = np.abs(firsts[: len(sets)] - mine) <= _WITHIN
        matches = np.flatnonzero(near.all(axis=1))
        if matches.size:
            sets[matches[0]].extend(found)
        else:
            firsts[len(sets)] = mine
            sets.append(list(found))
    return sets


def _size(x: Instance) -> tuple[int, int, int]:
    layout = x.pixels
    return (0, 0, 0) if layout is None else (layout.rows, layout.columns, layout.samples)


def _plane_of(images: Sequence[Instance]) -> Plane:
    """Return the median plane: where all are equal, theirs to the last digit."""
    cosines = np.median(np.array([x.orientation for x in images]), axis=0)
    down, along = np.median(np.array([x.spacing_ji_mm for x in images]), axis=0)
    return Plane(cosines[:3], cosines[3:6], (float(down), float(along)))


def _difference(x: Instance, like: Instance, plane: Plane) -> str:
    """Say in what an image differs from those of a plane, as the end of a count."""
    assert x.orientation
    assert x.spacing_ji_mm
    if _size(x) != _size(like):
        return "of another size"
    cosines = np.array(x.orientation) - np.array([*plane.row, *plane.column])
    if np.abs(cosines).max() > COSINES_WITHIN:
        return "of another orientation"
    ratio = np.array(x.spacing_ji_mm) / np.array(plane.spacing_ji_mm)
    return "of another pixel spacing" if np.abs(ratio - 1.0).max() > SPACING_WITHIN else ""


def _upright(x: Instance) -> float:
    """How far an image's plane is from one along the body: of two equal sets the axial is read."""
    return abs(float(normal_of(x.orientation or ())[2]))


def _among_neighbours(images: list[Instance], plane: Plane, notes: list[str]) -> list[Instance]:
    """Leave images out that lie far from the others, sideways or along the normal."""
    if len(images) < 3:
        return _near_along(images, plane, notes)
    points = np.array([x.position_lps_mm for x in images])
    along = points @ plane.normal
    across = np.stack([points @ plane.row, points @ plane.column], axis=1)
    allowed = max(_SIDEWAYS_PIXELS * max(plane.spacing_ji_mm), _SIDEWAYS_MM)
    away = np.abs(across - np.median(across, axis=0)).max(axis=1)
    if away.max() > allowed:
        # Not one column: slices of a tilted gantry lie on a line, all but those astray.
        away = np.abs(across - _line(along, across)).max(axis=1)
    astray = away > allowed
    kept = [x for x, far in zip(images, astray, strict=True) if not far]
    if len(kept) < len(images):
        at = ", ".join(f"{v:.0f}" for v in sorted(away[astray])[:5])
        notes.append(
            f"{_count(len(images) - len(kept), len(images))} far beside the others "
            f"(by {at} mm): left out."
        )
    if not kept:
        raise InputError(
            "The images of the series do not lie behind one another: they make no volume.",
            "Open the original series as it came from the scanner.",
        )
    return _near_along(kept, plane, notes)


def _line(along: _Array, across: _Array) -> _Array:
    """Return where each image would lie on the line through most of them (Theil-Sen)."""
    order = np.argsort(along, kind="stable")
    chosen = order[np.linspace(0, len(order) - 1, min(len(order), _MOST_PAIRED)).astype(int)]
    a, b = np.triu_indices(len(chosen), 1)
    run = along[chosen[b]] - along[chosen[a]]
    apart = run > 1e-3
    if not apart.any():
        return np.broadcast_to(np.median(across, axis=0), across.shape)
    rise = (across[chosen[b]] - across[chosen[a]])[apart]
    slope = np.median(rise / run[apart][:, None], axis=0)
    origin = np.median(across - along[:, None] * slope, axis=0)
    return np.asarray(origin + along[:, None] * slope)


def _near_along(images: list[Instance], plane: Plane, notes: list[str]) -> list[Instance]:
    """Leave out what lies apart along the normal: a few images, or what cannot be bridged."""
    along = np.array([x.position_lps_mm for x in images]) @ plane.normal
    order = np.argsort(along, kind="stable")
    gaps = np.diff(along[order])
    step = _step_mm(gaps, plane)
    if not step:
        return images
    breaks = np.flatnonzero(gaps > min(_WIDEST_STEPS * step, _WIDEST_MM)) + 1
    if not breaks.size:
        return images
    runs = np.split(order, breaks)
    main = max(runs, key=len)
    few = max(1.0, _FEW_PART * len(images))

    def belongs(run: npt.NDArray[np.intp]) -> bool:
        near = np.abs(along[run][:, None] - along[main][[0, -1]]).min() <= _WIDEST_MM
        return run is main or (bool(near) and (len(run) > few or len(main) < 3))

    kept = np.concatenate([run for run in runs if belongs(run)])
    if float(np.ptp(along[kept])) / step > _MOST_SLICES * len(images) + _MORE_SLICES:
        kept = main
    left = sorted(set(range(len(images))) - set(kept.tolist()))
    if not left:
        return images
    at = ", ".join(f"{along[n]:.1f}" for n in left[:5]) + (", …" if len(left) > 5 else "")
    notes.append(
        f"{_count(len(left), len(images))} far from the others (at {at} mm along the normal, the "
        f"others from {along[kept].min():.1f} to {along[kept].max():.1f} mm): left out."
    )
    return [images[n] for n in sorted(kept.tolist())]


def _count(some: int, of: int) -> str:
    return f"{some} of {of} images {'lies' if some == 1 else 'lie'}"


def _step_mm(gaps: _Array, plane: Plane) -> float:
    """Distance from slice to slice (most are not wider), 0 where all lie at one place."""
    apart = np.sort(gaps[gaps > NEAR_PIXELS * min(plane.spacing_ji_mm)])
    return float(apart[int(0.75 * (len(apart) - 1))]) if apart.size else 0.0


def same_place_mm(images: Sequence[Instance], plane: Plane) -> float:
    """Distance along the normal below which images of a series lie at one place.

    A tenth of the distance from slice to slice, and of a pixel: no scanner has slices so thin, and
    two acquisitions of one place come as near as the table returns.
    """
    along = np.sort(np.array([x.position_lps_mm for x in images]) @ plane.normal)
    step = _step_mm(np.diff(along), plane)
    return max(SAME_PLACE_MM, 0.1 * step, NEAR_PIXELS * min(plane.spacing_ji_mm))
