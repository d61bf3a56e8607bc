"""Random PET series with a known truth, and up to two faults: the property that is tested.

Small images; one seed gives one study, for ever.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tests.support.faults.fault import ANY, NOTHING, Fault
from tests.support.faults.variants import variants
from tests.support.made.files import COMPRESSED, MadeStudy
from tests.support.made.recipe import TRACERS, Recipe
from tests.support.made.series import study_of
from tests.support.trials.verdict import Expected

#: Kinds whose faults are told by times, tracer or units, so that these stay as the fault needs.
_OF_PHYSICS = ("times", "plausibility", "enhanced")
_KINDS = ("encoding", "numbers", "mixed series", "damaged", "pictures", *_OF_PHYSICS)
#: These stand on the places of the larger images.
_PLACED = ("06-", "08-", "17-f_nan_in", "17-f_inf_in", "17-f_float_absurd", "22-h", "22-j", "22-l")


@dataclass(frozen=True)
class Drawn:
    """One random case."""

    seed: int
    recipe: Recipe
    faults: tuple[Fault, ...]

    def __str__(self) -> str:
        plain = Recipe()
        changed = {
            name: value
            for name, value in vars(self.recipe).items()
            if value != getattr(plain, name)
        }
        names = ", ".join(x.name for x in self.faults) or "no fault"
        return f"seed {self.seed}: {names}; {changed}"

    def study(self) -> MadeStudy:
        """Return the study with its faults."""
        study = study_of(self.recipe)
        for fault in self.faults:
            fault.apply(study)
        return study

    def expected(self, study: MadeStudy) -> Expected:
        """Return what is right: with faults, values that differ want a note on one of them."""
        if not self.faults:
            return Expected({"L1": study.made.truth}, accepted=ANY)
        single = [x.expected(study) for x in self.faults]
        known = all(x.truth is not None for x in single)
        notes = [x.note for x in single if x.note != NOTHING]
        bounds = [x.bound for x in single if x.bound is not None]
        return Expected(
            single[-1].truth if known else None,
            "|".join(notes) or NOTHING,
            bound=bounds[0] if bounds else None,
        )


def usable() -> tuple[Fault, ...]:
    """Return the faults that may meet any PET of their recipe."""
    return tuple(
        x
        for x in variants()
        if x.kind in _KINDS
        and x.command == "measure"
        and x.path == "study"
        and not x.name.startswith(_PLACED)
        and not x.recipe.get("with_ct")
        and x.truth is None
    )


def drawn(seed: int, most_faults: int = 2) -> Drawn:
    """Return the case of a seed."""
    rng = random.Random(seed)
    faults = usable()
    chosen: list[Fault] = []
    for _ in range(rng.choice(range(most_faults + 1))):
        fault = rng.choice(faults)
        if all(_together(fault, x) for x in chosen):
            chosen.append(fault)
    needed: dict[str, Any] = {}
    for fault in chosen:
        needed.update(fault.recipe)
    recipe = Recipe(**{**_geometry(rng, chosen), **_physics(rng, chosen), **needed})
    if recipe.layout == "enhanced" and recipe.units == "CNTS":
        recipe = replace(recipe, units="BQML")
    return Drawn(seed, recipe, tuple(chosen))


def _together(a: Fault, b: Fault) -> bool:
    """Whether two faults can meet: of different kinds, with recipes that agree."""
    same = {x for x in a.recipe if x in b.recipe and a.recipe[x] != b.recipe[x]}
    enhanced = [x.kind == "enhanced" for x in (a, b)]
    # One that says how an SUV is stated, and one that spoils what another way needs, say nothing.
    physics = a.kind in _OF_PHYSICS and b.kind in _OF_PHYSICS
    return a.kind != b.kind and not same and not any(enhanced) and not physics


def _geometry(rng: random.Random, faults: list[Fault]) -> Mapping[str, Any]:
    encodings = ["explicit"] * 4 + ["implicit", "big", "deflated", "bare", *COMPRESSED]
    free = not any(x.kind in ("encoding", "damaged", "pictures", "numbers") for x in faults)
    return {
        "shape_kji": rng.choice(((6, 8, 8), (7, 8, 9), (8, 9, 8))),
        "spacing_kji_mm": rng.choice(
            ((3.0, 5.0, 4.0), (2.0, 2.0, 2.0), (4.25, 1.171875, 1.171875))
        ),
        "origin_lps_mm": tuple(round(rng.uniform(-900, 900), 2) for _ in range(3)),
        "turned_deg": rng.choice(((0.0, 0.0, 0.0),) * 3 + ((10.0, 20.0, 30.0), (0.0, 90.0, 0.0))),
        "from_head": rng.random() < 0.5,
        "slopes_differ": rng.random() < 0.4,
        "signed": rng.random() < 0.8,
        "encoding": rng.choice(encodings) if free else "explicit",
        "layout": "enhanced" if not faults and rng.random() < 0.3 else "classic",
    }


def _physics(rng: random.Random, faults: list[Fault]) -> Mapping[str, Any]:
    if any(x.kind in _OF_PHYSICS or "one_" in x.name for x in faults):
        return {}
    tracer = rng.choice(list(TRACERS))
    long_lived = TRACERS[tracer].half_life_s > 40000
    units = rng.choice(("BQML",) * 5 + ("GML", "GML", "CM2ML", "CNTS"))
    kinds = {"GML": ("", "BW", "LBM", "LBMJAMES128", "LBMJANMA", "IBW"), "CM2ML": ("", "BSA")}
    weight = round(rng.uniform(45.0, 110.0), 1)
    return {
        "tracer": tracer,
        "dose_bq": float(round(weight * rng.uniform(2.5e6, 6.0e6))),
        "weight_kg": weight,
        "height_m": round(rng.uniform(1.55, 1.95), 2),
        "sex": rng.choice("MF"),
        "units": units,
        "suv_type": rng.choice(kinds.get(units, ("",))),
        "decay": rng.choice(("START", "START", "ADMIN", "NONE")) if units == "BQML" else "START",
        "started": datetime(2024, rng.randint(1, 12), rng.randint(1, 28), rng.randint(0, 23), 17),
        "bed_s": rng.choice((0.0, 0.0, 5.0)),
        "zone": rng.choice(("", "", "", "+0100", "-0530")),
        "dated": long_lived or rng.random() < 0.7,
        "intercept": 0.0,
    }
