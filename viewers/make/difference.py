"""What a derived image changed: derived minus original, on the original's grid."""

from __future__ import annotations

import numpy as np

from app.core.kit.errors import QuantityError
from app.core.space.resample import resample
from app.core.space.volume import Quantity, Volume

#: A synthetic CT that misses the table is wrong there by 1000 HU; the body is what is looked at.
MOST_HU = 500.0
#: Share of the voxels that are not 0 (in percent) that the scale of a map spans.
SPANNED_PERCENT = 99.5
#: The same for the deviation of a CT, which is greatest on skin and table: the body is looked at.
SPANNED_DEVIATION_HU_PERCENT = 95.0


def difference_of(original: Volume, derived: Volume) -> Volume:
    """Subtract the original from the derived image, on the original's grid.

    Parameters
    ----------
    original, derived
        Images of one quantity in one frame of reference, each on its own grid.

    Returns
    -------
    Volume
        float32 in their unit; 0 where the derived image does not reach or a value is not finite.

    Raises
    ------
    QuantityError
        If they hold different quantities.
    GridError
        If their frames of reference differ.
    """
    if original.quantity is not derived.quantity:
        raise QuantityError(
            f"A {derived.quantity} image cannot be compared with one of {original.quantity}."
        )
    moved = resample(derived, original.grid, fill=float("nan"))
    array = moved.array.astype(np.float32)
    array -= original.array
    np.nan_to_num(array, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    return Volume(original.grid, array, original.quantity, derived.series_uid, "Difference")


def default_limit(difference: Volume) -> float:
    """Bound of the symmetric display range: a round number that spans nearly all changes."""
    return _limit(difference, SPANNED_PERCENT)


def deviation_limit(deviation: Volume) -> float:
    """Upper bound of the display range of a standard deviation, from 0: a round number."""
    of_ct = deviation.quantity is Quantity.HU
    return _limit(deviation, SPANNED_DEVIATION_HU_PERCENT if of_ct else SPANNED_PERCENT)


def _limit(shown: Volume, percent: float) -> float:
    sample = np.abs(shown.array[:: max(1, shown.array.shape[0] // 40), ::2, ::2])
    # What is not a number is left out as 0 is.
    changed = sample[sample > 0]
    if not changed.size:
        return 1.0
    limit = round_up(float(np.percentile(changed, percent)))
    return min(limit, MOST_HU) if shown.quantity is Quantity.HU else limit


def round_up(value: float) -> float:
    """Least of 1, 2, 5 x 10^n that is not below a positive value.

    Examples
    --------
    >>> round_up(0.31), round_up(20.0), round_up(63)
    (0.5, 20.0, 100.0)
    """
    power = int(np.floor(np.log10(max(value, 1e-12))))
    # As a text, so that 5 x 10^-1 is 0.5 and nothing beside it.
    steps = (float(f"{step}e{n}") for n in (power, power + 1) for step in (1, 2, 5))
    return next(step for step in steps if step >= value * (1 - 1e-9))
