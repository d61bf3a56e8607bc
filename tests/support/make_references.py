"""The kept reference pictures: what they show, and how to draw them again.

``python tests/support/make_references.py`` (with ``QT_QPA_PLATFORM=offscreen``) writes them to
``tests/screenshots/viewers``. Look at every one before committing it. They hold no writing, so
that they do not depend on a machine's fonts; the mark of derived images, which no picture lacks,
is painted over in them by `unmarked`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from app.core.lesions.lesion import LesionStatus
from app.core.space.volume import Quantity, Volume
from tests.support.offscreen import render_offscreen
from tests.support.phantoms import (
    derived_pet,
    saliency_ball,
    smooth_study,
    synthetic_ct,
    two_lesions,
    voxel_points,
    with_deviation,
    with_status,
)
from tests.support.places import REFERENCES
from viewers.make.mip import compute_mip_frames
from viewers.scene.values import MapKind

Picture = npt.NDArray[np.uint8]
AT = (-30.0, -10.0, 30.0)


def plain() -> Picture:
    """All ten panes."""
    study = smooth_study()
    assert study.pet is not None
    mip = compute_mip_frames(study.pet)
    return render_offscreen(study, size=(720, 540), writing=False, mip=mip, cursor_lps_mm=AT)


def outlined() -> Picture:
    """Outlines, one certain and one uncertain, with a physiological one."""
    study = smooth_study()
    assert study.pet is not None
    segmentation = with_status(two_lesions(study), "b", LesionStatus.PHYSIOLOGICAL)
    points = voxel_points(study.pet.grid)
    entropy = np.where(points[..., 0] < -30, 0.9, 0.0) * (study.pet.array > 0.5)
    return render_offscreen(
        study,
        size=(720, 540),
        writing=False,
        mip=compute_mip_frames(study.pet),
        segmentation=segmentation,
        uncertainty=Volume(study.pet.grid, entropy.astype(np.float32), Quantity.ENTROPY),
        cursor_lps_mm=AT,
    )


def fused_row() -> Picture:
    """Draw the other layout."""
    study = smooth_study()
    assert study.pet is not None
    mip = compute_mip_frames(study.pet)
    return render_offscreen(
        study, layout="fused-row", size=(720, 240), writing=False, mip=mip, cursor_lps_mm=AT
    )


def derived() -> Picture:
    """Put a derived PET in the place of the PET, with saliency on slices and MIP."""
    study = smooth_study()
    assert study.pet is not None
    picture = render_offscreen(
        study,
        size=(720, 540),
        writing=False,
        mip=compute_mip_frames(study.pet),
        derived=derived_pet(study),
        saliency=saliency_ball(study, AT, 25.0),
        cursor_lps_mm=AT,
    )
    return unmarked(picture, rows=(0, 180, 361), columns=(180, 361), width=176)


def difference() -> Picture:
    """Draw original, derived CT and their difference."""
    study = smooth_study()
    picture = render_offscreen(
        study,
        layout="derived",
        size=(720, 400),
        writing=False,
        derived=synthetic_ct(study),
        cursor_lps_mm=AT,
    )
    return unmarked(picture, rows=(0, 201), columns=(241, 481), width=236)


def deviation() -> Picture:
    """Draw original, derived CT and its standard deviation."""
    picture = render_offscreen(
        smooth_study(),
        layout="derived",
        size=(720, 400),
        writing=False,
        derived=with_deviation(synthetic_ct(smooth_study())),
        shown_map=MapKind.DEVIATION,
        cursor_lps_mm=AT,
    )
    return unmarked(picture, rows=(0, 201), columns=(241, 481), width=236)


def unmarked(
    picture: Picture, rows: tuple[int, ...], columns: tuple[int, ...], width: int
) -> Picture:
    """Paint over the place of the mark in panes of this width that begin at these pixels."""
    for row in rows:
        for column in columns:
            picture[row + 4 : row + 44, column + 4 : column + width] = 0
    return picture


PICTURES: dict[str, Callable[[], Picture]] = {
    "plain": plain,
    "outlined": outlined,
    "fused-row": fused_row,
    "derived": derived,
    "difference": difference,
    "deviation": deviation,
}


def main() -> None:
    """Draw and write every picture."""
    from PySide6.QtWidgets import QApplication

    from tests.support.picture_compare import write_png

    application = QApplication(sys.argv[:1])
    folder = REFERENCES
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in PICTURES.items():
        write_png(folder / f"{name}.png", draw())
    application.quit()


if __name__ == "__main__":
    main()
