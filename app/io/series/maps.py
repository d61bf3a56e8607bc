"""Real-world value maps of a study compared with the SUV that its headers give.

Other tools write SUV factors into objects of their own (modality RWV) or into the images. The
header's factor is the one that is used; a map that says otherwise is a doubt worth telling.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from app.core.study.provenance import SuvScale
from app.io.dicom.enhanced import frame_mappings
from app.io.dicom.file import read_file
from app.io.dicom.header import DAMAGED, Instance, number
from app.io.dicom.real_world import RealWorld, mappings_of
from app.io.series.series import Candidate

_log = logging.getLogger(__name__)
_OBJECT_MAPS = "ReferencedImageRealWorldValueMappingSequence"
_IMAGE_MAPS = "RealWorldValueMappingSequence"
_REFERENCES = Tag(0x00081140)
#: A map and the header agree within this part: times and weights are rounded.
_AGREE = 0.01
#: More maps of one folder than this are not read.
_MOST_MAPS = 50


@dataclass(frozen=True)
class _Map:
    """Mappings to real-world values, and the bytes that name the images that they are for."""

    images: bytes
    mappings: tuple[RealWorld, ...]

    def is_for(self, image: Instance) -> bool:
        return bool(image.sop_uid) and image.sop_uid.encode("latin-1") in self.images


def with_maps(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates, each PET with what its maps say against its SUV."""
    objects = list(_objects(candidates))
    return [_compared(c, objects) for c in candidates]


def compared(candidate: Candidate, candidates: Sequence[Candidate]) -> Candidate:
    """Return one candidate with what the maps among all of them say against its SUV."""
    return _compared(candidate, list(_objects(candidates)))


def _objects(candidates: Sequence[Candidate]) -> Iterator[_Map]:
    if not any(c.info.suv is not None and c.info.suv.type for c in candidates):
        return
    paths = [x.path for c in candidates if c.info.role == "RWV" for x in c.scanned.instances]
    for path in paths[:_MOST_MAPS]:
        try:
            yield from _read(path)
        except DAMAGED as error:
            _log.info("a damaged real-world value map: %s", type(error).__name__)


def _read(path: Path) -> list[_Map]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        header = read_file(path, [_OBJECT_MAPS], pixels=False)
        found = []
        for item in header.get(_OBJECT_MAPS) or ():
            mappings = mappings_of(item.get(_IMAGE_MAPS) or ())
            if any(m.units == "BQML" or m.suv_type == "BW" for m in mappings):
                found.append(_Map(_references(item), mappings))
        return found


def _references(item: Dataset) -> bytes:
    """Return the images of a map as they stand in the file: there are thousands, none is parsed."""
    if _REFERENCES not in item:
        return b""
    element = item.get_item(_REFERENCES)
    if isinstance(element, RawDataElement):
        return element.value or b""
    uids = (str(x.get("ReferencedSOPInstanceUID", "")) for x in item[_REFERENCES].value)
    return "\\".join(uids).encode("latin-1", "replace")


def _compared(candidate: Candidate, objects: Sequence[_Map]) -> Candidate:
    scale, stack = candidate.info.suv, candidate.stack
    if scale is None or scale.type is None or stack is None:
        return candidate
    said = []
    for found in objects:
        images = [x for x in stack.images if found.is_for(x)]
        if images:
            said.extend(_doubts(found.mappings, images, scale))
    said.extend(_of_image(candidate.scanned.header, stack.images, scale))
    if not said:
        return candidate
    scale = replace(scale, warnings=tuple(dict.fromkeys((*scale.warnings, *said))))
    return replace(candidate, info=replace(candidate.info, suv=scale))


def _of_image(header: Dataset, images: Sequence[Instance], scale: SuvScale) -> Iterable[str]:
    """Compare the maps that the first image, or the first frame of each kind, holds itself."""
    try:
        mappings = frame_mappings(header) or mappings_of(header.get(_IMAGE_MAPS) or ())
    except DAMAGED:
        return ()
    slope = number(header, 0x00281053)
    first = images[0] if slope is None else replace(images[0], slope=slope)
    return _doubts(mappings, [first], scale)


def _doubts(
    mappings: Sequence[RealWorld], images: Sequence[Instance], scale: SuvScale
) -> list[str]:
    factors = np.array(scale.frame_factors or (scale.factor,), dtype=float)
    slopes = np.array([x.slope for x in images])
    units = str(scale.headers.get("Units") or "")
    said = []
    for mapping in mappings:
        if mapping.units == "GML" and mapping.suv_type == "BW" and scale.type == "SUVbw":
            said.extend(_doubt(mapping, "SUVbw", factors, slopes))
        elif mapping.units == "BQML" and units == "BQML":
            said.extend(_doubt(mapping, "Bq/ml", np.ones(1), slopes))
    return said


def _doubt(
    mapping: RealWorld,
    unit: str,
    factors: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    slopes: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> list[str]:
    """Say where a map is neither of rescaled values, as some tools write it, nor of stored ones."""
    low, high = float(factors.min()), float(factors.max())
    for least, most in ((low, high), (low * slopes.min(), high * slopes.max())):
        if least * (1.0 - _AGREE) <= mapping.slope <= most * (1.0 + _AGREE):
            return []
    middle = float(np.median(factors))
    stored = middle * float(np.median(slopes))
    return [
        f"A real-world value map gives {mapping.slope:.5g} {unit} for each stored value; the "
        f"header gives {stored:.5g} ({middle:.5g} for each rescaled value), which is used."
    ]
