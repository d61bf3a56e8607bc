"""Outlines from NIfTI, SEG and RTSTRUCT against analytic shapes and other people's masks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import highdicom as hd
import nibabel as nib
import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.uid import UID, generate_uid
from scipy.spatial.transform import Rotation

from app.core.kit.errors import InputError
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.io.open.study import open_study
from app.io.outlines.masks import read_outlines
from app.io.outlines.polygons import fill_even_odd
from tests.support.dicom_files import affine_of, base, phantom, write_series

SPACING = (4.0, 3.0, 2.0)
SHAPE = (12, 20, 30)


def _pet(rotation: np.ndarray | None = None, frame: str | None = None) -> Volume:
    grid = ImageGrid(SHAPE, affine_of(SPACING, rotation=rotation), frame)
    return Volume(grid, np.ones(SHAPE, np.float32), Quantity.SUV_BW)


def _save_nifti(path: Path, labels: np.ndarray, grid: ImageGrid) -> None:
    ras = np.diag([-1.0, -1.0, 1.0, 1.0]) @ grid.affine_lps_mm[:, [2, 1, 0, 3]]
    nib.save(nib.Nifti1Image(np.transpose(labels, (2, 1, 0)), ras), path)


def _two_boxes() -> np.ndarray:
    labels = np.zeros(SHAPE, np.uint8)
    labels[2:5, 3:9, 4:12] = 1
    labels[7:9, 10:15, 20:26] = 3
    return labels


def test_labelmap_on_the_same_oblique_grid(tmp_path: Path) -> None:
    turned = Rotation.from_euler("xyz", [12, -7, 25], degrees=True).as_matrix() @ np.eye(3)[:, ::-1]
    pet, labels = _pet(turned), _two_boxes()
    _save_nifti(tmp_path / "m.nii.gz", labels, pet.grid)
    outlines = read_outlines(tmp_path / "m.nii.gz", pet)
    np.testing.assert_array_equal(outlines.layers[0].labels.dense(), labels)
    assert [x.label for x in outlines.layers[0].lesions] == [1, 3]
    assert not outlines.notes


def test_flipped_labelmap_lands_on_the_same_voxels(tmp_path: Path) -> None:
    pet, labels = _pet(), _two_boxes()
    affine = pet.grid.affine_lps_mm.copy()
    affine[:3, 3] += affine[:3, 2] * (SHAPE[2] - 1) + affine[:3, 0] * (SHAPE[0] - 1)
    affine[:3, 2] *= -1
    affine[:3, 0] *= -1
    _save_nifti(tmp_path / "m.nii", labels[::-1, :, ::-1], ImageGrid(SHAPE, affine))
    np.testing.assert_array_equal(
        read_outlines(tmp_path / "m.nii", pet).layers[0].labels.dense(), labels
    )


def test_finer_labelmap_is_resampled_and_said(tmp_path: Path) -> None:
    pet, labels = _pet(), _two_boxes()
    fine = np.kron(labels, np.ones((2, 2, 2), np.uint8))
    affine = pet.grid.affine_lps_mm.copy()
    affine[:3, :3] /= 2
    affine[:3, 3] = pet.grid.points_lps_mm((-0.25, -0.25, -0.25))
    _save_nifti(tmp_path / "m.nii", fine, ImageGrid(fine.shape, affine))
    outlines = read_outlines(tmp_path / "m.nii", pet)
    np.testing.assert_array_equal(outlines.layers[0].labels.dense(), labels)
    assert any("Resampled" in n for n in outlines.notes)


@pytest.mark.parametrize("problem", ["empty", "outside", "image", "text", "missing", "cut"])
def test_bad_masks_are_refused_with_a_sentence(tmp_path: Path, problem: str) -> None:
    pet, labels = _pet(), _two_boxes()
    grid, path = pet.grid, tmp_path / "m.nii.gz"
    if problem == "empty":
        _save_nifti(path, labels * 0, grid)
    elif problem == "outside":
        far = grid.affine_lps_mm.copy()
        far[:3, 3] += 5000
        _save_nifti(path, labels, ImageGrid(SHAPE, far))
    elif problem == "image":
        _save_nifti(path, labels.astype(np.float32) * 1.7, grid)
    elif problem == "text":
        path = tmp_path / "m.dcm"
        path.write_text("no mask")
    elif problem == "cut":
        _save_nifti(path, labels, grid)
        path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError) as caught:
        read_outlines(path, pet)
    assert caught.value.sentence


def test_even_odd_fill_is_exact_and_holes_are_holes() -> None:
    outer = np.array([[0.5, 0.5], [0.5, 8.5], [6.5, 8.5], [6.5, 0.5]])
    inner = np.array([[2.5, 3.5], [2.5, 5.5], [4.5, 5.5], [4.5, 3.5]])
    mask = fill_even_odd([outer, inner], (8, 10))
    wanted = np.zeros((8, 10), bool)
    wanted[1:7, 1:9] = True
    wanted[3:5, 4:6] = False
    np.testing.assert_array_equal(mask, wanted)


def test_neighbouring_polygons_share_no_pixel() -> None:
    """Edges through voxel centres belong to one side only."""
    left = np.array([[1.0, 1.0], [1.0, 4.0], [6.0, 4.0], [6.0, 1.0]])
    right = left + np.array([0.0, 3.0])
    a, b = fill_even_odd([left], (9, 9)), fill_even_odd([right], (9, 9))
    assert not (a & b).any()
    assert a.sum() == b.sum() == 15


def _structure(
    path: Path, regions: dict[str, Sequence[np.ndarray]], frame: str = "", kind: str = ""
) -> None:
    dataset = base("CT", generate_uid())
    dataset.Modality = "RTSTRUCT"
    dataset.SOPClassUID = UID("1.2.840.10008.5.1.4.1.1.481.3")
    dataset.StructureSetROISequence, dataset.ROIContourSequence = [], []
    for number, (name, contours) in enumerate(regions.items(), start=4):
        roi, drawn = Dataset(), Dataset()
        roi.ROINumber, roi.ROIName, roi.ReferencedFrameOfReferenceUID = number, name, frame
        drawn.ReferencedROINumber, drawn.ContourSequence = number, []
        for points in contours:
            contour = Dataset()
            contour.ContourGeometricType = kind or "CLOSED_PLANAR"
            contour.NumberOfContourPoints = len(points)
            contour.ContourData = [round(float(x), 4) for x in points.ravel()]
            drawn.ContourSequence.append(contour)
        dataset.StructureSetROISequence.append(roi)
        dataset.ROIContourSequence.append(drawn)
    dataset.save_as(path, enforce_file_format=True)


def _sphere(
    centre: np.ndarray, radius_mm: float, along: np.ndarray, step_mm: float
) -> list[np.ndarray]:
    """Circles of a sphere in planes across ``along``, ``step_mm`` apart."""
    u = np.cross(along, (0.3, 0.5, 0.8))
    u /= np.linalg.norm(u)
    v = np.cross(along, u)
    turn = np.linspace(0, 2 * np.pi, 240, endpoint=False)[:, None]
    planes = np.arange(-np.floor(radius_mm / step_mm), np.floor(radius_mm / step_mm) + 1) * step_mm
    return [
        centre
        + along * h
        + np.sqrt(max(radius_mm**2 - h**2, 0.01)) * (np.cos(turn) * u + np.sin(turn) * v)
        for h in planes
    ]


@pytest.mark.parametrize("step_mm", [1.0, 2.5, 4.0])
@pytest.mark.parametrize("tilt", [0.0, 30.0])
def test_contoured_sphere_has_its_volume(tmp_path: Path, step_mm: float, tilt: float) -> None:
    """Planes on, between and oblique to the PET's slices give the sphere within a few percent."""
    pet = _pet()
    along = Rotation.from_euler("x", tilt, degrees=True).apply((0.0, 0.0, 1.0))
    centre, radius = pet.grid.points_lps_mm((5.4, 9.7, 14.6)), 17.0
    _structure(tmp_path / "s.dcm", {"Ball": _sphere(centre, radius, along, step_mm)})
    mask = read_outlines(tmp_path / "s.dcm", pet).layers[0]
    assert [x.name for x in mask.lesions] == ["Ball"]
    volume = float((mask.labels.dense() > 0).sum()) * pet.grid.voxel_volume_ml
    assert volume == pytest.approx(4 / 3 * np.pi * radius**3 / 1000, rel=0.05)
    found = pet.grid.points_lps_mm(np.argwhere(mask.labels.dense() > 0)).mean(axis=0)
    # A slice takes the nearest plane, so that it may sit half a plane off.
    np.testing.assert_allclose(found, centre, atol=max(1.0, step_mm / 2))


def test_overlap_holes_points_and_a_thin_structure(tmp_path: Path) -> None:
    pet = _pet()
    grid = pet.grid

    def box(k: float, low: tuple[float, float], high: tuple[float, float]) -> np.ndarray:
        corners = [(low[0], low[1]), (low[0], high[1]), (high[0], high[1]), (high[0], low[1])]
        return grid.points_lps_mm([(k, j, i) for j, i in corners])

    a = [box(k, (1.5, 1.5), (9.5, 11.5)) for k in (3, 4, 5)]
    a.append(box(4, (3.5, 3.5), (6.5, 7.5)))
    b = [box(k, (7.5, 9.5), (12.5, 15.5)) for k in (4, 5)]
    thin = [box(8.4, (1.5, 1.5), (4.5, 4.5))]
    _structure(tmp_path / "s.dcm", {"A": a, "B": b, "Thin": thin})
    outlines = read_outlines(tmp_path / "s.dcm", pet)
    first, second = (x.labels.dense() for x in outlines.layers)
    assert (first[4] == 1).sum() == 8 * 10 - 3 * 4
    assert (second == 2).sum() == 2 * 5 * 6
    assert (first[8] == 3).sum() == 9
    assert any("overlap" in n and "ROI 5 (8 voxels)" in n for n in outlines.notes)
    _structure(tmp_path / "p.dcm", {"P": thin}, kind="POINT")
    with pytest.raises(InputError, match="no closed contour"):
        read_outlines(tmp_path / "p.dcm", pet)


def test_outlines_of_another_frame_are_refused(tmp_path: Path) -> None:
    pet = _pet(frame="1.2.3")
    contours = _sphere(pet.grid.centre_lps_mm, 10.0, np.array([0.0, 0, 1]), 2.0)
    _structure(tmp_path / "s.dcm", {"Ball": contours}, frame="1.2.4")
    with pytest.raises(InputError, match="another frame of reference"):
        read_outlines(tmp_path / "s.dcm", pet)
    _structure(tmp_path / "s.dcm", {"Ball": contours}, frame="1.2.3")
    assert (read_outlines(tmp_path / "s.dcm", pet).layers[0].labels.dense() > 0).any()


@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])
def test_seg_written_by_highdicom(tmp_path: Path, kind: str) -> None:
    stored = phantom((8, 9, 10))
    write_series(tmp_path / "pet", stored, affine_of(SPACING))
    pet = open_study([tmp_path / "pet"]).pet
    assert pet is not None
    labels = np.zeros(stored.shape, np.uint8)
    labels[1:3, 2:5, 3:7], labels[5:7, 1:4, 1:9] = 1, 2
    sources = sorted(
        (dcmread(p) for p in (tmp_path / "pet").iterdir()), key=lambda d: d.InstanceNumber
    )
    for source in sources:
        for keyword in ("PatientBirthDate", "AccessionNumber", "StudyID", "ReferringPhysicianName"):
            setattr(source, keyword, "")
    described = [
        hd.seg.SegmentDescription(
            n,
            name,
            codes.cid7150.Tissue,
            codes.cid7150.Tissue,
            hd.seg.SegmentAlgorithmTypeValues.MANUAL,
        )
        for n, name in ((1, "Hilum"), (2, "Liver"))
    ]
    seg = hd.seg.Segmentation(
        sources,
        labels if kind != "FRACTIONAL" else np.stack([labels == 1, labels == 2], -1) * 0.9,
        kind,
        described,
        generate_uid(),
        9,
        generate_uid(),
        1,
        "Test",
        "Test",
        "1",
        "1",
        omit_empty_frames=True,
    )
    seg.save_as(tmp_path / "seg.dcm")
    mask = read_outlines(tmp_path / "seg.dcm", pet).layers[0]
    np.testing.assert_array_equal(mask.labels.dense(), labels)
    assert [x.name for x in mask.lesions] == ["Hilum", "Liver"]


def test_a_picture_is_no_mask(tmp_path: Path) -> None:
    write_series(tmp_path, phantom(), affine_of())
    with pytest.raises(InputError, match="holds no outlines"):
        read_outlines(tmp_path / "0000.dcm", _pet())


@pytest.mark.slow
def test_expert_contours_match_their_masks(shared_data: Path) -> None:
    """RTSTRUCT on the PET equals the published mask; on CT and MR planes nearly so."""
    for folder in sorted((shared_data / "sts" / "dicom").iterdir()):
        pet = open_study([folder / "PET" / "image"]).pet
        assert pet is not None
        truth = read_outlines(
            shared_data / "sts/nifti" / folder.name / "gtv_on_pet.nii.gz", pet
        ).layers[0]
        for drawn_on, least in (("PET", 1.0), ("CT", 0.98), ("MR_T1", 0.98)):
            mask = read_outlines(next((folder / drawn_on / "mask").iterdir()), pet).layers[0]
            a, b = truth.labels.dense() > 0, mask.labels.dense() > 0
            dice = 2 * (a & b).sum() / (a.sum() + b.sum())
            assert dice >= least, (folder.name, drawn_on)


def test_reference_object_contours(shared_data: Path) -> None:
    """The object's contour is drawn a little inside its mask, and never outside it."""
    folder = shared_data / "suv" / "dro" / "DRO_0_0"
    pet = open_study([folder]).pet
    assert pet is not None
    mask = read_outlines(next((folder / "mask").iterdir()), pet).layers[0].labels.dense() > 0
    drawn = read_outlines(next((folder / "RS").iterdir()), pet).layers[0].labels.dense() > 0
    assert not (drawn & ~mask).any()
    values = pet.array[drawn]
    assert [round(float(x), 2) for x in (values.min(), values.max())] == [0.2, 4.0]


def test_generic_segs_of_a_real_study(shared_data: Path) -> None:
    study = open_study([shared_data / "acrin-nsclc-042"])
    assert study.pet is not None
    for path in sorted((shared_data / "acrin-nsclc-042" / "seg").iterdir()):
        dataset = dcmread(path)
        outlines = read_outlines(path, study.pet)
        # On the PET's own grid every voxel of the file arrives; the CT's is resampled.
        count = int((outlines.layers[0].labels.dense() > 0).sum())
        if dataset.Rows == 128:
            assert count == int(dataset.pixel_array.sum())
            assert not outlines.notes
        else:
            assert any("Resampled" in n for n in outlines.notes)
            volume_ml = float(dataset.pixel_array.sum()) * 0.976562**2 * 3.27 / 1000
            assert count * study.pet.grid.voxel_volume_ml == pytest.approx(volume_ml, rel=0.01)
