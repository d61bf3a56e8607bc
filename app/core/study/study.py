"""A study as it was read: who, which series, which images, and why these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from app.core.space.alignment import RigidAlignment
from app.core.space.volume import Volume
from app.core.study.provenance import SuvScale


@dataclass(frozen=True)
class Patient:
    """Who was examined; shown on screen, never logged."""

    name: str = ""
    id: str = ""
    sex: str = ""
    birth_date: str = ""
    weight_kg: float | None = None
    height_m: float | None = None


@dataclass(frozen=True)
class Phases:
    """Time frames or gates of an image, of which one, or the mean of all, is shown.

    Parameters
    ----------
    series_uid
        Series of the image.
    kind
        What a phase is: ``"time frame"``, ``"gate"``, ``"phase"`` or ``"image"``.
    labels
        When each is: seconds of the scan, percent of the cycle; may be empty texts.
    shown
        Number of the one in the study (from 0), or `MEAN`.
    """

    MEAN: ClassVar[int] = -1

    series_uid: str
    kind: str
    labels: tuple[str, ...]
    shown: int = 0

    @property
    def sentence(self) -> str:
        """What is shown, for corners and panels: ``Time frame 3 of 20 (120–180 s)``."""
        if self.shown == self.MEAN:
            return f"Mean of {len(self.labels)} {self.kind}s"
        label = self.labels[self.shown]
        said = f"{self.kind.capitalize()} {self.shown + 1} of {len(self.labels)}"
        return f"{said} ({label})" if label else said


@dataclass(frozen=True)
class SeriesInfo:
    """One series of a folder, without its pixels.

    ``role`` says what Uptake takes it for: ``"PET AC"``, ``"PET NAC"``, ``"CT"``, ``"CT scout"``,
    ``"MR"``, ``"NM"``, ``"SEG"``, ``"RTSTRUCT"``, ``"RWV"``, ``"secondary capture"``, ``"other"``.
    ``interpolated`` are the grid slices [k] that were made between two images: not measured data.
    ``phases`` are those of a 4D series (`app.io.open.phases` shows another one).
    ``headers`` holds whatever the reader needs again (orientation, tracer, dates) as plain values.
    """

    uid: str
    study_uid: str
    modality: str
    description: str
    images: int
    role: str
    files: tuple[Path, ...] = ()
    number: int | None = None
    date: str = ""
    time: str = ""
    frame_of_reference_uid: str | None = None
    tracer: str = ""
    suv: SuvScale | None = None
    warnings: tuple[str, ...] = ()
    headers: Mapping[str, Any] = field(default_factory=dict)
    interpolated: tuple[int, ...] = ()
    phases: Phases | None = None


@dataclass(frozen=True)
class RefusedFile:
    """A file that was not taken, and why."""

    path: Path
    reason: str


@dataclass(frozen=True)
class Choice:
    """Which PET, which CT and which MR are read together, and why these."""

    pet_uid: str | None
    ct_uid: str | None
    why: str
    warnings: tuple[str, ...] = ()
    mr_uid: str | None = None


@dataclass(frozen=True, eq=False)
class Study:
    """An opened study. Each image keeps its own grid.

    ``pet`` holds SUVbw where the headers allow it; otherwise Bq/ml or counts (``suv.why`` says
    what is missing). ``aligned`` is false where PET and CT state different frames of reference:
    they are then never fused as if they were aligned. ``mr`` holds a T1-weighted MR in arbitrary
    units where there is one; a study may hold an MR alone. ``alignments`` says which images were
    moved since they were read, at most one a role; reading never moves any.
    """

    patient: Patient
    description: str
    date: str
    series: tuple[SeriesInfo, ...]
    choice: Choice
    pet: Volume | None
    ct: Volume | None
    suv: SuvScale | None
    aligned: bool
    warnings: tuple[str, ...] = ()
    refused: tuple[RefusedFile, ...] = ()
    source: str = ""
    others: Mapping[str, Volume] = field(default_factory=dict)
    mr: Volume | None = None
    alignments: tuple[RigidAlignment, ...] = ()

    def series_of(self, uid: str | None) -> SeriesInfo | None:
        """Return the series with this UID, or ``None`` where there is none."""
        return next((s for s in self.series if s.uid == uid), None)

    @property
    def images(self) -> dict[str, Volume]:
        """The images that there are, by role, in the order PET, CT, MR."""
        found = {"PET": self.pet, "CT": self.ct, "MR": self.mr}
        return {role: x for role, x in found.items() if x is not None}

    @property
    def main(self) -> Volume | None:
        """The image that stands for the study: the PET, without one the CT, or the MR."""
        return next(iter(self.images.values()), None)

    @property
    def under(self) -> Volume | None:
        """What lies under the PET: the CT, or the MR of a study without one."""
        return self.ct or self.mr

    @property
    def under_aligned(self) -> bool:
        """Whether a position in the PET is the same position in `under`, and the other way.

        Of a CT it is ``aligned``; an MR in its place has to share the PET's frame of reference and
        to overlap with it.
        """
        if self.ct is not None or self.mr is None or self.pet is None:
            return self.aligned
        return self.mr.grid.meets(self.pet.grid)

    @property
    def pet_suv(self) -> SuvScale | None:
        """How the values of the PET became SUV, or why not: also of a series shown in its place."""
        own = None if self.pet is None else self.series_of(self.pet.series_uid)
        return self.suv if own is None or own.uid == self.choice.pet_uid else own.suv

    @property
    def suv_doubts(self) -> tuple[str, ...]:
        """Sentences on what the PET's numbers rest on: marked wherever one of them stands.

        Why there is no SUV, or what its factor assumes; then what is said of the PET's own series
        (attenuation correction, images left out, geometry): a mean, a volume or a peak rests on
        that as well. Which time frame is shown is no doubt, nor is anything that is said of
        another image.
        """
        if self.pet is None:
            return ()
        scale, own = self.pet_suv, self.series_of(self.pet.series_uid)
        said = [] if scale is None else [scale.why if scale.type is None else "", *scale.doubts]
        said += [] if own is None else [x for x in own.warnings if not _on_phases(own, x)]
        return tuple(dict.fromkeys(x for x in said if x))

    @property
    def phases(self) -> tuple[Phases, ...]:
        """Phases of the images that were read from 4D series, PET first."""
        found = [self.series_of(x.series_uid) for x in self.images.values()]
        return tuple(x.phases for x in found if x is not None and x.phases is not None)


def _on_phases(series: SeriesInfo, sentence: str) -> bool:
    """Whether a sentence only says how many phases a series holds."""
    phases = series.phases
    return phases is not None and sentence.startswith(f"The series holds {len(phases.labels)} ")


def same_images(one: Study | None, other: Study | None) -> bool:
    """Whether two studies hold the same series on the same grids, aligned in the same way.

    They do when a header value was typed in, or another time frame is shown. Images without a
    series UID are never the same.
    """
    if one is None or other is None or one.aligned != other.aligned:
        return False
    mine, theirs = one.images, other.images
    return mine.keys() == theirs.keys() and all(
        x.series_uid == theirs[role].series_uid != "" and x.grid == theirs[role].grid
        for role, x in mine.items()
    )
