"""The frames of an enhanced multi-frame object as images, from its functional groups."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset

from app.io.dicom.file import FileError
from app.io.dicom.header import Instance, PhaseTags, PixelLayout, text, three, words
from app.io.dicom.real_world import RealWorld, mappings_of
from app.io.dicom.rescale import Rescale, refusal_of, rescale_of
from app.io.dicom.stated import Stated

#: Rescale and real-world values that differ by less than this part are the same.
_SAME_SLOPE = 1e-4
_NO_RESCALE = Rescale(1.0, 0.0, "Rescale Slope is absent")


@dataclass(frozen=True)
class RealWorldOfImage:
    """Units that an image states by its real-world value mapping, and what is to be said of it."""

    units: str = ""
    suv_type: str = ""
    notes: tuple[str, ...] = ()


def frames_of_enhanced(
    path: Path, header: Dataset, pixels: PixelLayout | None, stated: Stated
) -> list[Instance]:
    """Return one image for each item of the per-frame functional groups.

    Where a frame of a PET maps its stored values to activity, SUV or counts, that mapping is its
    rescale: it says what its unit is, which a bare rescale of an enhanced PET does not.

    Raises
    ------
    FileError
        If a frame's rescale cannot be used.
    """
    shared = _shared(header)
    modality = stated.modality.upper()
    found = []
    for index, item in enumerate(header.PerFrameFunctionalGroupsSequence):
        plane = _group(item, shared, "PlanePositionSequence")
        orient = _group(item, shared, "PlaneOrientationSequence")
        measures = _group(item, shared, "PixelMeasuresSequence")
        content = _group(item, shared, "FrameContentSequence")
        position = plane.get("ImagePositionPatient") if plane is not None else None
        orientation = orient.get("ImageOrientationPatient") if orient is not None else None
        spacing = measures.get("PixelSpacing") if measures is not None else None
        acquired = str(content.get("FrameAcquisitionDateTime", "")) if content is not None else ""
        duration = content.get("FrameAcquisitionDuration") if content is not None else None
        temporal = content.get("TemporalPositionIndex", 0) if content is not None else 0
        rescale, units = _rescale(item, shared), text(header, 0x00541001)
        mapped = _mapping(item, shared, units) if modality == "PT" else None
        if mapped is not None:
            rescale, units = Rescale(mapped.slope, mapped.intercept), units or mapped.units
        if refusal := refusal_of(modality, rescale):
            raise FileError(refusal)
        frame_type = _frame_type(item, shared) or words(header, 0x00080008)
        found.append(
            Instance(
                path=path,
                sop_uid=text(header, 0x00080018),
                frame=index,
                number=index + 1,
                position_lps_mm=three(tuple(map(float, position or ()))),
                orientation=tuple(map(float, orientation)) if orientation else None,
                spacing_ji_mm=(float(spacing[0]), float(spacing[1])) if spacing else None,
                slope=rescale.slope,
                intercept=rescale.intercept,
                pixels=pixels,
                image_type=frame_type,
                acquisition=acquired or text(header, 0x0008002A),
                frame_reference_ms=None,
                duration_ms=None if duration is None else float(duration),
                time_key=(acquired, float(temporal or 0), float(index)),
                units=units,
                phase=_frame_phase(item, shared),
                stated=stated._replace(image_type="\\".join(frame_type), units=units),
                rescale_doubt=rescale.doubt,
            )
        )
    return found


def real_world_of(header: Dataset, chosen: Collection[int]) -> RealWorldOfImage:
    """Return the units of a PET that states none but maps its frames to real-world values.

    Parameters
    ----------
    header
        Of the object.
    chosen
        Which of its frames are read, from 0. Units are ``MIXED`` where these are in several: no
        one rule is theirs.
    """
    stated = text(header, 0x00541001)
    found: dict[tuple[str, str], None] = {}
    apart, frames = 0, 0
    for index, (item, shared) in enumerate(_frames(header)):
        if index not in chosen:
            continue
        frames += 1
        mapped, rescale = _mapping(item, shared, stated), _rescale(item, shared)
        if mapped is None:
            continue
        found.setdefault((mapped.units, mapped.suv_type))
        same = abs(rescale.slope / mapped.slope - 1.0) <= _SAME_SLOPE and (
            abs(rescale.intercept - mapped.intercept) <= _SAME_SLOPE * mapped.slope
        )
        apart += not (same or rescale.doubt)
    units, suv_type = ("MIXED", "") if len(found) > 1 else next(iter(found), ("", ""))
    if not apart:
        return RealWorldOfImage(units, suv_type)
    note = (
        f"Rescale slope and real-world value mapping of {apart} of {frames} frames disagree; the "
        "mapping, which states the unit, is used."
    )
    return RealWorldOfImage(units, suv_type, (note,))


def is_dynamic(header: Dataset) -> bool:
    """Whether a PET is dynamic: by Series Type, or by the temporal positions of its frames."""
    if "DYNAMIC" in [w.upper() for w in words(header, 0x00541000)]:
        return True
    positions = {
        content.get("TemporalPositionIndex")
        for item, shared in _frames(header)
        if (content := _group(item, shared, "FrameContentSequence")) is not None
    }
    return len(positions) > 1


def _frames(header: Dataset) -> Iterator[tuple[Any, Any]]:
    shared = _shared(header)
    for item in header.get("PerFrameFunctionalGroupsSequence") or ():
        yield item, shared


def _shared(header: Dataset) -> Any:
    return (header.get("SharedFunctionalGroupsSequence") or [None])[0]


def frame_mappings(header: Dataset) -> tuple[RealWorld, ...]:
    """Return all real-world value mappings of the first frame of an enhanced object."""
    for item, shared in _frames(header):
        return _mappings(item, shared)
    return ()


def _mappings(item: Any, shared: Any) -> tuple[RealWorld, ...]:
    name = "RealWorldValueMappingSequence"
    for source in (item, shared):
        if source is not None and name in source and len(source[name].value):
            return mappings_of(source[name].value)
    return ()


def _mapping(item: Any, shared: Any, units: str) -> RealWorld | None:
    """Return the mapping that a frame is read by: to the stated units, or to any where none are."""
    named = re.sub(r"[^A-Z]", "", units.upper())
    return next((m for m in _mappings(item, shared) if named in ("", m.units)), None)


def _rescale(item: Any, shared: Any) -> Rescale:
    """Return the rescale of a frame, with what is wrong with it."""
    group = _group(item, shared, "PixelValueTransformationSequence")
    return _NO_RESCALE if group is None else rescale_of(group)


def _frame_type(item: Any, shared: Any) -> tuple[str, ...]:
    """Return what one frame is (``ORIGINAL``, ``PRIMARY``, …), which may differ from the others."""
    for name in ("PETFrameTypeSequence", "CTImageFrameTypeSequence", "MRImageFrameTypeSequence"):
        group = _group(item, shared, name)
        if group is not None and group.get("FrameType"):
            return tuple(str(w) for w in group.FrameType)
    return ()


def _frame_phase(item: Any, shared: Any) -> PhaseTags:
    """Temporal position and percent of the cycle of one frame of an enhanced object."""
    content = _group(item, shared, "FrameContentSequence")
    position = None if content is None else content.get("TemporalPositionIndex")
    heart = _group(item, shared, "CardiacSynchronizationSequence")
    breath = _group(item, shared, "RespiratorySynchronizationSequence")
    percent = None
    if heart is not None:
        percent = heart.get("NominalPercentageOfCardiacPhase")
    if percent is None and breath is not None:
        percent = breath.get("NominalPercentageOfRespiratoryPhase")
    trigger = None if heart is None else heart.get("NominalCardiacTriggerDelayTime")
    stated = {"position": position, "percent": percent, "trigger_ms": trigger}
    return PhaseTags(**{key: None if x is None else float(x) for key, x in stated.items()})


def _group(item: Any, shared: Any, name: str) -> Any:
    """Return the functional group of a frame, or the one all frames share."""
    for source in (item, shared):
        if source is not None and name in source and len(source[name].value):
            return source[name].value[0]
    return None
