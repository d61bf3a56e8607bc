"""A map of attenuation coefficients as a DICOM Parametric Map in 1/cm.

Written as a CT it would be read as Hounsfield units, whatever its description says.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sr.coding import Code

from app.core.space.grid import ImageGrid
from app.io.write.dicom.elements import MAKER
from app.io.write.dicom.image_series import DerivedSeries, complete_side
from app.io.write.dicom.inherit import with_place
from app.io.write.dicom.sources import ODD, SkippedError


def write_map(series: DerivedSeries, folder: Path) -> tuple[Path, ...]:
    """Write attenuation coefficients as one Parametric Map in a new folder.

    Raises
    ------
    SkippedError
        If the source's headers do not allow it.
    """
    # highdicom takes a second to import: only who exports pays it.
    import highdicom

    folder.mkdir()
    path = folder / "0001.dcm"
    volume = series.volume
    pixels = np.nan_to_num(np.ascontiguousarray(volume.array, dtype=np.float32))
    greatest = float(pixels.max()) or 1.0
    unit = Code("/cm", "UCUM", "/cm")
    quantity = Code("112031", "DCM", "Attenuation Coefficient")
    mapping = highdicom.pm.RealWorldValueMapping(
        lut_label="1/cm",
        lut_explanation="Linear attenuation coefficient at 511 keV",
        unit=highdicom.sr.CodedConcept.from_code(unit),
        value_range=(0.0, greatest),
        slope=1.0,
        intercept=0.0,
        quantity_definition=highdicom.sr.CodedConcept.from_code(quantity),
    )
    frame = volume.grid.frame_of_reference_uid
    try:
        dataset = highdicom.pm.ParametricMap(
            source_images=[_in_frame(x, volume.grid) for x in series.sources],
            pixel_array=highdicom.Volume(
                pixels,
                volume.grid.affine_lps_mm,
                coordinate_system="PATIENT",
                frame_of_reference_uid=frame,
            ),
            series_instance_uid=highdicom.UID(),
            series_number=series.number,
            sop_instance_uid=highdicom.UID(),
            instance_number=1,
            **MAKER,
            contains_recognizable_visual_features=False,
            real_world_value_mappings=[mapping],
            voi_lut_transformations=[
                highdicom.VOILUTTransformation(
                    window_center=greatest / 2,
                    window_width=greatest,
                    voi_lut_function="LINEAR_EXACT",  # a plain one must be 1 wide or more
                )
            ],
            content_description=series.description,
            content_creator_name="Uptake^",
            content_label="MU_MAP",
            series_description=series.description,
        )
    except ODD as error:
        # What it says may quote the header.
        raise SkippedError("The source's DICOM headers do not allow a parametric map") from error
    dataset.DerivationDescription = series.derivation
    complete_side(dataset)
    dataset.save_as(path, enforce_file_format=True)
    return (path,)


def _in_frame(source: Dataset, grid: ImageGrid) -> Dataset:
    """Return a source's header in the frame of the map: a CT that was aligned states another."""
    made = with_place(source, grid)
    if grid.frame_of_reference_uid:
        made.FrameOfReferenceUID = grid.frame_of_reference_uid
    return made
