"""Values that a rule of the SUV needs, judged, with the sentences that they give rise to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.core.study.plausible import body_doubts, judge_dose, judge_half_life
from app.core.study.provenance import SuvScale
from app.core.suv import formulas as suv
from app.core.suv.body import height_of, sex_of, weight_of
from app.core.suv.nuclides import NUCLIDES, Nuclide, nuclides_with
from app.io.suv.header import SuvHeader


@dataclass
class Work:
    """Values (as used, in kg, m, Bq, s) and notes collected while a rule is applied.

    ``missing`` are keywords that a person could type in, ``absent`` those of them that the header
    lacks, ``obstacles`` clauses on those that it states and that cannot be used. ``remarks`` are
    those of the warnings that put the number in no doubt.
    """

    headers: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    obstacles: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def lack(self, keyword: str, obstacle: str = "") -> None:
        """Note that a value is absent, or cannot be used for a reason."""
        self.missing.append(keyword)
        if obstacle:
            self.obstacles.append(obstacle)
        else:
            self.absent.append(keyword)

    @property
    def why(self) -> str:
        """What keeps the rule from being applied, as one clause."""
        lacking = [f"the header lacks {', '.join(self.absent)}"] if self.absent else []
        return "; ".join([*self.obstacles, *lacking])


def refused(work: Work, why: str) -> SuvScale:
    """Return that there is no SUV, for a reason given as a clause."""
    return SuvScale(
        None,
        None,
        "",
        work.headers,
        f"No SUV: {why}.",
        tuple(dict.fromkeys(work.missing)),
        tuple(dict.fromkeys(work.warnings)),
    )


def offered(
    kind: str,
    factor: float | None,
    rule: str,
    work: Work,
    frame_factors: Sequence[float] | None = None,
) -> SuvScale:
    """Return an SUV by a rule."""
    return SuvScale(
        kind,
        factor,
        rule,
        work.headers,
        "",
        tuple(dict.fromkeys(work.missing)),
        tuple(dict.fromkeys(work.warnings)),
        None if frame_factors is None else tuple(frame_factors),
        tuple(work.remarks),
    )


def note_body(header: SuvHeader, work: Work) -> None:
    """Say where weight, height and age do not fit one another, or the height is in another unit."""
    weight = weight_of(header.weight_kg)
    height = height_of(header.height_m, None if weight is None else weight.value)
    if height is None and header.height_m is not None and header.height_m > 0:
        work.warnings.append(
            f"PatientSize {header.height_m:g} is no height in m, cm or mm: it is not used."
        )
    elif height is not None and height.unit != "m":
        work.warnings.append(f"PatientSize {header.height_m:g} is taken as {height.unit}.")
    if weight is not None:
        metres = None if height is None else height.value
        work.warnings.extend(body_doubts(weight.value, metres, header.age_years))


def weight_kg(header: SuvHeader, work: Work) -> float | None:
    """Return the weight in kg, or note that it is missing."""
    weight = weight_of(header.weight_kg)
    if weight is None:
        stated = header.weight_kg
        why = _unread(header, "PatientWeight")
        if stated is not None:
            why = f"PatientWeight {stated:g} is no weight in kg or g"
        work.lack("PatientWeight", why)
        return None
    if weight.unit == "g":
        work.warnings.append(f"PatientWeight {header.weight_kg:g} is taken as grams.")
    work.headers["PatientWeight"] = weight.value
    return weight.value


def _unread(header: SuvHeader, keyword: str) -> str:
    """Return a clause on a value that the header states and nobody can read, or nothing."""
    stated = any(x.startswith(f"{keyword} ") for x in header.notes)
    return f"{keyword} is stated, but not as one number" if stated else ""


def height_m(header: SuvHeader, work: Work, weight: float | None) -> float | None:
    """Return the height in m, or note that it is missing."""
    height = height_of(header.height_m, weight)
    if height is None:
        work.lack("PatientSize")
        return None
    work.headers["PatientSize"] = height.value
    return height.value


def sex(header: SuvHeader, work: Work, needed: bool) -> suv.Sex:
    """Return the sex that a body formula is to take."""
    if not needed:
        return "O"
    work.headers["PatientSex"] = header.sex
    found = sex_of(header.sex)
    if found in ("M", "F"):
        return found
    work.warnings.append("PatientSex is not M or F: the mean of both formulas is used.")
    return "O"


def nuclides_of(header: SuvHeader) -> tuple[Nuclide, ...]:
    """Return every nuclide that the header names."""
    return tuple(NUCLIDES[name] for name in header.nuclides if name in NUCLIDES)


def dose_bq(header: SuvHeader, work: Work, weight: float | None) -> float | None:
    """Return the dose in Bq, or note that it is missing; without a weight it is not judged."""
    dose = header.dose_bq
    if dose is None or weight is None:
        if dose is None or not dose > 0:
            work.lack("RadionuclideTotalDose", _unread(header, "RadionuclideTotalDose"))
            return None
        return dose
    judged = judge_dose(dose, weight, _imaged(header))
    if judged.value is None:
        work.lack("RadionuclideTotalDose", judged.said if dose > 0 else "")
        return None
    if judged.said:
        work.warnings.append(judged.said)
    work.headers["RadionuclideTotalDose"] = judged.value
    return judged.value


def _imaged(header: SuvHeader) -> Nuclide | None:
    """Return the nuclide that is named, or that has the half-life; ``None`` in doubt."""
    named = nuclides_of(header)
    if len(named) > 1 or not named:
        fitting = nuclides_with(header.half_life_s or 0.0)
        return fitting[0] if fitting else None
    return named[0]


def half_life_s(header: SuvHeader, work: Work) -> float | None:
    """Return the half-life in s, or note that it is missing."""
    judged = judge_half_life(header.half_life_s, nuclides_of(header))
    if "RadionuclideHalfLife" in header.typed:
        # A person knows what the header does not; it is said where both disagree.
        if judged.value != header.half_life_s and judged.said:
            work.warnings.append(f"{judged.said.rstrip('.')}; the typed value is used.")
        work.headers["RadionuclideHalfLife"] = header.half_life_s
        return header.half_life_s
    if judged.value is None:
        unread = _unread(header, "RadionuclideHalfLife")
        work.lack("RadionuclideHalfLife", judged.said or unread)
        return None
    if judged.said:
        work.warnings.append(judged.said)
    work.headers["RadionuclideHalfLife"] = judged.value
    return judged.value
