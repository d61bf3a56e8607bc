"""Structure sets: what contours hold, what is left out and named, what is doubted aloud."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset

from app.core.kit.errors import InputError
from app.core.space.grid import ImageGrid
from app.core.space.volume import Volume
from app.io.outlines.masks import Outlines, read_outlines
from tests.support.outline_files import (
    SHAPE,
    SPACING,
    box,
    contour_of,
    pet_of,
    refer_to,
    saved,
    structure_set,
    voxels,
    with_raw_data,
)

PET = pet_of()
LOW, HIGH = (3.5, 4.5), (9.5, 14.5)
#: Voxels of a slice within LOW and HIGH.
AREA = 6 * 10


def _read(dataset: Dataset, folder: Path, pet: Volume = PET) -> Outlines:
    return read_outlines(saved(dataset, folder / "rs.dcm"), pet)


def _boxes(*slices: float) -> list[np.ndarray]:
    return [box(PET.grid, k, LOW, HIGH) for k in slices]


def _slices(outlines: Outlines, label: int = 1) -> list[int]:
    """Slices of an outline; each must hold the whole rectangle."""
    held = voxels(outlines.layers, label)
    found = np.flatnonzero(held.any(axis=(1, 2))).tolist()
    assert held.sum() == AREA * len(found)
    assert held[found, 4:10, 5:15].all()
    return found


@pytest.mark.parametrize("slices", [(1, 9), (1, 5, 9), (0, 5, 11), (2, 3, 10), (1, 7), (2, 4)])
def test_contours_far_apart_are_slices_and_no_bridges(
    tmp_path: Path, slices: tuple[int, ...]
) -> None:
    outlines = _read(structure_set({"T": _boxes(*slices)}), tmp_path)
    assert _slices(outlines) == list(slices)


def test_contours_far_apart_are_said(tmp_path: Path) -> None:
    outlines = _read(structure_set({"T": _boxes(1, 9)}), tmp_path)
    assert any("lie apart" in n and "ROI 4" in n and "4.00 mm" in n for n in outlines.notes)


def test_a_slice_without_contour_stays_empty_and_is_said(tmp_path: Path) -> None:
    outlines = _read(structure_set({"T": _boxes(2, 3, 4, 6, 7)}), tmp_path)
    assert _slices(outlines) == [2, 3, 4, 6, 7]
    assert any("no contour on 1 slice between" in n for n in outlines.notes)


def test_every_second_slice_is_filled_and_said(tmp_path: Path) -> None:
    outlines = _read(structure_set({"T": _boxes(2, 4, 6, 8)}), tmp_path)
    assert _slices(outlines) == [2, 3, 4, 5, 6, 7, 8, 9]
    assert any("8.00 mm apart, wider than" in n for n in outlines.notes)


@pytest.mark.parametrize("step_mm", [0.5, 1.0, 2.0, 4.0, 8.0])
@pytest.mark.parametrize("offset", [0.0, 0.13, 0.4])
def test_even_planes_keep_their_volume(tmp_path: Path, step_mm: float, offset: float) -> None:
    """Planes of any image give n x step of volume, to a slice's half at each end."""
    count = round(32.0 / step_mm)
    heights = 1.5 + offset + (np.arange(count) + 0.5) * step_mm / 4.0
    outlines = _read(structure_set({"T": _boxes(*heights)}), tmp_path)
    assert len(_slices(outlines)) == pytest.approx(32.0 / 4.0, abs=0.51)


@pytest.mark.parametrize(
    ("heights", "slices"),
    [
        ((2.0, 3.1, 4.3, 5.2, 6.5), [2, 3, 4, 5, 6, 7]),
        # Slice 3 lies more than half a step from both of its neighbours.
        ((1.4, 2.4, 3.8, 4.8), [1, 2, 3, 4, 5]),
    ],
)
def test_uneven_planes_reach_to_the_midpoints(
    tmp_path: Path, heights: tuple[float, ...], slices: list[int]
) -> None:
    assert _slices(_read(structure_set({"T": _boxes(*heights)}), tmp_path)) == slices


def test_order_of_contours_and_split_items_do_not_matter(tmp_path: Path) -> None:
    dataset = structure_set({"T": _boxes(5, 2, 4, 3)})
    again = Dataset()
    again.ReferencedROINumber = 4
    again.ContourSequence = [contour_of(box(PET.grid, 6, LOW, HIGH))]
    dataset.ROIContourSequence.append(again)
    outlines = _read(dataset, tmp_path)
    assert _slices(outlines) == [2, 3, 4, 5, 6]
    assert len(outlines.layers[0].lesions) == 1


UNREADABLE = {
    "text": b"1\\2\\3x",
    "comma": b"-7,0\\-9,5\\34,0\\19,0\\-9,5\\34,0\\19,0\\8,5\\34,0",
    "odd": b"1\\2\\3\\4\\5\\6\\7\\8",
    "ten": b"1\\2\\3\\4\\5\\6\\7\\8\\9\\10",
    "nan": b"nan\\2\\3\\4\\5\\6\\7\\8\\9",
    "infinite": b"inf\\2\\3\\4\\5\\6\\7\\8\\9",
    "empty": b"",
    "one empty": b"1\\\\3\\4\\5\\6\\7\\8\\9",
    "underscore": b"1_0\\2\\3\\4\\5\\6\\7\\8\\9",
}


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE)
@pytest.mark.parametrize("at", [0, 2, 4])
def test_an_unreadable_contour_is_left_out_and_named(tmp_path: Path, data: bytes, at: int) -> None:
    dataset = structure_set({"Secret^Name": _boxes(2, 3, 4, 5, 6), "U": _boxes(2, 3)})
    with_raw_data(dataset.ROIContourSequence[0].ContourSequence[at], data)
    outlines = _read(dataset, tmp_path)
    assert _slices(outlines) == [k for k in (2, 3, 4, 5, 6) if k != 2 + at]
    assert any("1 of 5 contours of ROI 4 left out" in n for n in outlines.notes)
    assert not any("Secret" in n or "3x" in n for n in outlines.notes)


@pytest.mark.parametrize("far_mm", [3000.0, -3000.0, 1e6, 1e9, 1e300])
@pytest.mark.parametrize("what", ["point", "point in plane", "contour"])
def test_a_contour_far_away_is_left_out_and_named(tmp_path: Path, far_mm: float, what: str) -> None:
    contours = _boxes(2, 3, 4, 5)
    if what == "point":
        contours[1][2] = far_mm, far_mm, far_mm / 3.0
    elif what == "point in plane":
        contours[1][2, :2] = far_mm
    else:
        contours[1][:, 2] = far_mm
    outlines = _read(structure_set({"T": contours}), tmp_path)
    assert _slices(outlines) == [2, 4, 5]
    assert any("1 of 4 contours of ROI 4 left out" in n for n in outlines.notes)


def test_a_bent_contour_is_left_out_and_named(tmp_path: Path) -> None:
    contours = _boxes(2, 3, 4, 5)
    contours[0][0, 2] += 6.0
    outlines = _read(structure_set({"T": contours}), tmp_path)
    assert _slices(outlines) == [3, 4, 5]
    assert any("not in one plane" in n for n in outlines.notes)


@pytest.mark.parametrize("kind", ["POINT", "OPEN_PLANAR", "OPEN_NONPLANAR", "SPIRAL"])
def test_open_contours_are_left_out_and_named(tmp_path: Path, kind: str) -> None:
    dataset = structure_set({"T": _boxes(2, 3, 4), "Mark": _boxes(3)})
    dataset.ROIContourSequence[0].ContourSequence[2].ContourGeometricType = kind
    dataset.ROIContourSequence[1].ContourSequence[0].ContourGeometricType = kind
    outlines = _read(dataset, tmp_path)
    assert _slices(outlines) == [2, 3]
    assert any("1 of 3 contours of ROI 4" in n for n in outlines.notes)
    assert any("ROI 5 has no closed planar contour" in n for n in outlines.notes)


@pytest.mark.parametrize("item", [True, False])
def test_an_roi_that_is_named_and_drawn_nowhere_is_said(tmp_path: Path, item: bool) -> None:
    dataset = structure_set({"T": _boxes(2, 3), "Empty": _boxes(3)})
    if item:
        del dataset.ROIContourSequence[1].ContourSequence
    else:
        del dataset.ROIContourSequence[1]
    outlines = _read(dataset, tmp_path)
    assert _slices(outlines) == [2, 3]
    assert any("ROI 5 has no closed planar contour" in n for n in outlines.notes)


def test_a_structure_set_without_usable_contour_is_refused_with_the_reason(tmp_path: Path) -> None:
    dataset = structure_set({"Secret": _boxes(2)})
    with_raw_data(dataset.ROIContourSequence[0].ContourSequence[0], b"1\\2\\3x")
    with pytest.raises(InputError, match="not numbers") as caught:
        _read(dataset, tmp_path)
    assert "Secret" not in str(caught.value)


def test_another_number_of_points_than_stated_is_said(tmp_path: Path) -> None:
    dataset = structure_set({"T": _boxes(2, 3)})
    dataset.ROIContourSequence[0].ContourSequence[0].NumberOfContourPoints = 9
    outlines = _read(dataset, tmp_path)
    assert _slices(outlines) == [2, 3]
    assert any("1 contour of ROI 4 with another number of points" in n for n in outlines.notes)


def _framed() -> Volume:
    return pet_of(frame="1.2.3")


def test_a_region_of_another_frame_is_left_out_and_named(tmp_path: Path) -> None:
    regions = {"A": _boxes(2, 3), "B": _boxes(5, 6), "C": _boxes(8)}
    dataset = structure_set(regions, {"A": "1.2.4", "B": "1.2.3", "C": "1.2.5"})
    outlines = _read(dataset, tmp_path, _framed())
    assert [x.name for x in outlines.layers[0].lesions] == ["B"]
    assert _slices(outlines, 2) == [5, 6]
    assert any("another frame of reference are left out: ROI 4, ROI 6" in n for n in outlines.notes)


def test_regions_all_of_another_frame_are_refused(tmp_path: Path) -> None:
    dataset = structure_set({"A": _boxes(2), "B": _boxes(3)}, {"A": "1.2.4", "B": "1.2.5"})
    with pytest.raises(InputError, match="another frame of reference"):
        _read(dataset, tmp_path, _framed())


def test_a_region_without_frame_takes_the_only_one_of_the_file(tmp_path: Path) -> None:
    dataset = structure_set({"A": _boxes(2)})
    outlines = _read(dataset, tmp_path, _framed())
    assert any("state no frame of reference" in n for n in outlines.notes)
    item = Dataset()
    item.FrameOfReferenceUID = "1.2.9"
    dataset.ReferencedFrameOfReferenceSequence = [item]
    with pytest.raises(InputError, match="another frame of reference"):
        _read(dataset, tmp_path, _framed())
    item.FrameOfReferenceUID = "1.2.3"
    assert not _read(dataset, tmp_path, _framed()).notes


def test_contours_beyond_the_pet_are_said(tmp_path: Path) -> None:
    outlines = _read(structure_set({"T": _boxes(9, 10, 11, 12, 13)}), tmp_path)
    assert _slices(outlines) == [9, 10, 11]
    assert any("2 of 5 contours of ROI 4 beyond the PET" in n for n in outlines.notes)


def test_overlapping_regions_keep_their_voxels(tmp_path: Path) -> None:
    regions = {"A": _boxes(2, 3, 4), "B": _boxes(4, 5, 6), "C": _boxes(6, 7), "D": _boxes(3, 4)}
    outlines = _read(structure_set(regions), tmp_path)
    held = {"A": [2, 3, 4], "B": [4, 5, 6], "C": [6, 7], "D": [3, 4]}
    for label, slices in enumerate(held.values(), start=1):
        assert _slices(outlines, label) == slices
    assert len(outlines.layers) == 3
    said = [n for n in outlines.notes if "overlap" in n]
    assert len(said) == 1
    assert f"ROI 5 ({AREA} voxels), ROI 6 ({AREA} voxels), ROI 7 ({2 * AREA} voxels)" in said[0]


def test_regions_in_planes_of_two_orientations_are_put_together(tmp_path: Path) -> None:
    grid = PET.grid
    across = [
        grid.points_lps_mm([(1.5, 3.5, i), (1.5, 9.5, i), (5.5, 9.5, i), (5.5, 3.5, i)])
        for i in range(5, 15)
    ]
    outlines = _read(structure_set({"T": [*_boxes(2, 3, 4, 5), *across]}), tmp_path)
    assert _slices(outlines) == [2, 3, 4, 5]
    assert any("planes of 2 orientations" in n for n in outlines.notes)
    outlines = _read(structure_set({"T": across}), tmp_path)
    assert _slices(outlines) == [2, 3, 4, 5]


@pytest.mark.parametrize("slice_mm", [2.0, 8.0])
def test_a_single_contour_reaches_as_far_as_the_slices_of_its_image(
    tmp_path: Path, slice_mm: float
) -> None:
    dataset = structure_set({"T": _boxes(5.4)})
    refer_to(dataset, "1.2.7")
    path = saved(dataset, tmp_path / "rs.dcm")
    ct = pet_of((24, 20, 30), (slice_mm, 3.0, 2.0))
    outlines = read_outlines(path, PET, [replace(ct, series_uid="1.2.7")])
    assert _slices(outlines) == ([5] if slice_mm == 2.0 else [5, 6])


def test_a_contour_as_large_as_the_scanner_oblique_to_it_fits_into_memory(tmp_path: Path) -> None:
    """Only what lies near the PET is filled on fine pixels."""
    centre = PET.grid.centre_lps_mm
    u, v = np.array([1.0, 0.0, 0.3]), np.array([0.0, 1.0, 0.2])
    corners = [
        centre + a * u + b * v for a, b in ((-900, -900), (-900, 900), (900, 900), (900, -900))
    ]
    outlines = _read(structure_set({"T": [np.array(corners)]}), tmp_path)
    held = voxels(outlines.layers, 1)
    normal = np.cross(u, v) / np.linalg.norm(np.cross(u, v))
    points = PET.grid.points_lps_mm(np.argwhere(np.ones(SHAPE, bool)))
    near = (np.abs((points - centre) @ normal) <= SPACING[0] / 2.0).reshape(SHAPE)
    assert np.count_nonzero(held ^ near) <= 0.02 * near.sum()


@pytest.mark.parametrize("seed", range(6))
def test_boxes_of_known_volume_on_turned_grids(tmp_path: Path, seed: int) -> None:
    """A box drawn on the planes of a turned PET holds exactly the voxels it encloses."""
    rng = np.random.default_rng(seed)
    turned, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    grid = ImageGrid(SHAPE, pet_of(rotation=turned).grid.affine_lps_mm)
    pet = replace(PET, grid=grid)
    low, high = rng.integers(0, 5, 3), rng.integers(6, 11, 3)
    contours = [
        box(grid, k, (low[1] - 0.5, low[2] - 0.5), (high[1] + 0.5, high[2] + 0.5))
        for k in range(low[0], high[0] + 1)
    ]
    wanted = np.zeros(SHAPE, bool)
    wanted[tuple(slice(a, b + 1) for a, b in zip(low, high, strict=True))] = True
    outlines = _read(structure_set({"T": contours}), tmp_path, pet)
    np.testing.assert_array_equal(voxels(outlines.layers, 1), wanted)


@pytest.mark.parametrize("contour", range(3))
@pytest.mark.parametrize("more", [8, 110, 5000])
def test_a_contour_that_swallows_the_next_is_refused(
    tmp_path: Path, contour: int, more: int
) -> None:
    """A length that is too great hides the contours behind it."""
    path = saved(structure_set({"T": _boxes(2, 3, 4, 5)}), tmp_path / "rs.dcm")
    data = path.read_bytes()
    at = [n for n in range(len(data)) if data[n + 8 : n + 14] == b"\x06\x30\x42\x00CS"][contour]
    length = int.from_bytes(data[at + 4 : at + 8], "little") + more
    path.write_bytes(data[: at + 4] + length.to_bytes(4, "little") + data[at + 8 :])
    with pytest.raises(InputError):
        read_outlines(path, PET)


def test_a_region_between_voxel_centres_spoils_no_other(tmp_path: Path) -> None:
    """A lesion smaller than a voxel is said; the others are read as without it."""
    boxes = _boxes(2, 3, 4)
    middle = boxes[0].mean(axis=0) + np.array([1.3, 1.3, 0.0])
    tiny = [middle + 0.2 * np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0]])]
    alone = _read(structure_set({"T": boxes}), tmp_path)
    outlines = _read(structure_set({"T": boxes, "U": tiny}), tmp_path)
    assert _slices(outlines) == _slices(alone) == [2, 3, 4]


def test_contours_that_repeat_without_end_count_once(tmp_path: Path) -> None:
    outlines = _read(structure_set({"T": [*_boxes(2, 3, 4), *_boxes(3) * 499]}), tmp_path)
    assert _slices(outlines) == [2, 3, 4]
    assert any("499 contours a second time" in n for n in outlines.notes)
