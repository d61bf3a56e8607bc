"""Values that are no numbers are shown as the least of an image: they are neither tissue nor heat.

One such value would otherwise blacken a whole projection, spread over its neighbours where values
are interpolated, or be the hottest of its ray.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from app.core.space.volume import Volume


def finite_values(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the same values with the least finite one in the place of NaN and infinities.

    Values of whole numbers, and such as are all finite, are returned themselves. Where none is
    finite all are 0.
    """
    if values.dtype.kind != "f":
        return values
    good = np.isfinite(values)
    if good.all():
        return values
    least = values[good].min() if good.any() else 0.0
    return np.where(good, values, values.dtype.type(least))


def finite_volume(volume: Volume) -> Volume:
    """Return the image with `finite_values`; itself where all its values are."""
    array = finite_values(volume.array)
    return volume if array is volume.array else replace(volume, array=array)
