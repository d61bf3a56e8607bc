"""From one file's header to its images: where each lies, how its pixels are stored and scaled."""

from __future__ import annotations

from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import UID

from app.io.dicom.enhanced import frames_of_enhanced
from app.io.dicom.header import (
    Header,
    Instance,
    PhaseTags,
    PixelLayout,
    floats,
    number,
    raw_bytes,
    text,
    three,
    words,
)
from app.io.dicom.private import ge_uncorrected
from app.io.dicom.stated import STATED_TAGS, Stated, stated_from
from app.io.dicom.time import joined


def instances_of(
    path: Path, header: Header, offset: int | None, *, is_float: bool = False
) -> list[Instance]:
    """Return the images of one file: one, or one per frame of an enhanced object."""
    pixels = None if offset is None else _layout(header, offset, is_float)
    frames = int(number(header, 0x00280008) or 1)
    # Only pydicom's data sets hold functional groups; the quick walk gives up on them.
    grouped = isinstance(header, Dataset) and Tag(0x52009230) in header and frames > 1
    if grouped and pixels is not None and text(header, 0x00080060) in ("PT", "CT", "MR", "NM"):
        assert isinstance(header, Dataset)
        return frames_of_enhanced(path, header, pixels, stated_of(header))
    position = floats(header, 0x00200032)
    orientation = floats(header, 0x00200037)
    spacing = floats(header, 0x00280030)
    slope = number(header, 0x00281053)
    return [
        Instance(
            path=path,
            sop_uid=text(header, 0x00080018),
            frame=0,
            number=int(number(header, 0x00200013) or 0),
            position_lps_mm=three(position),
            orientation=orientation if len(orientation) == 6 else None,
            spacing_ji_mm=(spacing[0], spacing[1]) if len(spacing) == 2 else None,
            slope=1.0 if slope is None else slope,
            intercept=number(header, 0x00281052) or 0.0,
            pixels=pixels,
            image_type=words(header, 0x00080008),
            acquisition=_acquisition(header),
            frame_reference_ms=number(header, 0x00541300),
            duration_ms=number(header, 0x00181242),
            time_key=_time_key(header),
            units=text(header, 0x00541001),
            phase=_phase(header),
            stated=stated_of(header),
        )
    ]


def stated_of(header: Header) -> Stated:
    """Return what an image says it is."""
    if isinstance(header, dict):
        # Of every image but the first of a series: no call for each element.
        raw = tuple([header.get(tag, b"") for tag in STATED_TAGS])
    else:
        raw = tuple([raw_bytes(header, tag) for tag in STATED_TAGS])
    return stated_from(raw, raw[0].strip() == b"PT" and ge_uncorrected(header))


def _phase(header: Header) -> PhaseTags:
    slices, index = number(header, 0x00540081), number(header, 0x00541330)
    time_slice = (index - 1) // slices if slices and index else None
    return PhaseTags(
        position=number(header, 0x00200100),
        trigger_ms=number(header, 0x00181060),
        index=time_slice,
    )


def _acquisition(header: Header) -> str:
    """Acquisition date and time run together; the series' date stands in for a missing one."""
    time = text(header, 0x00080032)
    date = text(header, 0x00080022) or text(header, 0x00080021) or text(header, 0x00080020)
    return joined(date, time) if date and time else text(header, 0x0008002A)


def _time_key(header: Header) -> tuple[str, float, float]:
    """Order of images at one place: by gate or time frame, then by image number."""
    return (
        text(header, 0x00080022) + text(header, 0x00080032),
        number(header, 0x00200100) or number(header, 0x00181060) or 0.0,
        number(header, 0x00541330) or number(header, 0x00200013) or 0.0,
    )


def _layout(header: Header, offset: int, is_float: bool) -> PixelLayout | None:
    rows, columns = number(header, 0x00280010), number(header, 0x00280011)
    if not rows or not columns:
        return None
    syntax = UID(text(header, 0x00020010))
    implicit = not syntax or syntax == "1.2.840.10008.1.2"
    deflated = syntax == "1.2.840.10008.1.2.1.99"
    encapsulated = bool(syntax) and not syntax.is_private and syntax.is_compressed and not deflated
    bits = int(number(header, 0x00280100) or 16)
    return PixelLayout(
        # Tag and length take 8 bytes; an explicit VR of OB or OW takes 12.
        offset=offset + (8 if implicit else 12),
        transfer_syntax=str(syntax) or "1.2.840.10008.1.2",
        rows=int(rows),
        columns=int(columns),
        samples=int(number(header, 0x00280002) or 1),
        bits_allocated=bits,
        bits_stored=int(number(header, 0x00280101) or bits),
        signed=bool(number(header, 0x00280103) or 0),
        encapsulated=encapsulated,
        deflated=deflated,
        big_endian=syntax == "1.2.840.10008.1.2.2",
        is_float=is_float,
        frames=int(number(header, 0x00280008) or 1),
    )
