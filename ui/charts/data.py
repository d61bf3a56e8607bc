"""What the charts show, computed without any drawing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.core.lesions.segmentation import Segmentation
from app.core.space.volume import Volume

FloatArray = npt.NDArray[np.float64]

#: How far around a lesion its surroundings reach.
SHELL_MM = 20.0
#: Bars of a histogram.
BINS = 40


@dataclass(frozen=True, eq=False)
class Histogram:
    """Shares of voxels (in percent of each region) by SUV.

    Parameters
    ----------
    edges
        float64 [bins + 1], in the image's unit.
    lesion, surroundings
        float64 [bins], adding up to 100 each (or to 0 where there is no voxel).
    """

    edges: FloatArray
    lesion: FloatArray
    surroundings: FloatArray


def lesion_and_shell(
    pet: Volume, segmentation: Segmentation, label: int, shell_mm: float = SHELL_MM
) -> tuple[FloatArray, FloatArray]:
    """Finite values of a lesion's voxels, and of those around it that belong to no lesion.

    A voxel is around it where its centre lies at most ``shell_mm`` from that of a lesion voxel.

    Parameters
    ----------
    pet
        On the segmentation's grid.
    segmentation
        The outlines.
    label
        The lesion's value in the labelmap.
    shell_mm
        Reach of the surroundings.
    """
    from scipy import ndimage

    box = segmentation.labels.boxes().get(label)
    if box is None:
        return np.zeros(0), np.zeros(0)
    spacing_mm = np.array(segmentation.grid.spacing_kji_mm)
    reach = np.ceil(shell_mm / spacing_mm).astype(int)
    k, j, i = (slice(max(s.start - n, 0), s.stop + n) for s, n in zip(box, reach, strict=True))
    labels, values = segmentation.labels.box((k, j, i)), pet.array[k, j, i].astype(np.float64)
    away = ndimage.distance_transform_edt(labels != label, sampling=spacing_mm)
    finite = np.isfinite(values)
    inside = values[(labels == label) & finite]
    return inside, values[(labels == 0) & (away <= shell_mm) & finite]


def histogram(inside: FloatArray, around: FloatArray) -> Histogram:
    """Shares of both by value, over one set of equal bins from 0 (or the least) to the greatest."""
    values = np.concatenate([inside, around])
    low = min(0.0, float(values.min(initial=0.0)))
    high = max(float(values.max(initial=0.0)), low + 1e-6)
    edges = np.linspace(low, high, BINS + 1)
    shares = []
    for part in (inside, around):
        counts = np.histogram(part, edges)[0].astype(np.float64)
        shares.append(100.0 * counts / max(1.0, counts.sum()))
    return Histogram(edges, shares[0], shares[1])
