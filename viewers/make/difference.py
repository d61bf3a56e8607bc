"""What a derived image changed: derived minus original, on the original's grid."""

from __future__ import annotations

import numpy as np

from app.core.kit.errors import QuantityError
from app.core.space.resample import resample
from app.core.space.volume import Volume


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
