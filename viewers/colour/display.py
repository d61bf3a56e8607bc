"""What panes are shown with: palettes, windows and units, apart from what they show."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from app.core.kit.errors import QuantityError
from app.core.space.volume import Quantity, Volume
from app.core.study.display_units import PetUnit, unit_factor
from app.core.study.study import Study
from app.core.study.tracers import range_of_study
from viewers.colour.palette_files import ColourMap, own_colour_maps

SUV_QUANTITIES = (Quantity.SUV_BW, Quantity.SUV_LBM, Quantity.SUV_BSA, Quantity.SUV_IBW)
DEFAULT_CT_WINDOW = (400.0, 40.0)
#: Upper end of the SUV range where the tracer is not known.
USUAL_SUV = 7.0
#: A synthetic CT that misses the table is wrong there by 1000 HU; the body is what is looked at.
MOST_HU = 500.0
#: Of maps: share of the voxels that are not 0 (in percent) that the scale of a map spans.
SPANNED_PERCENT = 99.5
#: The same for the deviation of a CT, which is greatest on skin and table: the body is looked at.
SPANNED_DEVIATION_HU_PERCENT = 95.0


@dataclass(frozen=True)
class PaneColours:
    """Colour maps of the PET in its own panes, over a CT, and on the MIP."""

    pet: ColourMap = field(default_factory=lambda: own_colour_maps()["inverse-grey"])
    fused: ColourMap = field(default_factory=lambda: own_colour_maps()["hot-iron"])
    mip: ColourMap = field(default_factory=lambda: own_colour_maps()["inverse-grey"])


@dataclass(frozen=True)
class PaneWindow:
    """Display ranges: PET in its own unit, CT as width and level in HU, MR in its own signal."""

    pet_range: tuple[float, float]
    ct_window: tuple[float, float]
    mr_range: tuple[float, float]


@dataclass(frozen=True)
class ShownUnit:
    """Unit that the PET's numbers are written in, and its value per unit of the PET's own."""

    unit: PetUnit | None = None
    factor: float = 1.0


def shown_unit(study: Study | None, wanted: PetUnit | None) -> ShownUnit:
    """Return the wanted unit where the study allows it, else that of the PET itself."""
    if study is not None and wanted is not None:
        try:
            return ShownUnit(wanted, unit_factor(study, wanted))
        except QuantityError:
            # The panel says why it is not offered.
            return ShownUnit()
    return ShownUnit()


def opening_pet_range(study: Study | None) -> tuple[float, float]:
    """Range that a study's PET opens with: by its tracer, else what suits its unit."""
    pet = None if study is None else study.pet
    if study is not None and pet is not None and pet.quantity is Quantity.SUV_BW:
        tracer = range_of_study(study)
        return 0.0, USUAL_SUV if tracer is None else tracer.upper
    return default_pet_range(pet)


def default_pet_range(pet: Volume | None) -> tuple[float, float]:
    """Display range a reader expects: SUV 0 to 7; for other units 0 to a rounded 99.8 %."""
    if pet is None or pet.quantity in SUV_QUANTITIES:
        return 0.0, USUAL_SUV
    sample = pet.array[:: max(1, pet.array.shape[0] // 40), ::2, ::2]
    positive = sample[np.isfinite(sample) & (sample > 0)]
    if not positive.size:
        return 0.0, 1.0
    top = float(np.percentile(positive, 99.8))
    power = 10.0 ** np.floor(np.log10(max(top, 1e-12)))
    return 0.0, float(np.ceil(top / power * 2) / 2 * power)


def robust_range(image: Volume | None) -> tuple[float, float]:
    """0 (or the least value) to the 99.5th percentile: an MR has no unit."""
    if image is None:
        return 0.0, 1.0
    sample = image.array[:: max(1, image.array.shape[0] // 40), ::2, ::2]
    finite = sample[np.isfinite(sample)]
    if not finite.size:
        return 0.0, 1.0
    low, high = min(0.0, float(finite.min())), float(np.percentile(finite, 99.5))
    return low, max(high, low + 1e-6)


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
    changed = sample[np.isfinite(sample) & (sample > 0)]
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
