"""Measurements as a DICOM structured report: TID 1500, through highdicom.

A volume of interest is a measurement group with its surface in patient space (TID 1411): an
ellipsoid for spheres and ellipsoids, the two end faces for a box, one closed line per slice for an
isocontour. Its rims run between voxel centres; holes are not told apart, the numbers are those of
the voxels. A ruler and an angle are groups with their points (TID 1501).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app import __version__
from app.core.drawn.measurements import Measurement, Role, Space
from app.core.drawn.percist import PercistThreshold
from app.core.drawn.voi import Angle, Box, Ruler, Voxels
from app.core.drawn.voi_statistics import MeasuredShape, Statistics
from app.core.space.grid import ImageGrid
from app.core.space.series_uid import dicom_uid
from app.core.space.volume import Volume
from app.core.study.study import Study
from app.io.write.dicom.elements import Coded, named_uid
from app.io.write.dicom.sources import SeriesBlock, SkippedError, Sources, series_number

FloatArray = npt.NDArray[np.float64]
Measured = tuple[Measurement, MeasuredShape]

#: Name and unit of a value by quantity (DICOM PS3.16 CID 85, CID 7180, UCUM).
_NAMES: dict[str, tuple[Coded, Coded]] = {
    "SUVbw": (
        ("126401", "DCM", "SUVbw"),
        ("g/ml{SUVbw}", "UCUM", "Standardized Uptake Value body weight"),
    ),
    "SUVlbm": (
        ("126402", "DCM", "SUVlbm"),
        ("g/ml{SUVlbm}", "UCUM", "Standardized Uptake Value lean body mass"),
    ),
    "Bq/ml": (
        ("ACTIVITY-CONC", "99UPTAKE", "Activity concentration"),
        ("Bq/ml", "UCUM", "Becquerels/milliliter"),
    ),
    "HU": (
        ("112031", "DCM", "Attenuation Coefficient"),
        ("[hnsf'U]", "UCUM", "Hounsfield unit"),
    ),
}
# Own codes have at most 16 characters: readers look for a short code value.
_ANY_VALUE: tuple[Coded, Coded] = (
    ("IMAGE-VALUE", "99UPTAKE", "Image value"),
    ("1", "UCUM", "no units"),
)
#: How a value was made of the voxels, by field of `Statistics`.
_DERIVATIONS: dict[str, Coded] = {
    "minimum": ("255605001", "SCT", "Minimum"),
    "maximum": ("56851009", "SCT", "Maximum"),
    "mean": ("373098007", "SCT", "Mean"),
    "sd": ("386136009", "SCT", "Standard Deviation"),
    "median": ("373099004", "SCT", "Median"),
    "peak": ("126031", "DCM", "Peak Value Within ROI"),
}
_SITES: dict[Role, Coded] = {
    Role.LIVER: ("10200004", "SCT", "Liver"),
    Role.BLOOD_POOL: ("15825003", "SCT", "Aorta"),
}


def write_report(
    path: Path,
    study: Study,
    measured: Sequence[Measured],
    threshold: PercistThreshold | None,
    sources: Sources,
) -> None:
    """Write the measurements as a Comprehensive 3D SR.

    Raises
    ------
    SkippedError
        If the images did not come from DICOM files, or these cannot be referred to.
    """
    choice = study.choice
    headers = sources.of(choice.pet_uid, choice.ct_uid, choice.mr_uid)
    try:
        report = _report(study, measured, threshold, headers)
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise SkippedError(f"The DICOM headers do not allow a report ({error})") from error
    report.save_as(path, enforce_file_format=True)


def _report(
    study: Study,
    measured: Sequence[Measured],
    threshold: PercistThreshold | None,
    sources: Sequence[Any],
) -> Any:
    # highdicom takes a second to import: only who exports pays it.
    import highdicom
    from highdicom import sr

    device = sr.ObserverContext(
        observer_type=_code(("121007", "DCM", "Device")),
        observer_identifying_attributes=sr.DeviceObserverIdentifyingAttributes(
            uid=named_uid("uptake-measurement:uptake"),
            name="Uptake",
            model_name=f"Uptake {__version__}",
        ),
    )
    groups = [_group(study, item, values, threshold) for item, values in measured]
    pet = study.pet is not None
    procedure = (
        ("82918005", "SCT", "Positron emission tomography")
        if pet
        else ("77477000", "SCT", "Computed tomography")
    )
    content = sr.MeasurementReport(
        observation_context=sr.ObservationContext(observer_device_context=device),
        procedure_reported=_code(procedure),
        imaging_measurements=groups,
    )
    return sr.Comprehensive3DSR(
        evidence=list(sources),
        content=content[0],
        series_instance_uid=highdicom.UID(),
        series_number=series_number(SeriesBlock.MEASUREMENTS, sources[0]),
        sop_instance_uid=highdicom.UID(),
        instance_number=1,
        manufacturer="Uptake",
        series_description="Uptake measurements (research use only)",
    )


def _group(
    study: Study, item: Measurement, values: MeasuredShape, threshold: PercistThreshold | None
) -> Any:
    from highdicom import sr

    # Of images that are not aligned, the one that the shape was drawn on states the frame.
    under = study.under
    image = under if item.space is Space.CT else study.pet or under
    assert image is not None
    uid = image.grid.frame_of_reference_uid
    if uid is None:
        raise ValueError("no frame of reference")
    numbers = [*_lines(item, uid), *_values(item, values, threshold)]
    tracking = sr.TrackingIdentifier(
        uid=named_uid(f"uptake-measurement:{item.id}"), identifier=item.name[:64]
    )
    site = _SITES.get(item.role)
    sites = None if site is None else [sr.FindingSite(anatomic_location=_code(site))]
    surface = _surface(item, values, image, uid)
    if surface is None:
        return sr.MeasurementsAndQualitativeEvaluations(
            tracking_identifier=tracking, finding_sites=sites, measurements=numbers
        )
    return sr.VolumetricROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=tracking,
        referenced_volume_surface=surface,
        finding_sites=sites,
        measurements=numbers,
    )


def _lines(item: Measurement, uid: str) -> list[Any]:
    """Length or angle with the points it was taken from."""
    from highdicom import sr

    shape = item.shape
    if isinstance(shape, Ruler):
        points = [shape.start_lps_mm, shape.end_lps_mm]
        name, value = ("410668003", "SCT", "Length"), shape.length_mm
        unit = ("mm", "UCUM", "millimeter")
    elif isinstance(shape, Angle):
        points = [shape.first_lps_mm, shape.apex_lps_mm, shape.second_lps_mm]
        name, value = ("1483009", "SCT", "Angle"), shape.degrees
        unit = ("deg", "UCUM", "degree")
    else:
        return []
    if not math.isfinite(value):
        return []
    place = sr.CoordinatesForMeasurement3D(
        graphic_type=sr.GraphicTypeValues3D.POLYLINE,
        graphic_data=np.array(points),
        frame_of_reference_uid=uid,
    )
    measurement = sr.Measurement(
        name=_code(name), value=value, unit=_code(unit), referenced_coordinates=[place]
    )
    return [measurement]


def _values(
    item: Measurement, values: MeasuredShape, threshold: PercistThreshold | None
) -> list[Any]:
    ml = ("mL", "UCUM", "milliliter")
    found = [
        _number(("118565006", "SCT", "Volume"), values.volume_ml, ml),
        _number(("126033", "DCM", "Total Lesion Glycolysis"), values.tlg, ("g", "UCUM", "gram")),
        *_statistics(values.pet),
        *_statistics(values.under),
    ]
    if values.pet is not None:
        unit = _NAMES.get(values.pet.unit, _ANY_VALUE)[1]
        name = ("ISO-THRESHOLD", "99UPTAKE", "Isocontour threshold")
        found.append(_number(name, values.threshold, unit))
    if threshold is not None and threshold.role is item.role:
        name = ("PERCIST-THR", "99UPTAKE", "PERCIST threshold of a measurable lesion")
        sul = threshold.sul
        value = threshold.value if sul is None else sul
        unit = _NAMES.get(threshold.unit if sul is None else "SUVlbm", _ANY_VALUE)[1]
        found.append(_number(name, value, unit))
    return [x for x in found if x is not None]


def _statistics(found: Statistics | None) -> list[Any]:
    if found is None:
        return []
    name, unit = _NAMES.get(found.unit, _ANY_VALUE)
    return [
        _number(name, getattr(found, key), unit, derivation)
        for key, derivation in _DERIVATIONS.items()
    ]


def _number(name: Coded, value: float, unit: Coded, derivation: Coded | None = None) -> Any:
    from highdicom import sr

    if not math.isfinite(value):
        return None
    return sr.Measurement(
        name=_code(name),
        value=value,
        unit=_code(unit),
        derivation=None if derivation is None else _code(derivation),
    )


def _surface(item: Measurement, values: MeasuredShape, image: Volume, uid: str) -> Any:
    """Return the surface of a volume of interest, or ``None`` for what has no inside."""
    from highdicom import sr

    shape = item.shape
    if isinstance(shape, Ruler | Angle):
        return None
    kind = sr.GraphicTypeValues3D.POLYGON
    if values.region is not None:
        if values.region.voxels is None:
            return None
        data = rims_lps_mm(values.region.voxels, image.grid)
    elif isinstance(shape, Box):
        data = _end_faces(np.array(shape.centre_lps_mm), np.array(shape.half_lps_mm))
    else:
        kind = sr.GraphicTypeValues3D.ELLIPSOID
        ends = np.zeros((6, 3))
        for axis, half in enumerate(shape.half_lps_mm):
            ends[2 * axis, axis], ends[2 * axis + 1, axis] = -half, half
        data = [ends + np.array(shape.centre_lps_mm)]
    return sr.VolumeSurface(
        graphic_type=kind,
        graphic_data=data,
        frame_of_reference_uid=uid,
        source_series=sr.SourceSeriesForSegmentation(dicom_uid(image.series_uid)),
    )


def _end_faces(centre: FloatArray, half: FloatArray) -> list[FloatArray]:
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]], dtype=np.float64)
    faces = (np.column_stack([corners, np.full(5, end)]) for end in (-1.0, 1.0))
    return [centre + face * half for face in faces]


def rims_lps_mm(voxels: Voxels, grid: ImageGrid) -> list[FloatArray]:
    """Return closed lines ``[points, 3]`` around the voxels, slice by slice; at least two.

    A region of one slice gets its line on both faces of the slice.
    """
    from skimage.measure import find_contours

    trace: Any = find_contours  # scikit-image types it only in part
    lines: list[FloatArray] = []
    start = np.array(voxels.start_kji, dtype=np.float64)
    for k, mask in enumerate(voxels.mask):
        for line in trace(np.pad(mask, 1).astype(np.float64), 0.5):
            plane = np.full((len(line), 1), float(k))
            lines.append(np.hstack([plane, line - 1.0]) + start)
    if len(voxels.mask) == 1:
        lines = [x + np.array([step, 0, 0]) for x in lines for step in (-0.5, 0.5)]
    return [grid.points_lps_mm(x) for x in lines]


def _code(code: Coded) -> Any:
    from highdicom.sr import CodedConcept

    value, scheme, meaning = code
    return CodedConcept(value=value, scheme_designator=scheme, meaning=meaning)
