"""Reconstructed SPECT is read like a PET in counts; planar NM is listed with the reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from app.core.kit.errors import InputError
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity
from app.io.open.info import describe
from app.io.open.phases import with_phase
from app.io.open.study import open_study
from tests.support.dicom_files import affine_of, phantom, write_series, write_spect


def test_spect_and_ct_are_shown_in_counts(tmp_path: Path) -> None:
    stored, affine = phantom((5, 6, 7)).astype(np.uint16) * 2, affine_of()
    uid = write_spect(tmp_path / "nm.dcm", stored, affine, SliceVector=[1, 2, 3, 4, 5])
    ct = write_series(tmp_path / "ct", phantom((5, 6, 7)) % 1000, affine, "CT")
    study = open_study([tmp_path])
    assert (study.choice.pet_uid, study.choice.ct_uid) == (uid, ct)
    assert study.pet is not None
    assert study.pet.quantity is Quantity.COUNTS
    # Above 32,767 too.
    assert stored.max() > 40000
    np.testing.assert_array_equal(study.pet.array, stored)
    assert study.pet.grid.same_grid(ImageGrid(stored.shape, affine), tolerance_mm=1e-3)
    assert study.suv is None
    assert study.aligned
    assert any("in counts" in w for w in study.warnings)
    assert "SPECT" in study.choice.why


def test_frames_go_by_the_slice_vector(tmp_path: Path) -> None:
    stored, order = phantom((4, 5, 6)), [3, 1, 4, 2]
    written = stored[np.array(order) - 1]
    write_spect(tmp_path / "nm.dcm", written, affine_of(), SliceVector=order)
    study = open_study([tmp_path])
    assert study.pet is not None
    np.testing.assert_array_equal(study.pet.array, stored)


def test_gated_spect_has_gates(tmp_path: Path) -> None:
    gates = [phantom((3, 5, 6), seed) for seed in (1, 2)]
    uid = write_spect(
        tmp_path / "nm.dcm",
        np.concatenate(gates),
        affine_of(),
        "RECON GATED TOMO",
        SliceVector=[1, 2, 3, 1, 2, 3],
        TimeSlotVector=[1, 1, 1, 2, 2, 2],
        NumberOfTimeSlots=2,
    )
    study = open_study([tmp_path])
    assert study.pet is not None
    np.testing.assert_array_equal(study.pet.array, gates[0])
    assert study.phases[0].kind == "gate"
    second = with_phase(study, uid, 1)
    assert second.pet is not None
    np.testing.assert_array_equal(second.pet.array, gates[1])
    assert "SPECT: Gate 2 of 2 is shown." in second.warnings


@pytest.mark.parametrize("kind", ["STATIC", "TOMO", "WHOLE BODY", "DYNAMIC"])
def test_planar_images_are_listed_with_the_reason(tmp_path: Path, kind: str) -> None:
    write_spect(tmp_path / "nm.dcm", phantom((4, 5, 6)), affine_of(), kind)
    (series,) = describe([tmp_path])["series"]
    assert series["role"] == "NM"
    assert any("planar" in w for w in series["warnings"])
    with pytest.raises(InputError) as caught:
        open_study([tmp_path])
    assert caught.value.next_step


def test_a_pet_is_preferred_to_a_spect(tmp_path: Path) -> None:
    write_spect(tmp_path / "nm.dcm", phantom((4, 5, 6)), affine_of())
    pet = write_series(tmp_path / "pet", phantom((4, 5, 6)), affine_of())
    assert open_study([tmp_path]).choice.pet_uid == pet


def test_an_mr_of_sixteen_bits_keeps_its_highest_values(tmp_path: Path) -> None:
    """Signal above 32,767 is no HU: it must not be cut off."""
    write_series(tmp_path / "pet", phantom(), affine_of())
    stored = phantom().astype(np.uint16) * 2
    write_series(
        tmp_path / "mr",
        stored.view(np.int16),
        affine_of(),
        "MR",
        SOPClassUID="1.2.840.10008.5.1.4.1.1.4",
        SeriesDescription="t1_mprage",
    )
    for path in (tmp_path / "mr").iterdir():
        dataset = dcmread(path)
        dataset.PixelRepresentation = 0
        dataset.save_as(path)
    study = open_study([tmp_path])
    assert study.mr is not None
    np.testing.assert_array_equal(study.mr.array, stored)
