"""Actions of the measuring tools: the Measure menu and the tool bar."""

from __future__ import annotations

from ui.actions.spec import ActionSpec

MENU = "Measure"

#: Tools of the left hand: name of the action, and of the tool in `viewers.desk.tools.Tool`.
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
#: Tools that measure uptake: they need a PET.
PET_TOOLS = ("tool_isocontour", "tool_liver", "tool_aorta")
#: A line before these, in the menu and in the tool bar.
BREAKS = ("tool_ruler", "tool_sphere", "tool_isocontour", "tool_liver", "measurements")

TOOL_SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "tool_crosshair",
        MENU,
        "Crosshair",
        "Move the crosshair; take hold of a measurement to move it",
        ("Esc",),
        "crosshair",
        True,
    ),
    ActionSpec(
        "tool_ruler", MENU, "Ruler", "Drag from end to end of a distance", ("Alt+R",), "ruler", True
    ),
    ActionSpec(
        "tool_angle",
        MENU,
        "Angle",
        "Drag the first arm towards the apex, then click the end of the second",
        ("Alt+G",),
        "angle",
        True,
    ),
    ActionSpec(
        "tool_sphere",
        MENU,
        "Sphere",
        "Drag a sphere from its middle to its rim, or click for the usual diameter",
        ("Alt+S",),
        "sphere",
        True,
    ),
    ActionSpec(
        "tool_sphere_1cm", MENU, "Sphere 1 cm", "Place a 1 cm sphere", ("Alt+1",), "sphere-1", True
    ),
    ActionSpec(
        "tool_sphere_3cm", MENU, "Sphere 3 cm", "Place a 3 cm sphere", ("Alt+3",), "sphere-3", True
    ),
    ActionSpec(
        "tool_box",
        MENU,
        "Box",
        "Drag a box from corner to corner; handles in the other planes set its depth",
        ("Alt+B",),
        "box",
        True,
    ),
    ActionSpec(
        "tool_ellipsoid",
        MENU,
        "Ellipsoid",
        "Drag an ellipsoid from corner to corner; handles in the other planes set its depth",
        ("Alt+E",),
        "ellipsoid",
        True,
    ),
    ActionSpec(
        "tool_isocontour",
        MENU,
        "Isocontour",
        "Drag a ball over an uptake: what is as hot as the threshold grows from its hottest voxel",
        ("Alt+I",),
        "isocontour",
        True,
    ),
    ActionSpec(
        "tool_liver",
        MENU,
        "Liver reference",
        "Click into the right lobe of the liver: a 3 cm sphere, and the PERCIST threshold from it",
        ("Alt+L",),
        "liver",
        True,
    ),
    ActionSpec(
        "tool_aorta",
        MENU,
        "Blood pool reference",
        "Click into the aorta: a 1 cm sphere, for PERCIST where the liver cannot be used",
        ("Alt+A",),
        "aorta",
        True,
    ),
    ActionSpec(
        "measurements",
        MENU,
        "Measurements",
        "Show the table of measurements with their values",
        ("Alt+M",),
        "measurements",
        True,
    ),
    ActionSpec(
        "measurement_delete",
        MENU,
        "Delete measurement",
        "Delete the chosen measurements; undo brings them back",
        ("Del",),
        "reject",
    ),
    ActionSpec(
        "measurement_rename",
        MENU,
        "Rename measurement",
        "Type another name for the chosen measurement",
        ("F2",),
    ),
    ActionSpec(
        "measurement_export",
        MENU,
        "Export measurements…",
        "Write the measurements as CSV, JSON and DICOM SR (TID 1500) to a folder",
        ("Ctrl+Alt+E",),
        "export",
    ),
)
