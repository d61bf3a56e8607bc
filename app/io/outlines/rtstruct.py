"""RT Structure Sets: what their contours are, which of them cannot be used, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from app.core.kit.errors import InputError
from app.core.space.grid import ImageGrid
from app.io.dicom.header import number, raw_bytes, text
from app.io.outlines.dicom_file import require_whole
from app.io.outlines.regions import FLAT_WITHIN_SLICES, normal_of

Points = npt.NDArray[np.float64]

_CLOSED = {"CLOSED_PLANAR", "CLOSED_PLANAR_XOR", "CLOSEDPLANAR_XOR", "INTERPOLATED_PLANAR", ""}
#: No contour of a patient reaches that far beyond a PET: in its slices, and along its axis.
_FAR_MM, _FAR_ALONG_MM = 1000.0, 2500.0
#: Points of a planar contour may leave their plane by that much: they are rounded.
_PLANAR_WITHIN_MM = 1.0

_UNREADABLE = "with coordinates that are not numbers, or not in threes"
_FAR = "reaching more than a metre beyond the PET"
_BENT = "not in one plane"
_EMPTY = "without an area"
_OPEN = "an open line or a point"


@dataclass(frozen=True, eq=False)
class Region:
    """One ROI of a structure set.

    Parameters
    ----------
    label, title
        Its value in the labelmap, and how notes name it: "ROI 4" by the file's own number.
    name
        What the file calls it.
    frame
        UID of its frame of reference, or empty.
    contours
        Closed contours that can be used, ``[n, 3]`` LPS mm.
    exclusive
        Whether a contour asks for even-odd (CLOSEDPLANAR_XOR).
    left_out
        By reason, how many contours cannot be used.
    miscounted
        Contours that hold another number of points than they state.
    """

    label: int
    title: str
    name: str
    frame: str
    contours: tuple[Points, ...]
    exclusive: bool
    left_out: Mapping[str, int]
    miscounted: int

    def notes(self) -> Iterator[str]:
        """Yield what has to be said of the contours as they are in the file."""
        lost = sum(self.left_out.values())
        why = ", ".join(f"{count} {reason}" for reason, count in self.left_out.items())
        if not self.contours:
            why = f" ({why})" if why and set(self.left_out) != {_OPEN} else ""
            yield f"{self.title} has no closed planar contour{why} and is left out."
        elif lost:
            among = lost + len(self.contours)
            yield f"{lost} of {among} contours of {self.title} left out: {why}."
        if self.miscounted:
            yield (
                f"{counted(self.miscounted, 'contour')} of {self.title} with another number of "
                "points than stated; taken as found."
            )


def counted(number: int, noun: str) -> str:
    """Return a number of things, in words: "1 contour", "2 contours"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def read_regions(dataset: Dataset, grid: ImageGrid) -> list[Region]:
    """Read the ROIs of an RTSTRUCT; labels count from 1 in the order of the file.

    Parameters
    ----------
    dataset
        The structure set.
    grid
        Of the PET: contours far from it are left out, as are those that cannot be read.
    """
    named: dict[str, tuple[str, str]] = {}
    for item in dataset.get("StructureSetROISequence", None) or []:
        named[text(item, 0x30060022)] = (
            str(item.get("ROIName", "") or "").strip(),
            text(item, 0x30060024),
        )
    # One ROI may be spread over several items.
    drawn: dict[str, list[Dataset]] = {}
    for place, item in enumerate(dataset.get("ROIContourSequence", None) or []):
        require_whole(item, *(item.get("ContourSequence", None) or []))
        key = text(item, 0x30060084) or f"#{place + 1}"
        drawn.setdefault(key, []).extend(item.get("ContourSequence", None) or [])
    # One that is named and drawn nowhere is said to be empty.
    for key in filter(None, named):
        drawn.setdefault(key, [])
    fallback = _only_frame(dataset)
    regions = []
    for label, (key, contours) in enumerate(drawn.items(), start=1):
        name, frame = named.get(key, ("", ""))
        title = (
            f"ROI {int(key)}" if key.isdecimal() and len(key) <= 12 else f"the ROI at place {label}"
        )
        regions.append(_region(label, title, name, frame or fallback, contours, grid))
    return regions


def referenced_series(dataset: Dataset) -> set[str]:
    """Return the UIDs of the series that a structure set says it was drawn on."""
    found = set()
    for frame in dataset.get("ReferencedFrameOfReferenceSequence", None) or []:
        for study in frame.get("RTReferencedStudySequence", None) or []:
            for series in study.get("RTReferencedSeriesSequence", None) or []:
                found.add(text(series, 0x0020000E))
    return found - {""}


def on_slices(regions: Sequence[Region], grid: ImageGrid) -> bool:
    """Whether every contour lies in a slice of the grid: then it was drawn on that image."""
    heights = np.array(
        [grid.indices_kji(c)[:, 0] for r in regions for c in (x[:3] for x in r.contours)]
    )
    return bool(np.abs(heights - np.rint(heights)).max(initial=0.0) <= FLAT_WITHIN_SLICES)


def _only_frame(dataset: Dataset) -> str:
    frames = {text(x, 0x00200052) for x in dataset.get("ReferencedFrameOfReferenceSequence") or []}
    return frames.pop() if len(frames) == 1 else text(dataset, 0x00200052)


def _region(
    label: int, title: str, name: str, frame: str, items: Sequence[Dataset], grid: ImageGrid
) -> Region:
    contours: list[Points] = []
    left_out: Counter[str] = Counter()
    miscounted, exclusive = 0, False
    for item in items:
        kind = text(item, 0x30060042).upper()
        points = _points(item) if kind in _CLOSED else None
        reason = _OPEN if kind not in _CLOSED else _unusable(points, grid)
        if reason or points is None:
            left_out[reason] += 1
            continue
        stated = number(item, 0x30060046)
        miscounted += stated is not None and int(stated) != len(points)
        exclusive |= kind.endswith("XOR")
        contours.append(points)
    name = name or f"{title[0].upper()}{title[1:]}"
    return Region(label, title, name, frame, tuple(contours), exclusive, dict(left_out), miscounted)


def _points(contour: Dataset) -> Points | None:
    """Return the points ``[n, 3]`` of a contour; ``None`` where they cannot be read."""
    raw = raw_bytes(contour, 0x30060050).strip(b" \0")
    try:
        values = np.array(raw.split(b"\\")).astype(np.float64)
    except ValueError:
        return None
    # Python's numbers may hold underscores, DICOM's may not.
    if b"_" in raw or values.size % 3 or not np.isfinite(values).all():
        return None
    return values.reshape(-1, 3)


def _unusable(points: Points | None, grid: ImageGrid) -> str:
    """Return why a contour cannot be used, or nothing."""
    if points is None:
        return _UNREADABLE
    beyond = np.array([_FAR_ALONG_MM, _FAR_MM, _FAR_MM]) / grid.spacing_kji_mm
    index = grid.indices_kji(points)
    if (index < -beyond).any() or (index > np.array(grid.shape_kji) + beyond).any():
        return _FAR
    normal = normal_of(points) if len(points) >= 3 else None
    if normal is None:
        return _EMPTY
    heights = points @ normal
    return _BENT if float(np.ptp(heights)) > 2.0 * _PLANAR_WITHIN_MM else ""


def require_contours(regions: Sequence[Region], name: str) -> None:
    """Refuse a structure set without a contour that can be used.

    Raises
    ------
    InputError
        If there is none, with the reasons.
    """
    if any(x.contours for x in regions):
        return
    reasons = dict.fromkeys(reason for x in regions for reason in x.left_out)
    why = f" (found: {', '.join(reasons)})" if reasons else ""
    raise InputError(
        f"The structure set {name} has no closed contour that can be used{why}.",
        "Give outlined structures.",
    )
