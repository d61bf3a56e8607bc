"""Wishes about the panes: what they show, how they are cut, and what plays by itself."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QInputDialog, QMenu, QMessageBox

from app.core.kit.errors import KnownError
from app.core.kit.plain_text import readable
from app.core.study.study import Study
from ui.frame.capability import Controller, Frame
from ui.kit import text
from ui.kit.plain import plain_label
from ui.panes.bar import SLAB_ACTIONS, DeskBar
from ui.panes.layout_menu import LayoutMenu
from ui.panes.menu import fill_pane_menu
from ui.panes.probe_text import place_text, values_text
from ui.panes.specs import PanesState
from viewers.make.slab import LEAST_MM, MOST_MM, Slab, SlabMode
from viewers.scene.probe import Probe
from viewers.scene.wishes.cine import LEAST_RATE, MOST_RATE

ZOOM_STEP, RATE_STEP = 1.25, 1.25
TURN_DEGREES = 5.0
SLAB_STEP_MM = 5.0


class PanesController(Controller):
    """Wires the actions of the panes to what they show."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(frame)
        self.menu: QMenu | None = None
        self._turned = False
        self.layouts = LayoutMenu(self)
        self.bar = DeskBar(self, self.layouts.menu)
        self.probe = plain_label()
        # Where the status bar has no room the end of its text is cut, and not the window widened.
        self.probe.setMinimumWidth(1)
        self._window.statusBar().insertPermanentWidget(1, self.probe)
        self.at_close(self._take_away)
        self.listen(self._session.studies.active_changed, self._on_study)
        self._connect()
        self.on_desk(lambda _desk: self._tell_problems())

    def state(self) -> PanesState:
        """Return whether a layout was saved, and whether the planes are turned."""
        return PanesState(bool(self._saved()), self._turned)

    def _connect(self) -> None:
        scene = self._scene
        for name, act in self._plain().items():
            self.on(name, act)
        for name, mode in SLAB_ACTIONS.items():
            self.on(name, partial(self._set_slab, name, mode))
        self.listen(self._actions["cine"].triggered, scene.cine.play_slices)
        self.listen(self._actions["cine_mip"].triggered, scene.cine.turn_mip)
        self.on_toggle("oblique", scene.navigation.show_handles)
        self.on_toggle("hide_overlays", scene.overlays.hide_overlays)
        self.listen(scene.cine.slices_playing, self._actions["cine"].setChecked)
        self.listen(scene.cine.mip_turning, self._actions["cine_mip"].setChecked)
        self.listen(scene.cine.rate_changed, self._say_rate)
        self.listen(scene.navigation.slab_changed, self._show_slab)
        self.listen(scene.navigation.planes_turned, self._on_turned)
        self.listen(scene.layouts.layouts_changed, self.frame.refresh)
        self.listen(scene.pane_menu_wanted, self._show_pane_menu)
        self.listen(scene.probe_changed, self._show_probe)

    def _take_away(self) -> None:
        self._window.statusBar().removeWidget(self.probe)
        self.probe.deleteLater()
        if self.menu is not None:
            self.menu.deleteLater()

    def _tell_problems(self) -> None:
        """Say which of the reader's layouts could not be read, once there is one to be seen."""
        for problem in self._scene.layouts.layout_problems:
            self.frame.problems.tell(problem)

    def _on_study(self, study: Study | None) -> None:
        if study is None:
            self.probe.clear()

    def _on_turned(self, turned: bool) -> None:
        self._turned = turned
        self.frame.refresh()

    def _show_probe(self, probe: Probe | None) -> None:
        if probe is None:
            self.probe.clear()
            return
        self.probe.setText("    ".join((values_text(probe), place_text(probe))))

    def _plain(self) -> dict[str, Callable[[], None]]:
        """Return what the actions without a state do."""
        layouts, navigation, cine = self._scene.layouts, self._scene.navigation, self._scene.cine
        return {
            "layout_next": lambda: self.layouts.step(+1),
            "layout_previous": lambda: self.layouts.step(-1),
            "layout_save": self.ask_layout_name,
            "layout_remove": self.ask_layout_to_remove,
            "reset_view": navigation.reset_views,
            "zoom_in": lambda: navigation.zoom_active(ZOOM_STEP),
            "zoom_out": lambda: navigation.zoom_active(1 / ZOOM_STEP),
            "maximise": layouts.toggle_maximised,
            "next_pane": lambda: layouts.activate_pane(+1),
            "previous_pane": lambda: layouts.activate_pane(-1),
            "pane_menu": self._show_active_menu,
            "cine_faster": lambda: cine.set_rate(cine.rate * RATE_STEP),
            "cine_slower": lambda: cine.set_rate(cine.rate / RATE_STEP),
            "cine_rate": self.ask_rate,
            "slab_thicker": lambda: self._step_slab(+1),
            "slab_thinner": lambda: self._step_slab(-1),
            "slab_thickness": self.ask_thickness,
            "turn_left": lambda: navigation.turn_active(-TURN_DEGREES),
            "turn_right": lambda: navigation.turn_active(TURN_DEGREES),
            "planes_reset": navigation.reset_planes,
        }

    # Panes

    def _show_active_menu(self) -> None:
        desk = self._holder.show_desk()
        box = desk.active_box()
        middle = desk.mapToGlobal(QPoint(box.x + box.width // 2, box.y + box.height // 2))
        self._show_pane_menu(box.number, (middle.x(), middle.y()))

    def _show_pane_menu(self, number: int, place: tuple[int, int]) -> None:
        if self.menu is not None:
            self.menu.deleteLater()
        menu = self.menu = QMenu(self._window)
        menu.setObjectName("pane_menu")
        fill_pane_menu(menu, self._scene, number)
        menu.addSeparator()
        for controller in self.frame.in_use.controllers.values():
            controller.fill_pane_menu(menu, number)
        menu.addSeparator()
        menu.addActions([self._actions[x] for x in ("maximise", "reset_view")])
        menu.popup(QPoint(*place))

    # Layouts

    def ask_layout_name(self) -> None:
        """Ask for a name, and keep the present arrangement under it."""
        dialog = self._dialog(self.tr("Save layout"), self.tr("Name of the layout:"))
        title = self._scene.layouts.layout_title(self._scene.layouts.layout_name)
        saved = self._scene.layouts.is_saved_layout(self._scene.layouts.layout_name)
        dialog.setTextValue(title if saved else self.tr("{0}, mine").format(title))
        dialog.textValueSelected.connect(self._save_layout)
        dialog.open()

    def _save_layout(self, title: str) -> None:
        old = self._scene.layouts.saved_title(title) if title.strip() else None
        if old is None:
            self._keep_layout(title)
            return
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(self.tr("Save layout"))
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(readable(self.tr("There is a layout {0} already.").format(old)))
        button = QMessageBox.StandardButton
        box.setStandardButtons(button.Save | button.Cancel)
        box.button(button.Save).setText(self.tr("Replace"))
        box.accepted.connect(lambda: self._keep_layout(title))
        box.finished.connect(box.deleteLater)
        box.open()

    def _keep_layout(self, title: str) -> None:
        try:
            name = self._scene.layouts.save_layout(title)
        except KnownError as error:
            self.frame.problems.tell(error)
            return
        self._jobs.say(self.tr("Layout {0} saved").format(self._scene.layouts.layout_title(name)))

    def ask_layout_to_remove(self) -> None:
        """Ask which of the reader's layouts to forget."""
        names = {self._scene.layouts.layout_title(x): x for x in self._saved()}
        if not names:
            return
        dialog = self._dialog(self.tr("Remove layout"), self.tr("Layout to remove:"))
        dialog.setComboBoxItems(list(names))
        dialog.setOkButtonText(self.tr("Remove"))
        present = self._scene.layouts.layout_title(self._scene.layouts.layout_name)
        if present in names:
            dialog.setTextValue(present)
        dialog.textValueSelected.connect(lambda title: self._remove_layout(names[title]))
        dialog.open()

    def _remove_layout(self, name: str) -> None:
        title = self._scene.layouts.layout_title(name)
        try:
            self._scene.layouts.remove_layout(name)
        except KnownError as error:
            self.frame.problems.tell(error)
            return
        self._jobs.say(self.tr("Layout {0} removed").format(title))

    def _saved(self) -> list[str]:
        layouts = self._scene.layouts
        return [x for x in layouts.layout_names() if layouts.is_saved_layout(x)]

    # Cine

    def _say_rate(self, rate: float) -> None:
        self._jobs.say(self.tr("Cine: {0} pictures per second").format(text.number(rate, 1)))

    def ask_rate(self) -> None:
        """Ask for the pictures per second."""
        label = self.tr("Pictures per second:")
        rate = self._scene.cine.rate
        dialog = self._number(self.tr("Cine rate"), label, rate, (LEAST_RATE, MOST_RATE))
        dialog.doubleValueSelected.connect(self._scene.cine.set_rate)
        dialog.open()

    # Slabs

    def _set_slab(self, name: str, mode: str) -> None:
        on = self._actions[name].isChecked()
        self._scene.navigation.set_slab(SlabMode(mode) if on else None)
        self._show_slab(self._scene.scene.slab)

    def _show_slab(self, slab: Slab) -> None:
        for name, mode in SLAB_ACTIONS.items():
            self._actions[name].setChecked(slab.mode == mode)
        if slab.mode is None:
            self._jobs.say(self.tr("Single slices"))
            return
        kind = self._actions.title(self._slab_action(slab.mode))
        thick = text.number(slab.thickness_mm, 0 if slab.thickness_mm.is_integer() else 1)
        self._jobs.say(self.tr("Slab: {0} of {1} mm").format(kind, thick))

    def _slab_action(self, mode: str) -> QAction:
        return next(self._actions[name] for name, x in SLAB_ACTIONS.items() if x == mode)

    def _step_slab(self, way: int) -> None:
        """Go to the next multiple of 5 mm; below 5 mm, by 1 mm."""
        now = self._scene.scene.slab.thickness_mm
        step = SLAB_STEP_MM if now + way * 1e-6 > SLAB_STEP_MM else 1.0
        whole = now / step + way * 1e-6
        steps = math.floor(whole) + 1 if way > 0 else math.ceil(whole) - 1
        self._scene.navigation.set_slab_thickness(steps * step)

    def ask_thickness(self) -> None:
        """Ask for the thickness of slabs."""
        label = self.tr("Thickness in mm:")
        now = self._scene.scene.slab.thickness_mm
        dialog = self._number(self.tr("Slab thickness"), label, now, (LEAST_MM, MOST_MM))
        dialog.doubleValueSelected.connect(self._scene.navigation.set_slab_thickness)
        dialog.open()

    # Dialogs

    def _dialog(self, title: str, label: str) -> QInputDialog:
        dialog = QInputDialog(self._window)
        dialog.setWindowTitle(title)
        dialog.setLabelText(label)
        dialog.setMinimumWidth(320)
        dialog.finished.connect(dialog.deleteLater)
        return dialog

    def _number(
        self, title: str, label: str, value: float, bounds: tuple[float, float]
    ) -> QInputDialog:
        dialog = self._dialog(title, label)
        dialog.setInputMode(QInputDialog.InputMode.DoubleInput)
        dialog.setDoubleDecimals(1)
        dialog.setDoubleRange(*bounds)
        dialog.setDoubleValue(value)
        return dialog
