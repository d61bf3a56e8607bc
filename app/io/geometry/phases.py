"""Time frames and gates of a 4D series: which images belong to which."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.core.kit.errors import InputError
from app.io.dicom.header import Instance
from app.io.dicom.time import parse_datetime
from app.io.geometry.planes import Plane, same_place_mm

#: With exact phase tags, a series is 4D where at least this part of its places is full.
_FULL_ENOUGH = 0.9
#: More times of acquisition than this are those of single slices.
_MOST_ACQUISITIONS = 8

Places = list[list[Instance]]
_Key = Callable[[Instance], Hashable]


@dataclass(frozen=True)
class Phase:
    """One time frame or gate: its images, one a place along the normal, and what it is."""

    label: str
    images: tuple[Instance, ...]


@dataclass(frozen=True)
class Split:
    """The phases of a series (one where it is not 4D); ``kind`` names them for people."""

    kind: str
    phases: tuple[Phase, ...]
    notes: tuple[str, ...] = ()


def split_phases(images: Sequence[Instance], plane: Plane) -> Split:
    """Split the images of a series by place and by phase.

    Phases are told apart by the first of these that differs between all images of a place:
    temporal position, percent of a cycle, time slot, trigger time, PET image index, acquisition
    time, frame reference time, image number. A phase without all of the places is left out, with a
    note: it has no grid in common with the others.

    Parameters
    ----------
    images
        Of one series and one geometry, in any order.
    plane
        That of the images.

    Raises
    ------
    InputError
        If all images state one position though they are no phases.
    """
    normal = plane.normal
    places = _places(images, normal, same_place_mm(images, plane))
    most = max(len(x) for x in places)
    kind, key = _telling(places)
    if len(places) == 1 and most > 1:
        _require_phases(places[0], kind)
    doubled = sum(len(x) > 1 for x in places)
    if doubled < _FULL_ENOUGH * len(places):
        apart = _acquisitions(places, normal)
        if apart is not None:
            return apart
    if most == 1:
        return Split("", (Phase("", tuple(images)),))
    labels = sorted({key(x) for place in places for x in place}, key=_order)
    exact = len(labels) == most and doubled >= _FULL_ENOUGH * len(places)
    if not exact and doubled < len(places):
        return _duplicates(places, doubled, normal)
    if exact:
        grouped = [[x for place in places for x in place if key(x) == label] for label in labels]
    else:
        ranked = [sorted(place, key=lambda x: _order(key(x))) for place in places]
        grouped = [[x[n] for x in ranked if n < len(x)] for n in range(most)]
    return _complete(kind, grouped, len(places))


def _places(
    images: Sequence[Instance], normal: npt.NDArray[np.float64], within_mm: float
) -> Places:
    """Gather images that lie at one place along the normal, in order."""
    along = np.array([x.position_lps_mm for x in images]) @ normal
    places: Places = []
    begin = -np.inf
    for n in np.argsort(along, kind="stable"):
        if along[n] - begin > within_mm:
            places.append([])
            begin = along[n]
        places[-1].append(images[n])
    return places


def _require_phases(images: Sequence[Instance], kind: str) -> None:
    """Refuse slices of a volume that all state one position; a slice scanned again is none.

    Raises
    ------
    InputError
    """
    locations = {x.slice_location_mm for x in images} - {None}
    if kind == "image" or len(locations) > 1:
        raise InputError(
            f"All {len(images)} images of the series state one position: they make no volume.",
            "Open the original series as it came from the scanner.",
        )


def _acquisitions(places: Places, normal: npt.NDArray[np.float64]) -> Split | None:
    """Return the largest of several acquisitions whose slices lie between one another's.

    ``None`` where there is one acquisition, where they follow one another (bed positions), or
    where the slices of all make one regular stack, as an MR takes every second slice first.
    """
    first = [min(place, key=lambda x: x.time_key) for place in places]
    labels = [x.acquisition for x in first]
    several = len(set(labels))
    if not 2 <= several <= _MOST_ACQUISITIONS or "" in labels:
        return None
    turns = sum(a != b for a, b in itertools.pairwise(labels))
    if turns <= 2 * several - 1:
        return None
    gaps = np.diff([float(np.dot(x.position_lps_mm or (), normal)) for x in first])
    even = np.abs(gaps - np.median(gaps)).max() <= 0.1 * np.median(gaps)
    pet = any(x.stated.modality == "PT" for x in first)
    if even and not pet and len(first) == sum(map(len, places)):
        return None
    groups: dict[str, list[Instance]] = defaultdict(list)
    for place in places:
        for x in place:
            groups[x.acquisition].append(x)
    chosen = min(groups, key=lambda label: (-len(groups[label]), label))
    left = sum(map(len, groups.values())) - len(groups[chosen])
    which = "first" if chosen == min(groups) else "largest"
    note = (
        f"The series holds {several} acquisitions whose slices lie between one another's; the "
        f"{which} ({len(groups[chosen])} images) is read, {left} images are left out."
    )
    return Split("", (Phase("", tuple(groups[chosen])),), (note,))


_KEYS: tuple[tuple[str, _Key], ...] = (
    ("phase", lambda x: x.phase.position),
    ("gate", lambda x: x.phase.percent),
    ("gate", lambda x: x.phase.gate),
    ("gate", lambda x: x.phase.trigger_ms),
    ("time frame", lambda x: x.phase.index),
    ("time frame", lambda x: x.acquisition or None),
    ("time frame", lambda x: x.frame_reference_ms),
    ("image", lambda x: x.number),
)


def _telling(places: Places) -> tuple[str, _Key]:
    """Return what tells the images of every place apart, and what it calls them."""
    for kind, key in _KEYS:
        values = [[key(x) for x in place] for place in places]
        if all(None not in v and len(set(v)) == len(v) for v in values):
            return kind, key
    return "image", lambda x: x.time_key


def _order(value: Hashable) -> tuple[int, float, str]:
    """Sort numbers by size and texts (date and time) by their letters."""
    if isinstance(value, float | int):
        return 0, float(value), ""
    return 1, 0.0, str(value)


def _duplicates(places: Places, doubled: int, normal: npt.NDArray[np.float64]) -> Split:
    chosen = [sorted(place, key=lambda x: x.time_key)[0] for place in places]
    at = [float(np.dot(p[0].position_lps_mm or (), normal)) for p in places if len(p) > 1]
    where = short_listing(", ".join(f"{mm:.1f}" for mm in at))
    left = sum(map(len, places)) - len(places)
    note = (
        f"Several images lie at the same position ({doubled} positions: {where} mm along "
        f"the normal); the first of each is taken, {left} {'is' if left == 1 else 'are'} left out."
    )
    return Split("", (Phase("", tuple(chosen)),), (note,))


def _complete(kind: str, grouped: list[list[Instance]], places: int) -> Split:
    whole = [n for n, group in enumerate(grouped) if len(group) == places]
    if not whole:
        whole = [max(range(len(grouped)), key=lambda n: len(grouped[n]))]
    labels = _labels(grouped)
    phases = tuple(Phase(labels[n], tuple(grouped[n])) for n in whole)
    notes = []
    left = [n for n in range(len(grouped)) if n not in whole]
    if left:
        numbers = short_listing(", ".join(str(n + 1) for n in left))
        notes.append(
            f"{kind.capitalize()} {numbers} of {len(grouped)} lacks slices that others have and "
            "is left out."
        )
    said = f" ({phases[0].label})" if phases[0].label else ""
    shown = "the first" if whole[0] == 0 else f"number {whole[0] + 1}"
    notes.append(
        f"The series holds {len(grouped)} {kind}s at each position; {shown}{said} is shown."
    )
    return Split(kind, phases, tuple(notes))


def _labels(grouped: list[list[Instance]]) -> list[str]:
    """Say what each phase is: percent of the cycle, trigger time, or seconds of the scan."""
    starts = [parse_datetime(group[0].acquisition) for group in grouped]
    known = [x for x in starts if x is not None]
    labels = []
    for group, start in zip(grouped, starts, strict=True):
        x = group[0]
        if x.phase.percent is not None:
            labels.append(f"{x.phase.percent:g} %")
        elif x.phase.trigger_ms is not None and len({g[0].phase.trigger_ms for g in grouped}) > 1:
            labels.append(f"{x.phase.trigger_ms:g} ms")
        elif start is not None and len(set(known)) > 1:
            begin = (start - min(known)).total_seconds()
            end = f"–{begin + x.duration_ms / 1000.0:g}" if x.duration_ms else ""
            labels.append(f"{begin:g}{end} s")
        elif x.frame_reference_ms is not None:
            labels.append(f"{x.frame_reference_ms / 1000.0:g} s")
        else:
            labels.append("")
    return labels if len(set(labels)) > 1 else [""] * len(labels)


def short_listing(listing: str, most: int = 120) -> str:
    """Cut a comma-separated listing to about so many letters."""
    return listing if len(listing) <= most else listing[:most].rsplit(",", 1)[0] + ", …"
