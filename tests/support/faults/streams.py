"""Damaged compressed streams."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np

from tests.support.faults.fault import Apply, Fault, slices
from tests.support.faults.pixels import LEFT_OUT, cut
from tests.support.made.files import COMPRESSED, MadeStudy, compressed


def _frame(where: str, change: Callable[[bytes], bytes]) -> Apply:
    """Change the compressed stream of some slices."""

    def apply(study: MadeStudy) -> None:
        for file in slices(where)(study):
            plane = np.frombuffer(file.dataset.PixelData, "<i2").reshape(file.dataset.Rows, -1)
            file.frames = [change(compressed(plane, file.encoding))]

    return apply


def _rle_offset(data: bytes) -> bytes:
    return data[:8] + struct.pack("<I", 0x7FFFFFF0) + data[12:]


def _rle_three(data: bytes) -> bytes:
    return struct.pack("<I", 3) + data[4:]


def _half(data: bytes) -> bytes:
    part = data[: len(data) // 2]
    return part + bytes(len(part) % 2)


def _sof(columns: int | None, rows: int | None) -> Callable[[bytes], bytes]:
    """Change the size in a JPEG (or JPEG-LS) frame header."""

    def change(data: bytes) -> bytes:
        for marker in (0xC3, 0xF7, 0xC0):
            at = data.find(bytes((0xFF, marker)))
            if at >= 0:
                found = bytearray(data)
                if rows is not None:
                    struct.pack_into(">H", found, at + 5, rows)
                if columns is not None:
                    struct.pack_into(">H", found, at + 7, columns)
                return bytes(found)
        return data

    return change


def _siz(size: int) -> Callable[[bytes], bytes]:
    """Change the width and height in a JPEG 2000 header."""

    def change(data: bytes) -> bytes:
        at = data.find(b"\xff\x51")
        return data[: at + 6] + struct.pack(">II", size, size) + data[at + 14 :]

    return change


def _other_size(encoding: str) -> Callable[[bytes], bytes]:
    return lambda _: compressed(np.full((5, 11), 500, np.int16), encoding)


def _garbage(data: bytes) -> bytes:
    found = bytearray(data)
    for n in range(len(found) // 3, len(found) - 2, 7):
        found[n] ^= 0x5A
    return bytes(found)


def stream_faults() -> list[Fault]:
    kind, found = "damaged", list[Fault]()
    for encoding in COMPRESSED:
        recipe = {"encoding": encoding}
        rows: list[tuple[str, str, Apply]] = [
            ("cut", "cut in half", _frame("hot", _half)),
            ("garbage", "flipped bytes", _frame("hot", _garbage)),
            ("other_size", "another size than the header", _frame("hot", _other_size(encoding))),
            ("empty", "empty", _frame("hot", lambda _: b"\0\0")),
            ("cut_all", "cut in half, all", _frame("all", _half)),
            ("file_cut", "file cut", cut("hot", 0.9)),
        ]
        if encoding in ("ljpeg", "jpegls"):
            rows += [
                ("no_columns", "no columns", _frame("hot", _sof(0, None))),
                ("huge", "40,000 squared", _frame("all", _sof(40000, 40000))),
            ]
        if encoding in ("j2k", "htj2k"):
            rows += [("huge", "40,000 squared", _frame("all", _siz(40000)))]
        if encoding == "rle":
            rows += [
                ("offset", "segment offset out of bounds", _frame("hot", _rle_offset)),
                ("segments", "three segments for two", _frame("hot", _rle_three)),
            ]
        found += [
            # Flipped bits in a legal stream cannot be known: these formats hold no checksum.
            Fault(
                f"19-{encoding}_{name}",
                kind,
                f"{encoding} stream: {says}",
                apply,
                LEFT_OUT,
                recipe=recipe,
                always=LEFT_OUT if name != "garbage" else "",
                check=(lambda _: "") if name == "garbage" else None,
            )
            for name, says, apply in rows
        ]
    return found
