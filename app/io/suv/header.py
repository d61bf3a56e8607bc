"""What an SUV needs to know of a PET series, as its headers state it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SuvFrame:
    """Timing of one image: acquisition as DICOM text, the rest in seconds."""

    acquisition: str = ""
    frame_reference_s: float | None = None
    duration_s: float | None = None


@dataclass(frozen=True)
class SuvHeader:
    """What an SUV needs to know of a PET series.

    Dates and times are DICOM text (``YYYYMMDD``, ``HHMMSS.ffffff``, or both run together);
    weight in kg, height in m, dose in Bq and half-life in s as the header states them.
    ``typed`` names the keywords that a person typed in. ``rescale_fault`` says why the images'
    values are not known by their rescale, ``rescale_notes`` are sentences on it.

    ``nuclides`` are the names of all nuclides that the radiopharmaceutical's codes and texts name
    (``F-18``), more than one where they contradict one another; ``tracers`` has one entry for each
    different radiopharmaceutical: its nuclide, or nothing. ``decay_reference`` and
    ``decay_corrected`` are what enhanced objects state: (0018,9701) and (0018,9758).
    ``notes`` are sentences on values that could not be read.
    """

    units: str = ""
    suv_type: str = ""
    decay_correction: str = ""
    corrected_image: tuple[str, ...] | None = None
    uncorrected_sign: str = ""
    sex: str = ""
    weight_kg: float | None = None
    height_m: float | None = None
    age_years: float | None = None
    dose_bq: float | None = None
    half_life_s: float | None = None
    nuclides: tuple[str, ...] = ()
    tracers: tuple[str, ...] = ()
    injection_datetime: str = ""
    injection_time: str = ""
    series_date: str = ""
    series_time: str = ""
    frames: tuple[SuvFrame, ...] = ()
    private_scan_start: str = ""
    private_source: str = ""
    philips_suv: float | None = None
    philips_bqml: float | None = None
    timezone: str = ""
    dynamic: bool = False
    decay_reference: str = ""
    decay_corrected: str = ""
    notes: tuple[str, ...] = ()
    typed: tuple[str, ...] = ()
    rescale_fault: str = ""
    rescale_notes: tuple[str, ...] = ()
