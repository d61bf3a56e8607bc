"""Private elements of the vendors and enhanced multi-frame objects."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import UID

from app.io.dicom.private import read_private
from app.io.open.study import open_study
from tests.support.dicom_files import FACTOR, affine_of, base, phantom, write_series


def _add_private(
    folder: Path, group: int, creator: str, elements: dict[int, tuple[str, object]]
) -> None:
    for path in folder.iterdir():
        dataset = dcmread(path)
        if creator:
            block = dataset.private_block(group, creator, create=True)
            for element, (vr, value) in elements.items():
                block.add_new(element, vr, value)
        else:
            for element, (vr, value) in elements.items():
                dataset.add_new(group << 16 | 0x1000 | element, vr, value)
        dataset.save_as(path)


@pytest.mark.parametrize("creator", ["Philips PET Private Group", ""])
def test_philips_factors_with_and_without_creator(tmp_path: Path, creator: str) -> None:
    stored = phantom()
    write_series(tmp_path, stored, affine_of(), Units="CNTS", Manufacturer="Philips")
    _add_private(tmp_path, 0x7053, creator, {0x09: ("DS", "2.0")})
    study = open_study([tmp_path])
    assert study.pet is not None
    np.testing.assert_allclose(study.pet.array, stored * 2.0 * FACTOR, rtol=1e-6)
    _add_private(tmp_path, 0x7053, creator, {0x00: ("DS", "0.0005")})
    study = open_study([tmp_path])
    assert study.suv is not None
    assert study.suv.factor == 0.0005


def test_private_elements_of_another_owner_are_not_taken(tmp_path: Path) -> None:
    write_series(tmp_path, phantom((1, 4, 4)), affine_of(), Units="CNTS")
    _add_private(tmp_path, 0x7053, "SOMEONE ELSE", {0x00: ("DS", "0.0005")})
    assert read_private(dcmread(tmp_path / "0000.dcm")).philips_suv is None


@pytest.mark.parametrize(
    ("group", "element", "creator", "maker"),
    [
        (0x0009, 0x0D, "GEMS_PETD_01", "GE MEDICAL SYSTEMS"),
        (0x0071, 0x22, "SIEMENS MED PT", "SIEMENS"),
    ],
)
def test_private_scan_start(
    tmp_path: Path, group: int, element: int, creator: str, maker: str
) -> None:
    """Series time of a later reconstruction: the private scan start counts."""
    stored = phantom()
    write_series(tmp_path, stored, affine_of(), SeriesTime="150000", Manufacturer=maker)
    _add_private(tmp_path, group, creator, {element: ("DT", "20240102110000.00")})
    study = open_study([tmp_path])
    assert study.pet is not None
    assert study.suv is not None
    assert "private scan start" in study.suv.rule
    np.testing.assert_allclose(study.pet.array, stored * FACTOR, rtol=1e-6)


def test_enhanced_multi_frame_pet(tmp_path: Path) -> None:
    """One file, frames out of order, a slope of its own for each."""
    stored, affine = phantom((5, 6, 7)), affine_of()
    dataset = base("PT", "1.2.3.4")
    dataset.SOPClassUID = UID("1.2.840.10008.5.1.4.1.1.130")
    order, slopes = [3, 0, 4, 1, 2], [0.5, 1.0, 2.0, 0.25, 1.5]
    shared = Dataset()
    orientation, measures = Dataset(), Dataset()
    orientation.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    measures.PixelSpacing, measures.SliceThickness = [3.0, 2.0], 4.0
    shared.PlaneOrientationSequence = [orientation]
    shared.PixelMeasuresSequence = [measures]
    dataset.SharedFunctionalGroupsSequence = [shared]
    frames = []
    for k in order:
        frame, plane, value = Dataset(), Dataset(), Dataset()
        plane.ImagePositionPatient = [float(x) for x in affine[:3, 3] + affine[:3, 0] * k]
        value.RescaleSlope, value.RescaleIntercept = slopes[k], 0.0
        frame.PlanePositionSequence, frame.PixelValueTransformationSequence = [plane], [value]
        frames.append(frame)
    dataset.PerFrameFunctionalGroupsSequence = frames
    dataset.NumberOfFrames, dataset.Rows, dataset.Columns = 5, 6, 7
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.PixelRepresentation = 1
    dataset.PixelData = np.ascontiguousarray(stored[order], "<i2").tobytes()
    dataset.save_as(tmp_path / "one.dcm", enforce_file_format=True)
    study = open_study([tmp_path])
    assert study.pet is not None
    assert study.pet.grid.same_grid(type(study.pet.grid)(stored.shape, affine))
    wanted = stored * np.array(slopes)[:, None, None] * FACTOR
    np.testing.assert_allclose(study.pet.array, wanted, rtol=1e-6)
