"""Biomarkers: values with unit, definition and, where a model drew the outline, an interval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from app.core.lesions.lesion import Lesion

#: Definition of every value the program shows: key -> (label, unit, definition).
DEFINITIONS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "suv_min": ("SUVmin", "SUV", "least SUV over lesion voxels, PET native grid"),
        "suv_median": (
            "SUVmedian",
            "SUV",
            "median SUV over lesion voxels, PET native grid",
        ),
        "suv_max": (
            "SUVmax",
            "SUV",
            "greatest SUV over lesion voxels, PET native grid",
        ),
        "suv_mean": ("SUVmean", "SUV", "mean SUV over lesion voxels, PET native grid"),
        "suv_sd": ("SUV SD", "SUV", "standard deviation (N) of SUV over lesion voxels"),
        "suv_q1": ("SUV Q1", "SUV", "first quartile of SUV over lesion voxels"),
        "suv_q3": ("SUV Q3", "SUV", "third quartile of SUV over lesion voxels"),
        "suv_peak": (
            "SUVpeak",
            "SUV",
            "IBSI local intensity peak VJGA: mean of image voxels whose centres lie within "
            "6.2035 mm of the hottest lesion voxel",
        ),
        "suv_peak_global": (
            "SUVpeak (global)",
            "SUV",
            "IBSI global intensity peak 0F91: largest 1 ml sphere mean over all lesion voxels",
        ),
        "mtv_ml": (
            "MTV",
            "ml",
            "number of lesion voxels x voxel volume, PET native grid",
        ),
        "tlg": ("TLG", "ml", "MTV x SUVmean"),
        "mtv_41_ml": (
            "MTV 41 %",
            "ml",
            "volume of lesion voxels at or above 41 % of the lesion's SUVmax, PET native grid; "
            "it moves with the image where MTV is the outline's own",
        ),
        "suv_mean_recovered": (
            "SUVmean (recovered)",
            "SUV",
            "mean SUV over lesion voxels after partial-volume recovery by iterative Yang "
            "(Erlandsson 2012) with the stated blur of the scanner and a background that varies; "
            "not defined for lesions smaller than the blur; beside SUVmean, never in its place",
        ),
        "suv_max_recovered": (
            "SUVmax (recovered)",
            "SUV",
            "greatest SUV over lesion voxels after partial-volume recovery by iterative Yang "
            "(Erlandsson 2012), as for the recovered SUVmean; it rises with noise",
        ),
    }
)

#: Values that need a further choice of the reader, and are there only once it was made.
ON_REQUEST = ("suv_mean_recovered", "suv_max_recovered")

#: Values that every measured lesion has.
MEASURED = tuple(key for key in DEFINITIONS if key not in ON_REQUEST)


@dataclass(frozen=True)
class Value:
    """One number.

    Parameters
    ----------
    value
        The number, or NaN where it is not defined.
    unit
        Its unit.
    definition
        Key into `DEFINITIONS`.
    interval
        90 % interval (5th and 95th percentile over Monte Carlo samples), or ``None``.
    samples
        The value in every Monte Carlo sample, in sample order, or empty.
    reason
        Why the value is not defined, or empty.
    """

    value: float
    unit: str
    definition: str
    interval: tuple[float, float] | None = None
    samples: tuple[float, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Biomarkers:
    """Values of one lesion at one revision of its segmentation."""

    lesion_id: str
    revision: int
    values: Mapping[str, Value]
    centroid_lps_mm: tuple[float, float, float]
    hottest_lps_mm: tuple[float, float, float]
    voxels: int

    def __getitem__(self, key: str) -> float:
        return self.values[key].value

    def interval(self, key: str) -> tuple[float, float] | None:
        """Return the 90 % interval of a value, or ``None``."""
        return self.values[key].interval if key in self.values else None


@dataclass(frozen=True)
class RecoveredValues:
    """Values of `ON_REQUEST` by partial-volume recovery, to stand beside measured ones.

    Parameters
    ----------
    fwhm_mm
        Blur of the scanner that was assumed, full width at half maximum.
    values
        By lesion id, then by key of `ON_REQUEST`.
    """

    fwhm_mm: float
    values: Mapping[str, Mapping[str, Value]]

    @property
    def defined(self) -> int:
        """Number of lesions that have a recovered value."""
        found = (x.get("suv_mean_recovered") for x in self.values.values())
        return sum(x is not None and bool(np.isfinite(x.value)) for x in found)


def with_recovered(
    biomarkers: Mapping[str, Biomarkers], recovered: RecoveredValues | None
) -> dict[str, Biomarkers]:
    """Return the values with these recovered ones beside them in place of any earlier ones."""
    found = {} if recovered is None else recovered.values
    merged = {}
    for key, b in biomarkers.items():
        measured = {k: v for k, v in b.values.items() if k not in ON_REQUEST}
        merged[key] = replace(b, values={**measured, **found.get(key, {})})
    return merged


@dataclass(frozen=True)
class Totals:
    """Whole-patient values over the lesions that count (not rejected, not physiological)."""

    count: int
    tmtv_ml: float
    tlg: float
    dmax_mm: float
    suv_max: float
    tmtv_ml_interval: tuple[float, float] | None = None
    tlg_interval: tuple[float, float] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""
        return {
            "count": self.count,
            "tmtv_ml": self.tmtv_ml,
            "tlg": self.tlg,
            "dmax_mm": self.dmax_mm,
            "suv_max": self.suv_max,
            "tmtv_ml_interval": self.tmtv_ml_interval,
            "tlg_interval": self.tlg_interval,
        }


def interval90(samples: npt.ArrayLike) -> tuple[float, float] | None:
    """Return the 5th and 95th percentile of samples (linear), or ``None`` below two samples."""
    array = np.asarray(samples, dtype=np.float64)
    array = array[np.isfinite(array)]
    if array.size < 2:
        return None
    low, high = np.percentile(array, (5.0, 95.0))
    return float(low), float(high)


def totals(lesions: Iterable[Lesion], biomarkers: Mapping[str, Biomarkers]) -> Totals:
    """Add up the lesions that count.

    TMTV (ml) is the sum of MTV, total TLG the sum of TLG, Dmax (mm) the largest distance
    between lesion centroids (0 below two lesions). Intervals come from summing sample by
    sample, so that lesions sampled together stay together.
    """
    counted = [biomarkers[x.id] for x in lesions if x.counts and x.id in biomarkers]
    hottest = [b["suv_max"] for b in counted if np.isfinite(b["suv_max"])]
    return Totals(
        count=len(counted),
        tmtv_ml=float(np.nansum([b["mtv_ml"] for b in counted])),
        # A lesion without one finite voxel has a volume and no uptake to add.
        tlg=float(np.nansum([b["tlg"] for b in counted])),
        dmax_mm=_greatest_distance_mm([b.centroid_lps_mm for b in counted]),
        suv_max=float(max(hottest, default=0.0)),
        tmtv_ml_interval=_sum_interval(counted, "mtv_ml"),
        tlg_interval=_sum_interval(counted, "tlg"),
    )


def _greatest_distance_mm(points_lps_mm: list[tuple[float, float, float]]) -> float:
    # By numpy: scipy's distances would be a third of the program's whole start-up time.
    if len(points_lps_mm) < 2:
        return 0.0
    points = np.array(points_lps_mm)
    return float(np.linalg.norm(points[:, None] - points[None], axis=2).max())


def _sum_interval(counted: list[Biomarkers], key: str) -> tuple[float, float] | None:
    samples = [b.values[key].samples for b in counted]
    if not samples or not samples[0] or len({len(s) for s in samples}) != 1:
        return None
    return interval90(np.nansum(np.array(samples), axis=0))
