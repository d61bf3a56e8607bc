"""Kind 10 and damage: values that are no numbers, padding, sizes that do not match, cut streams."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from tests.support.made.fault import RIGHT, SAID, Apply, Fault, each, slices
from tests.support.made.files import COMPRESSED, MadeStudy, compressed
from tests.support.made.series import BODY_HU, BONE_HU, set_pixels
from tests.support.trials.verdict import Values

_OUT = r"left out|refused|damaged|missing|cannot be (read|decoded)|truncated|longer|pixel data"
_CT: dict[str, Any] = {"with_ct": True}


def _set(where: str, *, ct: bool = False, **values: Any) -> Apply:
    def change(dataset: Dataset) -> None:
        for keyword, value in values.items():
            setattr(dataset, keyword, value)

    return each(where, change, ct=ct)


def _float(values: Callable[[np.ndarray], None]) -> Apply:
    """Hold the pixels as floats in Bq/ml, some of them no numbers."""

    def apply(study: MadeStudy) -> None:
        for k, file in enumerate(study.pet):
            dataset = file.dataset
            plane = (study.made.stored[k] * study.made.slopes[k]).astype("<f4")
            values(plane)
            del dataset.PixelData, dataset.PixelRepresentation, dataset.BitsStored
            del dataset.HighBit
            dataset.BitsAllocated = 32
            dataset.RescaleSlope, dataset.RescaleIntercept = 1.0, 0.0
            dataset.FloatPixelData = plane.tobytes()

    return apply


def _corner(value: float) -> Callable[[np.ndarray], None]:
    def change(plane: np.ndarray) -> None:
        plane[:2, :5] = value

    return change


def _in_box(value: float) -> Callable[[np.ndarray], None]:
    def change(plane: np.ndarray) -> None:
        plane[9, 11] = value

    return change


def _cut(where: str, part: float) -> Apply:
    def apply(study: MadeStudy) -> None:
        for file in slices(where)(study):
            file.edits.append(lambda data: data[: int(len(data) * part)])

    return apply


def _shortened(where: str, by: int) -> Apply:
    def change(dataset: Dataset) -> None:
        data = dataset.PixelData
        dataset.PixelData = data[:-by] if by > 0 else data + bytes(-by)

    return each(where, change)


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
    return lambda _: compressed(np.full((8, 8), 500, np.int16), encoding)


def _garbage(data: bytes) -> bytes:
    found = bytearray(data)
    for n in range(len(found) // 3, len(found) - 2, 7):
        found[n] ^= 0x5A
    return bytes(found)


def _ct_padded(value: int, *, limit: int | None = None, signed: bool = True) -> Apply:
    """Fill the CT's corners with padding."""

    def apply(study: MadeStudy) -> None:
        for file in study.ct:
            dataset = file.dataset
            plane = np.frombuffer(dataset.PixelData, "<i2").reshape(dataset.Rows, -1).astype(int)
            plane[:3, :] = value
            plane[:, -2:] = value if limit is None else (value + limit) // 2
            set_pixels(dataset, plane if signed else plane.astype(np.uint16), signed=signed)
            vr = "SS" if signed else "US"
            dataset.add_new(0x00280120, vr, value)
            if limit is not None:
                dataset.add_new(0x00280121, vr, limit)

    return apply


def _ct_truth(study: MadeStudy) -> dict[str, Values]:
    return {
        "box": (float(BONE_HU), float(BONE_HU), float(BODY_HU)),
        # Padding is air at the most: nothing above the body's bone, nothing below air.
        "whole": (float(BONE_HU), -1.0, -1.0),
    }


def pixel_faults() -> list[Fault]:
    """Return the faults of this kind."""
    return [*_no_numbers(), *_padding(), *_sizes(), *_streams()]


def _no_numbers() -> list[Fault]:
    kind, word = "pictures", r"NaN|not numbers|infinit|finite|no number"
    return [
        Fault("17-f_float", kind, "float pixels", _float(lambda p: None), accepted=RIGHT),
        Fault("17-f_nan_outside", kind, "NaN outside the body", _float(_corner(np.nan)), accepted=RIGHT),
        Fault("17-f_inf_outside", kind, "infinities outside the body", _float(_corner(np.inf)), word,
              always=word),
        Fault("17-f_minus_inf_outside", kind, "minus infinity outside", _float(_corner(-np.inf)), word,
              always=word),
        Fault("17-f_nan_in_box", kind, "NaN within the outline", _float(_in_box(np.nan)), word,
              known=False, accepted=SAID),
        Fault("17-f_inf_in_box", kind, "infinity within the outline", _float(_in_box(np.inf)), word,
              known=False, accepted=SAID),
        Fault("17-f_float_absurd", kind, "1e30 within the outline", _float(_in_box(1e30)),
              word + r"|SUV|implausib|values", known=False, accepted=SAID),
    ]  # fmt: skip


def _padding() -> list[Fault]:
    kind = "pictures"
    more: dict[str, Any] = {"recipe": _CT, "command": "ct", "accepted": RIGHT, "truth": _ct_truth}
    return [
        Fault("17-a_ct_signed_pad", kind, "CT padded with -2000 under air", _ct_padded(-976), **more),
        Fault("17-b_ct_pad_minimum", kind, "CT padded with -32768", _ct_padded(-32768), **more),
        Fault("17-c_ct_pad_high", kind, "CT padded with 30000", _ct_padded(30000), **more),
        Fault("17-d_ct_unsigned_pad", kind, "CT padded with 63536, unsigned",
              _ct_padded(63536, signed=False), **more),
        Fault("17-e_ct_pad_range", kind, "CT padded with a range of values",
              _ct_padded(29000, limit=30000), **more),
        Fault("17-g_pet_pad", kind, "PET with a padding value of -32768",
              _set("all", PixelPaddingValue=0), accepted=RIGHT),
    ]  # fmt: skip


def _sizes() -> list[Fault]:
    kind = "damaged"
    return [
        Fault("18-a_columns_halved", kind, "Columns halved", _set("all", Columns=16), _OUT,
              known=False, accepted=SAID),
        Fault("18-a_rows_halved", kind, "Rows halved", _set("all", Rows=12), _OUT, known=False,
              accepted=SAID),
        Fault("18-a_columns_halved_hot", kind, "Columns halved in one", _set("hot", Columns=16), _OUT,
              always=_OUT),
        Fault("18-a_rows_and_columns_swapped", kind, "Rows and Columns swapped",
              _set("all", Rows=32, Columns=24), r".*", known=False, accepted=SAID | RIGHT),
        Fault("18-b_bits_allocated_8", kind, "Bits Allocated 8 for 16",
              _set("all", BitsAllocated=8, BitsStored=8, HighBit=7), _OUT, known=False, accepted=SAID),
        Fault("18-b_bits_allocated_8_hot", kind, "the same in one slice",
              _set("hot", BitsAllocated=8, BitsStored=8, HighBit=7), _OUT, always=_OUT),
        Fault("18-b_bits_allocated_32", kind, "Bits Allocated 32 for 16",
              _set("all", BitsAllocated=32, BitsStored=32, HighBit=31), _OUT, known=False, accepted=SAID),
        Fault("18-c_bits_stored_8_hot", kind, "Bits Stored 8 in one slice",
              _set("hot", BitsStored=8, HighBit=7), r"bits|left out|refused|differ", reason=""),
        Fault("18-c_bits_stored_12_all", kind, "Bits Stored 12 for values of 16",
              _set("all", BitsStored=12, HighBit=11), r"bits|refused"),
        Fault("18-c_signed_hot", kind, "one slice called unsigned",
              _set("hot", PixelRepresentation=0), accepted=RIGHT),
        Fault("18-d_pixels_short_hot", kind, "pixel data too short in one", _shortened("hot", 200), _OUT,
              always=_OUT),
        Fault("18-d_pixels_long_hot", kind, "pixel data too long in one", _shortened("hot", -200), _OUT,
              always=_OUT),
        Fault("18-d_pixels_long_all", kind, "pixel data twice as long", _shortened("all", -1536), _OUT,
              known=False, accepted=SAID),
        Fault("18-d_pixels_padded_even", kind, "pixel data with two bytes of padding",
              _shortened("all", -2), _OUT),
        Fault("18-d_pixels_absent_hot", kind, "one slice without pixel data",
              each("hot", lambda d: delattr(d, "PixelData")), _OUT, always=_OUT),
        *(
            Fault(f"18-e_cut_{part}_{where}", kind, f"file cut at {part} of its length, {where}",
                  _cut(where, part), _OUT, always=_OUT)
            for part in (0.2, 0.6, 0.95)
            for where in ("hot", "first")
        ),
        Fault("18-f_samples_3_hot", kind, "one slice of three samples", _set("hot", SamplesPerPixel=3),
              _OUT, always=_OUT),
        Fault("18-f_rows_zero_hot", kind, "one slice of no rows", _set("hot", Rows=0), _OUT, always=_OUT),
        Fault("18-f_rows_65535", kind, "65,535 rows and columns",
              _set("all", Rows=65535, Columns=65535), _OUT, known=False, accepted=SAID),
        Fault("18-g_monochrome1", kind, "an inverted display", _set("all", PhotometricInterpretation="MONOCHROME1"),
              accepted=RIGHT),
    ]  # fmt: skip


def _streams() -> list[Fault]:
    kind, found = "damaged", list[Fault]()
    for encoding in COMPRESSED:
        recipe = {"encoding": encoding}
        rows: list[tuple[str, str, Apply]] = [
            ("cut", "cut in half", _frame("hot", _half)),
            ("garbage", "flipped bytes", _frame("hot", _garbage)),
            ("other_size", "another size than the header", _frame("hot", _other_size(encoding))),
            ("empty", "empty", _frame("hot", lambda _: b"\0\0")),
            ("cut_all", "cut in half, all", _frame("all", _half)),
            ("file_cut", "file cut", _cut("hot", 0.9)),
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
            # Flipped bits that leave a legal stream cannot be known: these formats hold no checksum.
            Fault(f"19-{encoding}_{name}", kind, f"{encoding} stream: {says}", apply, _OUT,
                  recipe=recipe, always=_OUT if name != "garbage" else "",
                  check=(lambda _: "") if name == "garbage" else None)
            for name, says, apply in rows
        ]  # fmt: skip
    return found
