"""Reconstructed SPECT (NM multi-frame): one image per frame, placed by the detector's geometry."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from pydicom.dataset import Dataset

from app.io.dicom.file import FileError
from app.io.dicom.header import (
    Header,
    Instance,
    PhaseTags,
    floats,
    number,
    slice_step_mm,
    text,
    words,
)
from app.io.dicom.multiframe.stacked import no_places

#: Values of Image Type that hold a volume; everything else is planar or raw projections.
_TOMO = ("RECON TOMO", "RECON GATED TOMO")
_THICKNESS = "no Spacing Between Slices is stated; Slice Thickness is taken as the distance"


def is_tomo(header: Header) -> bool:
    """Whether a header is that of a reconstructed SPECT with frames of its own."""
    kinds = [w.upper() for w in words(header, 0x00080008)]
    return (
        isinstance(header, Dataset)
        and text(header, 0x00080060).upper() == "NM"
        and any(kind in kinds for kind in _TOMO)
        and (number(header, 0x00280008) or 1) > 1
    )


def tomo_frames(header: Dataset, whole: Instance) -> list[Instance]:
    """Return the frames of a reconstructed SPECT as images of their own.

    Frames lie along row x column from Image Position (Patient) of the first detector, a Spacing
    Between Slices apart, in the order of the Slice Vector (PS3.3 C.8.4.8, C.8.4.15); the Time Slot
    Vector tells the gates.

    Parameters
    ----------
    header
        As scanned.
    whole
        The file as one image.

    Raises
    ------
    FileError
        If the header does not say where the frames lie.
    """
    detectors = header.get("DetectorInformationSequence") or [Dataset()]
    position = floats(detectors[0], 0x00200032) or whole.position_lps_mm or ()
    orientation = floats(detectors[0], 0x00200037) or whole.orientation or ()
    step_mm = slice_step_mm(header) or 0.0
    remark = "" if number(header, 0x00180088) else _THICKNESS
    frames = int(number(header, 0x00280008) or 1)
    slices = _vector(header, "SliceVector") or list(range(1, frames + 1))
    gates = _vector(header, "TimeSlotVector")
    if len(position) != 3 or len(orientation) != 6 or not step_mm or len(slices) != frames:
        raise FileError(no_places(frames))
    normal = np.cross(orientation[:3], orientation[3:])
    found = []
    for n, at in enumerate(slices):
        x, y, z = (float(v) for v in np.array(position) + normal * step_mm * (at - 1))
        gate = float(gates[n]) if len(gates) == frames else None
        found.append(
            replace(
                whole,
                frame=n,
                number=n + 1,
                position_lps_mm=(x, y, z),
                orientation=orientation,
                phase=PhaseTags(gate=gate),
                remark=remark,
            )
        )
    return found


def _vector(header: Dataset, keyword: str) -> list[int]:
    value = header.get(keyword)
    if value is None:
        return []
    return [int(value)] if isinstance(value, int) else [int(v) for v in value]
