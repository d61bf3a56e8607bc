"""Series that hold what they should not: images of another kind under one UID, UIDs a slice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import UID

from tests.support.dicom_files import affine_of, base

#: Coronal: a picture from the front, as MIPs and localizers are.
FROM_THE_FRONT = np.array([[0.0, 0, 1], [1, 0, 0], [0, -1, 0]])
SECONDARY = "1.2.840.10008.5.1.4.1.1.7"


def front(places_mm: float = 3.0) -> np.ndarray:
    """4 x 4 matrix of coronal slices."""
    return affine_of((places_mm, 3.0, 2.0), rotation=FROM_THE_FRONT)


def rewrite(folder: Path, change: Callable[[int, Dataset], None]) -> None:
    """Change the headers of a folder's files, counted in the order of their image numbers."""
    files = {path: dcmread(path) for path in folder.iterdir()}
    ordered = sorted(files.items(), key=lambda item: int(item[1].InstanceNumber))
    for n, (path, dataset) in enumerate(ordered):
        change(n, dataset)
        dataset.save_as(path)


def write_outlines_object(path: Path, series_uid: str) -> None:
    """Write an RTSTRUCT without contours under the series UID of images."""
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset = base("RTSTRUCT", series_uid)
    dataset.SOPClassUID = UID("1.2.840.10008.5.1.4.1.1.481.3")
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.StructureSetLabel = "Outlines"
    dataset.save_as(path, enforce_file_format=True)
