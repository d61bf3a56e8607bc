"""What a PET header says of its radiopharmaceutical, and of the patient, for the SUV."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pydicom.dataset import Dataset

from app.core.suv.nuclides import Nuclide, nuclide_of_code, nuclides_named, nuclides_with
from app.io.dicom.header import number, text, words
from app.io.dicom.time import joined, zone_in

_AGE = re.compile(r"(\d{1,3})([DWMY])")
_PER_YEAR = {"D": 365.25, "W": 52.18, "M": 12.0, "Y": 1.0}


@dataclass(frozen=True)
class Tracers:
    """The first radiopharmaceutical of a header, and what sets the others apart from it.

    ``nuclides`` are the names of all nuclides that its codes and texts name; ``labels`` has one
    entry for each different radiopharmaceutical: its nuclide, empty where none is named.
    """

    first: Dataset
    nuclides: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


def tracers_of(header: Dataset) -> Tracers:
    """Read the Radiopharmaceutical Information Sequence."""
    items = [x for x in header.get("RadiopharmaceuticalInformationSequence", None) or [] if len(x)]
    if not items:
        return Tracers(Dataset())
    different: dict[tuple[object, ...], str] = {}
    for item in items:
        named = _nuclides(item)
        fitting = nuclides_with(number(item, 0x00181075) or 0.0)
        told = next((x for x in fitting if x in named), None) or (fitting or named or (None,))[0]
        label = "" if told is None else told.name
        stated = tuple(text(item, tag) for tag in (0x00181072, 0x00181074, 0x00181075, 0x00181078))
        if label or any(stated):
            different.setdefault((label, *stated), label)
    names = tuple(x.name for x in _nuclides(items[0]))
    return Tracers(items[0], names, tuple(different.values()))


def _nuclides(item: Dataset) -> tuple[Nuclide, ...]:
    """Return every nuclide that one item names: by code, by its meaning, by the tracer's name."""
    found: list[Nuclide] = []
    for code in item.get("RadionuclideCodeSequence", None) or []:
        by_code = nuclide_of_code(str(code.get("CodeValue", "") or ""))
        by_text = nuclides_named(str(code.get("CodeMeaning", "") or ""))
        # Writers mix up the codes of one element (Ga-66 for Ga-68): the text is what they mean.
        if by_code and by_code.element not in [x.element for x in by_text]:
            found.append(by_code)
        found.extend(by_text)
    found.extend(nuclides_named(text(item, 0x00180031)))
    for code in item.get("RadiopharmaceuticalCodeSequence", None) or []:
        found.extend(nuclides_named(str(code.get("CodeMeaning", "") or "")))
    return tuple(dict.fromkeys(found))


def single_number(header: Dataset, tag: int, keyword: str, notes: list[str]) -> float | None:
    """Return a value of which there may be one only, or ``None`` with a note on what is there."""
    values = words(header, tag)
    if len(values) > 1:
        notes.append(f"{keyword} holds {len(values)} values and is not used.")
        return None
    found = number(header, tag)
    if found is None and values and values[0]:
        notes.append(f"{keyword} cannot be read as a number and is not used.")
    return found


def age_years(header: Dataset) -> float | None:
    """Return Patient's Age (``069Y``) in years."""
    match = _AGE.fullmatch(text(header, 0x00101010).upper())
    return None if match is None else int(match[1]) / _PER_YEAR[match[2]]


def zone_of(header: Dataset) -> str:
    """Return the offset from UTC of an image's clock, where an element states it.

    Acquisition DateTime tells it where it is the same moment as Acquisition Date and Time.
    """
    stated = text(header, 0x00080201)
    moment = text(header, 0x0008002A)
    same = joined(text(header, 0x00080022), text(header, 0x00080032))[:14]
    return stated or (zone_in(moment) if same and moment[:14] == same else "")
