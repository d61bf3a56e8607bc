"""The frames of an enhanced multi-frame object as images, from its functional groups."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset

from app.io.dicom.header import Instance, PhaseTags, PixelLayout, text, three, words
from app.io.dicom.stated import Stated


def frames_of_enhanced(
    path: Path, header: Dataset, pixels: PixelLayout | None, stated: Stated
) -> list[Instance]:
    """Return one image for each item of the per-frame functional groups."""
    shared_items = header.get("SharedFunctionalGroupsSequence") or [None]
    shared = shared_items[0]
    found = []
    for index, item in enumerate(header.PerFrameFunctionalGroupsSequence):
        plane = _group(item, shared, "PlanePositionSequence")
        orient = _group(item, shared, "PlaneOrientationSequence")
        measures = _group(item, shared, "PixelMeasuresSequence")
        rescale = _group(item, shared, "PixelValueTransformationSequence")
        content = _group(item, shared, "FrameContentSequence")
        position = plane.get("ImagePositionPatient") if plane is not None else None
        orientation = orient.get("ImageOrientationPatient") if orient is not None else None
        spacing = measures.get("PixelSpacing") if measures is not None else None
        acquired = str(content.get("FrameAcquisitionDateTime", "")) if content is not None else ""
        duration = content.get("FrameAcquisitionDuration") if content is not None else None
        temporal = content.get("TemporalPositionIndex", 0) if content is not None else 0
        found.append(
            Instance(
                path=path,
                sop_uid=text(header, 0x00080018),
                frame=index,
                number=index + 1,
                position_lps_mm=three(tuple(map(float, position or ()))),
                orientation=tuple(map(float, orientation)) if orientation else None,
                spacing_ji_mm=(float(spacing[0]), float(spacing[1])) if spacing else None,
                slope=float(rescale.RescaleSlope) if rescale is not None else 1.0,
                intercept=float(rescale.RescaleIntercept) if rescale is not None else 0.0,
                pixels=pixels,
                image_type=words(header, 0x00080008),
                acquisition=acquired or text(header, 0x0008002A),
                frame_reference_ms=None,
                duration_ms=None if duration is None else float(duration),
                time_key=(acquired, float(temporal or 0), float(index)),
                units=text(header, 0x00541001),
                phase=_frame_phase(item, shared),
                stated=stated,
            )
        )
    return found


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
