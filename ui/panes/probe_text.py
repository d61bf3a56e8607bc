"""What the status bar says of the voxels under the mouse."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from ui.kit import text
from viewers.scene.probe import Probe

#: What SUV is called on screen: the name stands before the number.
_NAMED = ("SUV", "SUL", "SUVbsa")


def _tr(words: str) -> str:
    return QCoreApplication.translate("probe", words)


def values_text(probe: Probe) -> str:
    """Values of PET, CT and MR with their units, each before that of what was derived from it."""
    derived = ""
    if probe.derived is not None:
        shown = _value(probe.derived, probe.derived_unit, probe.deviation)
        derived = _tr("derived {0}").format(shown)
    parts = []
    if probe.suv is not None:
        parts.append(_value(probe.suv, probe.unit))
    if derived and probe.derived_for == "pet":
        parts.append(derived)
    if probe.hu is not None:
        parts.append(_value(probe.hu, "HU"))
    if derived and probe.derived_for == "ct":
        parts.append(derived)
    if probe.mr is not None:
        parts.append(f"MR {text.significant(probe.mr)}")
    return "    ".join(parts)


def place_text(probe: Probe) -> str:
    """Position in mm by patient direction, and the voxel [k, j, i] of each image there."""
    letters = (("L", "R"), ("P", "A"), ("S", "I"))
    mm = "  ".join(
        f"{pair[int(x < 0)]} {text.number(abs(x), 1)}"
        for x, pair in zip(probe.point_lps_mm, letters, strict=True)
    )
    indices = (
        ("PET", probe.pet_index_kji),
        ("CT", probe.ct_index_kji),
        ("MR", probe.mr_index_kji),
    )
    voxels = [f"{name} [{', '.join(map(str, i))}]" for name, i in indices if i is not None]
    return "    ".join([f"{mm} mm", *voxels])


def _value(value: float, unit: str, deviation: float | None = None) -> str:
    """Write a value with its unit, and its standard deviation where there is one."""

    def written(x: float) -> str:
        if unit == "HU":
            return text.number(x, 0)
        # Attenuation is a few hundredths.
        return text.number(x, 3) if unit == "1/cm" else text.significant(x)

    said = written(value) if deviation is None else f"{written(value)} ± {written(deviation)}"
    if unit in _NAMED:
        return f"{unit} {said}"
    return f"{said} {'/cm' if unit == '1/cm' else unit}"
