"""What each series is: its role, its place, and for PET its SUV."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.uid import UID

from app.core.kit.errors import InputError
from app.core.study.provenance import SuvScale
from app.core.study.study import Phases, SeriesInfo
from app.io.dicom.enhanced import is_dynamic, real_world_of
from app.io.dicom.header import DAMAGED, Instance, number, slice_step_mm, text, words
from app.io.dicom.instances import stated_of
from app.io.dicom.multiframe.nm import is_tomo
from app.io.dicom.private import read_private
from app.io.dicom.rescale import activity_doubts, why_no_activity
from app.io.dicom.scan import ScannedSeries
from app.io.geometry.stack import Placement, Stack, build_stack
from app.io.series.grouping import split_series
from app.io.series.joining import join_series
from app.io.series.roles import attenuation_of, role_of, view_of
from app.io.suv.header import SuvFrame, SuvHeader
from app.io.suv.rules import suv_scale
from app.io.suv.tracer import age_years, single_number, tracers_of, zone_of

_log = logging.getLogger(__name__)

#: What is said of a secondary capture.
PICTURE = "It is a picture of a screen, not measured values: it is shown as a picture only."
#: What is said of a MIP or another projection.
PROJECTION = "It is a projection, a picture of the volume from the side: it is listed only."
#: What is said of an NM series that holds no volume.
PLANAR = "It holds planar images or raw projections, not a reconstructed volume: it is listed only."


@dataclass(frozen=True)
class Candidate:
    """A series with what choosing needs: its role, its place and, for PET, its SUV."""

    scanned: ScannedSeries
    info: SeriesInfo
    stack: Stack | None
    suv_header: SuvHeader | None = None
    doubt: str = ""


def candidates_of(series: Sequence[ScannedSeries]) -> list[Candidate]:
    """Judge the series of a scan, taken apart and joined by what their images are."""
    parts = [part for one in series for part in split_series(one)]
    return [candidate_of(one) for one in join_series(parts)]


def candidate_of(scanned: ScannedSeries) -> Candidate:
    """Judge one series: role, geometry, SUV. Never raises for what a header holds."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _judge(scanned)
    except DAMAGED as error:
        _log.info("a series with a damaged header: %s", type(error).__name__)
        header = scanned.header
        info = SeriesInfo(
            uid=scanned.uid,
            study_uid=scanned.study_uid,
            modality=text(header, 0x00080060),
            description=text(header, 0x0008103E),
            images=len(scanned.instances),
            role="other",
            warnings=("The header of this series is damaged.",),
        )
        return Candidate(scanned, info, None)


def _judge(scanned: ScannedSeries) -> Candidate:
    header, instances = scanned.header, scanned.instances
    stated = stated_of(header)
    role = role_of(stated, instances)
    stack: Stack | None = None
    notes: list[str] = [*scanned.notes]
    if role == "secondary capture":
        notes.append(PICTURE)
    if role == "other" and view_of(stated) == "projection":
        notes.append(PROJECTION)
    if role == "NM" and not is_tomo(header):
        notes.append(PLANAR)
    elif role in ("PET AC", "PET NAC", "CT", "MR", "NM"):
        thickness = slice_step_mm(header)
        try:
            stack = build_stack(instances, text(header, 0x00200052) or None, thickness)
            notes.extend(stack.warnings)
        except InputError as error:
            notes.append(error.sentence)
    suv_header, scale, doubt = None, None, ""
    if role.startswith("PET"):
        images = stack.images if stack else instances
        suv_header = suv_header_of(scanned, images, stack.every_image if stack else instances)
        scale = suv_scale(suv_header)
        doubt = attenuation_of(stated).doubt
    said = (*notes, doubt) if doubt else tuple(notes)
    info = _info(scanned, role, said)
    if stack is not None:
        info = with_stack(info, stack)
    if suv_header is not None:
        info = with_suv(info, suv_header, stack, scale)
    return Candidate(scanned, info, stack, suv_header, doubt)


def with_stack(info: SeriesInfo, stack: Stack) -> SeriesInfo:
    """Return a series' info with what its stack is made of: interpolated slices and phases."""
    info = replace(info, interpolated=stack.interpolated, phases=None)
    if not stack.phases:
        return info
    phases = Phases(info.uid, stack.kind, tuple(p.label for p in stack.phases))
    return replace(info, phases=phases, headers={**info.headers, "Stack": stack})


def with_suv(
    info: SeriesInfo, header: SuvHeader, stack: Stack | None, scale: SuvScale | None = None
) -> SeriesInfo:
    """Return a PET series' info with its SUV and what recomputing it will need.

    Factors that differ are stored one per grid slice [k], as `SuvScale.frame_factors` promises.
    """
    scale = scale or suv_scale(header)
    slices = None if stack is None else stack.slices
    if scale.frame_factors is not None and slices is not None:
        per_slice = slice_factors(np.array(scale.frame_factors), slices)
        scale = replace(scale, frame_factors=tuple(per_slice.tolist()))
    headers = {**info.headers, "SuvHeader": header, "Slices": slices}
    return replace(info, suv=scale, headers=headers)


def slice_factors(
    factors: npt.NDArray[np.float64], slices: Sequence[Placement]
) -> npt.NDArray[np.float64]:
    """Factor of every grid slice from the factors of the images it is made of."""
    first = factors[[s.first for s in slices]]
    second = factors[[s.first if s.second is None else s.second for s in slices]]
    weight = np.array([s.weight_second for s in slices])
    return np.asarray((1.0 - weight) * first + weight * second)


def _info(scanned: ScannedSeries, role: str, notes: tuple[str, ...]) -> SeriesInfo:
    header = scanned.header
    series_number = number(header, 0x00200011)
    orientation = next((x.orientation for x in scanned.instances if x.orientation), None)
    return SeriesInfo(
        uid=scanned.uid,
        study_uid=scanned.study_uid,
        modality=text(header, 0x00080060),
        description=shown(header, "SeriesDescription"),
        images=len(scanned.instances),
        role=role,
        files=tuple(dict.fromkeys(x.path for x in scanned.instances)),
        number=None if series_number is None else int(series_number),
        date=text(header, 0x00080021) or text(header, 0x00080022) or text(header, 0x00080020),
        time=text(header, 0x00080031) or text(header, 0x00080032) or text(header, 0x00080030),
        frame_of_reference_uid=text(header, 0x00200052) or None,
        tracer=tracer_of(header),
        warnings=notes,
        headers={
            "PatientID": text(header, 0x00100020),
            "StudyDescription": shown(header, "StudyDescription"),
            "StudyDate": text(header, 0x00080020),
            "StudyTime": text(header, 0x00080030),
            "Manufacturer": shown(header, "Manufacturer"),
            "ManufacturerModelName": shown(header, "ManufacturerModelName"),
            "ImageType": list(words(header, 0x00080008)),
            "ImageOrientationPatient": None if orientation is None else list(orientation),
            "PatientPosition": text(header, 0x00185100),
            "SOPClass": UID(text(header, 0x00080016)).name,
            "RadiopharmaceuticalCode": _tracer_code(header),
        },
    )


def shown(header: Dataset, keyword: str) -> str:
    """Text for people, decoded by the file's character set; empty where it is damaged."""
    try:
        return str(header.get(keyword, "") or "").strip()
    except DAMAGED:
        return ""


def tracer_of(header: Dataset) -> str:
    """Return the radiopharmaceutical as the header names it, or an empty string."""
    item = _radiopharmaceutical(header)
    if item is None:
        return ""
    named = str(item.get("Radiopharmaceutical", "") or "")
    for code in item.get("RadiopharmaceuticalCodeSequence", None) or []:
        named = named or str(code.get("CodeMeaning", "") or "")
    return named.strip()


def _tracer_code(header: Dataset) -> str:
    item = _radiopharmaceutical(header)
    codes = [] if item is None else item.get("RadiopharmaceuticalCodeSequence", None) or []
    return next((str(code.get("CodeValue", "") or "").strip() for code in codes), "")


def _radiopharmaceutical(header: Dataset) -> Dataset | None:
    sequence = header.get("RadiopharmaceuticalInformationSequence", None)
    return sequence[0] if sequence else None


def frames_of(images: Sequence[Instance]) -> tuple[SuvFrame, ...]:
    """Return the times of images, in s."""
    return tuple(
        SuvFrame(
            x.acquisition,
            None if x.frame_reference_ms is None else x.frame_reference_ms / 1000.0,
            None if x.duration_ms is None else x.duration_ms / 1000.0,
        )
        for x in images
    )


def suv_header_of(
    scanned: ScannedSeries, images: Sequence[Instance], every: Sequence[Instance]
) -> SuvHeader:
    """Collect what an SUV needs from a PET's header and its images (in the stack's order).

    ``every`` are the images of all time frames: one that cannot be rescaled spoils the series.
    """
    header = scanned.header
    tracers, private = tracers_of(header), read_private(header)
    item = tracers.first
    notes: list[str] = [*scanned.doubts, *private.notes]
    units, suv_type = text(header, 0x00541001), text(header, 0x00541006)
    said = real_world_of(header, {x.frame for x in images})
    notes.extend(said.notes)
    if text(header, 0x00189760).upper() == "NO":
        notes.append("Scatter Corrected (0018,9760) is NO: the SUV is too high where scatter lies.")
    if not units:
        units, suv_type = said.units, said.suv_type or suv_type
    return SuvHeader(
        units=units or next((x.units for x in images if x.units), ""),
        suv_type=suv_type,
        decay_correction=text(header, 0x00541102),
        corrected_image=words(header, 0x00280051) or None,
        uncorrected_sign=attenuation_of(stated_of(header)).sign,
        sex=text(header, 0x00100040),
        weight_kg=single_number(header, 0x00101030, "PatientWeight", notes),
        height_m=single_number(header, 0x00101020, "PatientSize", notes),
        age_years=age_years(header),
        dose_bq=single_number(item, 0x00181074, "RadionuclideTotalDose", notes),
        half_life_s=single_number(item, 0x00181075, "RadionuclideHalfLife", notes),
        nuclides=tracers.nuclides,
        tracers=tracers.labels,
        injection_datetime=text(item, 0x00181078),
        injection_time=text(item, 0x00181072),
        series_date=text(header, 0x00080021)
        or text(header, 0x00080022)
        or text(header, 0x00080020),
        series_time=text(header, 0x00080031),
        frames=frames_of(images),
        private_scan_start=private.scan_start,
        private_source=private.source,
        philips_suv=private.philips_suv,
        philips_bqml=private.philips_bqml,
        timezone=zone_of(header),
        dynamic=is_dynamic(header),
        decay_reference=text(header, 0x00189701),
        decay_corrected=text(header, 0x00189758),
        notes=tuple(notes),
        rescale_fault=why_no_activity(every),
        rescale_notes=activity_doubts(every),
    )
