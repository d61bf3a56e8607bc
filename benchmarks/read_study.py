"""Read PET AC and CT of acrin-nsclc-042 from nothing to SUV and HU arrays, against SimpleITK.

One run prints one ratio: median time of Uptake (scan of both folders with a cold index, SUV
rules, decoding, patient grids) over median time of SimpleITK's ImageSeriesReader on the same two
folders. Repeats are interleaved. Usage: ``python benchmarks/read_study.py [FOLDER]``.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from statistics import median

import numpy as np
import SimpleITK as sitk  # noqa: N813 - its customary name

from app.core.study.study import Study
from app.io.open.study import open_study

TARGET = 0.5
REPEATS = 9
DEFAULT = Path(__file__).parents[2] / "shared" / "data" / "acrin-nsclc-042"


def read_with_uptake(folders: tuple[Path, Path]) -> Study:
    """Scan, choose, read and scale."""
    return open_study(folders)


def read_with_simpleitk(folders: tuple[Path, Path]) -> list[sitk.Image]:
    """Read both series with the peer: rescaled, but neither SUV nor pairing."""
    images = []
    for folder in folders:
        reader = sitk.ImageSeriesReader()
        reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
        images.append(reader.Execute())
    return images


def main() -> int:
    """Print both medians and the ratio; return 1 where the target is missed."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    folders = root / "pet_ac", root / "ct"
    if not all(f.is_dir() for f in folders):
        print(f"read_study: skipped, {root.name} is not here")
        return 0
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    study, peer = read_with_uptake(folders), read_with_simpleitk(folders)
    assert study.pet is not None
    assert study.ct is not None
    assert study.suv is not None
    factor = study.suv.factor or 0.0
    np.testing.assert_allclose(
        study.pet.array, sitk.GetArrayViewFromImage(peer[0]) * factor, rtol=2e-6, atol=1e-6
    )
    np.testing.assert_array_equal(study.ct.array, sitk.GetArrayViewFromImage(peer[1]))
    ours, theirs = [], []
    for _ in range(REPEATS):
        start = time.perf_counter()
        read_with_uptake(folders)
        middle = time.perf_counter()
        read_with_simpleitk(folders)
        ours.append(middle - start)
        theirs.append(time.perf_counter() - middle)
    ratio = median(ours) / median(theirs)
    print(
        f"read_study: Uptake {median(ours):.3f} s, SimpleITK {median(theirs):.3f} s, "
        f"ratio {ratio:.2f} (target {TARGET})"
    )
    return 0 if ratio <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
