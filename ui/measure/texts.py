"""Measurements in words: what stands beside them on the panes, in the table and below it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from app.core.drawn.measurements import Measurement, Role
from app.core.drawn.percist import FACTORS, SD_FACTOR, PercistThreshold
from app.core.drawn.voi import (
    Angle,
    Box,
    Ellipsoid,
    Isocontour,
    Ruler,
    ThresholdKind,
    ThresholdRule,
)
from app.core.drawn.voi_statistics import MeasuredShape, Statistics
from ui.kit import text

#: Units of PETs on screen; others are written as they are.
_SHORT = {"SUVbw": "SUV", "SUVlbm": "SUL", "SUVbsa": "SUV", "SUVibw": "SUV"}
_HU_DECIMALS = 0


def tr(words: str) -> str:
    """Translate a text of the measurements."""
    return QCoreApplication.translate("measurements", words)


def short_unit(unit: str) -> str:
    """Return a unit as readers write it: SUV, SUL, HU, Bq/ml."""
    return _SHORT.get(unit, unit)


def value(number: float | None, unit: str) -> str:
    """Write a value of an image: three figures of SUV, whole HU."""
    if unit == "HU":
        return text.number(number, _HU_DECIMALS)
    return text.significant(number)


def mean_and_sd(found: Statistics | None) -> str:
    """Write ``SUV 2.13 ± 0.21``, or nothing where there is no voxel."""
    if found is None or found.voxels == 0:
        return ""
    unit = short_unit(found.unit)
    return f"{unit} {value(found.mean, found.unit)} ± {value(found.sd, found.unit)}"


def size_text(item: Measurement, values: MeasuredShape | None) -> str:
    """Write the size of a measurement: length, angle, diameter, extents, volume."""
    shape = item.shape
    if isinstance(shape, Ruler):
        return f"{text.number(shape.length_mm, 1)} mm"
    if isinstance(shape, Angle):
        return f"{text.number(shape.degrees, 1)}°"
    if isinstance(shape, Isocontour):
        return f"{text.significant(None if values is None else values.volume_ml)} ml"
    if isinstance(shape, Box | Ellipsoid):
        return "×".join(text.number(0.2 * x, 1) for x in shape.half_lps_mm) + " cm"
    return f"⌀ {text.number(0.2 * shape.radius_mm, 1)} cm"


def mark_lines(item: Measurement, values: MeasuredShape | None) -> tuple[str, ...]:
    """Write the numbers that stand beside a measurement on the panes."""
    if isinstance(item.shape, Ruler | Angle):
        return (size_text(item, values),)
    if values is None:
        return (tr("measuring …"),)
    lines = [mean_and_sd(values.pet), mean_and_sd(values.under)]
    if values.region is not None and values.pet is not None and values.pet.voxels:
        unit = short_unit(values.pet.unit)
        first = tr("{0} max {1}").format(unit, value(values.pet.maximum, values.pet.unit))
        lines = [first, *lines, f"{text.significant(values.volume_ml)} ml"]
    return tuple(x for x in lines if x)


@dataclass(frozen=True)
class Details:
    """What stands below the table: rows of name, PET and CT, then sentences."""

    title: str
    heads: tuple[str, str]
    rows: tuple[tuple[str, str, str], ...]
    notes: tuple[str, ...]


def details(item: Measurement, values: MeasuredShape | None) -> Details:
    """Return everything that is known of one measurement."""
    if isinstance(item.shape, Ruler | Angle):
        return Details(item.name, ("", ""), (), (size_text(item, values),))
    if values is None:
        return Details(item.name, ("", ""), (), (tr("Measured in the background …"),))
    pet, under = values.pet, values.under
    heads = tuple("" if x is None else short_unit(x.unit) for x in (pet, under))
    fields = (
        (tr("Mean"), "mean"),
        (tr("SD"), "sd"),
        (tr("Median"), "median"),
        (tr("Minimum"), "minimum"),
        (tr("Maximum"), "maximum"),
        (tr("Peak (1 ml)"), "peak"),
    )
    rows = [(name, _field(pet, key), _field(under, key)) for name, key in fields]
    rows.append((tr("Voxels"), _count(pet), _count(under)))
    rows.append((tr("Volume of voxels, ml"), _voxel_volume(pet), _voxel_volume(under)))
    if values.region is not None:
        rows.append((tr("TLG, ml"), text.significant(values.tlg), ""))
        rows.append((tr("Threshold"), text.significant(values.threshold), ""))
    notes = []
    if values.region is None:
        notes.append(tr("Volume of the shape {0} ml").format(text.significant(values.volume_ml)))
    return Details(item.name, (heads[0], heads[1]), tuple(rows), (*notes, *_notes(item, values)))


def _notes(item: Measurement, values: MeasuredShape) -> list[str]:
    found = []
    region = values.region
    if isinstance(item.shape, Isocontour):
        found.append(rule_text(item.shape.rule))
    if region is not None and region.voxels is None:
        found.append(tr("No voxel of the ball reaches the threshold: lower it, or move the ball."))
    if region is not None and item_is_adapted(item):
        words = tr("Background {0}, SUVpeak {1}")
        numbers = (text.significant(region.background), text.significant(region.peak))
        found.append(words.format(*numbers))
    if region is not None and region.cut_off:
        found.append(tr("Cut off at twice the ball's radius: drag a larger ball."))
    if region is not None and region.hotter_outside:
        found.append(tr("The contour holds voxels hotter than those of the ball: move the ball."))
    empty = [x for x in (values.pet, values.under) if x is not None and not x.voxels]
    if empty and region is None:
        found.append(tr("No voxel centre lies in the shape on one of the images."))
    return found


def item_is_adapted(item: Measurement) -> bool:
    """Whether the threshold of a measurement adapts to the background."""
    shape = item.shape
    return isinstance(shape, Isocontour) and shape.rule.kind is ThresholdKind.BACKGROUND_ADAPTED


def rule_text(rule: ThresholdRule) -> str:
    """Say what a threshold is."""
    if rule.kind is ThresholdKind.FIXED:
        return tr("Fixed threshold {0}").format(text.significant(rule.value))
    if rule.kind is ThresholdKind.PERCENT_OF_MAX:
        return tr("{0} of the maximum").format(text.percent(rule.value))
    words = tr("Background + {0} of (SUVpeak − background)")
    return words.format(text.percent(rule.value))


def percist_texts(found: PercistThreshold | None) -> tuple[str, str]:
    """Write the PERCIST threshold, and what it was computed from."""
    if found is None:
        return "", tr(
            "Place a liver reference (3 cm in the right lobe), or one in the aorta where the liver "
            "cannot be used: the PERCIST threshold follows."
        )
    unit = short_unit(found.unit)
    shown = f"{unit} {text.significant(found.value)}"
    if found.sul is not None and found.unit != "SUVlbm":
        shown = f"SUL {text.significant(found.sul)}  ({shown})"
    name = {Role.LIVER: tr("liver"), Role.BLOOD_POOL: tr("blood pool")}[found.role]
    words = tr("{0} × mean + {1} × SD of the {2}: {0} × {3} + {1} × {4} {5}").format(
        text.number(FACTORS[found.role], 1),
        text.number(SD_FACTOR, 0),
        name,
        text.significant(found.mean),
        text.significant(found.sd),
        unit,
    )
    return shown, f"{words}\n{found.scale.rule or found.scale.why}"


def _field(found: Statistics | None, key: str) -> str:
    if found is None:
        return ""
    # A CT has no peak.
    if key == "peak" and found.unit == "HU":
        return ""
    return value(getattr(found, key), found.unit)


def _count(found: Statistics | None) -> str:
    return "" if found is None else text.number(found.voxels, 0)


def _voxel_volume(found: Statistics | None) -> str:
    return "" if found is None else text.significant(found.voxel_volume_ml)
