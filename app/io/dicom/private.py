"""Private elements of the vendors that matter to SUV, with or without their creator element."""

from __future__ import annotations

from dataclasses import dataclass

from pydicom.dataset import Dataset

from app.io.dicom.header import Header, raw_bytes, text

_BLOCKS = range(0x10, 0x18)


@dataclass(frozen=True)
class PrivateSuv:
    """What the vendors say in their own elements; empty where they say nothing."""

    philips_suv: float | None = None
    philips_bqml: float | None = None
    scan_start: str = ""
    source: str = ""
    uncorrected: bool = False
    notes: tuple[str, ...] = ()


def _find(header: Header, group: int, element: int, creator: str) -> str:
    """Text of a private element: from its creator's block, else from block 10h without one."""
    return text(header, _tag(header, group, element, creator))


def _tag(header: Header, group: int, element: int, creator: str) -> int:
    """Tag of a private element, 0 where its block belongs to others."""
    named = False
    for block in _BLOCKS:
        name = text(header, group << 16 | block)
        named = named or bool(name)
        if creator.lower() in name.lower() and name:
            return group << 16 | block << 8 | element
    # De-identification and old gateways drop the creator but keep the values.
    return 0 if named else group << 16 | 0x1000 | element


def _positive(value: str, name: str, notes: list[str]) -> float | None:
    """Return a factor, or ``None`` with a note where one is stated that can be none."""
    if not value:
        return None
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if 0 < number < float("inf"):
        return number
    # Zero stands for a factor that is not known.
    if number:
        notes.append(f"{name} is no positive number and is not used.")
    return None


def read_private(header: Dataset) -> PrivateSuv:
    """Read Philips (7053), GE (0009,100D) and Siemens (0071,1022) elements of a PET header."""
    ge = _find(header, 0x0009, 0x0D, "GEMS_PETD")
    siemens = _find(header, 0x0071, 0x22, "SIEMENS")
    maker = text(header, 0x00080070).upper()
    if ge and not ("GE" in maker or raw_bytes(header, 0x00090010)):
        ge = ""
    source = "GE (0009,100D)" if ge else "Siemens (0071,1022)" if siemens else ""
    notes: list[str] = []
    suv_factor, bqml_factor = philips_factors(header)
    return PrivateSuv(
        philips_suv=_positive(suv_factor, "The Philips SUV factor (7053,1000)", notes),
        philips_bqml=_positive(bqml_factor, "The Philips Bq/ml factor (7053,1009)", notes),
        scan_start=ge or siemens,
        source=source,
        uncorrected=ge_uncorrected(header),
        notes=tuple(notes),
    )


def philips_factors(header: Header) -> tuple[str, str]:
    """Return Philips' factors from counts to SUV and to Bq/ml as stated; empty where they are not.

    Every image has its own.
    """
    suv, bqml = (_find(header, 0x7053, x, "Philips PET") for x in (0x00, 0x09))
    return suv, bqml


def ge_uncorrected(header: Header) -> bool:
    """Whether GE's (0009,108C) attenuation says none (0), whatever Corrected Image lists."""
    if not text(header, 0x00090010):
        return False
    tag = _tag(header, 0x0009, 0x8C, "GEMS_PETD")
    if not tag:
        return False
    value = raw_bytes(header, tag)
    if len(value) == 4 and not value.isdigit():
        return int.from_bytes(value, "little", signed=True) == 0
    return value.strip() == b"0"
