"""What the display panel and its menus list: units, ranges, ways of fusion."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from app.core.space.volume import Quantity, Volume
from app.core.study.display_units import PetUnit, native_unit, unit_obstacle
from app.core.study.study import Study
from app.core.study.tracers import range_of_study, tracer_ranges
from ui.display.saved_windows import SavedWindows
from ui.kit import text
from viewers.make.fusion import FusionMode
from viewers.scene.scene import Scene


def _tr(words: str) -> str:
    return QCoreApplication.translate("display", words)


def of_tracers(words: str) -> str:
    """Translate a title or source of ``resources/tracers.toml``."""
    return QCoreApplication.translate("tracers", words)


def palette_title(title: str) -> str:
    """Translate the title of a colour map; a reader's own has no translation and stays."""
    return QCoreApplication.translate("palettes", title)


@dataclass(frozen=True)
class ListedUnit:
    """A unit in a list; ``obstacle`` says why it cannot be had."""

    unit: PetUnit
    title: str
    obstacle: str
    native: bool


@dataclass(frozen=True)
class ListedRange:
    """A PET range in a list: title, bounds in the PET's own unit, and where it comes from.

    ``fits`` is true of the range for the study's tracer, and of those that the reader saved.
    """

    title: str
    bounds: tuple[float, float]
    source: str
    fits: bool


def unit_title(unit: PetUnit) -> str:
    """Return what a unit is called where there is room."""
    return {PetUnit.SUV_BW: "SUVbw"}.get(unit, str(unit))


def units(study: Study | None) -> list[ListedUnit]:
    """Return the units of a study's PET, also those that cannot be had."""
    if study is None or study.pet is None:
        return []
    native = native_unit(study)
    return [ListedUnit(x, unit_title(x), unit_obstacle(study, x), x is native) for x in PetUnit]


def unit_decimals(unit: PetUnit | None, pet: Volume | None) -> int:
    """Digits behind the point of a PET's bounds."""
    if unit is None:
        return 1 if pet is None else 0
    return {PetUnit.BQML: 0, PetUnit.SUV_BSA: 2}.get(unit, 1)


def pet_ranges(scene: Scene, saved: SavedWindows) -> list[ListedRange]:
    """Return the ranges for a PET: those of tracers, written in the shown unit, and saved ones."""
    pet = scene.pet
    if pet is None:
        return []
    factor = scene.unit.factor
    listed = []
    usual = None if scene.study is None else range_of_study(scene.study)
    if pet.quantity is Quantity.SUV_BW:
        for x in tracer_ranges():
            title = f"{of_tracers(x.title)}  0–{_bound(x.upper * factor)}"
            source = of_tracers(x.source)
            listed.append(ListedRange(title, (0.0, x.upper), source, x is usual))
    mine = _tr("Saved by you")
    for own in saved.pet(str(pet.quantity)):
        low, high = (_bound(x * factor) for x in own.values)
        listed.append(ListedRange(f"{own.name}  {low}–{high}", own.values, mine, True))
    return listed


def fusion_modes() -> list[tuple[str, str, str]]:
    """Return the ways of fusion: name, title, explanation."""
    return [
        (FusionMode.OPACITY, _tr("Opacity"), _tr("The PET has one weight everywhere")),
        (
            FusionMode.RISING,
            _tr("Rising with uptake"),
            _tr("Faint uptake lets the CT through, strong uptake covers it"),
        ),
        (
            FusionMode.CHECKERBOARD,
            _tr("Checkerboard"),
            _tr("CT alone and with the PET in turn, square by square"),
        ),
        (
            FusionMode.SWIPE,
            _tr("Swipe"),
            _tr("CT alone to the left of a line, with the PET to its right; drag the line"),
        ),
    ]


def _bound(value: float) -> str:
    """Write a bound as short as it can be: 7, 2.5, 41 200."""
    if abs(value) >= 100:
        return text.number(value, 0)
    return text.number(value, 0 if abs(value - round(value)) < 0.005 else 1)
