"""Changes as plain data: what a journal writes to a file, and makes changes of again.

JSON's kinds stand for themselves, and its lists for tuples. Everything else is an object with a
tag: the name of one of `TYPES` with its fields, an array by its name in `Entry.arrays`, or a kind
that JSON does not have. Nothing but `TYPES` is ever made from an entry.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt

from app.core.drawn import measurements, voi
from app.core.kit.errors import InputError
from app.core.lesions import analysis, biomarkers, lesion, segmentation
from app.core.lesions.labelmap import Labelmap
from app.core.space import alignment, grid, volume
from app.core.study import placement, provenance, study
from app.session.changes import kinds
from app.session.changes.change import Change

_TAG = "!"
_CHANGES = (
    kinds.Edit, kinds.ResultChange, kinds.RecoveryChange, kinds.SourceChange,
    kinds.MeasurementsChange, kinds.PlacementChange,
)  # fmt: skip
_PARTS = (
    kinds.RedrawnValues, segmentation.Patch, segmentation.Segmentation, lesion.Lesion,
    biomarkers.Biomarkers, biomarkers.Value, biomarkers.RecoveredValues, analysis.Measured,
    analysis.LesionAnalysis, grid.ImageGrid, volume.Volume, alignment.RigidAlignment,
    provenance.Provenance, provenance.SuvScale, placement.Placement, study.Choice,
    measurements.Measurements, measurements.Measurement, voi.Ruler, voi.Angle, voi.Sphere,
    voi.Ellipsoid, voi.Box, voi.Isocontour, voi.ThresholdRule,
)  # fmt: skip
_ENUMS = (
    lesion.LesionStatus, volume.Quantity, alignment.AlignmentSource, measurements.Role,
    measurements.Space, voi.ThresholdKind,
)  # fmt: skip
#: What an entry may hold, by the name that it has there.
TYPES: Mapping[str, type] = {x.__name__: x for x in (*_CHANGES, *_PARTS, *_ENUMS)}


@dataclass(frozen=True, eq=False)
class Entry:
    """A change as plain data.

    Parameters
    ----------
    data
        JSON's kinds only; numbers are finite.
    arrays
        By the names that ``data`` refers to.
    """

    data: dict[str, Any]
    arrays: dict[str, npt.NDArray[Any]]


def entry_of(change: Change) -> Entry:
    """Return a change as plain data; arrays that stand in several places are held once.

    Raises
    ------
    TypeError
        If it holds something that is not among `TYPES`.
    """
    writer = _Writer()
    data = writer.plain(change)
    return Entry(data, writer.arrays)


def change_of(entry: Entry) -> Change:
    """Return the change of an entry.

    Raises
    ------
    InputError
        If it is none, or one of another version of the program.
    """
    try:
        made = _made(entry.data, entry.arrays)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError("This entry of the journal cannot be read.") from error
    if not isinstance(made, _CHANGES):
        raise InputError("This entry of the journal is no change.")
    return made


@dataclass
class _Writer:
    arrays: dict[str, npt.NDArray[Any]] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    maps: dict[int, Any] = field(default_factory=dict)

    def plain(self, value: Any) -> Any:
        """Return a value in JSON's kinds."""
        if isinstance(value, Enum):
            return {_TAG: _name(value), "value": value.value}
        if value is None or isinstance(value, bool | str):
            return value if value is None or isinstance(value, bool) else str(value)
        if isinstance(value, np.generic):
            return self.plain(value.item())
        if isinstance(value, int):
            return int(value)
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else {_TAG: "float", "value": str(value)}
        if isinstance(value, np.ndarray):
            return {_TAG: "array", "name": self._array(value)}
        if isinstance(value, Labelmap):
            return self._labelmap(value)
        if isinstance(value, Mapping):
            pairs = [[self.plain(k), self.plain(v)] for k, v in value.items()]
            return {_TAG: "mapping", "pairs": pairs}
        if isinstance(value, Sequence):
            items = [self.plain(x) for x in value]
            return items if isinstance(value, tuple) else {_TAG: "list", "items": items}
        if is_dataclass(value):
            held = {x.name: self.plain(getattr(value, x.name)) for x in fields(value)}
            return {_TAG: _name(value), **held}
        raise TypeError(f"A journal cannot hold a {type(value).__name__}.")

    def _array(self, array: npt.NDArray[Any]) -> str:
        name = self.names.setdefault(id(array), f"a{len(self.arrays)}")
        self.arrays[name] = array
        return name

    def _labelmap(self, labels: Labelmap) -> Any:
        if id(labels) not in self.maps:
            slots, blocks = labels.to_blocks()
            self.maps[id(labels)] = {
                _TAG: "Labelmap",
                "shape_kji": list(labels.shape_kji),
                "slots": {_TAG: "array", "name": self._array(slots)},
                "blocks": {_TAG: "array", "name": self._array(blocks)},
            }
        return self.maps[id(labels)]


def _name(value: object) -> str:
    name = type(value).__name__
    if TYPES.get(name) is not type(value):
        raise TypeError(f"A journal cannot hold a {name}.")
    return name


def _made(data: Any, arrays: Mapping[str, npt.NDArray[Any]]) -> Any:
    if isinstance(data, list):
        return tuple(_made(x, arrays) for x in data)
    if not isinstance(data, dict):
        return data
    tag = data[_TAG]
    held = {key: x for key, x in data.items() if key != _TAG}
    if tag == "float":
        return float(held["value"])
    if tag == "array":
        return arrays[held["name"]]
    if tag == "mapping":
        return {_made(k, arrays): _made(v, arrays) for k, v in held["pairs"]}
    if tag == "list":
        return [_made(x, arrays) for x in held["items"]]
    values = {key: _made(x, arrays) for key, x in held.items()}
    if tag == "Labelmap":
        return Labelmap.from_blocks(**values)
    if issubclass(TYPES[tag], Enum):
        return TYPES[tag](values["value"])
    return TYPES[tag](**values)
