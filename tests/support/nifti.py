"""NIfTI files as tests read them."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib


def load_nifti(path: Path) -> nib.Nifti1Image:
    """Read one image."""
    image = nib.load(path)
    assert isinstance(image, nib.Nifti1Image)
    return image
