"""NIfTI masks: what is a mask, what an image, and what lies beyond the PET."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from app.core.kit.errors import InputError
from app.core.space.grid import ImageGrid
from app.io.outlines import labelmaps
from app.io.outlines.masks import Outlines, read_outlines
from tests.support.outline_files import SHAPE, pet_of, voxels

PET = pet_of()
BOX = np.zeros(SHAPE, np.float32)
BOX[2:5, 3:9, 4:12] = 1


def _read(values: np.ndarray, folder: Path, grid: ImageGrid = PET.grid) -> Outlines:
    ras = np.diag([-1.0, -1.0, 1.0, 1.0]) @ grid.affine_lps_mm[:, [2, 1, 0, 3]]
    nib.save(nib.Nifti1Image(values.T, ras), folder / "m.nii.gz")
    return read_outlines(folder / "m.nii.gz", PET)


def test_fractions_are_inside_from_half_and_said(tmp_path: Path) -> None:
    values = BOX * 0.9
    values[2, 3, 4:7] = 0.2, 0.49, 0.5
    outlines = _read(values, tmp_path)
    assert voxels(outlines.layers, 1).sum() == BOX.sum() - 2
    assert any("fractions" in n for n in outlines.notes)


def test_values_that_scaling_rounded_are_labels(tmp_path: Path) -> None:
    outlines = _read(BOX * np.float32(2.9999), tmp_path)
    assert (voxels(outlines.layers, 3) == (BOX > 0)).all()
    assert not outlines.notes


REFUSED = {
    "negative": lambda x: x - 1,
    "negative fractions": lambda x: x * -0.4,
    "nan": lambda x: np.where(x > 0, x, np.nan),
    "infinite": lambda x: np.where(x > 0, np.inf, x),
    "an image": lambda x: x * 3.7,
    "too great": lambda x: x * 70000,
    "one-hot": lambda x: np.stack([x, 1 - x]),
    "empty": lambda x: x * 0,
}


@pytest.mark.parametrize("change", REFUSED)
def test_what_is_no_labelmap_is_refused(tmp_path: Path, change: str) -> None:
    with pytest.raises(InputError):
        _read(REFUSED[change](BOX).astype(np.float32), tmp_path)


def test_an_image_of_whole_numbers_is_no_mask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labelmaps, "_MOST_LABELS", 100)
    values = np.arange(BOX.size, dtype=np.int32).reshape(SHAPE)
    with pytest.raises(InputError, match="it is an image"):
        _read(values, tmp_path)
    assert _read(values % 90, tmp_path).layers


def test_a_mask_without_background_is_said(tmp_path: Path) -> None:
    outlines = _read(BOX + 1, tmp_path)
    assert any("every voxel of its grid" in n for n in outlines.notes)


def _moved(by_kji: tuple[float, float, float]) -> ImageGrid:
    affine = PET.grid.affine_lps_mm.copy()
    affine[:3, 3] = PET.grid.points_lps_mm(by_kji)
    return ImageGrid(SHAPE, affine)


def test_the_mask_of_another_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="lie outside the PET"):
        _read(BOX, tmp_path, _moved((200, 0, 0)))
    # The grids meet, the outlines do not.
    with pytest.raises(InputError, match="covers a voxel"):
        _read(BOX, tmp_path, _moved((10, 0, 0)))


def test_the_part_beyond_the_pet_is_said(tmp_path: Path) -> None:
    outlines = _read(BOX, tmp_path, _moved((8, 0, 0)))
    assert voxels(outlines.layers, 1).sum() == 2 * 6 * 8
    assert any("33.3 % of the outlined volume" in n for n in outlines.notes)
    assert not _read(BOX, tmp_path, _moved((7, 0, 0))).notes
