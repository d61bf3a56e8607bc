"""The frames of an enhanced multi-frame object as images, from its functional groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset

from app.io.dicom.header import Instance, PhaseTags, PixelLayout, text, three, words
from app.io.dicom.real_world import RealWorld, mappings_of

#: Rescale and real-world values that differ by less than this part are the same.
_SAME_SLOPE = 1e-4


@dataclass(frozen=True)
class RealWorldOfImage:
    """Units that an image states by its real-world value mapping, and what is to be said of it."""

    units: str = ""
    suv_type: str = ""
    notes: tuple[str, ...] = ()


def frames_of_enhanced(path: Path, header: Dataset, pixels: PixelLayout | None) -> list[Instance]:
    """Return one image for each item of the per-frame functional groups.

    Where a frame of a PET maps its stored values to activity, SUV or counts, that mapping is its
    rescale: it says what its unit is, which a bare rescale of an enhanced PET does not.
    """
    shared = _shared(header)
    is_pet = text(header, 0x00080060) == "PT"
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
        mapped = _mapping(item, shared) if is_pet else None
        slope, intercept = _rescale(item, shared)
        if mapped is not None:
            slope, intercept = mapped.slope, mapped.intercept
        found.append(
            Instance(
                path=path,
                sop_uid=text(header, 0x00080018),
                frame=index,
                number=index + 1,
                position_lps_mm=three(tuple(map(float, position or ()))),
                orientation=tuple(map(float, orientation)) if orientation else None,
                spacing_ji_mm=(float(spacing[0]), float(spacing[1])) if spacing else None,
                slope=1.0 if slope is None else slope,
                intercept=intercept,
                pixels=pixels,
                image_type=_frame_type(item, shared) or words(header, 0x00080008),
                acquisition=acquired or text(header, 0x0008002A),
                frame_reference_ms=None,
                duration_ms=None if duration is None else float(duration),
                time_key=(acquired, float(temporal or 0), float(index)),
                units=text(header, 0x00541001) or ("" if mapped is None else mapped.units),
                phase=_frame_phase(item, shared),
            )
        )
    return found


def real_world_of(header: Dataset) -> RealWorldOfImage:
    """Return the units of a PET that states none but maps its frames to real-world values.

    Units are ``MIXED`` where its frames are in several: no one rule is theirs.
    """
    notes: list[str] = []
    found: dict[tuple[str, str], None] = {}
    apart, bare, frames = 0, 0, 0
    for item, shared in _frames(header):
        frames += 1
        mapped, (slope, intercept) = _mapping(item, shared), _rescale(item, shared)
        if mapped is None:
            bare += slope is None
            continue
        found.setdefault((mapped.units, mapped.suv_type))
        same = slope is None or (
            abs(slope / mapped.slope - 1.0) <= _SAME_SLOPE
            and abs(intercept - mapped.intercept) <= _SAME_SLOPE * abs(mapped.slope)
        )
        apart += not same
    if bare:
        notes.append(
            f"{bare} of {frames} frames state neither a rescale slope nor a real-world value: "
            "their stored values are taken as they are."
        )
    if apart:
        notes.append(
            f"Rescale slope and real-world value mapping of {apart} of {frames} frames disagree; "
            "the mapping, which states the unit, is used."
        )
    units, suv_type = ("MIXED", "") if len(found) > 1 else next(iter(found), ("", ""))
    return RealWorldOfImage(units, suv_type, tuple(notes))


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


def _mapping(item: Any, shared: Any) -> RealWorld | None:
    """Return the real-world value mapping that a frame is read by, or ``None``."""
    return next(iter(_mappings(item, shared)), None)


def _rescale(item: Any, shared: Any) -> tuple[float | None, float]:
    """Return slope and intercept of a frame; the slope is ``None`` where it states none."""
    rescale = _group(item, shared, "PixelValueTransformationSequence")
    if rescale is None:
        return None, 0.0
    slope = rescale.get("RescaleSlope")
    return None if slope is None else float(slope), float(rescale.get("RescaleIntercept") or 0.0)


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
