"""Healthy SUV headers of six tracers, and the factor that follows from them by hand."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import pytest

from app.core.study.provenance import SuvScale
from app.core.suv.formulas import average_count_time_s, frame_decay_gain
from app.io.suv.header import SuvFrame, SuvHeader

SCAN = datetime(2024, 3, 5, 11, 0)
WEIGHT_KG, FRAME_S = 70.0, 120.0
#: Name, half-life in s, usual dose in Bq, hours from injection to scan.
TRACERS = {
    "F-18": (6586.2, 350e6, 1.0),
    "Ga-68": (4057.7, 150e6, 1.0),
    "C-11": (1221.8, 400e6, 0.25),
    "Cu-64": (45723.6, 200e6, 24.0),
    "Zr-89": (282240.0, 37e6, 96.0),
    "I-124": (360806.0, 40e6, 48.0),
}
SHORT_LIVED = ("F-18", "Ga-68", "C-11")
LONG_LIVED = ("Cu-64", "Zr-89", "I-124")


def dt(moment: datetime) -> str:
    return moment.strftime("%Y%m%d%H%M%S")


def tm(moment: datetime) -> str:
    return moment.strftime("%H%M%S")


def header_of(nuclide: str, *, decay: str = "START", scan: datetime = SCAN) -> SuvHeader:
    """Return a healthy header: the injection stated in full and as a time of day."""
    half_life, dose, hours = TRACERS[nuclide]
    injected = scan - timedelta(hours=hours)
    reference = average_count_time_s(FRAME_S, half_life)
    return SuvHeader(
        units="BQML",
        decay_correction=decay,
        corrected_image=("ATTN",) if decay == "NONE" else ("ATTN", "DECY"),
        sex="F",
        weight_kg=WEIGHT_KG,
        height_m=1.7,
        dose_bq=dose,
        half_life_s=half_life,
        nuclides=(nuclide,),
        injection_datetime=dt(injected),
        injection_time=tm(injected),
        series_date=scan.strftime("%Y%m%d"),
        series_time=tm(scan),
        frames=(SuvFrame(dt(scan), reference, FRAME_S),) * 3,
    )


def truth(nuclide: str, decay: str = "START", hours: float | None = None) -> float:
    """SUV per Bq/ml: weight / (dose x 2^(-t/T)), and the mean decay in a frame for NONE."""
    half_life, dose, usual = TRACERS[nuclide]
    elapsed_s = (usual if hours is None else hours) * 3600.0
    factor = WEIGHT_KG * 1000.0 / dose
    if decay == "ADMIN":
        return factor
    gain = frame_decay_gain(FRAME_S, half_life) if decay == "NONE" else 1.0
    return factor * gain * math.exp2(elapsed_s / half_life)


def right(scale: SuvScale, wanted: float) -> bool:
    return scale.factor == pytest.approx(wanted, rel=1e-6)
