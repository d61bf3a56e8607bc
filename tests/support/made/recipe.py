"""What a made PET is: its tracer, times, units and geometry, and the SUV that follows from them.

The truth is weight / (dose x 2^(-t/T)) alone, written here a second time on purpose.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from tests.support.trials.verdict import Values

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Tracer:
    """A nuclide with its half-life in s, its code (SRT and meaning) and a drug that carries it."""

    nuclide: str
    half_life_s: float
    code: str
    meaning: str
    drug: str
    waited_s: float


TRACERS = {
    x.nuclide: x
    for x in (
        Tracer("F18", 6586.2, "C-111A1", "^18^Fluorine", "FDG", 3600.0),
        Tracer("GA68", 4057.74, "C-131A3", "^68^Gallium", "DOTATATE", 3600.0),
        Tracer("C11", 1221.84, "C-105A1", "^11^Carbon", "Choline", 600.0),
        Tracer("N13", 597.9, "C-107A1", "^13^Nitrogen", "Ammonia", 240.0),
        Tracer("O15", 122.24, "C-B1038", "^15^Oxygen", "Water", 60.0),
        Tracer("RB82", 76.32, "C-159A2", "^82^Rubidium", "Rubidium", 90.0),
        Tracer("CU64", 45723.6, "C-127A2", "^64^Copper", "DOTATATE", 7200.0),
        Tracer("ZR89", 282276.0, "C-168A4", "^89^Zirconium", "Trastuzumab", 345600.0),
        Tracer("I124", 360806.4, "C-114A5", "^124^Iodine", "MIBG", 86400.0),
    )
}


@dataclass(frozen=True)
class Recipe:
    """A PET series without fault.

    Attributes
    ----------
    shape_kji, spacing_kji_mm, origin_lps_mm, turned_deg
        Geometry; ``turned_deg`` turns the axes about x, y and z.
    shear_mm
        Each slice lies so far along j from the one before (gantry tilt).
    units, suv_type, decay
        DICOM's words; ``CNTS`` comes with Philips' factors.
    waited_s
        From injection to scan start; the tracer's own where it is ``None``.
    started
        Scan start, on the scanner's clock.
    bed_s
        Time from slice to slice (beds): acquisition times differ.
    zone
        Timezone Offset From UTC, where the header states one.
    dated
        Whether the injection has a date, or a time of day alone.
    """

    shape_kji: tuple[int, int, int] = (20, 24, 32)
    spacing_kji_mm: tuple[float, float, float] = (3.0, 5.0, 4.0)
    origin_lps_mm: tuple[float, float, float] = (-64.0, -60.0, 100.0)
    turned_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)
    shear_mm: float = 0.0
    from_head: bool = False
    tracer: str = "F18"
    dose_bq: float = 350.0e6
    weight_kg: float = 70.0
    height_m: float = 1.70
    sex: str = "F"
    units: str = "BQML"
    suv_type: str = ""
    decay: str = "START"
    waited_s: float | None = None
    started: datetime = datetime(2024, 3, 5, 11, 0, 0)
    duration_s: float = 120.0
    bed_s: float = 0.0
    zone: str = ""
    dated: bool = True
    slopes_differ: bool = False
    intercept: float = 0.0
    signed: bool = True
    encoding: str = "explicit"
    layout: str = "classic"
    with_ct: bool = False
    ct_slope: float = 1.0

    @property
    def half_life_s(self) -> float:
        """Half-life of the tracer in s."""
        return TRACERS[self.tracer].half_life_s

    @property
    def uptake_s(self) -> float:
        """Time from injection to scan start in s."""
        return TRACERS[self.tracer].waited_s if self.waited_s is None else self.waited_s

    @property
    def injected(self) -> datetime:
        """When the tracer was given, on the scanner's clock."""
        return self.started - timedelta(seconds=self.uptake_s)

    @property
    def affine_lps_mm(self) -> FloatArray:
        """4 x 4 matrix from [k, j, i, 1] to LPS mm."""
        directions = _turned(self.turned_deg)
        affine = np.eye(4)
        affine[:3, :3] = directions * np.asarray(self.spacing_kji_mm)
        affine[:3, 0] += directions[:, 1] * self.shear_mm
        affine[:3, 3] = self.origin_lps_mm
        return affine

    @property
    def box(self) -> tuple[slice, slice, slice]:
        """Voxels of the hot box, off the middle along every axis: the shared PET's in its size."""
        k, j, i = self.shape_kji
        return (
            slice(round(0.3 * k), max(round(0.5 * k), round(0.3 * k) + 2)),
            slice(round(j / 3), max(round(j / 2), round(j / 3) + 2)),
            slice(round(0.3125 * i), round(0.5 * i)),
        )

    def acquired(self, k: int) -> datetime:
        """When slice k was acquired."""
        return self.started + timedelta(seconds=self.bed_s * k)

    def suv_per_value(self, k: int) -> float:
        """SUVbw per rescaled value of slice k."""
        if self.units == "GML":
            return self._bw_per_suv()
        if self.units == "CM2ML":
            return self._bw_per_suv()
        per_bqml = self.weight_kg * 1000.0 / self.dose_bq
        if self.units == "CNTS":
            return float(PHILIPS_BQML * per_bqml * 2.0 ** (self.uptake_s / self.half_life_s))
        if self.decay == "ADMIN":
            return per_bqml
        if self.decay == "NONE":
            waited = (self.acquired(k) - self.injected).total_seconds()
            product = math.log(2.0) / self.half_life_s * self.duration_s
            gain = product / (1.0 - math.exp(-product))
            return float(per_bqml * gain * 2.0 ** (waited / self.half_life_s))
        return float(per_bqml * 2.0 ** (self.uptake_s / self.half_life_s))

    def _bw_per_suv(self) -> float:
        """SUVbw per SUV of another size: weight over that size (kg; cm² for BSA)."""
        weight, height_cm = self.weight_kg, self.height_m * 100.0
        kind = self.suv_type or ("BSA" if self.units == "CM2ML" else "BW")
        male = self.sex == "M"
        square = (weight / height_cm) ** 2
        bmi = weight / self.height_m**2
        size = {
            "BW": weight,
            "LBM": 1.10 * weight - 120 * square if male else 1.07 * weight - 148 * square,
            "LBMJAMES128": 1.10 * weight - 128 * square if male else 1.07 * weight - 148 * square,
            "LBMJANMA": 9270 * weight / (6680 + 216 * bmi if male else 8780 + 244 * bmi),
            "IBW": 48 + 1.06 * (height_cm - 152) if male else 45.5 + 0.91 * (height_cm - 152),
            # SUVbsa = activity x area / dose in cm² per ml: weight in g over area in cm².
            "BSA": 0.007184 * weight**0.425 * height_cm**0.725 * 1e4 / 1000.0,
        }[kind]
        return float(weight / size)


#: Philips' factor from counts to Bq/ml.
PHILIPS_BQML = 1.75
#: SUV of body, box and its hottest voxel.
_BODY, _BOX, _HOT = 1.4606, 11.6851, 17.5276


def _turned(degrees: tuple[float, float, float]) -> FloatArray:
    """Directions of k, j, i as columns, turned about x, y, z."""
    directions = np.eye(3)[:, ::-1]
    for axis, angle in enumerate(np.radians(degrees)):
        a, b = (axis + 1) % 3, (axis + 2) % 3
        turn = np.eye(3)
        turn[a, a] = turn[b, b] = math.cos(angle)
        turn[a, b], turn[b, a] = -math.sin(angle), math.sin(angle)
        directions = turn @ directions
    return directions


@dataclass(frozen=True)
class Made:
    """Stored values ``[k, j, i]`` with slopes, and the SUV that they mean."""

    recipe: Recipe
    stored: npt.NDArray[np.int32]
    slopes: tuple[float, ...]

    @property
    def suv(self) -> FloatArray:
        """The truth, ``[k, j, i]``."""
        factors = [self.recipe.suv_per_value(k) for k in range(len(self.stored))]
        slopes = np.array(self.slopes)[:, None, None]
        values = self.stored * slopes + self.recipe.intercept
        return np.asarray(values * np.array(factors)[:, None, None])

    @property
    def mask(self) -> npt.NDArray[np.uint8]:
        """The box as a labelmap of one label, ``[k, j, i]``."""
        labels = np.zeros(self.recipe.shape_kji, np.uint8)
        labels[self.recipe.box] = 1
        return labels

    @property
    def truth(self) -> Values:
        """SUVmax, SUVmean and volume in ml of the box."""
        inside = self.suv[self.recipe.box]
        voxel_ml = abs(float(np.linalg.det(self.recipe.affine_lps_mm[:3, :3]))) / 1000.0
        return float(inside.max()), float(inside.mean()), inside.size * voxel_ml


def make(recipe: Recipe) -> Made:
    """Return what the scanner would have stored."""
    k, j, i = recipe.shape_kji
    wanted = np.zeros(recipe.shape_kji)
    wanted[:, j // 6 : j - j // 8, i // 6 : i - i // 8] = _BODY
    wanted[recipe.box] = _BOX
    at = tuple(x.start + (x.stop - x.start) // 2 for x in recipe.box)
    wanted[at] = _HOT
    factors = np.array([recipe.suv_per_value(n) for n in range(k)])
    values = wanted / factors[:, None, None] - recipe.intercept
    greatest = float(values.max()) / 30000.0
    slopes = [
        float(f"{greatest * (1 + 0.07 * (n % 5) * recipe.slopes_differ):.6g}") for n in range(k)
    ]
    stored = np.rint(values / np.array(slopes)[:, None, None])
    low = -32768 if recipe.signed else 0
    return Made(recipe, np.clip(stored, low, 32767).astype(np.int32), tuple(slopes))
