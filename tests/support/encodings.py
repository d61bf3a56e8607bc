"""One data set written in every way in which files are found, with meta headers that lie."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.tag import Tag

IMPLICIT, EXPLICIT, BIG, DEFLATED = (
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.2",
    "1.2.840.10008.1.2.1.99",
)
JPEG, PRIVATE = "1.2.840.10008.1.2.4.50", "1.3.46.670589.33.1.4.1"
PREAMBLE, MARK = b"\0" * 128, b"DICM"


def data_of(dataset: Dataset, syntax: str, pixel_vr: str = "OW") -> bytes:
    """Write a data set alone, little endian 16-bit pixels turned where the syntax asks for it."""
    written = Dataset()
    written.update(dataset)
    pixels = bytes(dataset.PixelData)
    if syntax == BIG:
        pixels = b"".join(
            pixels[n + 1 : n + 2] + pixels[n : n + 1] for n in range(0, len(pixels), 2)
        )
    written.add_new(Tag(0x7FE00010), pixel_vr, pixels)
    stream = DicomBytesIO()
    stream.is_little_endian, stream.is_implicit_VR = syntax != BIG, syntax == IMPLICIT
    write_dataset(stream, written)
    return stream.getvalue()


def meta_of(syntax: str | None, *, length: int | None = None, implicit: bool = False) -> bytes:
    """Write group 0002: class and syntax, with a group length that may be wrong."""

    def element(number: int, vr: bytes, value: bytes) -> bytes:
        if implicit:
            return struct.pack("<HHI", 2, number, len(value)) + value
        return struct.pack("<HH2sH", 2, number, vr, len(value)) + value

    def uid(text: str) -> bytes:
        return text.encode() + b"\0" * (len(text) % 2)

    body = element(2, b"UI", uid("1.2.840.10008.5.1.4.1.1.128"))
    if syntax is not None:
        body += element(0x10, b"UI", uid(syntax))
    return element(0, b"UL", struct.pack("<I", len(body) if length is None else length)) + body


def _file(said: str | None, data: bytes, before: bytes = PREAMBLE + MARK) -> bytes:
    return before + meta_of(said) + data


def _deflated(data: bytes) -> bytes:
    engine = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return engine.compress(data) + engine.flush()


_Writer = Callable[[Dataset], bytes]
#: Every way of writing of which the right values are known for sure.
ENCODINGS: dict[str, _Writer] = {
    "explicit": lambda d: _file(EXPLICIT, data_of(d, EXPLICIT)),
    "implicit": lambda d: _file(IMPLICIT, data_of(d, IMPLICIT)),
    "big endian": lambda d: _file(BIG, data_of(d, BIG)),
    "deflated": lambda d: _file(DEFLATED, _deflated(data_of(d, EXPLICIT))),
    "explicit, said implicit": lambda d: _file(IMPLICIT, data_of(d, EXPLICIT)),
    "implicit, said explicit": lambda d: _file(EXPLICIT, data_of(d, IMPLICIT)),
    "explicit, said big endian": lambda d: _file(BIG, data_of(d, EXPLICIT)),
    "implicit, said big endian": lambda d: _file(BIG, data_of(d, IMPLICIT)),
    "big endian, said explicit": lambda d: _file(EXPLICIT, data_of(d, BIG)),
    "big endian, said implicit": lambda d: _file(IMPLICIT, data_of(d, BIG)),
    "explicit, said deflated": lambda d: _file(DEFLATED, data_of(d, EXPLICIT)),
    "implicit, said deflated": lambda d: _file(DEFLATED, data_of(d, IMPLICIT)),
    "deflated, said explicit": lambda d: _file(EXPLICIT, _deflated(data_of(d, EXPLICIT))),
    "deflated, said implicit": lambda d: _file(IMPLICIT, _deflated(data_of(d, EXPLICIT))),
    "deflated with a header of zlib": lambda d: _file(
        DEFLATED, zlib.compress(data_of(d, EXPLICIT))
    ),
    "explicit, said JPEG": lambda d: _file(JPEG, data_of(d, EXPLICIT)),
    "implicit, said JPEG": lambda d: _file(JPEG, data_of(d, IMPLICIT)),
    "explicit, nothing said": lambda d: _file(None, data_of(d, EXPLICIT)),
    "implicit, nothing said": lambda d: _file(None, data_of(d, IMPLICIT)),
    "big endian, nothing said": lambda d: _file(None, data_of(d, BIG)),
    "explicit without meta": lambda d: PREAMBLE + MARK + data_of(d, EXPLICIT),
    "implicit without meta": lambda d: PREAMBLE + MARK + data_of(d, IMPLICIT),
    "big endian without meta": lambda d: PREAMBLE + MARK + data_of(d, BIG),
    "explicit alone": lambda d: data_of(d, EXPLICIT),
    "implicit alone": lambda d: data_of(d, IMPLICIT),
    "big endian alone": lambda d: data_of(d, BIG),
    "meta without preamble": lambda d: _file(EXPLICIT, data_of(d, EXPLICIT), b""),
    "lying meta without preamble": lambda d: _file(EXPLICIT, data_of(d, IMPLICIT), b""),
    "mark without preamble": lambda d: _file(EXPLICIT, data_of(d, EXPLICIT), MARK),
    "preamble without mark": lambda d: _file(EXPLICIT, data_of(d, EXPLICIT), PREAMBLE),
    "preamble of rubbish": lambda d: _file(
        EXPLICIT, data_of(d, EXPLICIT), bytes(range(128)) + MARK
    ),
    "short preamble": lambda d: _file(EXPLICIT, data_of(d, EXPLICIT), b"\0" * 60 + MARK),
    "group length 0": lambda d: (
        PREAMBLE + MARK + meta_of(EXPLICIT, length=0) + data_of(d, EXPLICIT)
    ),
    "group length far too long": lambda d: (
        PREAMBLE + MARK + meta_of(IMPLICIT, length=1 << 30) + data_of(d, IMPLICIT)
    ),
    "implicit meta": lambda d: (
        PREAMBLE + MARK + meta_of(IMPLICIT, implicit=True) + data_of(d, IMPLICIT)
    ),
    "pixels of VR OB": lambda d: _file(EXPLICIT, data_of(d, EXPLICIT, "OB")),
    "pixels of VR UN": lambda d: _file(EXPLICIT, data_of(d, EXPLICIT, "UN")),
}
