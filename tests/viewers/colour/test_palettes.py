from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pydicom.data
import pytest

from viewers.colour.palettes import fused_table, lesion_colour, packed, palette, uncertainty_table

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


def test_hot_iron_is_dicoms_own() -> None:
    standard = pydicom.dcmread(Path(pydicom.data.__file__).parent / "palettes" / "hotiron.dcm")
    columns = (
        standard.RedPaletteColorLookupTableData,
        standard.GreenPaletteColorLookupTableData,
        standard.BluePaletteColorLookupTableData,
    )
    table = np.stack([np.frombuffer(c, np.uint8) for c in columns], axis=1)
    np.testing.assert_array_equal(palette("hot-iron"), table)


@pytest.mark.parametrize("name", ["grey", "hot-iron", "magma"])
def test_palettes_rise(name: str) -> None:
    assert (np.diff(palette(name) @ LUMINANCE) >= 0).all()
    assert np.ptp(palette(name) @ LUMINANCE) > 200


def test_inverse_grey_falls() -> None:
    assert (np.diff(palette("inverse-grey").astype(int), axis=0) == -1).all()


def test_unknown_palette() -> None:
    with pytest.raises(KeyError):
        palette("plaid")


def test_fused_table_blends_every_pair() -> None:
    base, overlay = palette("grey"), palette("hot-iron")
    table = fused_table(base, overlay, 0.25)
    for b, o in ((0, 0), (255, 0), (0, 255), (100, 180)):
        wanted = np.rint(0.75 * base[b] + 0.25 * overlay[o].astype(float)).astype(np.uint8)
        assert table[b * 256 + o] == packed(wanted)


def test_uncertainty_is_clear_at_zero_and_rises() -> None:
    alpha = (uncertainty_table() >> 24).astype(int)
    assert alpha[0] == 0
    assert (np.diff(alpha) >= 0).all()
    assert alpha[-1] > 200


def test_lesion_colours_differ() -> None:
    colours = [lesion_colour(n) for n in range(10)]
    distance = [np.abs(np.subtract(a, b)).sum() for n, a in enumerate(colours) for b in colours[:n]]
    assert min(distance) > 60
    assert lesion_colour(10) == colours[0]
