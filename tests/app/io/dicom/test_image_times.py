"""When an image was acquired, whichever elements say it, and how images at one place follow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.io.dicom.scan import scan
from app.io.geometry.phases import short_listing
from tests.support.dicom_files import affine_of, phantom, write_series

_TIMES: list[tuple[dict[str, Any], str]] = [
    ({}, "20240102110000"),
    ({"AcquisitionDate": None, "SeriesDate": "20240103"}, "20240103110000"),
    ({"AcquisitionDate": None, "SeriesDate": None, "StudyDate": "20240104"}, "20240104110000"),
    ({"AcquisitionTime": None, "AcquisitionDateTime": "20240105121314"}, "20240105121314"),
    ({"AcquisitionTime": None}, ""),
]


@pytest.mark.parametrize(("elements", "wanted"), _TIMES)
def test_an_image_has_its_acquisition_time(
    elements: dict[str, Any], wanted: str, tmp_path: Path
) -> None:
    write_series(tmp_path, phantom((3, 4, 4)), affine_of(), **elements)
    (series,) = scan([tmp_path]).series
    assert {x.acquisition for x in series.instances} == {wanted}


def test_a_long_listing_is_cut_at_a_comma() -> None:
    listing = ", ".join(str(n) for n in range(100))
    short = short_listing(listing)
    assert len(short) <= 123
    assert short.endswith(", …")
    assert listing.startswith(short.removesuffix(", …") + ",")
    assert short_listing("1, 2") == "1, 2"
