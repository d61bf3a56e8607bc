"""SUV against other people's files: reference objects, vendor headers, a real study."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from app.io.open.study import open_study
from app.io.outlines.masks import read_mask
from app.io.suv.header import SuvFrame, SuvHeader
from app.io.suv.rules import suv_scale


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_digital_reference_objects(shared_data: Path) -> None:
    root = shared_data / "suv" / "dro"
    rows = _rows(root / "expected.csv")
    assert len(rows) == 11
    for row in rows:
        study = open_study([root / row["id"]])
        assert study.pet is not None
        mask = read_mask(next((root / row["id"] / "mask").iterdir()), study.pet)
        values = study.pet.array[mask.labels.dense() > 0]
        found = [f"{x:.2f}" for x in (values.min(), np.median(values), values.max())]
        assert found == [row["suv_min"], row["suv_median"], row["suv_max"]], row["id"]


def _header(frames: list[dict[str, object]]) -> SuvHeader:
    first: dict[str, object] = frames[0]
    private = first["PhilipsPETPrivateGroup"]
    assert isinstance(private, dict)

    def number(key: str) -> float | None:
        value = first.get(key)
        return None if value is None else float(str(value))

    def factor(key: str) -> float | None:
        return float(private[key]) if key in private else None

    corrected = first["CorrectedImage"]
    assert isinstance(corrected, list)
    return SuvHeader(
        units=str(first["Units"]),
        decay_correction=str(first["DecayCorrection"]),
        corrected_image=tuple(corrected),
        sex=str(first["PatientSex"]),
        weight_kg=number("PatientWeight"),
        height_m=number("PatientSize"),
        dose_bq=number("RadionuclideTotalDose"),
        half_life_s=number("RadionuclideHalfLife"),
        injection_datetime=str(first.get("RadiopharmaceuticalStartDateTime", "")),
        injection_time=str(first.get("RadiopharmaceuticalStartTime", "")),
        series_date=str(first["SeriesDate"]),
        series_time=str(first["SeriesTime"]),
        frames=tuple(
            SuvFrame(
                f"{x['AcquisitionDate']}{x['AcquisitionTime']}",
                float(str(x["FrameReferenceTime"])) / 1000.0,
                float(str(x["ActualFrameDuration"])) / 1000.0,
            )
            for x in frames
        ),
        philips_suv=factor("SUVScaleFactor"),
        philips_bqml=factor("ActivityConcentrationScaleFactor"),
    )


def test_vendor_headers(shared_data: Path) -> None:
    root = shared_data / "suv" / "headers"
    rows = _rows(root / "expected.csv")
    assert len(rows) == 5
    for row in rows:
        frames = json.loads((root / f"{row['header']}.json").read_text())
        scale = suv_scale(_header(frames))
        # Relative: the factors themselves are far below 1e-3.
        assert scale.factor == pytest.approx(float(row["suvbw_factor"]), rel=1e-6), row["header"]


def test_real_study(shared_data: Path) -> None:
    study = open_study([shared_data / "acrin-nsclc-042"])
    assert study.pet is not None
    assert study.ct is not None
    assert study.suv is not None
    # Another tool wrote this factor into the study's RWV object.
    assert study.suv.factor == pytest.approx(0.00042111, abs=5e-9)
    assert float(study.pet.array.max()) == pytest.approx(51.0, abs=0.2)
    assert study.pet.array.dtype == np.float32
    assert study.ct.array.dtype == np.int16
    assert study.aligned
    assert study.ct.grid.same_space(study.pet.grid)
    roles = {s.description: s.role for s in study.series}
    # Its uncorrected PET lists ATTN all the same.
    assert roles["PET NAC"] == "PET NAC"
    assert roles["SCOUT"] == "CT scout"
    assert study.choice.pet_uid == next(s.uid for s in study.series if s.role == "PET AC")


def test_phantom_without_radiopharmaceutical_is_counts(shared_data: Path) -> None:
    study = open_study([shared_data / "nema-iq"])
    assert study.pet is not None
    assert study.pet.quantity == "counts"
    assert study.pet.grid.shape_kji == (89, 192, 192)
    assert study.suv is not None
    assert set(study.suv.missing) >= {"Units", "PatientWeight", "RadionuclideTotalDose"}


def test_single_vendor_slices(shared_data: Path) -> None:
    for name in ("siemens_1094_wholebody_slice.dcm", "siemens_1094_dynamic_slice.dcm"):
        study = open_study([shared_data / "vendor-pet" / name])
        assert study.pet is not None
        assert study.pet.quantity == "SUVbw"
        assert study.pet.grid.shape_kji[0] == 1
        assert any("one image only" in w for w in study.warnings)
