"""The sample study, made once a machine: its phantom, its files, and a part of them."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from pydicom import dcmread

from app.compute.phantom.phantom import SAMPLE_SEED, Phantom, make_phantom
from app.io.sample.folder import CACHE_VARIABLE, sample_study_folder
from tests.support.places import SAMPLE_CACHE


@cache
def sample_phantom() -> Phantom:
    """Return the phantom of which the sample study is made."""
    return make_phantom(SAMPLE_SEED)


@cache
def sample_study() -> Path:
    """Return the folder of the sample study; nobody writes to it."""
    with pytest.MonkeyPatch.context() as changed:
        changed.setenv(CACHE_VARIABLE, str(SAMPLE_CACHE))
        return sample_study_folder()


def copy_between(folder: Path, low_mm: float, high_mm: float) -> int:
    """Copy the sample study's slices between two heights (S); return how many are of PET."""
    for name in ("ct", "pet"):
        (folder / name).mkdir(parents=True)
        for path in (sample_study() / name).iterdir():
            header = dcmread(path, specific_tags=["ImagePositionPatient"])
            if low_mm <= float(header.ImagePositionPatient[2]) <= high_mm:
                shutil.copy(path, folder / name)
    return len(list((folder / "pet").iterdir()))


def write_truth(path: Path) -> Path:
    """Write the phantom's lesions as a NIfTI mask."""
    truth = sample_phantom().truth
    ras = np.diag([-1.0, -1.0, 1.0, 1.0]) @ truth.grid.affine_lps_mm[:, [2, 1, 0, 3]]
    nib.save(nib.Nifti1Image(truth.labels.dense().transpose(2, 1, 0), ras), path)
    return path
