"""Actions of the measuring tools: the Measure menu and the tool bar."""

from __future__ import annotations

from dataclasses import dataclass

from ui.actions.situation import Situation, with_pet, with_study
from ui.actions.spec import ActionSpec

#: Tools of the left hand: name of the action, and of the tool in `viewers.scene.wishes.tools.Tool`.
TOOLS: dict[str, str] = {
    "tool_crosshair": "crosshair",
    "tool_ruler": "ruler",
    "tool_angle": "angle",
    "tool_sphere": "sphere",
    "tool_sphere_1cm": "sphere-1cm",
    "tool_sphere_3cm": "sphere-3cm",
    "tool_box": "box",
    "tool_ellipsoid": "ellipsoid",
    "tool_isocontour": "isocontour",
    "tool_liver": "liver",
    "tool_aorta": "aorta",
}
#: A line before these in the tool bar, as before their sections in the menu.
BREAKS = ("tool_ruler", "tool_sphere", "tool_isocontour", "tool_liver", "measurements")


@dataclass(frozen=True)
class MeasureState:
    """Whether anything is measured, and whether a measurement is chosen."""

    measured: bool = False
    chosen: bool = False


def with_measurements(situation: Situation) -> bool:
    """Whether anything is measured."""
    return situation.of(MeasureState).measured


def with_chosen(situation: Situation) -> bool:
    """Whether a measurement is chosen."""
    return situation.of(MeasureState).chosen


MEASURE_SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "tool_crosshair",
        "Measure",
        "Crosshair",
        "Move the crosshair; take hold of a measurement to move it",
        keys=("Esc",),
        icon="crosshair",
        checkable=True,
        section="crosshair",
        when=with_study,
    ),
    ActionSpec(
        "tool_ruler",
        "Measure",
        "Ruler",
        "Drag from end to end of a distance",
        keys=("Alt+R",),
        icon="ruler",
        checkable=True,
        section="lines",
        when=with_study,
    ),
    ActionSpec(
        "tool_angle",
        "Measure",
        "Angle",
        "Drag the first arm towards the apex, then click the end of the second",
        keys=("Alt+G",),
        icon="angle",
        checkable=True,
        section="lines",
        when=with_study,
    ),
    ActionSpec(
        "tool_sphere",
        "Measure",
        "Sphere",
        "Drag a sphere from its middle to its rim, or click for the usual diameter",
        keys=("Alt+S",),
        icon="sphere",
        checkable=True,
        section="shapes",
        when=with_study,
    ),
    ActionSpec(
        "tool_sphere_1cm",
        "Measure",
        "Sphere 1 cm",
        "Place a 1 cm sphere",
        keys=("Alt+1",),
        icon="sphere-1",
        checkable=True,
        section="shapes",
        when=with_study,
    ),
    ActionSpec(
        "tool_sphere_3cm",
        "Measure",
        "Sphere 3 cm",
        "Place a 3 cm sphere",
        keys=("Alt+3",),
        icon="sphere-3",
        checkable=True,
        section="shapes",
        when=with_study,
    ),
    ActionSpec(
        "tool_box",
        "Measure",
        "Box",
        "Drag a box from corner to corner; handles in the other planes set its depth",
        keys=("Alt+B",),
        icon="box",
        checkable=True,
        section="shapes",
        when=with_study,
    ),
    ActionSpec(
        "tool_ellipsoid",
        "Measure",
        "Ellipsoid",
        "Drag an ellipsoid from corner to corner; handles in the other planes set its depth",
        keys=("Alt+E",),
        icon="ellipsoid",
        checkable=True,
        section="shapes",
        when=with_study,
    ),
    ActionSpec(
        "tool_isocontour",
        "Measure",
        "Isocontour",
        "Drag a ball over an uptake: what is as hot as the threshold grows from its hottest voxel",
        keys=("Alt+I",),
        icon="isocontour",
        checkable=True,
        section="uptake",
        when=with_pet,
    ),
    ActionSpec(
        "tool_liver",
        "Measure",
        "Liver reference",
        "Click into the right lobe of the liver: a 3 cm sphere, and the PERCIST threshold from it",
        keys=("Alt+L",),
        icon="liver",
        checkable=True,
        section="references",
        when=with_pet,
    ),
    ActionSpec(
        "tool_aorta",
        "Measure",
        "Blood pool reference",
        "Click into the aorta: a 1 cm sphere, for PERCIST where the liver cannot be used",
        keys=("Alt+A",),
        icon="aorta",
        checkable=True,
        section="references",
        when=with_pet,
    ),
    ActionSpec(
        "measurements",
        "Measure",
        "Measurements",
        "Show the table of measurements with their values",
        keys=("Alt+M",),
        icon="measurements",
        checkable=True,
        section="table",
    ),
    ActionSpec(
        "measurement_delete",
        "Measure",
        "Delete measurement",
        "Delete the chosen measurements; undo brings them back",
        keys=("Del",),
        icon="reject",
        section="table",
        when=with_chosen,
    ),
    ActionSpec(
        "measurement_rename",
        "Measure",
        "Rename measurement",
        "Type another name for the chosen measurement",
        keys=("F2",),
        section="table",
        when=with_chosen,
    ),
    ActionSpec(
        "measurement_export",
        "Measure",
        "Export measurements…",
        "Write the measurements as CSV, JSON and DICOM SR (TID 1500) to a folder",
        keys=("Ctrl+Alt+E",),
        icon="export",
        section="table",
        when=with_measurements,
    ),
)
