"""One volume, several formats: the same grid in patient space and the same numbers."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from app.core.space.grid import ImageGrid
from app.io.nifti.image import read_nifti
from app.io.open.named import open_files
from app.io.open.study import open_study
from tests.support.dicom_files import FACTOR, affine_of, phantom, write_series

AXES = np.eye(3)[:, ::-1]
ROTATIONS = {
    "axial": AXES,
    "head first prone": AXES @ np.diag([1.0, -1.0, -1.0]),
    "feet first": np.diag([-1.0, 1.0, -1.0]) @ AXES,
    "coronal": np.array([[0.0, 0, 1], [1, 0, 0], [0, -1, 0]]),
    "sagittal": np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]),
    "oblique": Rotation.from_euler("xyz", [12, -7, 25], degrees=True).as_matrix() @ AXES,
}
SPACING = (4.0, 3.0, 2.0)


def _proper(rotation: np.ndarray) -> np.ndarray:
    """DICOM slices are ordered along row x column; turn k so that the affine says the same."""
    normal = np.cross(rotation[:, 2], rotation[:, 1])
    return np.stack([normal, rotation[:, 1], rotation[:, 2]], axis=1)


@pytest.mark.parametrize("name", ROTATIONS)
def test_dicom_and_nifti_agree(tmp_path: Path, name: str) -> None:
    affine = affine_of(SPACING, rotation=_proper(ROTATIONS[name]))
    stored = phantom((6, 7, 9))
    grid = ImageGrid(stored.shape, affine)
    write_series(tmp_path / "pet", stored, affine)
    from_dicom = open_study([tmp_path / "pet"]).pet
    # NIfTI is written from scratch: [x, y, z] order and RAS signs.
    ras = np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine[:, [2, 1, 0, 3]]
    values = np.transpose(stored, (2, 1, 0)).astype(np.float32) * np.float32(FACTOR)
    nib.save(nib.Nifti1Image(values, ras), tmp_path / "pet_suv.nii.gz")
    from_nifti = open_files(tmp_path / "pet_suv.nii.gz", None).pet
    for volume in (from_dicom, from_nifti):
        assert volume is not None
        assert volume.quantity == "SUVbw"
        assert volume.grid.same_grid(grid, tolerance_mm=1e-3)
        np.testing.assert_allclose(volume.array, stored * FACTOR, rtol=1e-6)
        point = grid.points_lps_mm((2, 3, 5))
        assert volume.value_at(point) == pytest.approx(stored[2, 3, 5] * FACTOR, rel=1e-5)


def test_stack_written_against_its_normal_is_put_in_order(tmp_path: Path) -> None:
    """The same slices with k running down: the reader's k runs along the normal, values follow."""
    down = affine_of(SPACING)
    down[2, 0] *= -1
    stored = phantom((6, 7, 9))
    write_series(tmp_path, stored, down)
    pet = open_study([tmp_path]).pet
    assert pet is not None
    written = ImageGrid(stored.shape, down)
    for index in ((0, 0, 0), (5, 6, 8), (1, 2, 3)):
        wanted = stored[index] * FACTOR
        assert pet.value_at(written.points_lps_mm(index)) == pytest.approx(wanted, rel=1e-5)


def test_sheared_stack_keeps_its_positions(tmp_path: Path) -> None:
    """Gantry tilt: slices that slide sideways stay where the header puts them."""
    tilted = affine_of(SPACING)
    tilted[1, 0] = 1.0
    stored = phantom((6, 7, 9))
    write_series(tmp_path, stored, tilted)
    study = open_study([tmp_path])
    assert study.pet is not None
    assert any("gantry tilt" in w for w in study.warnings)
    assert study.pet.grid.same_grid(ImageGrid(stored.shape, tilted), tolerance_mm=1e-2)


def test_nifti_units_are_millimetres(tmp_path: Path) -> None:
    image = nib.Nifti1Image(np.zeros((3, 4, 5), np.int16), np.diag([0.002, 0.003, 0.004, 1.0]))
    image.header.set_xyzt_units("meter")
    nib.save(image, tmp_path / "m.nii")
    assert read_nifti(tmp_path / "m.nii").grid.spacing_kji_mm == pytest.approx((4.0, 3.0, 2.0))
