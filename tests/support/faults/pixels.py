"""Kind 10 and damage: values that are no numbers, padding, sizes that do not match."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from tests.support.faults.fault import RIGHT, SAID, Apply, Fault, each, slices
from tests.support.made.files import MadeStudy
from tests.support.made.series import BODY_HU, BONE_HU, set_pixels
from tests.support.trials.verdict import Values

LEFT_OUT = r"left out|refused|damaged|missing|cannot be (read|decoded)|truncated|longer|pixel data"
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


def cut(where: str, part: float) -> Apply:
    def apply(study: MadeStudy) -> None:
        for file in slices(where)(study):
            file.edits.append(lambda data: data[: int(len(data) * part)])

    return apply


def _shortened(where: str, by: int) -> Apply:
    def change(dataset: Dataset) -> None:
        data = dataset.PixelData
        dataset.PixelData = data[:-by] if by > 0 else data + bytes(-by)

    return each(where, change)


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
        # Padding is no matter: nothing is denser than the body's bone.
        "whole": (float(BONE_HU), -1.0, -1.0),
    }


def pixel_faults() -> list[Fault]:
    """Return the faults of this kind."""
    return [*_no_numbers(), *_padding(), *_sizes()]


def _no_numbers() -> list[Fault]:
    kind, word = "pictures", r"NaN|not (a )?numbers?|infinit|finite|no number"
    return [
        Fault("17-f_float", kind, "float pixels", _float(lambda p: None), accepted=RIGHT),
        Fault(
            "17-f_nan_outside",
            kind,
            "NaN outside the body",
            _float(_corner(np.nan)),
            accepted=RIGHT,
        ),
        Fault(
            "17-f_inf_outside",
            kind,
            "infinities outside the body",
            _float(_corner(np.inf)),
            word,
            accepted=RIGHT,
        ),
        Fault(
            "17-f_minus_inf_outside",
            kind,
            "minus infinity outside",
            _float(_corner(-np.inf)),
            word,
            accepted=RIGHT,
        ),
        Fault(
            "17-f_nan_in_box",
            kind,
            "NaN within the outline",
            _float(_in_box(np.nan)),
            word,
            known=False,
            accepted=SAID,
        ),
        Fault(
            "17-f_inf_in_box",
            kind,
            "infinity within the outline",
            _float(_in_box(np.inf)),
            word,
            known=False,
            accepted=SAID,
        ),
        Fault(
            "17-f_float_absurd",
            kind,
            "1e30 within the outline",
            _float(_in_box(1e30)),
            word + r"|SUV|implausib|values",
            known=False,
            accepted=SAID,
        ),
    ]


def _padding() -> list[Fault]:
    kind = "pictures"
    more: dict[str, Any] = {"recipe": _CT, "command": "ct", "accepted": RIGHT, "truth": _ct_truth}
    return [
        Fault(
            "17-a_ct_signed_pad", kind, "CT padded with -2000 under air", _ct_padded(-976), **more
        ),
        Fault("17-b_ct_pad_minimum", kind, "CT padded with -32768", _ct_padded(-32768), **more),
        Fault("17-c_ct_pad_high", kind, "CT padded with 30000", _ct_padded(30000), **more),
        Fault(
            "17-d_ct_unsigned_pad",
            kind,
            "CT padded with 63536, unsigned",
            _ct_padded(63536, signed=False),
            **more,
        ),
        Fault(
            "17-e_ct_pad_range",
            kind,
            "CT padded with a range of values",
            _ct_padded(29000, limit=30000),
            **more,
        ),
        Fault(
            "17-g_pet_pad",
            kind,
            "PET with a padding value of -32768",
            _set("all", PixelPaddingValue=0),
            accepted=RIGHT,
        ),
    ]


def _sizes() -> list[Fault]:
    kind = "damaged"
    return [
        Fault(
            "18-a_columns_halved",
            kind,
            "Columns halved",
            _set("all", Columns=16),
            LEFT_OUT,
            known=False,
            accepted=SAID,
        ),
        Fault(
            "18-a_rows_halved",
            kind,
            "Rows halved",
            _set("all", Rows=12),
            LEFT_OUT,
            known=False,
            accepted=SAID,
        ),
        Fault(
            "18-a_columns_halved_hot",
            kind,
            "Columns halved in one",
            _set("hot", Columns=16),
            LEFT_OUT,
            always=LEFT_OUT,
        ),
        Fault(
            "18-a_rows_and_columns_swapped",
            kind,
            "Rows and Columns swapped",
            _set("all", Rows=32, Columns=24),
            # No header tells this from the truth: it must only end.
            check=lambda _: "",
        ),
        Fault(
            "18-b_bits_allocated_8",
            kind,
            "Bits Allocated 8 for 16",
            _set("all", BitsAllocated=8, BitsStored=8, HighBit=7),
            LEFT_OUT,
            known=False,
            accepted=SAID,
        ),
        Fault(
            "18-b_bits_allocated_8_hot",
            kind,
            "the same in one slice",
            _set("hot", BitsAllocated=8, BitsStored=8, HighBit=7),
            LEFT_OUT,
            always=LEFT_OUT,
        ),
        Fault(
            "18-b_bits_allocated_32",
            kind,
            "Bits Allocated 32 for 16",
            _set("all", BitsAllocated=32, BitsStored=32, HighBit=31),
            LEFT_OUT,
            known=False,
            accepted=SAID,
        ),
        Fault(
            "18-c_bits_stored_8_hot",
            kind,
            "Bits Stored 8 in one slice",
            _set("hot", BitsStored=8, HighBit=7),
            r"bits|left out|refused|differ",
            reason="",
        ),
        Fault(
            "18-c_bits_stored_12_all",
            kind,
            "Bits Stored 12 for values of 16",
            _set("all", BitsStored=12, HighBit=11),
            r"bits|refused",
        ),
        Fault(
            "18-c_signed_hot",
            kind,
            "one slice called unsigned",
            _set("hot", PixelRepresentation=0),
            accepted=RIGHT,
        ),
        Fault(
            "18-d_pixels_short_hot",
            kind,
            "pixel data too short in one",
            _shortened("hot", 200),
            LEFT_OUT,
            always=LEFT_OUT,
        ),
        Fault(
            "18-d_pixels_long_hot",
            kind,
            "pixel data too long in one",
            _shortened("hot", -200),
            LEFT_OUT,
            always=LEFT_OUT,
        ),
        Fault(
            "18-d_pixels_long_all",
            kind,
            "pixel data twice as long",
            _shortened("all", -1536),
            LEFT_OUT,
            known=False,
            accepted=SAID,
        ),
        Fault(
            "18-d_pixels_padded_even",
            kind,
            "pixel data with two bytes of padding",
            _shortened("all", -2),
            LEFT_OUT,
        ),
        Fault(
            "18-d_pixels_absent_hot",
            kind,
            "one slice without pixel data",
            each("hot", lambda d: delattr(d, "PixelData")),
            LEFT_OUT,
            always=LEFT_OUT,
        ),
        *(
            Fault(
                f"18-e_cut_{part}_{where}",
                kind,
                f"file cut at {part} of its length, {where}",
                cut(where, part),
                LEFT_OUT,
                always=LEFT_OUT,
            )
            for part in (0.2, 0.6, 0.95)
            for where in ("hot", "first")
        ),
        Fault(
            "18-f_samples_3_hot",
            kind,
            "one slice of three samples",
            _set("hot", SamplesPerPixel=3),
            LEFT_OUT,
            always=LEFT_OUT,
        ),
        Fault(
            "18-f_rows_zero_hot",
            kind,
            "one slice of no rows",
            _set("hot", Rows=0),
            LEFT_OUT,
            always=LEFT_OUT,
        ),
        Fault(
            "18-f_rows_65535",
            kind,
            "65,535 rows and columns",
            _set("all", Rows=65535, Columns=65535),
            LEFT_OUT,
            known=False,
            accepted=SAID,
        ),
        Fault(
            "18-g_monochrome1",
            kind,
            "an inverted display",
            _set("all", PhotometricInterpretation="MONOCHROME1"),
            accepted=RIGHT,
        ),
    ]
