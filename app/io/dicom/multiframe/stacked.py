"""Frames of one file that has no functional groups: PET, CT and MR, placed by the slice spacing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.io.dicom.file import FileError
from app.io.dicom.header import Header, Instance, number

#: A file with more frames is none that a scanner wrote.
MOST_FRAMES = 100_000
_REMARK = (
    "frames lie in one file that does not place them: they are laid {step:g} mm apart ({source}) "
    "along the slice normal, in their order"
)


def stacked_frames(header: Header, whole: Instance) -> list[Instance]:
    """Return the frames of a file as images of their own, each a step behind the one before.

    Parameters
    ----------
    header
        As scanned.
    whole
        The file as one image.

    Raises
    ------
    FileError
        If the file does not say where its frames lie.
    """
    frames = 1 if whole.pixels is None else whole.pixels.frames
    between, thickness = number(header, 0x00180088), number(header, 0x00180050)
    step_mm = abs(between or thickness or 0.0)
    if not step_mm or whole.position_lps_mm is None or whole.orientation is None:
        raise FileError(no_places(frames))
    source = "Spacing Between Slices" if between else "Slice Thickness"
    normal = np.cross(whole.orientation[:3], whole.orientation[3:])
    found = []
    for n in range(frames):
        x, y, z = (float(v) for v in np.array(whole.position_lps_mm) + normal * step_mm * n)
        remark = _REMARK.format(step=step_mm, source=source)
        found.append(
            replace(whole, frame=n, number=n + 1, position_lps_mm=(x, y, z), remark=remark)
        )
    return found


def no_places(frames: int) -> str:
    """Say that a file's frames have no places, as the end of a sentence."""
    return f"it holds {frames} frames and does not say where they lie"
