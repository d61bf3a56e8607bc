"""A secondary capture as the plain picture that it is: colours for the eye, never numbers."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from app.core.kit.errors import InputError
from app.core.kit.jobs import JobContext
from app.core.kit.room import require_room
from app.io.decode.decoders import Decoders
from app.io.decode.streams import Codec, EncodedFrame, UndecodableError
from app.io.dicom.file import read_file
from app.io.dicom.header import DAMAGED

#: Larger ones are shown by every second (third, ...) pixel.
MOST_PX = 4096
_TAGS = (
    "NumberOfFrames", "SamplesPerPixel", "Rows", "Columns", "BitsAllocated",
    "PhotometricInterpretation",
)  # fmt: skip


def read_picture(
    path: Path, frame: int = 0, context: JobContext | None = None
) -> npt.NDArray[np.uint8]:
    """Read one frame of a picture, in a process of its own.

    Parameters
    ----------
    path
        DICOM file.
    frame
        From 0, of a multi-frame picture.
    context
        Cancel.

    Returns
    -------
    ndarray
        uint8 [rows, columns, 3], red, green, blue; grey values from their least to their greatest.

    Raises
    ------
    InputError
        If the file is gone, damaged, holds no picture, or one that does not fit into memory.
    JobCancelled
        If the context's token is set.
    """
    context = context or JobContext()
    step = "Copy the series again from its source."
    try:
        with warnings.catch_warnings():
            # Odd values in its header do not matter for a picture.
            warnings.simplefilter("ignore")
            dataset = read_file(path, _TAGS, pixels=False)
            picture, inverse = _picture(path, dataset, frame)
        require_room(4 * picture.decoded_bytes, "The picture")
        with Decoders(context) as decoders:
            return decoders.decode(picture, lambda pixels: _shown(pixels, inverse=inverse))
    except UndecodableError as reason:
        raise InputError(f"The picture {path.name} cannot be read: {reason}.", step) from reason
    except (*DAMAGED, RuntimeError, MemoryError) as error:
        raise InputError(
            f"The picture {path.name} cannot be read ({type(error).__name__}).", step
        ) from error


def _picture(path: Path, dataset: Dataset, frame: int) -> tuple[EncodedFrame, bool]:
    """Return what a decoding process is to read, and whether small values are bright."""
    frames = int(dataset.get("NumberOfFrames") or 1)
    samples = int(dataset.get("SamplesPerPixel") or 1)
    if samples not in (1, 3):
        raise InputError(
            f"{path.name} holds no plain picture.", "Look at it in the program that wrote it."
        )
    said = f"{min(frame, frames - 1)}|{path.absolute()}".encode()
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    picture = EncodedFrame(
        Codec.PICTURE, said, rows, columns, samples, int(dataset.get("BitsAllocated") or 8)
    )
    return picture, dataset.get("PhotometricInterpretation") == "MONOCHROME1"


def _shown(pixels: npt.NDArray[np.generic], *, inverse: bool) -> npt.NDArray[np.uint8]:
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
