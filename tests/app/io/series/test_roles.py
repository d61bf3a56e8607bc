"""Attenuation correction: any sign that it is missing counts; signs that disagree are named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.core.kit.errors import InputError
from app.io.dicom.stated import Stated
from app.io.open.study import open_study
from app.io.series.roles import attenuation_of, role_of, view_of
from tests.support.dicom_files import affine_of, phantom, write_series

LISTED = "DECY\\ATTN\\SCAT"


@pytest.mark.parametrize(
    ("stated", "sign"),
    [
        ({"corrected": "DECY"}, "Corrected Image does not list ATTN"),
        (
            {"corrected": "DECY", "attenuation": "measured, CT"},
            "Corrected Image does not list ATTN, though a correction method is named",
        ),
        (
            {"corrected": "DECY", "description": "PET AC"},
            "Corrected Image does not list ATTN, though the description says attenuation corrected",
        ),
        (
            {"corrected": LISTED, "attenuation": "NONE"},
            "the attenuation correction method is none, though Corrected Image lists ATTN",
        ),
        ({"attenuation": "not applied"}, "the attenuation correction method is none"),
        (
            {"corrected": LISTED, "description": "PET WB NAC"},
            "the series description says so, though Corrected Image lists ATTN",
        ),
        (
            {"corrected": LISTED, "units": "PROPCNTS"},
            "Units are proportional counts and no correction method is named, though Corrected "
            "Image lists ATTN",
        ),
        (
            {"corrected": LISTED, "no_attenuation": True},
            "GE (0009,108C) says that no attenuation correction was made, though Corrected Image "
            "lists ATTN",
        ),
        ({"attenuation_corrected": "NO"}, "Attenuation Corrected is NO"),
        (
            {"attenuation_corrected": "NO", "description": "PET NAC AC"},
            "Attenuation Corrected is NO",
        ),
    ],
)
def test_signs_against_count_and_those_that_disagree_are_named(
    stated: dict[str, Any], sign: str
) -> None:
    found = attenuation_of(Stated(modality="PT", **stated))
    assert not found.corrected
    assert found.sign == sign
    assert not found.doubt


@pytest.mark.parametrize(
    ("stated", "doubt"),
    [
        ({"corrected": LISTED}, ""),
        ({"corrected": LISTED, "units": "PROPCNTS", "attenuation": "measured"}, ""),
        ({"attenuation": "measured,, 0.096000 cm-1,"}, ""),
        ({"attenuation_corrected": "YES"}, ""),
        ({"description": "WB CTAC"}, "the description says attenuation corrected"),
        ({}, "does not say whether"),
    ],
)
def test_signs_for_and_silence(stated: dict[str, Any], doubt: str) -> None:
    found = attenuation_of(Stated(modality="PT", **stated))
    assert found.corrected
    assert bool(found.doubt) is bool(doubt)
    assert doubt in found.doubt


@pytest.mark.parametrize(
    ("stated", "view"),
    [
        ({"modality": "PT", "image_type": "ORIGINAL\\PRIMARY"}, ""),
        ({"modality": "PT", "image_type": "DERIVED\\SECONDARY\\MIP"}, "projection"),
        ({"modality": "PT", "series_type": "WHOLE BODY\\REPROJECTION"}, "projection"),
        (
            {"modality": "PT", "image_type": "DERIVED\\SECONDARY", "description": "MIP"},
            "projection",
        ),
        ({"modality": "PT", "image_type": "ORIGINAL\\PRIMARY", "description": "MIP"}, ""),
        ({"modality": "CT", "image_type": "DERIVED\\SECONDARY\\MIP"}, "projection"),
        ({"modality": "CT", "image_type": "ORIGINAL\\PRIMARY\\LOCALIZER"}, "localizer"),
        ({"modality": "CT", "description": "Topogram 0.6"}, "localizer"),
        ({"modality": "MR", "image_type": "ORIGINAL\\PRIMARY\\MIP"}, ""),
        ({"modality": "PT", "sop_class": "1.2.840.10008.5.1.4.1.1.7"}, "picture"),
        ({"modality": "PT", "image_type": "DERIVED\\SECONDARY\\SCREEN SAVE"}, "picture"),
    ],
)
def test_what_is_not_slices(stated: dict[str, Any], view: str) -> None:
    assert view_of(Stated(**stated)) == view


def test_a_projection_of_a_ct_is_no_ct() -> None:
    assert role_of(Stated(modality="CT"), []) == "other"


def test_a_ct_mip_is_not_read_beside_the_pet(tmp_path: Path) -> None:
    write_series(tmp_path / "pet", phantom(), affine_of())
    mip = ["DERIVED", "SECONDARY", "AXIAL", "MIP"]
    write_series(tmp_path / "mip", phantom((30, 7, 9)), affine_of(), "CT", ImageType=mip)
    assert open_study([tmp_path]).ct is None


def test_the_refusal_names_the_sign(tmp_path: Path) -> None:
    said: dict[str, Any] = {"CorrectedImage": ["DECY"], "AttenuationCorrectionMethod": "measured"}
    write_series(tmp_path, phantom(), affine_of(), **said)
    with pytest.raises(InputError) as caught:
        open_study([tmp_path])
    assert "(Corrected Image does not list ATTN, though a correction method is named)" in str(
        caught.value
    )
