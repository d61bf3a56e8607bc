"""DICOM SEG: spacing that is not stated, frames that contradict, segments that overlap."""

from __future__ import annotations

import time
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.filereader import read_file_meta_info
from pydicom.uid import DeflatedExplicitVRLittleEndian, RLELossless

from app.core.kit.errors import InputError
from app.core.space.volume import Volume
from app.io.dicom import file
from app.io.outlines.masks import Outlines, read_outlines
from tests.support.outline_files import SHAPE, pet_of, saved, segmentation, voxels

PET = pet_of()
GRID = PET.grid
MASK = np.zeros(SHAPE[1:], np.uint8)
MASK[4:9, 5:17] = 1
AREA = 5 * 12
KINDS = ["BINARY", "FRACTIONAL", "LABELMAP"]


def _read(dataset: Dataset, folder: Path, pet: Volume = PET, **more: Any) -> Outlines:
    return read_outlines(saved(dataset, folder / "seg.dcm"), pet, **more)


def _frames(kind: str, *slices: int) -> list[tuple[int, int, np.ndarray]]:
    value = 150 if kind == "FRACTIONAL" else 1
    return [(1, k, MASK * value) for k in slices]


def _slices(outlines: Outlines, label: int = 1) -> list[int]:
    held = voxels(outlines.layers, label)
    found = np.flatnonzero(held.any(axis=(1, 2))).tolist()
    assert held.sum() == AREA * len(found)
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("slices", [(3,), (3, 4, 5), (2, 8), (2, 5, 8), (1, 2, 9), (9, 1)])
@pytest.mark.parametrize("stated", [None, "spacing_mm", "thickness_mm"])
def test_sparse_frames_lie_on_slices(
    tmp_path: Path, kind: str, slices: tuple[int, ...], stated: str | None
) -> None:
    more: dict[str, Any] = {} if stated is None else {stated: 4.0}
    outlines = _read(segmentation(GRID, _frames(kind, *slices), kind, **more), tmp_path)
    assert _slices(outlines) == sorted(slices)
    said = any("the PET's is taken (4.00 mm)" in n for n in outlines.notes)
    # Frames side by side show their distance themselves.
    assert said == (stated is None and slices not in [(3, 4, 5), (1, 2, 9)])


def test_spacing_is_the_referenced_image_s(tmp_path: Path) -> None:
    ct = replace(pet_of((24, 20, 30), (2.0, 3.0, 2.0)), series_uid="1.2.7")
    dataset = segmentation(ct.grid, _frames("BINARY", 4, 14))
    item = Dataset()
    item.SeriesInstanceUID = "1.2.7"
    dataset.ReferencedSeriesSequence = [item]
    outlines = _read(dataset, tmp_path, images=[ct])
    assert any("the referenced image's is taken (2.00 mm)" in n for n in outlines.notes)
    assert _slices(outlines) == [2, 7]


def test_even_frames_off_the_pet_s_slices_state_their_own_spacing(tmp_path: Path) -> None:
    coarse = pet_of((6, 20, 30), (8.0, 3.0, 2.0))
    affine = coarse.grid.affine_lps_mm.copy()
    affine[2, 3] += 1.3
    grid = type(coarse.grid)(coarse.grid.shape_kji, affine)
    outlines = _read(segmentation(grid, _frames("BINARY", 1, 2, 3)), tmp_path)
    assert len(_slices(outlines)) == 6


@pytest.mark.parametrize("thickness_mm", [300.0, 0.0])
def test_a_thickness_that_no_slice_has_is_not_believed(tmp_path: Path, thickness_mm: float) -> None:
    dataset = segmentation(GRID, _frames("BINARY", 3), thickness_mm=thickness_mm)
    outlines = _read(dataset, tmp_path)
    assert _slices(outlines) == [3]
    assert any("the PET's is taken" in n for n in outlines.notes)


def test_thin_slices_with_gaps_follow_their_positions(tmp_path: Path) -> None:
    """Slice Thickness alone is no spacing: 1.6 mm slices every 4 mm."""
    dataset = segmentation(GRID, _frames("BINARY", 3, 4, 5, 6), thickness_mm=1.6)
    assert _slices(_read(dataset, tmp_path)) == [3, 4, 5, 6]


def _change(dataset: Dataset, what: str) -> None:
    items = list(dataset.PerFrameFunctionalGroupsSequence)
    data = dataset.PixelData
    if what == "frame count less":
        dataset.NumberOfFrames = len(items) - 1
    elif what == "frame count more":
        dataset.NumberOfFrames = len(items) + 1
    elif what == "item lost":
        dataset.PerFrameFunctionalGroupsSequence = items[:-1]
    elif what == "item and count lost":
        dataset.PerFrameFunctionalGroupsSequence = items[:-1]
        dataset.NumberOfFrames = len(items) - 1
    elif what == "item doubled":
        dataset.PerFrameFunctionalGroupsSequence = [*items, items[0]]
    elif what == "columns halved":
        dataset.Columns //= 2
    elif what == "rows doubled":
        dataset.Rows *= 2
    elif what == "bits":
        dataset.BitsAllocated = dataset.BitsStored = 8 if dataset.BitsAllocated == 1 else 1
    elif what == "pixels cut":
        dataset.PixelData = data[:-2]
    elif what == "pixels longer":
        dataset.PixelData = data + b"\0\0"
    elif what == "no pixels":
        del dataset.PixelData
    elif what == "no rows":
        dataset.Rows = 0
    elif what == "samples":
        dataset.SamplesPerPixel = 3


CHANGES = ["frame count less", "frame count more", "item lost", "item and count lost",
           "item doubled", "columns halved", "rows doubled", "bits", "pixels cut",
           "pixels longer", "no pixels", "no rows", "samples"]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("what", CHANGES)
def test_frames_pixels_and_items_that_disagree_are_refused(
    tmp_path: Path, kind: str, what: str
) -> None:
    dataset = segmentation(GRID, _frames(kind, 3, 4, 5, 6), kind, spacing_mm=4.0)
    _change(dataset, what)
    with pytest.raises(InputError, match="DICOM SEG"):
        _read(dataset, tmp_path)


@pytest.mark.parametrize(
    ("rows", "columns", "frames"), [(65535, 65535, 4), (20, 30, 10**8), (65535, 65535, 10**8)]
)
def test_huge_sizes_are_refused_before_anything_is_allocated(
    tmp_path: Path, rows: int, columns: int, frames: int
) -> None:
    dataset = segmentation(GRID, _frames("BINARY", 3, 4, 5, 6), spacing_mm=4.0)
    dataset.Rows, dataset.Columns, dataset.NumberOfFrames = rows, columns, frames
    begun = time.process_time()
    with pytest.raises(InputError):
        _read(dataset, tmp_path)
    assert time.process_time() - begun < 5.0


def _position(dataset: Dataset, frame: int, position: list[float]) -> None:
    item = dataset.PerFrameFunctionalGroupsSequence[frame].PlanePositionSequence[0]
    item.ImagePositionPatient = position


@pytest.mark.parametrize(
    "position", [[0, 0, 0], [-10, -20, 1e9], [500, -20, 50], [-10, -20, 47.5], [-10, -20, 52]]
)
def test_a_frame_elsewhere_is_no_silent_mask(tmp_path: Path, position: list[float]) -> None:
    """Another place is refused, or the frame left out and said; never another mask."""
    dataset = segmentation(GRID, _frames("BINARY", 2, 3, 4, 5, 6), spacing_mm=4.0)
    _position(dataset, 3, position)
    try:
        outlines = _read(dataset, tmp_path)
    except InputError:
        return
    assert _slices(outlines) == [2, 3, 4, 6]
    assert outlines.notes


def test_unevenly_spaced_frames_are_said(tmp_path: Path) -> None:
    dataset = segmentation(GRID, _frames("BINARY", 3, 4, 5, 6), spacing_mm=4.0)
    _position(dataset, 2, [-10, -20, 30 + 5 * 4.0 + 0.8])
    outlines = _read(dataset, tmp_path)
    assert any("unevenly spaced" in n for n in outlines.notes)


@pytest.mark.parametrize("what", ["orientation", "spacing"])
def test_frames_of_several_geometries_are_refused(tmp_path: Path, what: str) -> None:
    dataset = segmentation(GRID, _frames("BINARY", 3, 4, 5), spacing_mm=4.0)
    shared = dataset.SharedFunctionalGroupsSequence[0]
    for n, frame in enumerate(dataset.PerFrameFunctionalGroupsSequence):
        plane, measures = Dataset(), Dataset()
        plane.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        measures.PixelSpacing, measures.SpacingBetweenSlices = [3.0, 2.0], 4.0
        if n == 1 and what == "orientation":
            plane.ImageOrientationPatient = [0, 1, 0, 1, 0, 0]
        if n == 1 and what == "spacing":
            measures.PixelSpacing = [2.0, 3.0]
        frame.PlaneOrientationSequence, frame.PixelMeasuresSequence = [plane], [measures]
    del shared.PlaneOrientationSequence, shared.PixelMeasuresSequence
    with pytest.raises(InputError, match="differ in orientation or pixel spacing"):
        _read(dataset, tmp_path)


@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL"])
def test_overlapping_segments_keep_their_voxels(tmp_path: Path, kind: str) -> None:
    value = 150 if kind == "FRACTIONAL" else 1
    held = {7: [2, 3, 4], 2: [4, 5], 300: [3, 8], 9: [9]}
    frames = [(n, k, MASK * value) for n, slices in held.items() for k in slices]
    outlines = _read(segmentation(GRID, frames, kind, spacing_mm=4.0), tmp_path)
    for number, slices in held.items():
        assert _slices(outlines, number) == slices
    assert len(outlines.layers) == 2
    assert sorted(x.label for layer in outlines.layers for x in layer.lesions) == sorted(held)
    assert any("segment 7 (60 voxels), segment 300 (60 voxels)" in n for n in outlines.notes)


def test_frames_of_an_unknown_segment_are_said(tmp_path: Path) -> None:
    frames = [(1, 3, MASK), (7, 4, MASK)]
    outlines = _read(segmentation(GRID, frames, spacing_mm=4.0, segments=[1]), tmp_path)
    assert (_slices(outlines, 1), _slices(outlines, 7)) == ([3], [4])
    assert any("segments that are not described: 7" in n for n in outlines.notes)


def test_frames_of_no_segment_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="belongs to no segment"):
        _read(segmentation(GRID, [(1, 3, MASK), (0, 4, MASK)], spacing_mm=4.0), tmp_path)


def test_frames_need_not_begin_on_a_byte(tmp_path: Path) -> None:
    pet = pet_of((6, 7, 9))
    rng = np.random.default_rng(1)
    masks = (rng.random((6, 7, 9)) < 0.4).astype(np.uint8)
    dataset = segmentation(pet.grid, [(1, k, masks[k]) for k in range(6)], spacing_mm=4.0)
    outlines = _read(dataset, tmp_path, pet)
    np.testing.assert_array_equal(voxels(outlines.layers, 1), masks > 0)


@pytest.mark.parametrize(("greatest", "inside"), [(200, 2), (255, 1), (198, 3)])
def test_fractions_are_inside_from_half(tmp_path: Path, greatest: int, inside: int) -> None:
    values = np.zeros(SHAPE[1:], np.uint8)
    values[2, :3] = 99, 100, 200
    dataset = segmentation(GRID, [(1, 3, values)], "FRACTIONAL", spacing_mm=4.0)
    dataset.MaximumFractionalValue = greatest
    outlines = _read(dataset, tmp_path)
    assert voxels(outlines.layers, 1).sum() == inside
    assert any("Fractional" in n for n in outlines.notes)
    for odd in (0, None):
        dataset.MaximumFractionalValue = odd
        with pytest.raises(InputError, match="not stated"):
            _read(dataset, tmp_path)


def test_compressed_labelmaps_are_read(tmp_path: Path) -> None:
    dataset = segmentation(GRID, _frames("LABELMAP", 3, 4), "LABELMAP", spacing_mm=4.0)
    dataset.compress(RLELossless)
    assert _slices(_read(dataset, tmp_path)) == [3, 4]


def test_deflated_segs_are_read_unless_they_swell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = segmentation(GRID, _frames("BINARY", 3, 4), spacing_mm=4.0)
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    assert _slices(_read(dataset, tmp_path)) == [3, 4]
    monkeypatch.setattr(file, "MOST_INFLATED_BYTES", 1 << 9)
    with pytest.raises(InputError, match="unpack to more"):
        _read(dataset, tmp_path)


def test_a_deflated_bomb_is_refused_in_small_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = segmentation(GRID, _frames("BINARY", 3, 4), spacing_mm=4.0)
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    path = saved(dataset, tmp_path / "seg.dcm")
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    start = 144 + int(read_file_meta_info(path).FileMetaInformationGroupLength)
    path.write_bytes(path.read_bytes()[:start] + packer.compress(bytes(1 << 26)) + packer.flush())
    monkeypatch.setattr(file, "MOST_INFLATED_BYTES", 1 << 24)
    with pytest.raises(InputError, match=r"unpack to more|element twice"):
        read_outlines(path, PET)


@pytest.mark.parametrize("told", ["no meta header", "another transfer syntax"])
def test_the_data_decide_how_a_mask_is_written(tmp_path: Path, told: str) -> None:
    dataset = segmentation(GRID, _frames("BINARY", 3, 4), spacing_mm=4.0)
    path = saved(dataset, tmp_path / "seg.dcm")
    data = path.read_bytes()
    if told == "no meta header":
        length = int(read_file_meta_info(path).FileMetaInformationGroupLength)
        data = data[144 + length :]
    else:
        data = data.replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2\0\0\0", 1)
    path.write_bytes(data)
    assert _slices(read_outlines(path, PET)) == [3, 4]


def test_header_words_are_in_no_error(tmp_path: Path) -> None:
    dataset = segmentation(GRID, _frames("BINARY", 3), spacing_mm=4.0)
    dataset.Modality = "SECRET"
    with pytest.raises(InputError) as caught:
        _read(dataset, tmp_path)
    assert "SECRET" not in str(caught.value)
    dataset.Modality, dataset.SegmentationType = "SEG", "SECRET"
    with pytest.raises(InputError) as caught:
        _read(dataset, tmp_path)
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize("more", [20, 200])
def test_an_item_that_swallows_the_next_is_refused(tmp_path: Path, more: int) -> None:
    """A length that is too great hides frames behind it; the rest must not pass for the whole."""
    dataset = segmentation(GRID, _frames("BINARY", 3, 4, 5, 6), spacing_mm=4.0)
    path = saved(dataset, tmp_path / "seg.dcm")
    data = path.read_bytes()
    first = data.index(b"\xfe\xff\x00\xe0", data.index(b"\x00\x52\x30\x92"))
    length = int.from_bytes(data[first + 4 : first + 8], "little") + more
    path.write_bytes(data[: first + 4] + length.to_bytes(4, "little") + data[first + 8 :])
    with pytest.raises(InputError):
        read_outlines(path, PET)


@pytest.mark.parametrize("kind", KINDS)
def test_frames_of_one_segment_at_one_place_are_said(tmp_path: Path, kind: str) -> None:
    """A frame whose position is that of another leaves its own slice empty."""
    outlines = _read(segmentation(GRID, _frames(kind, 3, 4, 4, 5), kind), tmp_path)
    assert _slices(outlines) == [3, 4, 5]
    assert any("1 frame lies where another" in n for n in outlines.notes)
    sound = _read(segmentation(GRID, _frames(kind, 3, 4, 5), kind), tmp_path)
    assert not any("where another" in n for n in sound.notes)
