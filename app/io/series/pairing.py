"""Which PET, CT and MR are read together, with the reason as a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.core.kit.errors import InputError
from app.core.study.study import Choice
from app.io.dicom.header import text
from app.io.geometry.stack import Stack
from app.io.series.mr import choose_mr
from app.io.series.roles import not_axial
from app.io.series.series import Candidate

_HARD_KERNEL = re.compile(r"lung|bone|sharp|edge|yb|b[67]\d|br[67]\d|bl[567]\d", re.IGNORECASE)


@dataclass(frozen=True)
class Pair:
    """The series to read; without a PET it is an MR, for which a CT can be made."""

    pet: Candidate | None
    ct: Candidate | None
    choice: Choice
    mr: Candidate | None = None


def choose(candidates: Sequence[Candidate]) -> Pair:
    """Choose the PET and the CT that are read together, and a T1-weighted MR where there is one.

    Without any PET an MR is opened alone, or with a CT of its patient.

    Raises
    ------
    InputError
        If there is no PET and no MR to read, or only a PET that is not attenuation corrected.
    """
    usable = [c for c in candidates if c.info.role == "PET AC" and c.stack is not None]
    if not usable and not any(c.info.role.startswith("PET") for c in candidates):
        # A reconstructed SPECT is read like a PET whose counts no calibration turns into SUV.
        usable = [c for c in candidates if c.info.role == "NM" and c.stack is not None]
    if not usable:
        return _without_pet(candidates)
    notes: list[str] = []
    study = _study_of(candidates, usable, notes)
    inside = [c for c in usable if c.info.study_uid == study]
    pet = max(inside, key=_pet_rank)
    why = [_pet_reason(pet, inside, candidates)]
    if pet.info.role == "NM":
        notes.append("There is no PET in this study; the SPECT is shown in its place, in counts.")
    patient = pet.info.headers.get("PatientID")
    cts = [
        c
        for c in candidates
        if c.info.role == "CT" and c.stack is not None and c.info.study_uid == study
        and c.info.headers.get("PatientID") == patient
    ]  # fmt: skip
    ct = None
    if cts:
        ct = max(cts, key=lambda c: _ct_rank(c, pet))
        why.append(_ct_reason(ct, pet, cts))
    else:
        name = "SPECT" if pet.info.role == "NM" else "PET"
        notes.append(f"There is no CT in this study; the {name} is shown alone.")
    return _with_mr(candidates, pet, ct, why, notes)


def _with_mr(
    candidates: Sequence[Candidate],
    pet: Candidate | None,
    ct: Candidate | None,
    why: list[str],
    notes: list[str],
) -> Pair:
    chosen = choose_mr(candidates, pet, ct)
    sentences = [*why, chosen.why] if chosen.why else why
    uids = [None if c is None else c.info.uid for c in (pet, ct, chosen.mr)]
    warnings = (*notes, *chosen.warnings)
    choice = Choice(uids[0], uids[1], " ".join(sentences), warnings, uids[2])
    return Pair(pet, ct, choice, chosen.mr)


def _without_pet(candidates: Sequence[Candidate]) -> Pair:
    """Choose an MR and a CT of its patient that overlaps with it.

    Raises
    ------
    InputError
        If there is an unusable PET, or no MR either.
    """
    if any(c.info.role in ("PET AC", "PET NAC") for c in candidates):
        raise _no_pet(candidates)
    mr = choose_mr(candidates, None, None).mr
    if mr is None or mr.stack is None:
        raise _no_pet(candidates)
    grid, patient = mr.stack.grid, mr.info.headers.get("PatientID")
    cts = [
        c
        for c in candidates
        if c.info.role == "CT" and c.stack is not None and c.stack.grid.overlaps(grid)
        and c.info.headers.get("PatientID") == patient
    ]  # fmt: skip
    ct = max(cts, key=lambda c: _ct_rank(c, mr)) if cts else None
    why = [] if ct is None else [f"CT “{ct.info.description}”: overlaps with the MR."]
    note = "There is no PET in this study; nothing can be measured on it."
    same_patient = [c for c in candidates if c.info.headers.get("PatientID") == patient]
    return _with_mr(same_patient, None, ct, why, [note])


def _no_pet(candidates: Sequence[Candidate]) -> InputError:
    roles = {c.info.role for c in candidates}
    if "PET AC" in roles:
        return InputError(
            "The PET images state no usable position or orientation.",
            "Open the original series as it came from the scanner.",
        )
    if "PET NAC" in roles:
        return InputError(
            "Only a PET without attenuation correction was found; no SUV can be measured on it.",
            "Open the attenuation-corrected PET series of this study (often named AC or CTAC).",
        )
    if not candidates:
        return InputError(
            "No DICOM images were found here.",
            "Open the folder that holds the PET/CT study, or name a NIfTI pair with --pet and "
            "--ct.",
        )
    if roles == {"secondary capture"}:
        return InputError(
            "Only pictures of a screen (secondary captures) were found, no measured images.",
            "Open the folder that holds the PET series as it came from the scanner.",
        )
    found = ", ".join(sorted({c.info.modality or "unknown" for c in candidates}))
    return InputError(
        f"There is no PET series among the images found ({found}).",
        "Open a folder that holds an attenuation-corrected PET series.",
    )


def _study_of(
    candidates: Sequence[Candidate], usable: Sequence[Candidate], notes: list[str]
) -> str:
    studies = {c.info.study_uid for c in usable}
    with_ct = {c.info.study_uid for c in candidates if c.info.role == "CT"} & studies
    newest = max(
        (c for c in usable if not with_ct or c.info.study_uid in with_ct),
        key=lambda c: (c.info.headers.get("StudyDate") or c.info.date, c.info.time),
    ).info
    patients = {c.info.headers.get("PatientID") for c in usable}
    if len(patients) > 1:
        notes.append(
            f"The folder holds PET of {len(patients)} patients; only the most recent study with "
            "PET and CT is opened, and patients are never mixed."
        )
    elif len(studies) > 1:
        notes.append(
            f"The folder holds {len(studies)} PET studies; the most recent one with PET and CT "
            "is opened."
        )
    return newest.study_uid


def _original(c: Candidate) -> bool:
    image_type = [w.upper() for w in c.info.headers.get("ImageType", [])]
    reformatted = {"REFORMATTED", "MPR", "RESAMPLED"} & set(image_type)
    return (not image_type or image_type[0] != "DERIVED") and not reformatted


def _extent_mm(c: Candidate) -> float:
    assert c.stack is not None
    grid = c.stack.grid
    return grid.shape_kji[0] * grid.spacing_kji_mm[0]


def _pet_rank(c: Candidate) -> tuple[float, ...]:
    assert c.stack is not None
    suv = c.info.suv
    quantified = 2 if suv and suv.type else 1 if suv and suv.headers.get("Units") == "BQML" else 0
    return (
        quantified,
        bool(suv and suv.type == "SUVbw"),
        _original(c),
        not not_axial(c.stack.images),
        not c.stack.phases,
        round(_extent_mm(c) / 20.0),
        len(c.stack.slices),
        not c.doubt,
        -(c.info.number or 0),
    )


def _pet_reason(
    pet: Candidate, inside: Sequence[Candidate], candidates: Sequence[Candidate]
) -> str:
    suv = pet.info.suv
    said = "with SUV" if suv and suv.type else "without SUV"
    if pet.info.role == "NM":
        others = f", best of {len(inside)} such series" if len(inside) > 1 else ""
        return f"SPECT “{pet.info.description}”: {pet.info.images} slices, in counts{others}."
    reason = f"PET “{pet.info.description}”: attenuation corrected, {pet.info.images} images, "
    reason += said
    if len(inside) > 1:
        reason += f", best of {len(inside)} such series"
    nac = sum(
        c.info.role == "PET NAC" and c.info.study_uid == pet.info.study_uid for c in candidates
    )
    if nac:
        reason += f"; {nac} series without attenuation correction left aside"
    return reason + "."


def overlap_fraction(pet: Stack, ct: Stack) -> float:
    """Part of the PET's extent along z (LPS) that the CT covers, 0 to 1."""
    a, b = pet.grid.bounds_lps_mm[:, 2], ct.grid.bounds_lps_mm[:, 2]
    common = min(a[1], b[1]) - max(a[0], b[0])
    return float(max(0.0, common) / max(1e-6, a[1] - a[0]))


def _ct_rank(c: Candidate, pet: Candidate) -> tuple[float, ...]:
    assert c.stack is not None
    assert pet.stack is not None
    same = c.info.frame_of_reference_uid == pet.info.frame_of_reference_uid
    kernel = text(c.scanned.header, 0x00181210)
    hard = bool(_HARD_KERNEL.search(kernel) or re.search("lung|bone", c.info.description, re.I))
    return (
        bool(same and pet.info.frame_of_reference_uid),
        round(10 * overlap_fraction(pet.stack, c.stack)),
        _original(c),
        not not_axial(c.stack.images),
        not hard,
        -round(c.stack.grid.spacing_kji_mm[0], 1),
        len(c.stack.slices),
        -(c.info.number or 0),
    )


def _ct_reason(ct: Candidate, pet: Candidate, cts: Sequence[Candidate]) -> str:
    assert ct.stack is not None
    assert pet.stack is not None
    same = ct.info.frame_of_reference_uid == pet.info.frame_of_reference_uid
    frame = "same frame of reference" if same else "another frame of reference"
    covered = round(100 * overlap_fraction(pet.stack, ct.stack))
    reason = f"CT “{ct.info.description}”: {frame}, covers {covered} % of the PET"
    if len(cts) > 1:
        reason += f", best of {len(cts)} CT series"
    return reason + "."
