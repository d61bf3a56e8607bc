"""The quick walk reads what pydicom reads, and does not give up where it need not."""

from __future__ import annotations

import io
from itertools import product

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from app.io.dicom.quick import quick_elements
from tests.support.dicom_files import add_pixels, base

#: After the sequences, so that a walk that lost its way among them misses it.
_BEHIND = {0x00281052: b"-7", 0x00280010: b"\x03\x00", 0x00280011: b"\x05\x00"}


def _nested(depth: int, undefined: tuple[bool, bool]) -> Dataset:
    item = Dataset()
    item.CodeValue, item.PixelPaddingValue = "T-A", 4
    item.RadionuclideTotalDose, item.RadiopharmaceuticalStartTime = 370.0e6, "100000"
    item.EncapsulatedDocument, item.LongCodeValue = b"\xfe\xff\x00\xe0" * 3, "long " * 9
    if depth:
        item.RadionuclideCodeSequence = [_nested(depth - 1, undefined) for _ in range(2)]
        item["RadionuclideCodeSequence"].is_undefined_length = undefined[0]
    item.is_undefined_length_sequence_item = undefined[1]
    return item


def _written(implicit: bool, undefined: tuple[bool, bool], depth: int) -> bytes:
    dataset = base("PT", "1.2.3")
    dataset.RadiopharmaceuticalInformationSequence = [_nested(depth, undefined) for _ in range(2)]
    dataset["RadiopharmaceuticalInformationSequence"].is_undefined_length = undefined[0]
    dataset.RescaleIntercept, dataset.RescaleSlope = "-7", "2"
    add_pixels(dataset, np.zeros((3, 5), np.int16))
    dataset.file_meta.TransferSyntaxUID = (
        ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
    )
    file = io.BytesIO()
    dataset.save_as(file, enforce_file_format=True)
    return file.getvalue()


@pytest.mark.parametrize(
    ("implicit", "sequence", "item", "depth"),
    list(product((False, True), (False, True), (False, True), (0, 1, 3))),
)
def test_elements_behind_sequences_are_found(
    implicit: bool, sequence: bool, item: bool, depth: int
) -> None:
    data = _written(implicit, (sequence, item), depth)
    found = quick_elements(data, frozenset(_BEHIND))
    assert found is not None
    elements, pixels = found
    assert {tag: elements[tag].strip() for tag in _BEHIND} == _BEHIND
    assert pixels is not None
    assert (pixels.offset, pixels.length) == (len(data) - 30, 30)
    assert dcmread(io.BytesIO(data)).PixelData == data[-30:]


@pytest.mark.parametrize("implicit", [False, True])
def test_a_file_without_pixels_ends_without_an_offset(implicit: bool) -> None:
    data = _written(implicit, (True, True), 1)
    tail = 42 if not implicit else 38
    found = quick_elements(data[:-tail], frozenset(_BEHIND))
    assert found is not None
    assert found[1] is None


@pytest.mark.parametrize("implicit", [False, True])
def test_what_is_cut_inside_an_element_is_left_to_pydicom(implicit: bool) -> None:
    data = _written(implicit, (True, True), 1)
    assert quick_elements(data[:-47], frozenset(_BEHIND)) is None
