"""Open a PET/CT study: from paths to volumes in patient space, with every choice explained."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from app.core.kit.errors import InputError
from app.core.kit.jobs import JobContext
from app.core.space.volume import Quantity, Volume
from app.core.study.placement import overlap_note
from app.core.study.plausible import with_image
from app.core.study.provenance import SuvScale
from app.core.study.study import SeriesInfo, Study
from app.core.suv.body import height_of, weight_of
from app.io.dicom.header import slice_step_mm
from app.io.dicom.scan import Scan, scan
from app.io.nifti.pair import named_files, open_nifti
from app.io.pixels.read import ReadSeries, read_series
from app.io.series.maps import compared
from app.io.series.naming import NOTHING_NAMED, Named
from app.io.series.pairing import Pair, choose
from app.io.series.partner import patient_of
from app.io.series.series import (
    Candidate,
    candidates_of,
    slice_factors,
    suv_header_of,
    with_stack,
    with_suv,
)
from app.io.suv.header import SuvHeader
from app.io.suv.override import override
from app.io.suv.rules import scale_array, suv_scale

_QUANTITIES = {
    "SUVbw": Quantity.SUV_BW,
    "SUVlbm": Quantity.SUV_LBM,
    "SUVbsa": Quantity.SUV_BSA,
    "SUVibw": Quantity.SUV_IBW,
}


def open_study(paths: Sequence[Path], context: JobContext | None = None) -> Study:
    """Find the PET/CT (and a T1-weighted MR) below some paths and read it.

    Parameters
    ----------
    paths
        Folders (searched deep) and files.
    context
        Progress and cancel.

    Returns
    -------
    Study
        PET as SUVbw where the headers allow it (float32), CT in HU (int16 where the file's
        values are whole), MR in its own unit, each on its own grid.

    Raises
    ------
    InputError
        If a path does not exist, nothing readable is there, there is neither a PET nor a
        T1-weighted MR, or only a PET that is not attenuation corrected.
    JobCancelled
        If the context's token is set.
    """
    context = context or JobContext()
    found = scan(paths, context.part(0.0, 0.3))
    if not found.series:
        return without_dicom(found, paths, context.part(0.3, 1.0))
    candidates = candidates_of(found.series)
    return study_of(found, candidates, paths[0], context.part(0.3, 1.0))


def without_dicom(found: Scan, paths: Sequence[Path], context: JobContext) -> Study:
    """Read the NIfTI files of a scan that found no DICOM series.

    Raises
    ------
    InputError
        If their names do not tell which is what, or there are none.
    """
    named = named_files(paths, found.nifti)
    if named is None:
        raise nothing_found(found)
    return open_nifti(named, context)


def study_of(
    found: Scan,
    candidates: Sequence[Candidate],
    source: Path,
    context: JobContext,
    named: Named = NOTHING_NAMED,
    *,
    study_uid: str | None = None,
) -> Study:
    """Choose what is read together of some series of a scan, and read it.

    Parameters
    ----------
    found, candidates
        The scan, and its series as judged.
    source
        What the reader opened.
    context
        Progress and cancel.
    named, study_uid
        As `app.io.series.pairing.choose`.

    Raises
    ------
    InputError
        As `open_study`.
    """
    pair = choose(candidates, named, study_uid=study_uid)
    if pair.pet is not None:
        pair = replace(pair, pet=compared(pair.pet, candidates))
    images = _read_images(pair, context)
    series = _completed(candidates, pair, images)
    study = _assemble(found, series, pair, images)
    return replace(study, source=str(source))


def read_candidate(candidate: Candidate, context: JobContext) -> Volume:
    """Read one series in the quantity of its modality.

    Raises
    ------
    InputError
        If the series is no image of a CT, PET or MR that has its place in space, or is damaged.
    """
    quantities = {"CT": Quantity.HU, "MR": Quantity.MR}
    suv = candidate.info.suv
    if candidate.stack is not None and suv is not None:
        if candidate.info.role == "PET AC":
            return _read_pet(candidate, context)[1]
        # Without attenuation correction there is no SUV, whatever the headers allow.
        return _read_plain(candidate, quantity_of(replace(suv, type=None)), context)[1]
    if candidate.stack is None or candidate.info.role not in quantities:
        raise InputError(
            f"The series {candidate.info.description or candidate.info.modality} is not an image "
            "that can be shown in a pane.",
            "Choose a CT, PET or MR series of slices.",
        )
    return _read_plain(candidate, quantities[candidate.info.role], context)[1]


def _completed(
    candidates: Sequence[Candidate], pair: Pair, images: _Images
) -> tuple[SeriesInfo, ...]:
    """Return all series, those that were read with how their stacks were laid in the end."""
    read = {}
    for candidate, found in ((pair.pet, images.pet), (pair.ct, images.ct), (pair.mr, images.mr)):
        if candidate is not None and found is not None:
            info = images.pet[2] if images.pet and candidate is pair.pet else candidate.info
            read[info.uid] = with_stack(info, found[0].stack)
    return tuple(read.get(c.info.uid, c.info) for c in candidates)


@dataclass(frozen=True)
class _Images:
    """What was read of a choice: series with its volume, for a PET with its completed info."""

    pet: tuple[ReadSeries, Volume, SeriesInfo] | None
    ct: tuple[ReadSeries, Volume] | None
    mr: tuple[ReadSeries, Volume] | None
    notes: tuple[str, ...] = ()


def _read_images(pair: Pair, context: JobContext) -> _Images:
    """Read the chosen series; each takes its part of the progress by its pixels."""
    stacks = [None if c is None else c.stack for c in (pair.pet, pair.ct, pair.mr)]
    sizes = np.array([0 if s is None else s.grid.size for s in stacks], dtype=float)
    ends = [0.0, *(np.cumsum(sizes) / sizes.sum()).tolist()]
    parts = [context.part(a, b) for a, b in itertools.pairwise(ends)]
    pet = None if pair.pet is None else _read_pet(pair.pet, parts[0])
    ct = None if pair.ct is None else _read_plain(pair.ct, Quantity.HU, parts[1])
    mr, notes = None, list[str]()
    if pair.mr is not None:
        try:
            mr = _read_plain(pair.mr, Quantity.MR, parts[2])
        except InputError as error:
            if pet is None and ct is None:
                raise
            # A damaged MR does not keep a PET/CT from being read.
            notes.append(f"MR: {error.sentence}")
    return _Images(pet, ct, mr, tuple(notes))


def nothing_found(found: Scan) -> InputError:
    """Say that nothing can be opened, with the commonest reason among refused files."""
    if not found.files:
        return InputError("The folder is empty.", "Open a folder that holds a PET/CT study.")
    step = "Open the folder that holds the PET/CT study in DICOM, or a NIfTI pair with --pet."
    if found.nifti and not found.refused:
        return InputError(
            "Only NIfTI files were found.", "Open them with --pet, --ct and --mr FILE."
        )
    reasons = [f"{r.path.name}: {r.reason}" for r in found.refused[:1]]
    said = f" (for example {reasons[0]})" if reasons else ""
    if found.files == 1:
        why = f" ({found.refused[0].reason})" if found.refused else ""
        return InputError(f"The file is no usable DICOM image{why}.", step)
    return InputError(f"None of the {found.files} files is a usable DICOM image{said}.", step)


def _read_pet(pet: Candidate, context: JobContext) -> tuple[ReadSeries, Volume, SeriesInfo]:
    assert pet.stack is not None
    if pet.suv_header is None:
        return *_read_plain(pet, Quantity.COUNTS, context), pet.info
    factors = scale_array(suv_scale(pet.suv_header), len(pet.stack.images))
    read = read_series(
        pet.stack,
        context,
        keep_int16=False,
        is_hu=False,
        scales=factors,
        thickness_mm=slice_step_mm(pet.scanned.header),
    )
    info = pet.info
    if read.refused:
        # Laid again without unreadable images: frames and factors follow.
        stack = read.stack
        header = suv_header_of(pet.scanned, stack.images, stack.every_image)
        info = with_suv(info, header, stack)
    volume = Volume(
        read.stack.grid,
        read.array,
        quantity_of(info.suv),
        info.uid,
        info.description,
        read.unmeasured,
    )
    info, volume = _judged(info, volume, pet.suv_header)
    return replace(read, array=volume.array), volume, info


def _judged(info: SeriesInfo, volume: Volume, header: SuvHeader) -> tuple[SeriesInfo, Volume]:
    """Judge an SUV by the image that it makes; values that can be none are given as they were."""
    if info.suv is None:
        return info, volume
    weight = weight_of(header.weight_kg)
    scale = with_image(info.suv, volume, None if weight is None else weight.value)
    array = volume.array
    if scale.type is None and info.suv.type is not None:
        factors = np.asarray(info.suv.frame_factors or info.suv.factor, dtype=np.float32)
        array = array / factors.reshape(-1, 1, 1)
    volume = replace(volume, array=array, quantity=quantity_of(scale))
    return replace(info, suv=scale), volume


def quantity_of(scale: SuvScale | None) -> Quantity:
    """Return what the rescaled and scaled PET values are."""
    if scale is not None and scale.type is not None:
        return _QUANTITIES[scale.type]
    if scale is None or "RescaleSlope" in scale.missing:
        # Stored values, whatever the units of the rescaled ones would be.
        return Quantity.COUNTS
    units = str(scale.headers.get("Units") or "")
    named = {"BQML": Quantity.BQML, "GML": Quantity.OTHER, "CM2ML": Quantity.OTHER}
    return named.get(units.upper(), Quantity.COUNTS)


def _read_plain(
    candidate: Candidate, quantity: Quantity, context: JobContext
) -> tuple[ReadSeries, Volume]:
    """Read a CT in HU, an MR in its own unit, or a SPECT in counts."""
    assert candidate.stack is not None
    info, thickness = candidate.info, slice_step_mm(candidate.scanned.header)
    # Only of HU is it known that 16 bits with a sign hold every value.
    images = candidate.stack.images
    sure = all(x.pixels and (x.pixels.signed or x.pixels.bits_stored < 16) for x in images)
    whole = quantity is Quantity.HU or (quantity is Quantity.MR and sure)
    read = read_series(
        candidate.stack,
        context,
        keep_int16=whole,
        is_hu=quantity is Quantity.HU,
        thickness_mm=thickness,
    )
    volume = Volume(
        read.stack.grid, read.array, quantity, info.uid, info.description, read.unmeasured
    )
    return read, volume


def _assemble(found: Scan, series: tuple[SeriesInfo, ...], pair: Pair, images: _Images) -> Study:
    choice = pair.choice if images.mr else replace(pair.choice, mr_uid=None)
    main = pair.pet or pair.mr or pair.ct
    assert main is not None
    info = next(s for s in series if s.uid == main.info.uid)
    warnings = [*choice.warnings, *images.notes]
    refused = [*found.refused]
    first = "SPECT" if pair.pet is not None and pair.pet.info.role == "NM" else "PET"
    named = ((first, pair.pet, images.pet), ("CT", pair.ct, images.ct), ("MR", pair.mr, images.mr))
    for role, candidate, read in named:
        if candidate is not None and read is not None:
            warnings.extend(f"{role}: {w}" for w in _notes(candidate, read[0]))
            refused.extend(read[0].refused)
    aligned = True
    if images.pet is not None and images.ct is not None:
        aligned, note = alignment(images.pet[1], images.ct[1])
        # What lies apart comes first: it says how all the rest is to be read.
        warnings[:0] = [note] if note else []
    suv = info.suv if pair.pet is not None else None
    warnings.extend(suv_sentences(suv))
    if refused:
        warnings.append(refused_sentence([f"{r.path.name}: {r.reason}" for r in refused]))
    return Study(
        patient=patient_of(main),
        description=str(info.headers.get("StudyDescription", "")),
        date=info.headers.get("StudyDate") or info.date,
        series=series,
        choice=choice,
        pet=None if images.pet is None else images.pet[1],
        ct=None if images.ct is None else images.ct[1],
        suv=suv,
        aligned=aligned,
        warnings=tuple(dict.fromkeys(warnings)),
        refused=tuple(refused),
        mr=None if images.mr is None else images.mr[1],
    )


def suv_sentences(scale: SuvScale | None) -> list[str]:
    """Return what is to be said beside the images about their SUV."""
    if scale is None:
        return []
    return [*([scale.why] if scale.why else []), *scale.warnings]


def _notes(candidate: Candidate, read: ReadSeries) -> tuple[str, ...]:
    # The stack may have been laid again without unreadable images: its notes are the true ones.
    doubt = (candidate.doubt,) if candidate.doubt else ()
    return (*candidate.scanned.notes, *read.stack.warnings, *doubt)


def refused_sentence(reasons: Sequence[str]) -> str:
    """Return one sentence on the files that were refused."""
    noun = "file was" if len(reasons) == 1 else "files were"
    return f"{len(reasons)} {noun} refused, the first: {reasons[0]}."


def alignment(pet: Volume, ct: Volume) -> tuple[bool, str]:
    """Whether PET and CT may be laid over each other, and a sentence where they may not."""
    if not pet.grid.same_space(ct.grid):
        silent = [n for n, x in (("PET", pet), ("CT", ct)) if not x.grid.frame_of_reference_uid]
        why = "have different frames of reference"
        if silent:
            why = f"may lie apart, since only the {silent[0]} states no frame of reference"
        return False, (
            f"PET and CT {why}: they are not aligned and are not fused; align them, or fuse them "
            "as they lie if you know that they fit."
        )
    if not pet.grid.overlaps(ct.grid):
        return True, overlap_note("CT")
    if pet.grid.frame_of_reference_uid is None:
        return True, "PET and CT state no frame of reference; they are fused as they lie."
    return True, ""


def with_overrides(study: Study, values: Mapping[str, float]) -> Study:
    """Return the study with SUV recomputed from values that a person typed in.

    Parameters
    ----------
    study
        As opened from DICOM.
    values
        By DICOM keyword: ``PatientWeight`` (kg), ``PatientSize`` (m), ``RadionuclideTotalDose``
        (Bq), ``RadionuclideHalfLife`` (s) and others of `app.io.suv.override.override`. They
        are recorded as typed in, in the SUV's warnings.

    Raises
    ------
    InputError
        If the study has no DICOM PET, or a value cannot be used.
    """
    info = study.series_of(study.choice.pet_uid)
    header = None if info is None else info.headers.get("SuvHeader")
    if study.pet is None or info is None or not isinstance(header, SuvHeader):
        raise InputError(
            "Header values can only be typed in for a PET that was read from DICOM.",
            "Open the DICOM series of this study.",
        )
    changed = override(header, values)
    slices = info.headers.get("Slices")
    images = len(changed.frames)
    one = np.ones(images)
    # The image is in SUV by the header, unless it was judged to be none.
    offered = study.suv is not None and study.suv.type is not None
    old = scale_array(suv_scale(header), images) if offered else None
    new = scale_array(suv_scale(changed), images)
    ratio = slice_factors(
        (one if new is None else new) / (one if old is None else old), slices or ()
    )
    array = study.pet.array * ratio.astype(np.float32)[:, None, None]
    info = with_suv(info, changed, None)
    if info.suv is not None and info.suv.frame_factors is not None and new is not None:
        per_slice = slice_factors(new, slices or ())
        info = replace(info, suv=replace(info.suv, frame_factors=tuple(per_slice.tolist())))
    info = replace(info, headers={**info.headers, "Slices": slices})
    made = replace(study.pet, array=array, quantity=quantity_of(info.suv))
    info, pet = _judged(info, made, changed)
    weight = weight_of(changed.weight_kg)
    height = height_of(changed.height_m, None if weight is None else weight.value)
    before = set(suv_sentences(study.suv))
    kept = [w for w in study.warnings if w not in before]
    return replace(
        study,
        patient=replace(
            study.patient,
            weight_kg=study.patient.weight_kg if weight is None else weight.value,
            height_m=study.patient.height_m if height is None else height.value,
        ),
        series=tuple(info if s.uid == info.uid else s for s in study.series),
        pet=pet,
        suv=info.suv,
        warnings=tuple(dict.fromkeys([*kept, *suv_sentences(info.suv)])),
    )
