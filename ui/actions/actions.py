"""Every action of the window: one table of texts, tooltips and shortcuts, used everywhere."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu

from app.core.space.volume import Quantity
from app.core.study.derived import DerivedImage
from app.core.study.study import Study
from ui.actions.spec import ActionSpec
from ui.actions.submenus import submenu_of
from ui.align.keys import ALIGN
from ui.attenuation.specs import ATTENUATION
from ui.derived.value_specs import VALUE_SPECS
from ui.display.specs import DISPLAY_SPECS
from ui.display.specs import GROUP as DISPLAY
from ui.keys.specs import KEY_SPECS
from ui.kit.theme import icon
from ui.measure.specs import TOOL_SPECS
from ui.panes.specs import DESK_SPECS
from ui.phases.specs import PHASE_SPECS
from ui.pictures.specs import PICTURE_ROWS
from ui.studies.compare_specs import COMPARE_ACTIONS

#: CT windows by key: name, width and level in HU (`LOOK.md`).
CT_PRESETS: tuple[tuple[str, float, float], ...] = (
    ("Soft tissue", 400.0, 40.0),
    ("Lung", 1500.0, -600.0),
    ("Bone", 2000.0, 500.0),
    ("Brain", 80.0, 40.0),
    ("Liver", 150.0, 90.0),
)

#: ``needs``: what must be there for the action to be enabled (study, suv, result, lesion).
SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "open_folder",
        "File",
        "Open folder…",
        "Open a folder of DICOM or NIfTI files; it is searched deep",
        ("Ctrl+O",),
        "folder",
    ),
    ActionSpec(
        "open_files",
        "File",
        "Open files…",
        "Open single DICOM or NIfTI files",
        ("Ctrl+Shift+O",),
        "files",
    ),
    ActionSpec(
        "sample",
        "File",
        "Sample study",
        "Open the sample study: a simulated whole-body FDG PET/CT with ten known lesions",
        ("Ctrl+Shift+S",),
        "sample",
    ),
    ActionSpec(
        "export",
        "File",
        "Export…",
        "Write tables, outlines and the uncertainty map to a folder",
        ("Ctrl+E",),
        "export",
        needs="result",
    ),
    ActionSpec(
        "export_derived",
        "File",
        "Export derived image…",
        "Write the derived image as NIfTI and DICOM, marked as derived, to a folder",
        ("Ctrl+Shift+E",),
    ),
    *(ActionSpec(*row) for row in PICTURE_ROWS),
    ActionSpec(
        "close_study",
        "File",
        "Close study",
        "Close the open study",
        ("Ctrl+W",),
        "",
        False,
        "study",
    ),
    ActionSpec("quit", "File", "Quit", "Close the window and stop what still runs", ("Ctrl+Q",)),
    ActionSpec("undo", "Edit", "Undo", "Take the last change back", ("Ctrl+Z",), "undo"),
    ActionSpec(
        "redo",
        "Edit",
        "Redo",
        "Do the change that was taken back again",
        ("Ctrl+Shift+Z", "Ctrl+Y"),
        "redo",
    ),
    ActionSpec(
        "layout_previous",
        "View",
        "Previous layout",
        "Show the layout before",
        (",",),
        "",
        False,
        "study",
    ),
    ActionSpec(
        "layout_next", "View", "Next layout", "Show the layout after", (".",), "", False, "study"
    ),
    ActionSpec(
        "uncertainty",
        "View",
        "Uncertainty map",
        "Lay the model's voxel-wise uncertainty over the panes",
        ("U",),
        "uncertainty",
        True,
        "uncertainty",
    ),
    ActionSpec(
        "saliency",
        "View",
        "Saliency map",
        "Lay the map of what moved a lesion's score over panes and MIP",
        ("S",),
        "saliency",
        True,
    ),
    ActionSpec(
        "derived",
        "View",
        "Derived image",
        "Flicker between the original and the image that was derived from it",
        ("D",),
        "derived",
        True,
    ),
    ActionSpec(
        "difference",
        "View",
        "Difference map",
        "Show derived minus original in the place of the image",
        ("Shift+D",),
        "",
        True,
    ),
    ActionSpec(
        "deviation",
        "View",
        "Deviation map",
        "Show how unsure the network is of each voxel of the derived image (standard deviation)",
        ("Shift+U",),
        "",
        True,
    ),
    ActionSpec(
        "hide_overlays",
        "View",
        "Hide overlays",
        "Hide outlines and maps; holding the space bar hides them for as long",
        ("Shift+Space",),
        "hide",
        True,
        "study",
    ),
    ActionSpec(
        "suv_lower",
        "View",
        "Lower upper PET bound",
        "Lower the upper end of the PET range: fainter uptake grows darker",
        ("[",),
        "",
        False,
        "pet",
    ),
    ActionSpec(
        "suv_higher",
        "View",
        "Raise upper PET bound",
        "Raise the upper end of the PET range: only strong uptake stays dark",
        ("]",),
        "",
        False,
        "pet",
    ),
    ActionSpec(
        "charts",
        "View",
        "Charts",
        "Histogram of the chosen lesion, its score, and the volumes of all lesions",
        ("G",),
        "charts",
        True,
    ),
    ActionSpec("full_screen", "View", "Full screen", "Fill the whole screen", ("F11",), "", True),
    *(ActionSpec(*row) for row in PHASE_SPECS),
    ActionSpec(
        "accept",
        "Tools",
        "Accept lesion",
        "Accept the chosen lesions; they count in the totals",
        ("A",),
        "accept",
        False,
        "lesion",
    ),
    ActionSpec(
        "reject",
        "Tools",
        "Reject lesion",
        "Reject the chosen lesions; they leave the totals",
        ("R",),
        "reject",
        False,
        "lesion",
    ),
    ActionSpec(
        "physiological",
        "Tools",
        "Mark as physiological",
        "Mark the chosen lesions as physiological uptake; they leave the totals",
        ("Y", "H"),
        "physiological",
        False,
        "lesion",
    ),
    ActionSpec(
        "candidate",
        "Tools",
        "Back to candidate",
        "Take the judgement back; it counts again",
        ("C",),
        "candidate",
        False,
        "lesion",
    ),
    ActionSpec(
        "next_lesion",
        "Tools",
        "Next lesion",
        "Go to the next lesion of the table",
        ("N",),
        "next",
        False,
        "result",
    ),
    ActionSpec(
        "previous_lesion",
        "Tools",
        "Previous lesion",
        "Go to the lesion before",
        ("P",),
        "previous",
        False,
        "result",
    ),
    ActionSpec(
        "look_first",
        "Tools",
        "Look at these first",
        "Sort the lesions by uncertainty, the least certain on top",
        ("L",),
        "look-first",
        False,
        "result",
    ),
    *VALUE_SPECS,
    ActionSpec(*ATTENUATION),
    ActionSpec(*ALIGN),
    ActionSpec(
        "provenance",
        "Tools",
        "Where the numbers come from…",
        "Every header value behind the SUV, the rule, the model and its weights",
        ("Ctrl+I",),
        "info",
        False,
        "study",
    ),
    ActionSpec(
        "headers",
        "Tools",
        "Type in weight and dose…",
        "Give the values for the SUV that the headers lack or state wrongly",
        ("Ctrl+H",),
        "header",
        False,
        "pet",
    ),
    ActionSpec(
        "find",
        "Models",
        "Find lesions",
        "Let the network look for lesions; it runs in the background and can be cancelled",
        ("F",),
        "find",
        False,
        "suv",
    ),
    ActionSpec(
        "models",
        "Models",
        "Model cards…",
        "What the networks are, were trained on, and how good they are",
        ("Ctrl+M",),
    ),
    *TOOL_SPECS,
    *DESK_SPECS,
    ActionSpec("shortcuts", "Help", "Sheet of shortcuts", "Show every shortcut", ("?",)),
    ActionSpec("guide", "Help", "User guide", "Read how the main job is done", ("F1",)),
    ActionSpec("about", "Help", "About Uptake", "Version, licence, intended use"),
    *DISPLAY_SPECS,
    *KEY_SPECS,
    *(ActionSpec(*row) for row in COMPARE_ACTIONS),
)

#: Needs that others see to, where they change.
OWN_NEEDS = frozenset({"saved layout", "oblique planes"})
MENUS = ("File", "Edit", "View", "Tools", "Measure", "Models", "Help")
#: Groups of the sheet of shortcuts: some are submenus.
GROUPS = ("File", "Edit", "View", DISPLAY, "Tools", "Measure", "Models", "Help")


def translated(text: str) -> str:
    """Translate a text of the action table."""
    return QCoreApplication.translate("actions", text)


def shows_ct(study: Study, derived: Sequence[DerivedImage]) -> bool:
    """Whether there is a CT to set a window for: the study's own, or one made from an MR."""
    return study.ct is not None or any(x.volume.quantity is Quantity.HU for x in derived)


class Actions(QObject):
    """Makes the actions and enables those whose needs are met."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.by_name = {spec.name: self._make(spec) for spec in SPECS}
        self._needs = {spec.name: spec.needs for spec in SPECS if spec.needs}
        self.ct_presets = self._make_presets(parent)
        #: Submenus of View that controllers make and fill.
        self.view_menus: list[QMenu] = []
        #: Every action that can have keys, by name, with its tooltip before the keys.
        self.with_keys = {x.objectName(): x for x in (*self.by_name.values(), *self.ct_presets)}
        self._tips = {name: x.toolTip() for name, x in self.with_keys.items()}
        self._reasons: dict[str, str] = {}
        for name, action in self.with_keys.items():
            self.set_keys(name, action.shortcuts())

    def set_keys(self, name: str, keys: Sequence[QKeySequence]) -> None:
        """Give an action its keys, and say them in its tooltip."""
        self.with_keys[name].setShortcuts(keys)
        self._show_tip(name)

    def refuse(self, name: str, reason: str) -> None:
        """Disable an action and say why in the place of its tooltip; no reason enables it."""
        self.by_name[name].setEnabled(not reason)
        self._reasons[name] = reason
        self._show_tip(name)

    def _show_tip(self, name: str) -> None:
        action = self.with_keys[name]
        keys = " / ".join(key.toString(_NATIVE) for key in action.shortcuts())
        said = f"{self._tips[name]}  ({keys})" if keys else self._tips[name]
        action.setToolTip(self._reasons.get(name) or said)

    def __getitem__(self, name: str) -> QAction:
        return self.by_name[name]

    def of_menu(self, menu: str) -> list[QAction]:
        """Actions of one menu, in the table's order."""
        return [self.by_name[spec.name] for spec in SPECS if spec.group == menu]

    def submenu(self, name: str) -> str:
        """Return the submenu in which an action stands, or nothing."""
        return next(submenu_of(spec) for spec in SPECS if spec.name == name)

    def title(self, action: QAction) -> str:
        """Return what an action is called in lists: its own text, whatever it says just now."""
        text = next(spec.text for spec in SPECS if spec.name == action.objectName())
        return translated(text).replace("…", "")

    def enable(self, present: set[str]) -> None:
        """Enable exactly the actions whose needs (study, pet, suv, result, ...) are present."""
        for name, needs in self._needs.items():
            if needs in OWN_NEEDS:
                continue
            self.by_name[name].setEnabled(needs in present)
        for preset in self.ct_presets:
            preset.setEnabled("ct" in present)

    def _make(self, spec: ActionSpec) -> QAction:
        action = QAction(translated(spec.text), self.parent())
        action.setObjectName(spec.name)
        action.setShortcuts([QKeySequence(key) for key in spec.keys])
        action.setToolTip(translated(spec.tip))
        action.setStatusTip(translated(spec.tip))
        action.setCheckable(spec.checkable)
        if spec.icon:
            action.setIcon(icon(spec.icon))
        return action

    def _make_presets(self, parent: QObject) -> list[QAction]:
        group = QActionGroup(parent)
        group.setExclusive(False)
        made = []
        for place, (name, width, level) in enumerate(CT_PRESETS, start=1):
            action = QAction(f"{translated(name)}  {width:.0f} / {level:.0f}", group)
            action.setObjectName(f"ct_window_{place}")
            action.setShortcut(QKeySequence(str(place)))
            action.setToolTip(
                translated("CT window {0}: width {1:.0f}, level {2:.0f} HU").format(
                    translated(name), width, level
                )
            )
            action.setData((width, level))
            made.append(action)
        return made


_NATIVE = QKeySequence.SequenceFormat.NativeText
