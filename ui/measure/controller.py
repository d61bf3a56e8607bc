"""Measurements: the tools in the reader's hand, the session's table, the dock and the panes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import (
    QDockWidget,
    QToolBar,
)

from app.core.drawn.measurements import Measurement, Role, Space
from app.core.drawn.voi import Isocontour, Shape, Sphere, ThresholdRule
from app.core.drawn.voi_statistics import MeasuredShape, Statistics
from app.core.study.study import Study
from app.io.write.names import MEASUREMENT_FILES
from ui.frame.capability import Controller, Frame, Unsaved
from ui.frame.exporting import ask_export_folder
from ui.kit.action_button import ActionButton
from ui.kit.roving import Roving
from ui.measure import texts as words
from ui.measure.dock import MeasurementsPanel, Row
from ui.measure.specs import BREAKS, TOOLS, MeasureState
from viewers.scene.marks import Mark, middle_of, region_outline
from viewers.scene.wishes.tools import Tool

#: Below this width the dock is a tab beside the lesions, above it stands below them.
NARROW_PX = 1150
#: Share of the height that the dock takes below an empty lesions dock.
DOCK_SHARE = 0.68
#: Width at which no name is cut off, where the window has so much.
DOCK_PX, WIDE_PX = 330, 1450
_ROLES = {"liver": Role.LIVER, "aorta": Role.BLOOD_POOL}


class MeasurementController(Controller):
    """Wires tools, panes, dock and the session's measurements."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(frame)
        self._measuring = self._session.measuring
        self._selected: str | None = None
        self._marks: dict[str, tuple[Measurement, MeasuredShape | None, Mark]] = {}
        self.panel, self.dock = frame.panel(MeasurementsPanel), frame.docks["measurements"]
        self._group = self._make_group()
        self.bar = self._make_bar()
        self.at_close(self._take_away)
        self.listen(self._measuring.changed, self._refresh)
        self.listen(self._session.studies.active_changed, self._on_study)
        self._connect_tools()
        self._connect_panel()
        action = self._actions["measurements"]
        self.on_toggle("measurements", self._show_dock)
        shown = self.dock.visibilityChanged
        self.listen(shown, lambda _on: action.setChecked(not self.dock.isHidden()))
        self._on_study(self._session.study)

    def state(self) -> MeasureState:
        """Return whether anything is measured, and whether a measurement is chosen."""
        items = self._measuring.measurements.items
        return MeasureState(bool(items), self._chosen_item() is not None)

    def unsaved(self) -> Unsaved | None:
        """Say what would be lost; where there are lesions, their export writes it too."""
        if self._session.analysis is not None or not self._measuring.is_unsaved:
            return None
        said = self.tr("Measurements or lesions were changed and not exported since.")
        return Unsaved(said, self.ask_export)

    # Building

    def _make_group(self) -> QActionGroup:
        """Let one tool be in the hand at a time."""
        group = QActionGroup(self)
        for name, tool in TOOLS.items():
            group.addAction(self._actions[name])
            self.on(name, partial(self.take, tool))
        self._actions["tool_crosshair"].setChecked(True)
        return group

    def _make_bar(self) -> QToolBar:
        """Make the bar of tools; it is there while a study is open."""
        bar = QToolBar(self.tr("Measuring tools"), self._window)
        bar.setObjectName("measuring-tools")
        bar.setIconSize(QSize(18, 18))
        bar.setMovable(False)
        buttons = []
        for name in (*TOOLS, "measurements"):
            if name in BREAKS:
                bar.addSeparator()
            button = ActionButton(self._actions[name])
            button.setAutoRaise(True)
            button.setIconSize(bar.iconSize())
            bar.addWidget(button)
            buttons.append(button)
        Roving(bar, buttons)
        self._window.addToolBar(Qt.ToolBarArea.TopToolBarArea, bar)
        return bar

    def _take_away(self) -> None:
        """Lay the tool down, and take the bar and what was drawn away."""
        self.take("crosshair")
        self._scene.tools.set_marks((), None)
        self._window.removeToolBar(self.bar)
        self.bar.deleteLater()

    def _connect_panel(self) -> None:
        panel = self.panel
        self.listen(panel.chosen, self._on_chosen)
        self.listen(panel.renamed, self._rename)
        self.listen(panel.doubts_wanted, lambda: self._actions.trigger("doubts"))
        self.listen(panel.rule_changed, self._on_rule)
        self.listen(panel.diameter_changed, self._on_diameter)
        self.on("measurement_delete", self.delete)
        self.on("measurement_rename", self._edit_name)
        self.on("measurement_export", self.ask_export)

    def _connect_tools(self) -> None:
        tools = self._scene.tools
        tools.rule = self.panel.present_rule()
        tools.radius_mm = self.panel.diameter.value() / 2
        self.listen(tools.tool_changed, self._on_tool)
        self.listen(tools.drawn, self._on_drawn)
        self.listen(tools.changed, self._measuring.reshape)
        self.listen(tools.picked, self._select)

    # From the reader

    def take(self, tool: str) -> None:
        """Take a tool, by its name."""
        self._scene.tools.choose(Tool(tool))

    def delete(self) -> None:
        """Delete the chosen measurements."""
        ids = self.panel.selected_ids() or ((self._selected,) if self._selected else ())
        self._measuring.remove(ids)

    def ask_export(self) -> None:
        """Ask for a folder and write the measurements there."""
        if not self._measuring.measurements.items:
            return
        title = self.tr("Choose a folder for the measurements")
        folder = ask_export_folder(self._window, title, MEASUREMENT_FILES)
        if folder is None:
            return

        def done(files: Any) -> None:
            said = self.tr("Exported {0} files to {1}.")
            self._jobs.say(said.format(len(files), folder.name))

        job = self._measuring.export(folder, done)
        if job is not None:
            self.own(job)

    def _edit_name(self) -> None:
        if self._selected is not None:
            self._show_dock(True)
            self.panel.edit_name()

    def _rename(self, measurement_id: str, name: str) -> None:
        self._measuring.rename(measurement_id, name)
        # An empty name was not taken: the old one comes back.
        self._refresh()

    def _on_drawn(self, tool: str, shape: Shape, space: str) -> None:
        role = _ROLES.get(str(tool), Role.NONE)
        if not self._measuring.measurements.items:
            self._actions["measurements"].setChecked(True)
        item = self._measuring.add(shape, role=role, space=Space(space))
        self._select(item.id)

    def _on_chosen(self, measurement_id: str) -> None:
        self._select(measurement_id or None, row=False)
        if measurement_id:
            item = self._measuring.measurements.get(measurement_id)
            if item.space is not Space.CT:
                self._scene.navigation.set_cursor(middle_of(item.shape))

    def _on_rule(self, rule: ThresholdRule) -> None:
        """Take another threshold: for the next isocontour, and for the chosen one."""
        self._scene.tools.rule = rule
        item = self._chosen_item()
        if item is not None and isinstance(item.shape, Isocontour):
            self._measuring.reshape(item.id, replace(item.shape, rule=rule))

    def _on_diameter(self, diameter_mm: float) -> None:
        """Take another diameter: for the next sphere that is clicked, and for the chosen one."""
        self._scene.tools.radius_mm = diameter_mm / 2
        item = self._chosen_item()
        if item is not None and isinstance(item.shape, Sphere) and item.role is Role.NONE:
            self._measuring.reshape(item.id, replace(item.shape, radius_mm=diameter_mm / 2))

    # Showing

    def _show_dock(self, on: bool) -> None:
        if on is not self.dock.isHidden():
            return
        lesions = self._window.findChild(QDockWidget, "lesions")
        if on and lesions is not None:
            # A table of lesions needs its height: then one tab each.
            if self._window.width() < NARROW_PX or self._session.analysis is not None:
                self._window.tabifyDockWidget(lesions, self.dock)
            else:
                self._window.splitDockWidget(lesions, self.dock, Qt.Orientation.Vertical)
        self.dock.setVisible(on)
        if on and lesions is not None:
            self.dock.raise_()
            heights = [round(x * self._window.height()) for x in (1 - DOCK_SHARE, DOCK_SHARE)]
            self._window.resizeDocks([lesions, self.dock], heights, Qt.Orientation.Vertical)
            if self._window.width() >= WIDE_PX and self.dock.width() < DOCK_PX:
                self._window.resizeDocks([self.dock], [DOCK_PX], Qt.Orientation.Horizontal)

    def _on_study(self, study: Study | None) -> None:
        self.bar.setVisible(study is not None)
        self.panel.show_doubts(() if study is None else study.suv_doubts)
        self.take("crosshair")
        self._refresh()

    def _on_tool(self, tool: str) -> None:
        name = next(k for k, v in TOOLS.items() if v == str(tool))
        self._actions[name].setChecked(True)

    def _chosen_item(self) -> Measurement | None:
        items = self._measuring.measurements.items
        return next((x for x in items if x.id == self._selected), None)

    def _select(self, measurement_id: str | None, *, row: bool = True) -> None:
        self._selected = measurement_id
        if row:
            self.panel.select(measurement_id)
        self._show_chosen()
        self._show_marks()

    def _refresh(self) -> None:
        """Show the session's measurements everywhere."""
        items = self._measuring.measurements.items
        if self._chosen_item() is None:
            self._selected = None
        rows = [self._row(x) for x in items]
        self.panel.show_rows(rows, self._units(), self._selected)
        self.panel.show_percist(*words.percist_texts(self._measuring.percist()))
        self._show_chosen()
        self._show_marks()

    def _show_chosen(self) -> None:
        item = self._chosen_item()
        self.frame.refresh()
        if item is None:
            self.panel.show_details(None)
            return
        self.panel.show_details(words.details(item, self._measuring.values_of(item.id)))
        # What is shown is what the next one gets.
        tools = self._scene.tools
        if isinstance(item.shape, Isocontour):
            self.panel.show_rule(item.shape.rule)
            tools.rule = item.shape.rule
        elif isinstance(item.shape, Sphere) and item.role is Role.NONE:
            self.panel.show_diameter(2 * item.shape.radius_mm)
            tools.radius_mm = item.shape.radius_mm

    def _show_marks(self) -> None:
        study = self._session.study
        if study is None:
            return
        items = self._measuring.measurements.items
        self._marks = {x.id: self._mark(x, study) for x in items}
        shown = tuple(mark for _, _, mark in self._marks.values())
        self._scene.tools.set_marks(shown, self._selected)

    def _mark(self, item: Measurement, study: Study) -> tuple[Any, Any, Mark]:
        values = self._measuring.values_of(item.id)
        held = self._marks.get(item.id)
        if held is not None and held[0] == item and held[1] is values:
            return held
        region = None
        found = None if values is None or values.region is None else values.region.voxels
        if found is not None and study.pet is not None:
            region = region_outline(found, study.pet.grid)
        lines = words.mark_lines(item, values)
        fixed = item.role is not Role.NONE
        mark = Mark(item.id, item.name, item.shape, lines, str(item.space), region, fixed)
        return item, values, mark

    def _units(self) -> tuple[str, str]:
        study = self._session.study
        pet = None if study is None else study.pet
        under = None if study is None else study.ct or study.mr
        return (
            "SUV" if pet is None else words.short_unit(str(pet.quantity)),
            "HU" if under is None else words.short_unit(str(under.quantity)),
        )

    def _row(self, item: Measurement) -> Row:
        values = self._measuring.values_of(item.id)
        pet = None if values is None else values.pet
        under = None if values is None else values.under
        size = words.size_text(item, values)
        return Row(item.id, item.name, size, _mean(pet), _greatest(pet), _mean(under))


def _mean(found: Statistics | None) -> str:
    return "" if found is None else words.value(found.mean, found.unit)


def _greatest(found: Statistics | None) -> str:
    return "" if found is None else words.value(found.maximum, found.unit)
