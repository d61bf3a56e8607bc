"""SUV arithmetic: decay, body size, and the factor from Bq/ml to SUV. Pure functions.

Which rule a header asks for, and with which values, is decided in `app.io.suv.rules`.
"""

from __future__ import annotations

import math
from typing import Literal

Sex = Literal["M", "F", "O"]


def decay_constant_per_s(half_life_s: float) -> float:
    """Return λ = ln 2 / T½ in 1/s.

    Raises
    ------
    ValueError
        If the half-life is not positive.
    """
    if not half_life_s > 0:
        raise ValueError(f"A half-life must be positive, not {half_life_s} s.")
    return math.log(2.0) / half_life_s


def remaining_fraction(elapsed_s: float, half_life_s: float) -> float:
    """Fraction of activity left after a time (s); above 1 for a negative time.

    >>> remaining_fraction(6586.2, 6586.2)
    0.5
    """
    return math.exp(-decay_constant_per_s(half_life_s) * elapsed_s)


def average_count_time_s(duration_s: float, half_life_s: float) -> float:
    """Time (s) after a frame's start at which its activity is the frame's mean activity.

    T_ave = (1/λ) ln(λT / (1 − e^(−λT))), the DICOM reading of Frame Reference Time (PS3.3
    C.8.9.4.1, QIBA FDG-PET profile). It is a little less than half the frame.
    """
    constant = decay_constant_per_s(half_life_s)
    return math.log(frame_decay_gain(duration_s, half_life_s)) / constant


def frame_decay_gain(duration_s: float, half_life_s: float) -> float:
    """λT / (1 − e^(−λT)): mean activity of a frame to the activity at its start (at least 1)."""
    product = decay_constant_per_s(half_life_s) * duration_s
    return 1.0 if product <= 0 else product / -math.expm1(-product)


def suvbw_per_bqml(weight_kg: float, dose_bq: float) -> float:
    """SUVbw per Bq/ml: W (g) / dose (Bq, already at the image's reference time); 1 ml = 1 g.

    Raises
    ------
    ValueError
        If weight or dose is not positive.
    """
    if not (weight_kg > 0 and dose_bq > 0):
        raise ValueError("SUV needs a positive weight and a positive dose.")
    return weight_kg * 1000.0 / dose_bq


def _by_sex(sex: Sex, male: float, female: float) -> float:
    # Sex O (other, unknown): the mean of both formulas.
    return {"M": male, "F": female, "O": (male + female) / 2.0}[sex]


def lbm_morgan_kg(weight_kg: float, height_m: float, sex: Sex) -> float:
    """Lean body mass in kg by Morgan and Bray, DICOM SUV type ``LBM``.

    >>> round(lbm_morgan_kg(75, 1.85, "M") * 1000, 4)
    62777.5749
    """
    square = (weight_kg / (height_m * 100.0)) ** 2
    return _by_sex(sex, 1.10 * weight_kg - 120.0 * square, 1.07 * weight_kg - 148.0 * square)


def lbm_james128_kg(weight_kg: float, height_m: float, sex: Sex) -> float:
    """Lean body mass in kg by James (factor 128), DICOM SUV type ``LBMJAMES128``."""
    square = (weight_kg / (height_m * 100.0)) ** 2
    return _by_sex(sex, 1.10 * weight_kg - 128.0 * square, 1.07 * weight_kg - 148.0 * square)


def lbm_janmahasatian_kg(weight_kg: float, height_m: float, sex: Sex) -> float:
    """Lean body mass in kg by Janmahasatian 2005, DICOM SUV type ``LBMJANMA``.

    >>> round(lbm_janmahasatian_kg(75, 1.85, "F") * 1000, 4)
    49214.38
    """
    bmi = weight_kg / height_m**2
    male = 9270.0 * weight_kg / (6680.0 + 216.0 * bmi)
    female = 9270.0 * weight_kg / (8780.0 + 244.0 * bmi)
    return _by_sex(sex, male, female)


def ideal_body_weight_kg(height_m: float, sex: Sex) -> float:
    """Ideal body weight in kg, DICOM SUV type ``IBW``."""
    above_cm = height_m * 100.0 - 152.0
    return _by_sex(sex, 48.0 + 1.06 * above_cm, 45.5 + 0.91 * above_cm)


def body_surface_area_m2(weight_kg: float, height_m: float) -> float:
    """Body surface area in m² by Du Bois: 0.007184 W^0.425 H^0.725 (kg, cm).

    >>> round(body_surface_area_m2(75, 1.85) * 1e4, 4)
    19813.7584
    """
    return 0.007184 * math.pow(weight_kg, 0.425) * math.pow(height_m * 100.0, 0.725)


def suvbw_per_suv(kind: str, weight_kg: float, height_m: float | None, sex: Sex) -> float:
    """Factor that turns an SUV normalised otherwise into SUVbw.

    Parameters
    ----------
    kind
        DICOM SUV Type (0054,1006): ``BW``, ``LBM``, ``LBMJAMES128``, ``LBMJANMA``, ``IBW``
        (weight in g over size in g) or ``BSA`` (weight in g over size in cm²).
    weight_kg, height_m, sex
        Body size; the height is needed for all but ``BW``.

    Raises
    ------
    ValueError
        If the type is unknown, a value is missing, or the body size comes out as not positive.
    """
    if kind == "BW":
        return 1.0
    if height_m is None or not height_m > 0 or not weight_kg > 0:
        raise ValueError(f"SUV of type {kind} needs weight and height to become SUVbw.")
    if kind == "BSA":
        return weight_kg * 1000.0 / (body_surface_area_m2(weight_kg, height_m) * 1.0e4)
    if kind == "LBM":
        size_kg = lbm_morgan_kg(weight_kg, height_m, sex)
    elif kind == "LBMJAMES128":
        size_kg = lbm_james128_kg(weight_kg, height_m, sex)
    elif kind == "LBMJANMA":
        size_kg = lbm_janmahasatian_kg(weight_kg, height_m, sex)
    elif kind == "IBW":
        size_kg = ideal_body_weight_kg(height_m, sex)
    else:
        raise ValueError(f"{kind} is not an SUV type that DICOM knows.")
    if not size_kg > 0:
        raise ValueError(f"Body size by {kind} is not positive for this weight and height.")
    return weight_kg / size_kg
