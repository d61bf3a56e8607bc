"""Which PET, CT and MR are read together, with the reason as a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.core.kit.errors import InputError
from app.core.study.study import Choice
from app.io.dicom.geometry import Stack
from app.io.dicom.header import text
from app.io.series.mr import choose_mr, named_mr
from app.io.series.naming import NOTHING_NAMED, Named, certain_of_named, not_there, several_named
from app.io.series.partner import is_sure, overlaps, relation_of, same_frame
from app.io.series.roles import not_axial
from app.io.series.series import Candidate

_HARD_KERNEL = re.compile(r"lung|bone|sharp|edge|yb|b[67]\d|br[67]\d|bl[567]\d", re.IGNORECASE)


@dataclass(frozen=True)
class Pair:
    """The series to read; without a PET it is an MR, for which a CT can be made, or a CT."""

    pet: Candidate | None
    ct: Candidate | None
    choice: Choice
    mr: Candidate | None = None


def choose(
    candidates: Sequence[Candidate],
    named: Named = NOTHING_NAMED,
    *,
    study_uid: str | None = None,
) -> Pair:
    """Choose the PET and the CT that are read together, and a T1-weighted MR where there is one.

    Without any PET an MR is opened alone, or with a CT of its patient; a CT alone where only a CT
    was named.

    Parameters
    ----------
    candidates
        All series found.
    named
        What the reader named as PET, CT or MR: taken as that, or refused with the reason.
    study_uid
        Study whose PET is to be chosen; the most recent one, if ``None``.

    Raises
    ------
    InputError
        If there is no PET and no MR to read, or only a PET that is not attenuation corrected; if
        what was named is not what it was named as, or is of another patient.
    """
    pets = candidates if named.pet is None else named.pet
    usable = [
        c
        for c in pets
        if c.info.role == "PET AC" and c.stack is not None
        and study_uid in (None, c.info.study_uid)
    ]  # fmt: skip
    if not usable and not any(c.info.role.startswith("PET") for c in pets):
        # A reconstructed SPECT is read like a PET whose counts no calibration turns into SUV.
        usable = [c for c in pets if c.info.role == "NM" and c.stack is not None]
    if not usable:
        if named.pet is not None:
            raise _not_named(named.pet)
        return _without_pet(candidates, named)
    notes: list[str] = []
    newest = _newest(candidates, usable, notes)
    inside = [c for c in usable if c.info.study_uid == newest.info.study_uid and is_sure(newest, c)]
    pet = max(inside, key=_pet_rank)
    why = [_pet_reason(pet, inside, candidates)]
    if named.pet is not None:
        notes.extend(several_named("PET", len(inside)))
    if pet.info.role == "NM":
        notes.append("There is no PET in this study; the SPECT is shown in its place, in counts.")
    ct = _ct_for(pet, candidates, named.ct, why, notes)
    return _with_mr(candidates, pet, ct, why, notes, named.mr)


def _ct_for(
    pet: Candidate,
    candidates: Sequence[Candidate],
    named: tuple[Candidate, ...] | None,
    why: list[str],
    notes: list[str],
) -> Candidate | None:
    """Return the CT to read with a PET: the one that was named, or one that belongs to it."""
    if named is not None:
        ct = _named_ct(pet, named, notes)
        why.append(_ct_reason(ct, pet, _volumes(named, "CT"), "named, "))
        return ct
    found = [(c, relation_of(pet, c)) for c in _volumes(candidates, "CT")]
    cts = [c for c, relation in found if relation.taken]
    if cts:
        ct = max(cts, key=lambda c: _ct_rank(c, pet))
        said = next(relation.note for c, relation in found if c is ct)
        notes.extend([said] if said else [])
        why.append(_ct_reason(ct, pet, cts))
        return ct
    name = "SPECT" if pet.info.role == "NM" else "PET"
    notes.append(f"There is no CT in this study; the {name} is shown alone.")
    notes.extend(dict.fromkeys(relation.note for _, relation in found if relation.note))
    return None


def _volumes(candidates: Sequence[Candidate], role: str) -> list[Candidate]:
    return [c for c in candidates if c.info.role == role and c.stack is not None]


def _named_ct(pet: Candidate, named: Sequence[Candidate], notes: list[str]) -> Candidate:
    cts = _volumes(named, "CT")
    if not cts:
        raise not_there("CT", named)
    ct = max(cts, key=lambda c: _ct_rank(c, pet))
    notes.extend([*certain_of_named("CT", pet, ct), *several_named("CT", len(cts))])
    return ct


def _with_mr(
    candidates: Sequence[Candidate],
    pet: Candidate | None,
    ct: Candidate | None,
    why: list[str],
    notes: list[str],
    named: tuple[Candidate, ...] | None,
) -> Pair:
    chosen = choose_mr(candidates, pet, ct) if named is None else named_mr(named, pet, ct)
    sentences = [*why, chosen.why] if chosen.why else why
    uids = [None if c is None else c.info.uid for c in (pet, ct, chosen.mr)]
    warnings = (*notes, *chosen.warnings)
    choice = Choice(uids[0], uids[1], " ".join(sentences), warnings, uids[2])
    return Pair(pet, ct, choice, chosen.mr)


def _without_pet(candidates: Sequence[Candidate], named: Named) -> Pair:
    """Choose an MR and a CT of its patient that overlaps with it, or a CT that was named.

    Raises
    ------
    InputError
        If there is an unusable PET, or no MR either.
    """
    note = "There is no PET in this study; nothing can be measured on it."
    if named.ct is not None and all(any(c is x for x in named.ct) for c in candidates):
        return _ct_alone(named.ct, note)
    if any(c.info.role in ("PET AC", "PET NAC") for c in candidates):
        raise _no_pet(candidates)
    mr = choose_mr(candidates, None, None).mr if named.mr is None else named_mr(named.mr).mr
    if mr is None or mr.stack is None:
        raise _no_pet(candidates)
    notes = [note]
    ct = _ct_for_mr(mr, candidates, named.ct, notes)
    why = [] if ct is None else [f"CT “{ct.info.description}”: {_place(ct, mr)} the MR."]
    same_patient = [c for c in candidates if c is mr or is_sure(mr, c)]
    return _with_mr(same_patient, None, ct, why, notes, named.mr)


def _ct_alone(named: Sequence[Candidate], note: str) -> Pair:
    cts = _volumes(named, "CT")
    if not cts:
        raise not_there("CT", named)
    ct = max(cts, key=lambda c: (_original(c), len(c.stack.slices if c.stack else ())))
    best = f", best of {len(cts)} CT series" if len(cts) > 1 else ""
    why = f"CT “{ct.info.description}”{best}."
    return Pair(None, ct, Choice(None, ct.info.uid, why, (note,)))


def _ct_for_mr(
    mr: Candidate,
    candidates: Sequence[Candidate],
    named: tuple[Candidate, ...] | None,
    notes: list[str],
) -> Candidate | None:
    if named is not None:
        return _named_ct(mr, named, notes)
    found = _volumes(candidates, "CT")
    cts = [c for c in found if is_sure(mr, c) and overlaps(mr, c)]
    return max(cts, key=lambda c: _ct_rank(c, mr)) if cts else None


def _place(ct: Candidate, mr: Candidate) -> str:
    return "overlaps with" if overlaps(ct, mr) else "lies apart from"


def _not_named(named: Sequence[Candidate]) -> InputError:
    """Say why what was named as PET cannot be read as one."""
    uncorrected = [c for c in named if c.info.role == "PET NAC"]
    if not any(c.info.role == "PET AC" for c in named) and uncorrected:
        return InputError(
            "The PET that was named is not attenuation corrected"
            f"{_sign(uncorrected)}; no SUV can be measured on it.",
            "Name the attenuation-corrected PET series of this study (often AC or CTAC).",
        )
    if any(c.info.role == "PET AC" for c in named):
        return _no_pet(named)
    return not_there("PET", named)


def _sign(uncorrected: Sequence[Candidate]) -> str:
    """Return by which sign a PET is known not to be attenuation corrected, in brackets."""
    signs = {c.suv_header.uncorrected_sign for c in uncorrected if c.suv_header is not None}
    return f" ({next(iter(signs))})" if len(signs) == 1 else ""


def _no_pet(candidates: Sequence[Candidate]) -> InputError:
    roles = {c.info.role for c in candidates}
    if "PET AC" in roles:
        return InputError(
            "The PET images state no usable position or orientation.",
            "Open the original series as it came from the scanner.",
        )
    if "PET NAC" in roles:
        sign = _sign([c for c in candidates if c.info.role == "PET NAC"])
        return InputError(
            f"Only a PET without attenuation correction was found{sign}; no SUV can be measured "
            "on it.",
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


def _newest(
    candidates: Sequence[Candidate], usable: Sequence[Candidate], notes: list[str]
) -> Candidate:
    """Return the most recent PET, of a study with a CT where there is one; say what is left."""
    studies = {c.info.study_uid for c in usable}
    cts = _volumes(candidates, "CT")
    with_ct = {c.info.study_uid for c in usable if any(relation_of(c, x).taken for x in cts)}
    newest = max(
        (c for c in usable if not with_ct or c.info.study_uid in with_ct),
        key=lambda c: (c.info.headers.get("StudyDate") or c.info.date, c.info.time),
    )
    patients = _patients(usable)
    if patients > 1:
        notes.append(
            f"The folder holds PET of {patients} patients; only the most recent study with "
            "PET and CT is opened, and patients are never mixed."
        )
    elif len(studies) > 1:
        notes.append(
            f"The folder holds {len(studies)} PET studies; the most recent one with PET and CT "
            "is opened."
        )
    return newest


def _patients(candidates: Sequence[Candidate]) -> int:
    """Return how many patients some series are of."""
    first: list[Candidate] = []
    for c in candidates:
        if not any(is_sure(x, c) for x in first):
            first.append(c)
    return len(first)


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
        not (c.suv_header and c.suv_header.dynamic),
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
    same = same_frame(c, pet)
    kernel = text(c.scanned.header, 0x00181210)
    hard = bool(_HARD_KERNEL.search(kernel) or re.search("lung|bone", c.info.description, re.I))
    return (
        same and overlaps(c, pet),
        same,
        c.info.study_uid == pet.info.study_uid,
        round(10 * overlap_fraction(pet.stack, c.stack)),
        _original(c),
        not not_axial(c.stack.images),
        not hard,
        -round(c.stack.grid.spacing_kji_mm[0], 1),
        len(c.stack.slices),
        -(c.info.number or 0),
    )


def _ct_reason(ct: Candidate, pet: Candidate, cts: Sequence[Candidate], named: str = "") -> str:
    assert ct.stack is not None
    assert pet.stack is not None
    same = ct.info.frame_of_reference_uid == pet.info.frame_of_reference_uid
    frame = "same frame of reference" if same else "another frame of reference"
    covered = round(100 * overlap_fraction(pet.stack, ct.stack))
    reason = f"CT “{ct.info.description}”: {named}{frame}, covers {covered} % of the PET"
    if len(cts) > 1:
        reason += f", best of {len(cts)} CT series"
    return reason + "."
