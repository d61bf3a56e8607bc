"""Kind 1: how a file is encoded, and what it says of that."""

from __future__ import annotations

import struct

from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from tests.support.faults.fault import ANY, RIGHT, Apply, Fault, slices
from tests.support.made.files import SYNTAXES, File, MadeStudy

_LEFT_OUT = r"refused|left out|damaged"


def _encode(where: str, encoding: str, said: str = "") -> Apply:
    def apply(study: MadeStudy) -> None:
        for file in slices(where)(study):
            file.encoding, file.said_syntax = encoding, SYNTAXES.get(said, said)

    return apply


def _edit(where: str, change: str) -> Apply:
    def apply(study: MadeStudy) -> None:
        for file in slices(where)(study):
            file.edits.append(_EDITS[change])

    return apply


def _no_syntax(data: bytes) -> bytes:
    """Leave the transfer syntax out of the meta, with its length set right."""
    at = data.find(b"\x02\x00\x10\x00UI")
    length = struct.unpack_from("<H", data, at + 6)[0]
    group = struct.unpack_from("<I", data, 140)[0] - 8 - length
    return data[:140] + struct.pack("<I", group) + data[144:at] + data[at + 8 + length :]


def _wrong_group_length(data: bytes) -> bytes:
    group = struct.unpack_from("<I", data, 140)[0]
    return data[:140] + struct.pack("<I", group + 44) + data[144:]


_EDITS = {
    "preamble": lambda data: b"II*\0" + b"\x07" * 124 + data[128:],
    "no syntax": _no_syntax,
    "no preamble": lambda data: data[132:],
    "group length": _wrong_group_length,
    "trailing": lambda data: (
        data + struct.pack("<HH2sHI", 0xFFFC, 0xFFFC, b"OB", 0, 64) + bytes(64)
    ),
    "pixels as OB": lambda data: data.replace(b"\xe0\x7f\x10\x00OW", b"\xe0\x7f\x10\x00OB"),
    "pixels as UN": lambda data: data.replace(b"\xe0\x7f\x10\x00OW", b"\xe0\x7f\x10\x00UN"),
    "zeros in front": lambda data: bytes(16) + data,
}


def _long_header(dataset: Dataset) -> None:
    dataset.ImageComments = "comment " * 1200
    dataset.ReferencedImageSequence = []
    for n in range(600):
        item = Dataset()
        item.ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.128"
        item.ReferencedSOPInstanceUID = generate_uid(entropy_srcs=[str(n)])
        dataset.ReferencedImageSequence.append(item)


def _icon(dataset: Dataset) -> None:
    """Give it a small picture with pixel data of its own, before the image's."""
    icon = Dataset()
    icon.Rows = icon.Columns = 8
    icon.BitsAllocated = icon.BitsStored = 8
    icon.SamplesPerPixel, icon.PhotometricInterpretation = 1, "MONOCHROME2"
    icon.PixelData = bytes(range(64))
    dataset.IconImageSequence = [icon]


def _on_datasets(change: str) -> Apply:
    def apply(study: MadeStudy) -> None:
        for file in study.pet:
            _long_header(file.dataset) if change == "long" else _icon(file.dataset)

    return apply


def _copies(study: MadeStudy) -> None:
    study.more += [File(f"copy_{f.name}", f.dataset, f.encoding) for f in study.pet]


def encoding_faults() -> list[Fault]:
    """Return the faults of this kind."""
    kind = "encoding"
    named = [
        ("01-a_bare_implicit", "no preamble, implicit", _encode("all", "bare"), RIGHT),
        ("01-b_bare_explicit", "no preamble, explicit", _encode("all", "bare explicit"), ANY),
        ("01-c_bare_one", "no preamble in one", _encode("hot", "bare explicit"), ANY),
        ("01-d_meta_without_preamble", "meta, no preamble", _edit("all", "no preamble"), ANY),
        ("01-e_preamble_of_tiff", "another preamble", _edit("all", "preamble"), RIGHT),
        ("01-f_zeros_in_front", "16 bytes in front", _edit("hot", "zeros in front"), ANY),
        (
            "02-a_said_implicit_is_explicit",
            "meta says implicit, data is explicit",
            _encode("all", "explicit", "implicit"),
            ANY,
        ),
        (
            "02-b_said_explicit_is_implicit",
            "meta says explicit, data is implicit",
            _encode("all", "implicit", "explicit"),
            ANY,
        ),
        (
            "02-c_said_little_is_big",
            "meta says little endian, data is big",
            _encode("all", "big", "explicit"),
            ANY,
        ),
        (
            "02-d_said_big_is_little",
            "meta says big endian, data is little",
            _encode("all", "explicit", "big"),
            ANY,
        ),
        (
            "02-e_one_said_explicit_is_implicit",
            "the same in one file",
            _encode("hot", "implicit", "explicit"),
            ANY,
        ),
        (
            "02-f_one_said_implicit_is_explicit",
            "the same in one file",
            _encode("hot", "explicit", "implicit"),
            ANY,
        ),
        (
            "02-g_first_said_implicit",
            "the same in the first file",
            _encode("first", "explicit", "implicit"),
            ANY,
        ),
        (
            "02-h_said_jpegls_is_native",
            "meta says JPEG-LS, data is native",
            _encode("all", "explicit", "jpegls"),
            ANY,
        ),
        (
            "02-i_said_native_is_jpegls",
            "meta says native, data is JPEG-LS",
            _encode("all", "jpegls", "explicit"),
            ANY,
        ),
        (
            "02-j_said_rle_is_jpegls",
            "meta says RLE, data is JPEG-LS",
            _encode("hot", "jpegls", "rle"),
            ANY,
        ),
        (
            "02-k_said_deflated_is_plain",
            "meta says deflated, data is plain",
            _encode("all", "explicit", "deflated"),
            ANY,
        ),
        (
            "02-l_said_plain_is_deflated",
            "meta says plain, data is deflated",
            _encode("hot", "deflated", "explicit"),
            ANY,
        ),
        (
            "02-m_unknown_syntax",
            "a private transfer syntax",
            _encode("all", "explicit", "1.2.840.113619.5.2"),
            ANY,
        ),
        (
            "02-n_ge_private_big_pixels",
            "GE's private implicit syntax",
            _encode("all", "implicit", "1.2.840.113619.5.2"),
            ANY,
        ),
        ("02-o_no_syntax", "meta without a transfer syntax", _edit("all", "no syntax"), ANY),
        ("02-p_no_syntax_one", "the same in one file", _edit("hot", "no syntax"), ANY),
        ("02-q_wrong_group_length", "wrong length of the meta", _edit("all", "group length"), ANY),
        ("02-r_mixed_honest", "one file JPEG-LS, honestly", _encode("hot", "jpegls"), RIGHT),
        ("02-s_mixed_big", "one file big endian, honestly", _encode("hot", "big"), RIGHT),
        ("02-t_mixed_deflated", "one file deflated, honestly", _encode("hot", "deflated"), RIGHT),
        ("02-u_pixels_as_ob", "16 bit pixels under OB", _edit("all", "pixels as OB"), ANY),
        ("02-v_pixels_as_un", "pixels under UN", _edit("all", "pixels as UN"), ANY),
        ("02-w_trailing_padding", "padding behind the pixels", _edit("all", "trailing"), RIGHT),
        ("02-x_long_header", "a header of 70 kB", _on_datasets("long"), RIGHT),
        ("02-y_icon_before_pixels", "a thumbnail in the header", _on_datasets("icon"), RIGHT),
        ("02-z_each_file_twice", "every file twice", _copies, RIGHT),
    ]
    return [
        Fault(name, kind, says, apply, _LEFT_OUT, accepted=accepted)
        for name, says, apply, accepted in named
    ] + [
        Fault(f"01-z_{x}", kind, f"encoded as {x}", _encode("all", x), accepted=RIGHT)
        for x in ("implicit", "big", "deflated", "rle", "ljpeg", "jpegls", "j2k", "htj2k")
    ]
