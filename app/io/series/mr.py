"""Which MR series of a folder is the T1-weighted one that belongs to the PET/CT."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pydicom.dataset import Dataset

from app.core.study.placement import overlap_note
from app.io.dicom.file import read_file
from app.io.dicom.header import DAMAGED, number, text, words
from app.io.series.naming import certain_of_named, not_there, several_named
from app.io.series.partner import is_sure, overlaps, same_frame
from app.io.series.roles import not_axial
from app.io.series.series import Candidate

_log = logging.getLogger(__name__)

#: What weighting and contrast need beyond the headers of a scan; read for MR only.
_MR_TAGS: list[str] = [
    "ScanningSequence", "SequenceVariant", "ScanOptions", "SequenceName", "ProtocolName",
    "RepetitionTime", "EchoTime", "InversionTime", "ContrastBolusAgent",
]  # fmt: skip
_T1_WORDS = re.compile(
    r"(?<![a-z0-9])t1|t1w|mp-?rage|bravo|vibe|(?<![a-z])spgr|(?<![a-z])tfl(?![a-z])", re.IGNORECASE
)
_OTHER_WORDS = re.compile(
    r"(?<![a-z0-9])t2|t2w|stir(?![a-z])|flair|(?<![a-z])(dwi|adc|pd|dti|swi|bold|tof|perf)"
    r"(?![a-z])|diffusion|(?<![a-z])trace",
    re.IGNORECASE,
)
_LOCALIZER_WORDS = re.compile(r"locali[sz]er|scout|survey|(?<![a-z])loc(?![a-z])", re.IGNORECASE)
_CONTRAST_WORDS = re.compile(
    r"(?<![a-z])(gd|gad|gado|post|contrast|ce|c\+|km)(?![a-z])|\+c(?![a-z])", re.IGNORECASE
)
_FAT_WORDS = re.compile(r"(?<![a-z])(fs|fatsat|fat ?sat|spair|spir|we)(?![a-z])", re.IGNORECASE)
#: Spin and gradient echo with shorter times than these are T1-weighted.
_LONGEST_T1_TR_MS, _LONGEST_T1_TE_MS = 1000.0, 30.0


@dataclass(frozen=True)
class MrLook:
    """What an MR series is by its header: ``weighting`` is T1, other or unknown."""

    weighting: str
    sign: str
    contrast: bool = False
    fat_suppressed: bool = False
    localizer: bool = False


@dataclass(frozen=True)
class MrChoice:
    """The MR to read, or none, with a sentence and what is to be shown as a warning."""

    mr: Candidate | None
    why: str = ""
    warnings: tuple[str, ...] = ()


def look_at(candidate: Candidate) -> MrLook:
    """Judge weighting, contrast agent and fat suppression by names first, then by times."""
    header = _mr_header(candidate)
    protocol = text(header, 0x00181030)
    said = f"{candidate.info.description} {protocol} {text(header, 0x00180024)}"
    types = [w.upper() for w in candidate.info.headers.get("ImageType", [])]
    shared = {
        "contrast": bool(text(header, 0x00180010).strip(" -") or _CONTRAST_WORDS.search(said)),
        "fat_suppressed": bool(
            _FAT_WORDS.search(said) or {"FS", "SFS"} & set(words(header, 0x00180022))
        ),
        "localizer": bool("LOCALIZER" in types or _LOCALIZER_WORDS.search(said)),
    }
    if _T1_WORDS.search(said):
        return MrLook("T1", "named T1", **shared)
    if _OTHER_WORDS.search(said):
        return MrLook("other", "named otherwise", **shared)
    repetition, echo = number(header, 0x00180080), number(header, 0x00180081)
    if repetition is None or echo is None:
        return MrLook("unknown", "the header does not say", **shared)
    times = f"TR {repetition:g} ms, TE {echo:g} ms"
    short = repetition <= _LONGEST_T1_TR_MS and echo <= _LONGEST_T1_TE_MS
    # A long repetition with an inversion pulse is T1-weighted too.
    inverted = (number(header, 0x00180082) or 0.0) > 400.0 and echo <= _LONGEST_T1_TE_MS
    return MrLook("T1" if short or inverted else "other", times, **shared)


def _mr_header(candidate: Candidate) -> Dataset:
    try:
        path = candidate.scanned.instances[0].path
        return read_file(path, _MR_TAGS, pixels=False)
    except DAMAGED as error:
        _log.info("weighting of an MR series cannot be read: %s", type(error).__name__)
        return Dataset()


def choose_mr(
    candidates: Sequence[Candidate], pet: Candidate | None, ct: Candidate | None
) -> MrChoice:
    """Choose the T1-weighted MR that lies where the PET/CT (or nothing else) does.

    Parameters
    ----------
    candidates
        All series found.
    pet, ct
        The images already chosen; without them any patient's MR may be taken, but only one's.
    """
    found = [c for c in candidates if c.info.role == "MR" and c.stack is not None]
    if not found:
        # The usual PET/CT: nothing more is read.
        return MrChoice(None)
    anchor = pet or ct
    notes: list[str] = []
    if anchor is not None:
        found = [c for c in found if is_sure(anchor, c)]
    elif any(not is_sure(found[0], c) for c in found):
        notes.append("The folder holds MR of several patients; patients are never mixed.")
    looks = {id(c): look_at(c) for c in found}
    images = [x for x in (pet, ct) if x is not None]
    fitting = [
        c
        for c in found
        if looks[id(c)].weighting != "other"
        and not looks[id(c)].localizer
        and (not images or any(overlaps(c, x) for x in images))
    ]
    if not fitting:
        return MrChoice(None, "", (*notes, *_none_fits(found, looks)))
    mr = max(fitting, key=lambda c: _rank(c, looks[id(c)], images))
    look = looks[id(mr)]
    return MrChoice(mr, _reason(mr, look, images, fitting), (*notes, *_doubts(mr, look, images)))


def named_mr(
    named: Sequence[Candidate], pet: Candidate | None = None, ct: Candidate | None = None
) -> MrChoice:
    """Take the MR that the reader named, whatever its weighting and wherever it lies.

    Raises
    ------
    InputError
        If there is none, or it is of another patient than PET and CT.
    """
    found = [c for c in named if c.info.role == "MR" and c.stack is not None]
    if not found:
        raise not_there("MR", named)
    images = [x for x in (pet, ct) if x is not None]
    looks = {id(c): look_at(c) for c in found}
    mr = max(found, key=lambda c: (not looks[id(c)].localizer, *_rank(c, looks[id(c)], images)))
    look = looks[id(mr)]
    doubts = certain_of_named("MR", images[0], mr) if images else []
    doubts.extend(several_named("MR", len(found)))
    if look.weighting == "other":
        doubts.append("MR: by its header the series that was named is not T1-weighted.")
    if images and not any(overlaps(mr, x) for x in images):
        doubts.append(overlap_note("MR") if pet else "CT and MR do not overlap in space.")
    return MrChoice(mr, _reason(mr, look, images, found), (*doubts, *_doubts(mr, look, images)))


def _none_fits(found: Sequence[Candidate], looks: dict[int, MrLook]) -> list[str]:
    if not found:
        return []
    first = found[0]
    look = looks[id(first)]
    if all(looks[id(c)].weighting == "other" or looks[id(c)].localizer for c in found):
        return [
            f"No MR is read: none of the {len(found)} MR series is T1-weighted "
            f"(“{first.info.description}”: {look.sign})."
        ]
    return ["No MR is read: the MR series do not overlap with the PET and CT in space."]


def _rank(c: Candidate, look: MrLook, images: Sequence[Candidate]) -> tuple[float, ...]:
    assert c.stack is not None
    return (
        any(same_frame(c, x) for x in images),
        look.weighting == "T1",
        not look.contrast,
        not look.fat_suppressed,
        any(c.info.study_uid == x.info.study_uid for x in images),
        not not_axial(c.stack.images),
        len(c.stack.slices),
        -(c.info.number or 0),
    )


def _reason(
    mr: Candidate, look: MrLook, images: Sequence[Candidate], fitting: Sequence[Candidate]
) -> str:
    weighting = {"T1": "T1-weighted", "other": "not T1-weighted"}.get(
        look.weighting, "weighting unknown"
    )
    reason = f"MR “{mr.info.description}”: {weighting} ({look.sign}), {mr.info.images} images"
    if images:
        same = any(same_frame(mr, x) for x in images)
        reason += ", same frame of reference" if same else ", another frame of reference"
    if len(fitting) > 1:
        reason += f", best of {len(fitting)} MR series"
    return reason + "."


def _doubts(mr: Candidate, look: MrLook, images: Sequence[Candidate]) -> list[str]:
    doubts = []
    if look.weighting == "unknown":
        doubts.append("MR: the header does not say whether the series is T1-weighted.")
    if look.contrast:
        doubts.append("MR: the series seems to be taken after contrast agent.")
    if images and not any(same_frame(mr, x) for x in images):
        doubts.append(
            "MR and PET/CT have different frames of reference: they are not aligned; register "
            "them before comparing positions."
        )
    return doubts
