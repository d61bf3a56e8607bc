"""Frames of a DICOM SEG, one after another, once they are known to be whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.pixels.utils import pixel_array
from pydicom.uid import ExplicitVRBigEndian, RLELossless

from app.core.kit.errors import InputError
from app.io.outlines.dicom_file import require_whole

#: Pixels of one frame: more is no image of a patient, and memory is bounded.
_MOST_FRAME_PIXELS = 1 << 26


@dataclass(frozen=True, eq=False)
class SegFrames:
    """Frames whose number and size were checked against the header.

    Parameters
    ----------
    dataset
        The SEG.
    rows, columns, count
        Size of a frame, number of frames.
    kind
        ``"BINARY"``, ``"FRACTIONAL"`` or ``"LABELMAP"``.
    least
        Fractional values from here on are inside.
    """

    dataset: Dataset
    rows: int
    columns: int
    count: int
    kind: str
    least: float

    def frame(self, number: int) -> npt.NDArray[np.uint16]:
        """Return a frame ``[j, i]``: segment numbers of a LABELMAP, otherwise 1 where inside."""
        stored = self._stored(number)
        if stored.shape != (self.rows, self.columns):
            raise InputError("A frame has another size than the header states.")
        if self.kind == "LABELMAP":
            return stored.astype(np.uint16)
        inside = stored >= self.least if self.kind == "FRACTIONAL" else stored > 0
        return inside.astype(np.uint16)

    def _stored(self, number: int) -> npt.NDArray[Any]:
        syntax = self.dataset.file_meta.TransferSyntaxUID
        if syntax.is_encapsulated or syntax == ExplicitVRBigEndian:
            # RLE by pydicom itself: slower than native code, and no stream can crash it.
            plugin = "pydicom" if syntax == RLELossless else ""
            return np.asarray(pixel_array(self.dataset, index=number, decoding_plugin=plugin))
        size = self.rows * self.columns
        raw: bytes = self.dataset.PixelData
        bits = int(self.dataset.BitsAllocated)
        if bits == 1:
            # Frames follow one another bit by bit and need not begin on a byte.
            first = number * size
            octets = np.frombuffer(raw, np.uint8)[first // 8 : (first + size + 7) // 8]
            flat = np.unpackbits(octets, bitorder="little")[first % 8 :][:size]
        else:
            flat = np.frombuffer(raw, f"<u{bits // 8}", size, number * size * bits // 8)
        return flat.reshape(self.rows, self.columns)


def seg_frames(dataset: Dataset) -> SegFrames:
    """Check that a SEG holds the frames that its header states.

    Raises
    ------
    InputError
        If frames, items or pixels are more or fewer than stated, or of an unknown kind.
    """
    kind = str(dataset.get("SegmentationType", "") or "BINARY").upper()
    if kind not in ("BINARY", "FRACTIONAL", "LABELMAP"):
        raise InputError("Its segments are of a kind that is not known.")
    if "PixelData" not in dataset:
        raise InputError("It holds no pixels.")
    rows, columns, bits = int(dataset.Rows), int(dataset.Columns), int(dataset.BitsAllocated)
    count = int(dataset.get("NumberOfFrames", None) or 1)
    require_whole(*dataset.PerFrameFunctionalGroupsSequence)
    items = len(dataset.PerFrameFunctionalGroupsSequence)
    if count != items:
        raise InputError(f"It states {count} frames and describes {items}.")
    if min(rows, columns) < 1 or rows * columns > _MOST_FRAME_PIXELS:
        raise InputError("Its frames have no size, or one that no image has.")
    allowed = {"BINARY": (1, 8), "FRACTIONAL": (8,), "LABELMAP": (8, 16)}[kind]
    if bits not in allowed or int(dataset.get("SamplesPerPixel", 1) or 1) != 1:
        raise InputError("Its pixels are stored in another way than a segmentation's.")
    _require_length(dataset, rows * columns * count * bits)
    greatest = float(dataset.get("MaximumFractionalValue", None) or 0)
    if kind == "FRACTIONAL" and not 0 < greatest <= 255:
        raise InputError("The greatest value of its fractions is not stated, or none of a byte.")
    return SegFrames(dataset, rows, columns, count, kind, greatest / 2.0)


def _require_length(dataset: Dataset, bits: int) -> None:
    """Refuse native pixels that are not exactly as long as stated, a padding byte aside."""
    if dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        return
    stated, held = (bits + 7) // 8, len(dataset.PixelData)
    if held not in (stated, stated + stated % 2):
        raise InputError(f"It holds {held} bytes of pixels where its header states {stated}.")
