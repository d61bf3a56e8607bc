"""Damage that knows a little of what it damages: elements of DICOM, fields, numbers in text."""

from __future__ import annotations

import gzip
import random
import re
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

#: Legal text that is no sensible number, time, or identifier.
ODD = (
    b"", b"nan", b"inf", b"1e400", b"-1", b"0", b"abc", b"1\\2", b"99999999999", b"\0", b"2.5.",
    b"\xe9", b"2,5", b"1.2.3", b"-0", b"1e-300", b"\x1b$B;3", b"00000000", b"240000", b"+9999",
)  # fmt: skip
_INTEGERS = (0, 1, 2, 3, 7, 8, 127, 128, 255, 256, 4095, 32767, 32768, 65535)
_LONGS = (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFE, 1 << 20, 100_000_000)
_REALS = (0.0, -1.0, 1e9, 1e300, -1e300, float("nan"), float("inf"), 1e-300, 3000.0)
_LONG_VRS = (b"OB", b"OW", b"SQ", b"UN", b"UT", b"OF", b"OD", b"OL", b"UC", b"UR")
_TEXT_VRS = (
    b"AE", b"AS", b"CS", b"DA", b"DS", b"DT", b"IS", b"LO", b"LT", b"PN", b"SH", b"ST", b"TM",
    b"UI", b"UT",
)  # fmt: skip


@dataclass(frozen=True)
class Element:
    """Where an element with an explicit VR lies: its tag, the bytes of its length, its value."""

    start: int
    vr: bytes
    length_at: int
    length_size: int
    value_at: int
    length: int


def elements(data: bytes) -> list[Element]:
    """Find elements with an explicit VR, in sequences too; what does not look like one is skipped.

    It looks for a VR's letters, so that damaged files too have elements.
    """
    found = []
    for match in re.finditer(rb"(?s)[A-Z]{2}", data):
        vr, at = match[0], match.start()
        start = at - 4
        if start < 0 or (vr not in _LONG_VRS and vr not in _TEXT_VRS and vr not in _NUMBER_VRS):
            continue
        long = vr in _LONG_VRS
        length_at, size = (at + 4, 4) if long else (at + 2, 2)
        if length_at + size > len(data):
            continue
        length = int.from_bytes(data[length_at : length_at + size], "little")
        if length == 0xFFFFFFFF or length_at + size + length <= len(data):
            found.append(Element(start, vr, length_at, size, length_at + size, length))
    return found


_NUMBER_VRS = (b"US", b"SS", b"UL", b"SL", b"FL", b"FD", b"AT")


def mutated(target: str, data: bytes, others: Sequence[bytes], rng: random.Random) -> bytes:
    """Return the input with one to four damages."""
    for _ in range(rng.choice((1, 1, 1, 2, 2, 4))):
        data = _one(target, data, others, rng)
    return data[: 1 << 20]


def _one(target: str, data: bytes, others: Sequence[bytes], rng: random.Random) -> bytes:
    if not data or rng.random() < 0.25:
        return _bytes(data or rng.choice(others), rng)
    if target in ("card", "journal"):
        return _text(data, rng)
    if target in ("nifti", "mask"):
        return _nifti(data, rng)
    return _dicom(data, others, rng)


def _bytes(data: bytes, rng: random.Random) -> bytes:
    """Damage without knowledge: a bit, a byte, a run of zeros, a cut, a doubled part."""
    found, at = bytearray(data), rng.randrange(len(data))
    kind = rng.randrange(6)
    if kind == 0:
        found[at] ^= 1 << rng.randrange(8)
    elif kind == 1:
        found[at] = rng.choice((0, 1, 0x7F, 0x80, 0xFE, 0xFF))
    elif kind == 2:
        found[at : at + 16] = bytes(min(16, len(found) - at))
    elif kind == 3:
        del found[at:]
    elif kind == 4:
        found[at:at] = found[at : at + rng.randrange(1, 64)]
    else:
        found[at : at + 4] = struct.pack("<I", rng.choice(_LONGS))
    return bytes(found)


def _dicom(data: bytes, others: Sequence[bytes], rng: random.Random) -> bytes:
    there = elements(data)
    if not there:
        return _bytes(data, rng)
    chosen = rng.choice(there)
    kind = rng.choice(("value", "value", "value", "length", "vr", "remove", "double", "splice"))
    end = chosen.value_at + (0 if chosen.length == 0xFFFFFFFF else chosen.length)
    if kind == "value":
        return _with_value(data, chosen, _value(chosen.vr, rng, data[chosen.value_at : end]))
    if kind == "length":
        wrong = rng.choice((*_INTEGERS, chosen.length + 1, max(0, chosen.length - 1), *_LONGS))
        wrong %= 1 << (8 * chosen.length_size)
        size = wrong.to_bytes(chosen.length_size, "little")
        return data[: chosen.length_at] + size + data[chosen.value_at :]
    if kind == "vr":
        vr = rng.choice((*_TEXT_VRS, *_NUMBER_VRS, b"SQ", b"UN", b"??"))
        return data[: chosen.start + 4] + vr + data[chosen.start + 6 :]
    if kind == "remove":
        return data[: chosen.start] + data[end:]
    if kind == "double":
        return data[:end] + data[chosen.start : end] + data[end:]
    donor = rng.choice(others)
    parts = [x for x in elements(donor) if x.length != 0xFFFFFFFF] or [chosen]
    part = rng.choice(parts)
    return data[: chosen.start] + donor[part.start : part.value_at + part.length] + data[end:]


def _with_value(data: bytes, element: Element, value: bytes) -> bytes:
    """Return the file with another value, and its length set right."""
    if element.length == 0xFFFFFFFF:
        return data
    value += b" " * (len(value) % 2)
    size = len(value).to_bytes(4, "little")[: element.length_size]
    after = data[element.value_at + element.length :]
    return data[: element.length_at] + size + value + after


def _value(vr: bytes, rng: random.Random, present: bytes) -> bytes:
    if vr in (b"US", b"SS"):
        return struct.pack("<H", rng.choice(_INTEGERS))
    if vr in (b"UL", b"SL", b"AT"):
        return struct.pack("<I", rng.choice(_LONGS))
    if vr in (b"FD", b"FL"):
        real = rng.choice(_REALS)
        return struct.pack("<d", real) if vr == b"FD" else struct.pack("<I", rng.choice(_LONGS))
    if vr in (b"OB", b"OW", b"UN", b"OF"):
        return _bytes(present, rng) if present else b""
    if vr == b"SQ":
        return b""
    if b"\\" in present and rng.random() < 0.7:
        parts = present.split(b"\\")
        parts[rng.randrange(len(parts))] = rng.choice((*ODD, b"1e9", b"3000", b"-1e300"))
        return b"\\".join(parts)
    return rng.choice(ODD)


#: Fields of a NIfTI-1 header: offset, format.
_FIELDS = (
    (0, "<i"), (40, "<h"), (42, "<h"), (44, "<h"), (46, "<h"), (48, "<h"), (70, "<h"), (72, "<h"),
    (76, "<f"), (80, "<f"), (84, "<f"), (88, "<f"), (108, "<f"), (112, "<f"), (116, "<f"),
    (123, "<b"), (252, "<h"), (254, "<h"), (256, "<f"), (268, "<f"), (280, "<f"), (284, "<f"),
    (296, "<f"), (312, "<f"), (320, "<f"), (344, "<4s"),
)  # fmt: skip


def _nifti(data: bytes, rng: random.Random) -> bytes:
    if data[:2] == b"\x1f\x8b":
        if rng.random() < 0.5:
            return _bytes(data, rng)
        try:
            inside = gzip.decompress(data)
        except (OSError, EOFError, zlib.error):
            return _bytes(data, rng)
        return gzip.compress(_nifti(inside, rng), 1, mtime=0) if inside else data
    at, kind = rng.choice(_FIELDS)
    size = struct.calcsize(kind)
    if len(data) < at + size:
        return _bytes(data, rng)
    if kind == "<f":
        value = struct.pack("<f", rng.choice((0.0, -1.0, 1e9, 1e38, float("nan"), float("inf"))))
    elif kind == "<4s":
        value = rng.choice((b"n+1\0", b"ni1\0", b"n+2\0", b"\0\0\0\0"))
    else:
        value = rng.choice(_LONGS).to_bytes(8, "little")[:size]
    return data[:at] + value + data[at + size :]


def _text(data: bytes, rng: random.Random) -> bytes:
    """Change a number, a word or a line of JSON or TOML."""
    kind = rng.choice(("number", "number", "word", "line", "double", "nest"))
    if kind == "number" and (there := list(re.finditer(rb"-?\d+(\.\d+)?", data))):
        where = rng.choice(there)
        odd = rng.choice((b"0", b"-1", b"1e999", b"NaN", b"null", b'"x"', b"[]", b"{}", b"1" * 400,
                          b"99999999999999999999", b"true", b"0.5"))  # fmt: skip
        return data[: where.start()] + odd + data[where.end() :]
    if kind == "word" and (there := list(re.finditer(rb'"[^"\n]*"', data))):
        where = rng.choice(there)
        odd = rng.choice((b'""', b"0", b"null", b"[]", b"{}", b'"array"', b'"Edit"', b'"Labelmap"',
                          b'"a1"', b'"\\ud800"', b'"' + b"x" * 3000 + b'"'))  # fmt: skip
        return data[: where.start()] + odd + data[where.end() :]
    lines = data.split(b"\n")
    n = rng.randrange(len(lines))
    if kind == "line":
        del lines[n]
    elif kind == "double":
        lines.insert(n, lines[n])
    else:
        lines[n] = b"[" * 5000 + lines[n] + b"]" * 5000
    return b"\n".join(lines)
