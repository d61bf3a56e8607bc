"""A study of PET, CT and MR from NIfTI files."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app.core.kit.errors import InputError
from app.core.kit.jobs import JobContext
from app.core.space.volume import Quantity, Volume
from app.core.study.placement import overlap_note
from app.core.study.plausible import ImageFacts, facts_of, like_ct, with_image
from app.core.study.provenance import SuvScale
from app.core.study.study import Choice, Patient, SeriesInfo, Study
from app.io.nifti.image import NiftiImage, is_nifti, read_nifti
from app.io.pixels.padding import AIR_HU, NOTHING

_PET_NAME = re.compile(r"(?<![a-z])(pet|suv|suvbw|pt)(?![a-z])", re.IGNORECASE)
_CT_NAME = re.compile(r"(?<![a-z])(ct|ctres)(?![a-z])", re.IGNORECASE)
_MR_NAME = re.compile(r"(?<![a-z])(mr|mri|t1|t1w)(?![a-z])", re.IGNORECASE)
_MASK_NAME = re.compile(r"mask|seg|label|gtv|tumou?r|lesion|_on_", re.IGNORECASE)
_BQML_NAME = re.compile(r"bq[ _-]?ml", re.IGNORECASE)
_COUNTS_NAME = re.compile(r"(?<![a-z])(counts|cnts|nac)(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True)
class NiftiFiles:
    """Which file is what; at least one is named."""

    pet: Path | None
    ct: Path | None = None
    mr: Path | None = None


def guess_pair(files: Sequence[Path]) -> tuple[Path, Path | None] | None:
    """Return the PET and CT among NIfTI files by their names, or ``None`` where it is not clear."""
    images = [f for f in files if not _MASK_NAME.search(_stem(f))]
    # "CT" also stands in names like "petct"; what is called PET is not the CT.
    pets = [f for f in images if _PET_NAME.search(_stem(f))]
    cts = [f for f in images if _CT_NAME.search(_stem(f)) and f not in pets]
    if len(images) == 1 and not cts:
        pets = list(images)
    if len(pets) != 1 or len(cts) > 1:
        return None
    return pets[0], cts[0] if cts else None


def named_files(paths: Sequence[Path], found: Sequence[Path]) -> NiftiFiles | None:
    """Return what to open: by file names, or one or two named files as PET and CT in that order.

    Files of which none is called a PET open where one is called an MR.
    """
    images = [f for f in found if not _MASK_NAME.search(_stem(f))]
    mrs = [
        f
        for f in images
        if _MR_NAME.search(_stem(f))
        and not _PET_NAME.search(_stem(f))
        and not _CT_NAME.search(_stem(f))
    ]
    rest = [f for f in found if f not in mrs]
    guessed = guess_pair(rest)
    mr = mrs[0] if len(mrs) == 1 else None
    if guessed is not None:
        return NiftiFiles(*guessed, mr)
    others = [f for f in images if f not in mrs]
    if mr is not None and all(_CT_NAME.search(_stem(f)) for f in others) and len(others) < 2:
        return NiftiFiles(None, others[0] if others else None, mr)
    if 1 <= len(paths) <= 2 and all(is_nifti(p) for p in paths):
        return NiftiFiles(paths[0], paths[1] if len(paths) == 2 else None)
    return None


def _stem(path: Path) -> str:
    return path.name.lower().removesuffix(".gz").removesuffix(".nii")


def open_nifti(files: NiftiFiles, context: JobContext) -> Study:
    """Read NIfTI images; all share the scanner space that the files name.

    Raises
    ------
    InputError
        If a file is missing, damaged, or not three-dimensional.
    """
    warnings: list[str] = []
    series: list[SeriesInfo] = []
    pet, scale = None, None
    if files.pet is not None:
        context.progress(0.0, f"Reading {files.pet.name}")
        pet, scale, info = _read_pet(files.pet, warnings, context)
        series.append(info)
    else:
        warnings.append("There is no PET; nothing can be measured on this study.")
    ct = mr = None
    if files.ct is not None:
        context.progress(0.4, "Reading the CT")
        ct, image = _read_ct(files.ct, warnings, context)
        series.append(_info(files.ct, image, "CT", "CT", None))
    elif pet is not None:
        beside = "the MR is shown in its place" if files.mr else "the PET is shown alone"
        warnings.append(f"There is no CT; {beside}.")
    if files.mr is not None:
        context.progress(0.7, "Reading the MR")
        mr, image = _read_mr(files.mr, warnings, context)
        series.append(_info(files.mr, image, "MR", "MR", None))
    # What lies apart comes first: it says how all the rest is to be read.
    warnings[:0] = _compare_places(pet, ct, mr)
    context.progress(1.0)
    named = "the files were named by the person or by their file names"
    uids = [None if f is None else _uid(f) for f in (files.pet, files.ct, files.mr)]
    main = next(f for f in (files.pet, files.mr, files.ct) if f is not None)
    return Study(
        patient=Patient(),
        description=main.name,
        date="",
        series=tuple(series),
        choice=Choice(uids[0], uids[1], f"NIfTI: {named}.", (), uids[2]),
        pet=pet,
        ct=ct,
        suv=scale,
        aligned=True,
        warnings=tuple(dict.fromkeys(warnings)),
        source=str(main),
        mr=mr,
    )


def _read_pet(
    path: Path, warnings: list[str], context: JobContext
) -> tuple[Volume, SuvScale, SeriesInfo]:
    scale, quantity = _meaning(path)
    image = read_nifti(path, context, nothing=NOTHING)
    array = _finite(path, np.asarray(image.array, dtype=np.float32))
    warnings.extend(image.notes)
    facts = facts_of(array, image.grid.spacing_kji_mm, None)
    # In Bq/ml noise below zero is common; in what is said to be SUV, or nothing, air is air.
    if scale.type is not None and (like_ct(facts) or facts.mean < 0):
        raise InputError(
            f"{path.name} holds values from {facts.least:g} to {facts.greatest:g}, as a CT in HU "
            "does and no PET.",
            "Name the PET with --pet, and the CT with --ct.",
        )
    volume = Volume(image.grid, array, quantity, _uid(path), path.name, image.unmeasured)
    judged = with_image(scale, volume, None)
    if judged.type is None and scale.type is not None:
        volume = replace(volume, quantity=Quantity.OTHER)
    elif judged.type is not None and _scaled_to_one(image, facts):
        said = (
            f"{path.name} fills the range from 0 to {facts.greatest:g}: its values may be scaled."
        )
        judged = replace(judged, warnings=(*judged.warnings, said), missing=("Units",))
    warnings.extend([*([judged.why] if judged.why else []), *judged.warnings])
    return volume, judged, _info(path, image, "PT", "PET AC", judged)


def _scaled_to_one(image: NiftiImage, facts: ImageFacts) -> bool:
    """Whether an image runs exactly from 0 to 1, or to 255 in whole numbers: a picture's range."""
    whole = image.array.dtype.kind in "iu"
    return facts.least == 0.0 and facts.greatest == (255.0 if whole else 1.0)


def _read_mr(path: Path, warnings: list[str], context: JobContext) -> tuple[Volume, NiftiImage]:
    image = read_nifti(path, context, nothing=NOTHING)
    _finite(path, np.asarray(image.array))
    warnings.extend(image.notes)
    volume = Volume(image.grid, image.array, Quantity.MR, _uid(path), path.name, image.unmeasured)
    return volume, image


def _finite(path: Path, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise InputError(f"{path.name} holds values that are not numbers.", "Export it again.")
    return array


def _compare_places(pet: Volume | None, ct: Volume | None, mr: Volume | None) -> list[str]:
    warnings = []
    if pet is not None and ct is not None and not pet.grid.overlaps(ct.grid):
        warnings.append(overlap_note("CT"))
    main = pet or ct
    if mr is not None and main is not None and not main.grid.overlaps(mr.grid):
        name = "PET" if main is pet else "CT"
        warnings.append(
            f"MR and {name} do not overlap in space: they show different parts of the body, or "
            "were not taken in one position."
        )
    return warnings


def _uid(path: Path) -> str:
    return f"nifti:{path.name}"


def _read_ct(path: Path, warnings: list[str], context: JobContext) -> tuple[Volume, NiftiImage]:
    image = read_nifti(path, context, nothing=AIR_HU) if is_nifti(path) else None
    if image is None:
        raise InputError(f"{path.name} is not NIfTI.", "Give PET and CT in the same format.")
    array: Any = image.array
    low, high = float(array.min()), float(array.max())
    whole = array.dtype.kind in "iu" or bool(np.array_equal(array, np.rint(array)))
    fits = low >= -32768 and high <= 32767
    array = array.astype(np.int16 if whole and fits else np.float32)
    if low > -200:
        warnings.append(f"{path.name} holds no air (least value {low:g}): is it in HU?")
    warnings.extend(image.notes)
    volume = Volume(image.grid, array, Quantity.HU, _uid(path), path.name, image.unmeasured)
    return volume, replace(image)


def _info(
    path: Path, image: NiftiImage, modality: str, role: str, scale: SuvScale | None
) -> SeriesInfo:
    return SeriesInfo(
        uid=_uid(path),
        study_uid="",
        modality=modality,
        description=path.name,
        images=image.grid.shape_kji[0],
        role=role,
        files=(path,),
        suv=scale,
    )


def _meaning(path: Path) -> tuple[SuvScale, Quantity]:
    """Return what the values are: by sidecar, by name, otherwise assumed SUVbw."""
    unit, source = _sidecar_unit(path)
    stem = _stem(path)
    if not unit:
        source = "file name"
        unit = "bqml" if _BQML_NAME.search(stem) else "cnts" if _COUNTS_NAME.search(stem) else ""
        unit = unit or ("suv" if "suv" in stem else "")
    headers = {"Units": unit, "source": source}
    if unit.startswith(("suv", "gml")):
        rule = f"NIfTI: the values are SUVbw by the {source}"
        return SuvScale("SUVbw", 1.0, rule, headers), Quantity.SUV_BW
    if unit.startswith("bqml"):
        why = f"No SUV: {path.name} is in Bq/ml by its {source}; convert it to SUVbw first."
        return SuvScale(None, None, "", {**headers, "Units": "BQML"}, why), Quantity.BQML
    if unit:
        why = f"No SUV: {path.name} is in {unit} by its {source}."
        return SuvScale(None, None, "", headers, why), Quantity.COUNTS
    said = f"{path.name} states no unit; its values are taken as SUVbw."
    rule = "NIfTI: the values are assumed to be SUVbw; the file states no unit"
    return SuvScale("SUVbw", 1.0, rule, {}, "", ("Units",), (said,)), Quantity.SUV_BW


def _sidecar_unit(path: Path) -> tuple[str, str]:
    """Return ``Units`` of a BIDS sidecar, letters only and lower case, and where it came from."""
    sidecar = path.with_name(path.name.removesuffix(".gz").removesuffix(".nii") + ".json")
    if not sidecar.is_file():
        return "", ""
    try:
        document = json.loads(sidecar.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "", ""
    unit = document.get("Units", "") if isinstance(document, dict) else ""
    return re.sub(r"[^a-z]", "", str(unit).lower()), f"sidecar {sidecar.name}"
