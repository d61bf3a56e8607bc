"""From one file's header to its images: where each lies, how its pixels are stored and scaled."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian

from app.io.dicom.encoding import FLOAT_PIXELS, PixelElement
from app.io.dicom.enhanced import frames_of_enhanced
from app.io.dicom.file import FileError
from app.io.dicom.header import (
    HEADER_TAGS,
    Header,
    Instance,
    PhaseTags,
    PixelLayout,
    floats,
    number,
    raw_bytes,
    real,
    text,
    three,
    words,
)
from app.io.dicom.multiframe.stacked import MOST_FRAMES
from app.io.dicom.private import ge_uncorrected, philips_factors
from app.io.dicom.rescale import refusal_of, remark_of, rescale_of
from app.io.dicom.stated import STATED_TAGS, Stated, stated_from
from app.io.dicom.time import joined

#: What `PixelLayout` is made of, but for the place of the pixels.
_LAYOUT_TAGS = (
    0x00020010,
    *(tag for tag in HEADER_TAGS if 0x00280002 <= tag < 0x00281000 and tag != 0x00280030),
    *(tag for tag in HEADER_TAGS if tag >> 16 == 0x6000),
)
#: Modalities whose images hold measured values.
MEASURED = ("PT", "CT", "MR", "NM")

_UNITS = STATED_TAGS.index(0x00541001)
#: Dose and half-life; start time, start date and time.
_TRACER_NUMBERS, _TRACER_TEXTS = (0x00181074, 0x00181075), (0x00181072, 0x00181078)


def instances_of(path: Path, header: Header, pixels: PixelElement | None) -> list[Instance]:
    """Return the images of one file: one, or one per frame of an enhanced object.

    Raises
    ------
    FileError
        If what the header says of an image cannot be used.
    """
    modality = text(header, 0x00080060).upper()
    layout = None if pixels is None else _layout(header, pixels, modality in MEASURED)
    # Only pydicom's data sets hold functional groups; the quick walk gives up on them.
    grouped = isinstance(header, Dataset) and Tag(0x52009230) in header
    if grouped and layout is not None and layout.frames > 1 and modality in MEASURED:
        assert isinstance(header, Dataset)
        return frames_of_enhanced(path, header, layout, stated_of(header))
    position = floats(header, 0x00200032)
    orientation = floats(header, 0x00200037)
    spacing = floats(header, 0x00280030)
    rescale = rescale_of(header)
    refusal = refusal_of(modality, rescale) if layout is not None else ""
    if refusal:
        raise FileError(refusal)
    return [
        Instance(
            path=path,
            sop_uid=text(header, 0x00080018),
            frame=0,
            number=int(number(header, 0x00200013) or 0),
            position_lps_mm=three(position),
            orientation=orientation if len(orientation) == 6 else None,
            spacing_ji_mm=(spacing[0], spacing[1]) if len(spacing) == 2 else None,
            slope=rescale.slope,
            intercept=rescale.intercept,
            pixels=layout,
            image_type=words(header, 0x00080008),
            acquisition=_acquisition(header),
            frame_reference_ms=number(header, 0x00541300),
            duration_ms=number(header, 0x00181242),
            time_key=_time_key(header),
            units=text(header, 0x00541001),
            phase=_phase(header),
            stated=stated_of(header),
            rescale_doubt=rescale.doubt,
            remark=remark_of(modality, rescale),
            slice_location_mm=number(header, 0x00201041),
        )
    ]


def stated_of(header: Header) -> Stated:
    """Return what an image says it is."""
    if isinstance(header, dict):
        # Of every image but the first of a series: no call for each element.
        raw = tuple([header.get(tag, b"") for tag in STATED_TAGS])
    else:
        texts = [raw_bytes(header, tag) for tag in STATED_TAGS[:-1]]
        raw = (*texts, tracer_text(header).encode("latin-1", "replace"))
    if raw[0].strip() != b"PT":
        return stated_from(raw, False)
    in_counts = raw[_UNITS].strip(b" \0").upper() == b"CNTS"
    factors = philips_factors(header) if in_counts else ("", "")
    return stated_from(raw, ge_uncorrected(header), factors)


def tracer_text(header: Dataset) -> str:
    """Return what a header states of its radiopharmaceutical, as one text to compare by.

    Numbers are written in one way; it begins with ``=`` where anything is stated.
    """
    parts = []
    for item in header.get("RadiopharmaceuticalInformationSequence", None) or []:
        nuclide = item.get("RadionuclideCodeSequence", None) or [Dataset()]
        values = [number(item, tag) for tag in _TRACER_NUMBERS]
        texts = [text(item, tag) for tag in _TRACER_TEXTS]
        texts.append(text(nuclide[0], 0x00080100))
        parts.extend(["" if x is None else f"{x:.9g}" for x in values] + texts)
    return "=" + "\\".join(parts) if parts else ""


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


def _layout(header: Header, pixels: PixelElement, measured: bool) -> PixelLayout | None:
    """Return where and how pixels are stored, ``None`` where the header states no size.

    Raises
    ------
    FileError
        If a measured image does not say how its values are stored.
    """
    if not isinstance(header, dict):
        return _stored(header, pixels, measured)
    raw = tuple([header.get(tag, b"") for tag in _LAYOUT_TAGS])
    # The images of a series differ in where their pixels lie, hardly in how they are stored.
    alike = _stored_alike(raw, pixels.tag, pixels.fragments, measured)
    return alike and replace(alike, offset=pixels.offset, length=pixels.length)


@lru_cache(maxsize=256)
def _stored_alike(
    raw: tuple[bytes, ...], tag: int, fragments: bool, measured: bool
) -> PixelLayout | None:
    header = {tag: value for tag, value in zip(_LAYOUT_TAGS, raw, strict=True) if value}
    return _stored(header, PixelElement(0, None, tag, fragments), measured)


def _stored(header: Header, pixels: PixelElement, measured: bool) -> PixelLayout | None:
    rows, columns = number(header, 0x00280010), number(header, 0x00280011)
    is_float = pixels.tag in FLOAT_PIXELS
    bits, sign = number(header, 0x00280100), number(header, 0x00280103)
    stored = bits if is_float else number(header, 0x00280101)
    if measured:
        _require(rows, columns, bits, stored, 0.0 if is_float else sign)
    if not rows or not columns:
        return None
    syntax = UID(text(header, 0x00020010))
    if measured and (syntax.is_private or not syntax):
        raise FileError(
            "its transfer syntax is private, and not known here"
            if syntax
            else "its pixel data is compressed, and no transfer syntax says how"
        )
    frames = max(1.0, number(header, 0x00280008) or 1)
    if measured and frames > MOST_FRAMES:
        raise FileError("it states more frames than any scanner writes")
    return PixelLayout(
        offset=pixels.offset,
        transfer_syntax=str(syntax),
        rows=int(rows),
        columns=int(columns),
        samples=int(number(header, 0x00280002) or 1),
        bits_allocated=int(bits or 16),
        bits_stored=int(stored or bits or 16),
        signed=bool(sign or 0),
        encapsulated=pixels.fragments,
        deflated=syntax == DeflatedExplicitVRLittleEndian,
        big_endian=syntax == ExplicitVRBigEndian,
        is_float=is_float,
        frames=int(frames),
        length=pixels.length,
        high_bit=_whole(header, 0x00280102),
        padding=_padding(header),
        float_padding=_float_padding(header),
        has_overlay=bool(number(header, 0x60000102)),
    )


def _require(
    rows: float | None,
    columns: float | None,
    bits: float | None,
    stored: float | None,
    sign: float | None,
) -> None:
    """Refuse an image that does not state how its values are stored; nothing is assumed.

    Raises
    ------
    FileError
    """
    if not rows or not columns:
        raise FileError("its header does not say how large its image is")
    if not bits or not stored or sign is None:
        raise FileError("its header does not say how its values are stored")
    if not stored <= bits <= 64 or sign not in (0, 1):
        raise FileError("its header contradicts itself on how its values are stored")


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
