"""A secondary capture as the plain picture that it is: colours for the eye, never numbers."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydicom import dcmread
from pydicom.pixels.utils import pixel_array

from app.core.kit.errors import InputError
from app.io.dicom.header import DAMAGED

#: Larger ones are shown by every second (third, ...) pixel.
MOST_PX = 4096


def read_picture(path: Path, frame: int = 0) -> npt.NDArray[np.uint8]:
    """Read one frame of a picture.

    Parameters
    ----------
    path
        DICOM file.
    frame
        From 0, of a multi-frame picture.

    Returns
    -------
    ndarray
        uint8 [rows, columns, 3], red, green, blue; grey values from their least to their greatest.

    Raises
    ------
    InputError
        If the file is gone, damaged, or holds no picture.
    """
    try:
        with warnings.catch_warnings():
            # Odd values in its header do not matter for a picture.
            warnings.simplefilter("ignore")
            dataset = dcmread(path)
            frames = int(dataset.get("NumberOfFrames") or 1)
            pixels = np.asarray(pixel_array(dataset, index=min(frame, frames - 1)))
            inverse = dataset.get("PhotometricInterpretation") == "MONOCHROME1"
    except (*DAMAGED, RuntimeError, MemoryError) as error:
        raise InputError(
            f"The picture {path.name} cannot be read ({type(error).__name__}).",
            "Copy the series again from its source.",
        ) from error
    if pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] != 3):
        raise InputError(
            f"{path.name} holds no plain picture.", "Look at it in the program that wrote it."
        )
    step = max(1, -(-max(pixels.shape[:2]) // MOST_PX))
    return _colours(pixels[::step, ::step], inverse=inverse)


def _colours(pixels: npt.NDArray[np.generic], *, inverse: bool) -> npt.NDArray[np.uint8]:
    if pixels.ndim == 3 and pixels.dtype == np.uint8:
        return np.ascontiguousarray(pixels, dtype=np.uint8)
    values = pixels.astype(np.float64)
    low, high = float(values.min()), float(values.max())
    grey = np.rint((values - low) * (255.0 / max(high - low, 1e-9))).astype(np.uint8)
    grey = 255 - grey if inverse else grey
    return np.ascontiguousarray(grey if grey.ndim == 3 else np.repeat(grey[..., None], 3, axis=2))
