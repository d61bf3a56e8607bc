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
    real,
    text,
    three,
    words,
)
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
        return frames_of_enhanced(path, header, pixels)
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
        )
    ]


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
        high_bit=_whole(header, 0x00280102),
        padding=_padding(header),
        float_padding=_float_padding(header),
        has_overlay=bool(number(header, 0x60000102)),
    )


def _whole(header: Header, tag: int) -> int | None:
    value = number(header, tag)
    return None if value is None else int(value)


def _padding(header: Header) -> tuple[int, int] | None:
    """Pixel Padding Value and Range Limit, as 16 bits: whichever VR they were written with."""
    value, limit = _whole(header, 0x00280120), _whole(header, 0x00280121)
    if value is None:
        return None
    return value & 0xFFFF, (value if limit is None else limit) & 0xFFFF


def _float_padding(header: Header) -> tuple[float, float] | None:
    """Float (or Double Float) Pixel Padding Value and Range Limit, least first."""
    for tag, limit_tag in ((0x00280122, 0x00280124), (0x00280123, 0x00280125)):
        value, limit = real(header, tag), real(header, limit_tag)
        if value is not None:
            other = value if limit is None else limit
            return min(value, other), max(value, other)
    return None
