"""Elements that all DICOM writers share: place of a slice, numbers, codes, UIDs, the maker."""

from __future__ import annotations

import uuid
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from app import __version__
from app.core.kit.errors import GridError
from app.core.space.grid import ImageGrid

#: A coded concept: value, scheme, meaning.
Coded = tuple[str, str, str]
#: What highdicom wants to know of who writes an object.
MAKER: dict[str, Any] = {
    "manufacturer": "Uptake",
    "manufacturer_model_name": "Uptake (research use only)",
    "software_versions": __version__,
    "device_serial_number": "none",
}


def named_uid(words: str) -> str:
    """Return a UID that is always the same for the same words (derived from a UUID, PS3.5 B.2).

    >>> named_uid("a") == named_uid("a") != named_uid("b")
    True
    """
    return f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, words).int}"


def coded_item(value: str, scheme: str, meaning: str) -> Dataset:
    """Return a concept as an item of a code sequence."""
    d = Dataset()
    d.CodeValue, d.CodingSchemeDesignator, d.CodeMeaning = value, scheme, meaning
    return d


def set_place(dataset: Dataset, grid: ImageGrid, k: int) -> None:
    """Set position, orientation and spacing of slice k.

    Raises
    ------
    GridError
        If the grid's axes are not orthogonal.
    """
    directions = grid.directions_lps
    if np.abs(directions.T @ directions - np.eye(3)).max() > 1e-4:
        raise GridError("Only images with orthogonal axes can be written as DICOM slices.")
    spacing_k, spacing_j, spacing_i = grid.spacing_kji_mm
    origin = grid.points_lps_mm((k, 0, 0))
    dataset.ImagePositionPatient = [decimal(x) for x in origin]
    dataset.ImageOrientationPatient = [decimal(x) for x in (*directions[:, 2], *directions[:, 1])]
    dataset.SliceLocation = decimal(float(origin @ directions[:, 0]))
    dataset.SliceThickness = decimal(spacing_k)
    dataset.PixelSpacing = [decimal(spacing_j), decimal(spacing_i)]


def decimal(value: float) -> str:
    """Return at most 16 characters, as a DICOM decimal string wants."""
    text = f"{float(value):.10g}"
    text = text if len(text) <= 16 else f"{float(value):.8g}"
    return "0" if float(text) == 0 else text
