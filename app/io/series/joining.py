"""Several Series Instance UIDs for one volume, a UID a slice: put together again, and said.

Software that makes files anew gives each of them a series of its own. Joined is only what is alike
in everything (`app.io.series.grouping.Kind`, description, reconstruction, geometry) and continues
one another in space: never images at one place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence

import numpy as np

from app.io.dicom.scan import ScannedSeries
from app.io.series.grouping import kind_of, spoken_for

_STACKED = ("PT", "CT", "MR")
#: Fewer slices that have a series each are scouts, pictures of interest: no volume.
_FEWEST_SLICES = 3
#: Gaps up to this many steps are slices that are missing.
_WIDEST_STEPS = 3.5
_SAME_PLACE_MM = 0.01


def join_series(series: Sequence[ScannedSeries]) -> list[ScannedSeries]:
    """Return the series with those joined that are one volume under several UIDs."""
    groups: dict[Hashable, list[ScannedSeries]] = defaultdict(list)
    for n, one in enumerate(series):
        groups[_alike(one) or n].append(one)
    return [final for group in groups.values() for final in _join_alike(group)]


def _alike(one: ScannedSeries) -> Hashable:
    """Return what series of one volume have in common; ``None`` for what is never joined."""
    x = one.instances[0]
    kind, said, layout = kind_of(x.stated), x.stated, x.pixels
    if kind.modality not in _STACKED or kind.view != "none":
        return None
    if layout is None or not x.orientation or not x.position_lps_mm or not x.spacing_ji_mm:
        return None
    return (
        kind, said.description, said.image_type, said.kernel, said.reconstruction, said.study_date,
        layout.rows, layout.columns, layout.samples,
        tuple(round(v, 3) for v in x.spacing_ji_mm), tuple(round(v, 2) for v in x.orientation),
    )  # fmt: skip


def _join_alike(group: Sequence[ScannedSeries]) -> list[ScannedSeries]:
    if len(group) < 2:
        return list(group)
    if all(len(x.instances) == 1 for x in group):
        return _join_slices(group)
    return _join_numbered(group)


def _join_slices(group: Sequence[ScannedSeries]) -> list[ScannedSeries]:
    """Join series of one image each; where they lie at one place, by time of acquisition."""
    if len(group) < _FEWEST_SLICES:
        return list(group)
    if _continue(group):
        return [_one(group)]
    frames: dict[str, list[ScannedSeries]] = defaultdict(list)
    for x in group:
        frames[x.instances[0].acquisition].append(x)
    parts = list(frames.values())
    if len(parts) > 1 and all(len(p) >= _FEWEST_SLICES and _continue(p) for p in parts):
        return [_one(p) for p in parts]
    return list(group)


def _join_numbered(group: Sequence[ScannedSeries]) -> list[ScannedSeries]:
    """Join series of one number and frame of reference, from the largest on."""
    kept: list[list[ScannedSeries]] = []
    for one in sorted(group, key=lambda x: (-len(x.instances), x.uid)):
        for parts in kept:
            if _numbered_alike(parts[0], one) and _continue([*parts, one]):
                parts.append(one)
                break
        else:
            kept.append([one])
    return [_one(parts) if len(parts) > 1 else parts[0] for parts in kept]


def _numbered_alike(a: ScannedSeries, b: ScannedSeries) -> bool:
    one, other = a.instances[0].stated, b.instances[0].stated
    same = (one.series_number, one.frame_uid) == (other.series_number, other.frame_uid)
    return same and bool(one.series_number)


def _continue(parts: Sequence[ScannedSeries]) -> bool:
    """Whether images of several series make one stack: no place twice, no wide gap."""
    images = [x for part in parts for x in part.instances]
    cosines = images[0].orientation or ()
    normal = np.cross(cosines[:3], cosines[3:6])
    if any(x.position_lps_mm is None for x in images):
        return False
    gaps = np.diff(np.sort([float(np.dot(x.position_lps_mm or (), normal)) for x in images]))
    return bool(gaps.min() > _SAME_PLACE_MM and gaps.max() <= _WIDEST_STEPS * np.median(gaps))


def _one(parts: Sequence[ScannedSeries]) -> ScannedSeries:
    """Return several series as one, under the UID of the largest."""
    main = min(parts, key=lambda x: (-len(x.instances), x.uid))
    ordered = [main, *(x for x in parts if x is not main)]
    images = [x for part in ordered for x in part.instances]
    note = (
        f"The images carry {len(parts)} series UIDs; they are read as one series, since they are "
        "alike in all else and follow one another in space."
    )
    notes = [*(n for part in ordered for n in part.notes), note]
    return spoken_for(main, main.uid, images, notes)
