"""Where the CT or the MR of a study lies: as read, or moved by an alignment. The PET stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.core.kit.errors import InputError
from app.core.space.alignment import AlignmentSource, RigidAlignment, as_read, moved_grid
from app.core.space.grid import ImageGrid
from app.core.space.volume import Volume
from app.core.study.derived import DerivedImage
from app.core.study.study import Choice, Study

#: Images that can be moved onto the PET, in the order in which they are offered.
MOVABLE = ("CT", "MR")


@dataclass(frozen=True, eq=False)
class Placement:
    """Where one image of a study lies, and what was said of it; ``alignment`` is ``None`` as read.

    Parameters
    ----------
    role
        ``CT`` or ``MR``.
    grid
        Of that image.
    alignment
        What moved it from where it was read.
    aligned
        `Study.aligned` with it.
    warnings, choice
        `Study.warnings` and `Study.choice` with it.
    """

    role: str
    grid: ImageGrid
    alignment: RigidAlignment | None
    aligned: bool
    warnings: tuple[str, ...]
    choice: Choice


def movable_roles(study: Study | None) -> tuple[str, ...]:
    """Which images of a study can be moved onto its PET."""
    if study is None or study.pet is None:
        return ()
    return tuple(role for role in MOVABLE if image_of(study, role) is not None)


def wants_alignment(study: Study) -> bool:
    """Whether a CT or an MR of the study is in another frame of reference than its PET."""
    return bool(apart_roles(study))


def apart_roles(study: Study | None) -> tuple[str, ...]:
    """Which images of a study are in another frame of reference than its PET."""
    if study is None or study.pet is None:
        return ()
    here = study.pet.grid
    images = [(role, image_of(study, role)) for role in movable_roles(study)]
    return tuple(role for role, x in images if x is not None and not here.same_space(x.grid))


def fused_as_read(study: Study) -> Study:
    """Return the study with CT and MR taken into the PET's frame of reference as they lie.

    Only on the word of a person who knows that they fit: it stands in the warnings and in
    `Study.alignments`. Images of the PET's own frame stay as they are.
    """
    for role in apart_roles(study):
        study = placed(study, aligned_placement(study, as_it_lies(study, role)))
    return study


def as_it_lies(study: Study, role: str) -> RigidAlignment:
    """Return the alignment that takes an image into the PET's frame of reference unmoved.

    Raises
    ------
    InputError
        As `pair_of`.
    """
    fixed, moving = pair_of(study, role)
    return as_read(moving, fixed, role, AlignmentSource.AS_READ)


def image_of(study: Study, role: str) -> Volume | None:
    """Return the CT or the MR of a study, where it lies now."""
    return study.images.get(role)


def overlap_note(role: str) -> str:
    """Say that the CT or the MR lies nowhere in the PET."""
    return f"PET and {role} do not overlap in space."


def alignment_of(study: Study, role: str) -> RigidAlignment | None:
    """Return what moved an image of a study, or ``None`` where it lies as read."""
    return next((x for x in study.alignments if x.moving_role == role), None)


def pair_of(study: Study, role: str) -> tuple[Volume, Volume]:
    """Return the fixed PET and the moving image as it was read.

    Raises
    ------
    InputError
        If the PET is to be moved, or one of the two is not there.
    """
    if role == "PET":
        raise InputError(
            "The PET keeps its place: outlines and numbers lie on it.",
            "Align the CT or the MR to the PET instead.",
        )
    moving = image_of(study, role)
    if study.pet is None or moving is None:
        missing = "PET" if study.pet is None else role
        raise InputError(
            f"This study has no {missing}, so there is nothing to align.",
            "Open a study that holds both.",
        )
    applied = alignment_of(study, role)
    if applied is None:
        return study.pet, moving
    return study.pet, replace(moving, grid=_as_read(moving.grid, applied))


def start_alignment(study: Study, role: str) -> RigidAlignment:
    """Return what moved an image so far; the alignment that moves nothing where nothing did."""
    fixed, moving = pair_of(study, role)
    return alignment_of(study, role) or as_read(moving, fixed, role)


def placement_of(study: Study, role: str) -> Placement:
    """Return where an image of a study lies now.

    Raises
    ------
    InputError
        If it is not there.
    """
    image = image_of(study, role)
    if image is None:
        raise InputError(f"This study has no {role}.", "Open a study that holds one.")
    applied = alignment_of(study, role)
    return Placement(role, image.grid, applied, study.aligned, study.warnings, study.choice)


def aligned_placement(study: Study, alignment: RigidAlignment) -> Placement:
    """Return where the moving image of an alignment lies with it.

    The warning that the frames of reference differ goes, and what was done is said in its place.

    Raises
    ------
    InputError
        As `pair_of`; or if the alignment was made for another series.
    """
    role = alignment.moving_role
    fixed, moving = pair_of(study, role)
    if (alignment.moving_uid, alignment.fixed_uid) != (moving.series_uid, fixed.series_uid):
        raise InputError(
            "This alignment was made for other series.", "Align the images of the open study."
        )
    now = placement_of(study, role)
    nothing = alignment.changes_nothing
    if nothing and now.alignment is None:
        return now
    before = "" if now.alignment is None else now.alignment.sentence()
    said = [x for x in _without_place(study.warnings, role) if x != before]
    grid = moving.grid if nothing else moved_grid(moving.grid, alignment)
    if not grid.overlaps(fixed.grid):
        said.insert(0, overlap_note(role))
    return Placement(
        role,
        grid,
        None if nothing else alignment,
        study.aligned or role == "CT",
        tuple(said if nothing else (alignment.sentence(), *said)),
        replace(study.choice, warnings=tuple(_without_place(study.choice.warnings, role))),
    )


def placed(study: Study, placement: Placement) -> Study:
    """Return the study with one image in another place; everything else is shared."""
    image = image_of(study, placement.role)
    assert image is not None
    moved = replace(image, grid=placement.grid)
    others = tuple(x for x in study.alignments if x.moving_role != placement.role)
    new = () if placement.alignment is None else (placement.alignment,)
    return replace(
        study,
        ct=moved if placement.role == "CT" else study.ct,
        mr=moved if placement.role == "MR" else study.mr,
        aligned=placement.aligned,
        warnings=placement.warnings,
        choice=placement.choice,
        alignments=(*others, *new),
    )


def preview_study(study: Study, alignment: RigidAlignment) -> Study:
    """Return the study as it would be with an alignment, to look at: nothing is applied.

    An MR stands in the CT's place, so that it can be seen under the PET.
    """
    shown = placed(study, aligned_placement(study, alignment))
    if alignment.moving_role != "MR":
        return shown
    return replace(shown, ct=shown.mr, mr=None, aligned=True)


def derived_follow(
    derived: Sequence[DerivedImage], before: Placement, after: Placement, uid: str
) -> tuple[DerivedImage, ...]:
    """Return derived images with those made from a moved image (and lying on it) moved along."""
    return tuple(
        _followed(x, before, after)
        if uid in x.source_uids.values() and x.kind.stands_for == "ct"
        else x
        for x in derived
    )


def _followed(image: DerivedImage, before: Placement, after: Placement) -> DerivedImage:
    change = after.grid.affine_lps_mm @ before.grid.inverse_affine

    def follow(volume: Volume) -> Volume:
        grid, frame = volume.grid, after.grid.frame_of_reference_uid
        affine = change @ grid.affine_lps_mm
        affine[3] = (0.0, 0.0, 0.0, 1.0)  # rounding of the product
        return replace(volume, grid=ImageGrid(grid.shape_kji, affine, frame))

    kept = [x for x in image.provenance.alignments if x.moving_role != after.role]
    new = [] if after.alignment is None else [after.alignment]
    return replace(
        image,
        volume=follow(image.volume),
        deviation=None if image.deviation is None else follow(image.deviation),
        provenance=replace(image.provenance, alignments=(*kept, *new)),
    )


def resting_grid(study: Study) -> ImageGrid | None:
    """Grid that a view of the study is fitted to: it must not move with an image that is nudged.

    The CT's as it was read where that was in the PET's frame of reference, otherwise the PET's.
    """
    ct = study.ct
    if ct is None or study.pet is None:
        return None if study.main is None else study.main.grid
    applied = next((x for x in study.alignments if x.moving_uid == ct.series_uid), None)
    if applied is None:
        return ct.grid
    if applied.joins_frames:
        return study.pet.grid
    return _as_read(ct.grid, applied)


def seen_otherwise(study: Study, seen: Sequence[RigidAlignment], roles: Sequence[str]) -> list[str]:
    """Say which images lay elsewhere when a result was made.

    Parameters
    ----------
    seen
        Alignments under which the result was made.
    roles
        Images that the result was made from.
    """
    sentences = []
    for role in roles:
        then = next((x for x in seen if x.moving_role == role), None)
        now = alignment_of(study, role)
        if then is not now:
            sentences.append(
                f"The {role} was moved after the lesions were found: the network saw it in its "
                "earlier place."
            )
    return sentences


def _as_read(grid: ImageGrid, applied: RigidAlignment) -> ImageGrid:
    affine = applied.inverse().matrix_lps_mm @ grid.affine_lps_mm
    return ImageGrid(grid.shape_kji, affine, applied.moving_frame_uid)


#: How sentences of the readers on the place of an image begin; an alignment makes them untrue.
_ON_PLACE = {"CT": ("PET and CT ",), "MR": ("PET and MR ", "MR and PET")}


def _without_place(sentences: Sequence[str], role: str) -> list[str]:
    return [x for x in sentences if not x.startswith(_ON_PLACE[role])]
