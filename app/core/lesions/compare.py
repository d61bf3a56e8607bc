"""A derived image against the original: shifts of lesion values, and errors in HU by tissue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from app.core.kit.errors import GridError
from app.core.lesions.biomarkers import Biomarkers
from app.core.space.resample import resample
from app.core.space.volume import Quantity, Volume

Mask = npt.NDArray[np.bool_]

#: Values whose shift between two images of one outline means something. MTV itself is the
#: outline's and cannot move; the volume at 41 % of each image's own SUVmax can.
SHIFTS = ("suv_max", "suv_mean", "suv_peak", "mtv_41_ml")
#: Tissues by the real CT's HU: from, up to. Air is that inside the body: lung, bowel, airways.
TISSUES_HU: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "air": (-np.inf, -200.0),
        "fat": (-200.0, -20.0),
        "soft": (-20.0, 150.0),
        "bone": (150.0, np.inf),
    }
)
#: The body is what lies above this, with all that it encloses in a slice.
_BODY_HU = -500.0
#: Smaller pieces, as a share of the largest, are no part of the body.
_LEAST_PIECE = 0.1


def shift_percent(original: Biomarkers, derived: Biomarkers) -> Mapping[str, float]:
    """Return how far values of one lesion moved from the original to the derived image.

    Parameters
    ----------
    original, derived
        Values within the same outline on either image.

    Returns
    -------
    mapping
        Every key of `SHIFTS` to a shift in %: (derived / original - 1) x 100 within the same
        outline, the volume at 41 % of SUVmax thresholded on each image by itself; NaN where a
        value is missing, not finite, or the original's is not above zero.
    """
    return MappingProxyType({key: _shift(original, derived, key) for key in SHIFTS})


def _shift(original: Biomarkers, derived: Biomarkers, key: str) -> float:
    if key not in original.values or key not in derived.values:
        return float("nan")
    before, after = original[key], derived[key]
    if not (np.isfinite(before) and np.isfinite(after) and before > 0):
        return float("nan")
    return 100.0 * (after / before - 1.0)


@dataclass(frozen=True)
class TissueError:
    """Error in HU over one tissue of the body; NaN where there is none of it."""

    voxels: int
    mean_hu: float
    mean_absolute_hu: float


@dataclass(frozen=True, eq=False)
class HuError:
    """A synthetic CT against the real one.

    Parameters
    ----------
    volume
        Synthetic minus real CT in HU, float32 on the synthetic CT's grid; 0 where the real CT
        does not reach.
    body
        Error over the body.
    tissues
        Error by tissue of `TISSUES_HU`, judged by the real CT.
    """

    volume: Volume
    body: TissueError
    tissues: Mapping[str, TissueError]


def hu_error(synthetic: Volume, ct: Volume) -> HuError:
    """Compare a synthetic CT with the real one, on the synthetic CT's grid.

    Raises
    ------
    QuantityError
        If a volume does not hold HU.
    GridError
        If they share no frame of reference or do not overlap.
    """
    for volume in (synthetic, ct):
        volume.require(Quantity.HU)
    if not synthetic.grid.overlaps(ct.grid):
        raise GridError("The two images do not overlap in space.", "Choose images of one region.")
    real = resample(ct, synthetic.grid, fill=-1000.0).array.astype(np.float32)
    ones = Volume(ct.grid, np.ones(ct.grid.shape_kji, dtype=np.uint8), Quantity.LABEL)
    covered = resample(ones, synthetic.grid, order=0).array > 0
    error = np.where(covered, synthetic.array.astype(np.float32) - real, np.float32(0.0))
    body = body_of(real) & covered
    tissues = {
        name: _error_over(error, body & (real >= low) & (real < high))
        for name, (low, high) in TISSUES_HU.items()
    }
    volume = Volume(
        synthetic.grid, error, Quantity.HU, synthetic.series_uid, "Synthetic minus real CT"
    )
    return HuError(volume, _error_over(error, body), MappingProxyType(tissues))


def body_of(ct_hu: npt.NDArray[np.floating]) -> Mask:
    """Return the body in a CT ``[k, j, i]``: its large pieces, with what they enclose.

    Two legs are two pieces: all that have a tenth of the largest one's size count. Thin things
    (the table's shells, blankets) are taken off by an opening of one voxel.
    """
    solid = ndimage.binary_opening(ct_hu > _BODY_HU, np.ones((1, 3, 3), dtype=bool))
    labels, count = ndimage.label(solid)
    if not count:
        return np.zeros(ct_hu.shape, dtype=np.bool_)
    sizes = np.bincount(labels.reshape(-1))
    sizes[0] = 0
    large = sizes >= _LEAST_PIECE * sizes.max()
    filled = [ndimage.binary_fill_holes(plane) for plane in large[labels]]
    return np.stack(filled)


def _error_over(error: npt.NDArray[np.float32], inside: Mask) -> TissueError:
    values = error[inside].astype(np.float64)
    if not values.size:
        return TissueError(0, float("nan"), float("nan"))
    return TissueError(int(values.size), float(values.mean()), float(np.abs(values).mean()))
