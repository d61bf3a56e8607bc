"""The window: menus, docks and panes; what they do is in the controllers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeyEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDockWidget,
    QLabel,
    QMainWindow,
    QMenu,
    QMessageBox,
)

from app.core.kit.jobs import JobReport
from app.core.lesions.analysis import LesionAnalysis
from app.core.study.study import Study
from app.session.session import Session
from ui.actions.actions import Actions
from ui.align.controller import AlignmentController
from ui.attenuation.controller import AttenuationController
from ui.charts.panel import ChartsController, ChartsPanel, make_charts_dock
from ui.derived.controller import DerivedController
from ui.derived.source import SourceController
from ui.display.panel import DisplayPanel
from ui.frame.desk_holder import DeskHolder, MakeDesk, make_reading_desk
from ui.frame.job_bar import JobBar
from ui.frame.problems import ProblemTeller
from ui.help import dialogs
from ui.keys.parts import TAKES_SPACE
from ui.keys.user_desk import UserDesk, save_window
from ui.kit.settings import Settings
from ui.lesions.controller import LesionController, Work, network_search
from ui.lesions.panel import LesionsPanel
from ui.lesions.recovery import RecoveryController
from ui.lesions.saliency import SaliencyController
from ui.measure.controller import MeasurementController
from ui.panes.bar import DeskBar
from ui.panes.controller import DeskController
from ui.studies.controller import StudyController
from ui.studies.panel import StudiesPanel
from ui.window.desk_extras import DeskExtras
from ui.window.menus import LayoutMenu, fill_menu_bar

#: Below this width two columns of docks leave too little for the images.
NARROW_PX = 1150
#: Longest wait for each kind of worker; what hangs longer dies with the process.
CLOSE_WITHIN_S = 5.0
#: Usual widths: the studies dock, and the lesions dock while there is no result.
STUDIES_DOCK_PX, EMPTY_DOCK_PX = 230, 280
#: More of the window for the lesions dock where that shows recovered values without scrolling.
RECOVERED_SHARE = 0.46


class MainWindow(QMainWindow):
    """The reading window of one session.

    Parameters
    ----------
    session
        Owner of study, result and history; the window shows it and states wishes to it. Closing
        the window shuts it down.
    make_desk, make_search
        What makes the panes and the lesion search; tests give quick ones.
    settings
        What is remembered per user; by default nothing outlives the window.
    """

    def __init__(
        self,
        session: Session,
        make_desk: MakeDesk = make_reading_desk,
        make_search: Callable[[Study], Work] = network_search,
        settings: Settings | None = None,
    ) -> None:
        super().__init__()
        self.session = session
        self.settings = Settings() if settings is None else settings
        self.settings.setParent(self)  # parts find it through their window
        self._without_result = True
        self._with_recovered = False
        self.setWindowTitle("Uptake")
        self.setAcceptDrops(True)
        self.setDockOptions(
            QMainWindow.DockOption.AnimatedDocks | QMainWindow.DockOption.AllowNestedDocks
        )
        self.actions_ = Actions(self)
        self.holder = DeskHolder(self.actions_, make_desk)
        self.setCentralWidget(self.holder)
        self.studies = StudiesPanel(self.actions_)
        self.display = DisplayPanel(self.actions_)
        self.lesions = LesionsPanel(self.actions_)
        self.job_bar = JobBar()
        self.probe = QLabel()
        self.device = QLabel()
        self.device.setObjectName("dim")
        self.problems = ProblemTeller(self.holder.banners, self.actions_, self)
        self._make_docks()
        self._make_status()
        self.study_controller = StudyController(
            session,
            self.actions_,
            self.holder,
            self.studies,
            self.display,
            self.job_bar,
            self.problems,
            self.probe,
            self,
            self._may_lose_edits,
        )
        self.lesion_controller = LesionController(
            session, self.actions_, self.holder, self.lesions, self.job_bar, self, make_search
        )
        self.derived_controller = DerivedController(
            session, self.actions_, self.holder, self.display, self.lesions, self.job_bar, self
        )
        self.saliency_controller = SaliencyController(
            session, self.actions_, self.holder, self.lesions, self.job_bar, self
        )
        self.source_controller = SourceController(
            session, self.actions_, self.derived_controller, self.lesions, self
        )
        self.recovery_controller = RecoveryController(session, self.actions_, self.job_bar, self)
        self.measuring = MeasurementController(
            session, self.actions_, self.holder, self.job_bar, self
        )
        self.panes = DeskController(self.actions_, self.holder, self.job_bar, self.problems, self)
        self.panes.more_entries = self.study_controller.displayed.fill_pane_menu
        self.alignment_controller = AlignmentController(session, self.actions_, self.holder, self)
        self.desk_extras = DeskExtras(session, self.actions_, self.holder, self.job_bar, self)
        self._make_charts()
        self._make_menus()
        self.user_desk = UserDesk(self, self.actions_, self.holder, self.settings)
        self._connect()
        self.display.set_present(pet=None, ct=False, fused=False)
        self.display.show_pet_range(0.0, 7.0)
        self.display.show_ct_window(400.0, 40.0)
        self.job_bar.say(self.tr("Ready"))

    # Building

    def _make_docks(self) -> None:
        area = Qt.DockWidgetArea
        self.docks: dict[str, QDockWidget] = {}
        for name, title, panel, side in (
            ("studies", self.tr("Studies"), self.studies, area.LeftDockWidgetArea),
            ("display", self.tr("Display"), self.display, area.LeftDockWidgetArea),
            ("lesions", self.tr("Lesions"), self.lesions, area.RightDockWidgetArea),
        ):
            dock = QDockWidget(title, self)
            dock.setObjectName(name)
            dock.setWidget(panel)
            dock.setFeatures(
                QDockWidget.DockWidgetFeature.DockWidgetMovable
                | QDockWidget.DockWidgetFeature.DockWidgetClosable
            )
            self.addDockWidget(side, dock)
            self.docks[name] = dock

    def arrange_docks(self) -> None:
        """Put the docks where they belong at this width: in a narrow window all on one side."""
        studies, display, lesions = (self.docks[x] for x in ("studies", "display", "lesions"))
        if self.width() < NARROW_PX:
            self.tabifyDockWidget(lesions, studies)
            self.tabifyDockWidget(studies, display)
        else:
            for dock in (studies, display):
                self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
            self.splitDockWidget(studies, display, Qt.Orientation.Vertical)
        for dock in self.docks.values():
            dock.show()
        lesions.raise_()
        self.fit_docks()

    def fit_docks(self) -> None:
        """Give the docks their usual sizes: the images get what the table does not need."""
        right = self._lesions_dock_px()
        self.resizeDocks([self.docks["lesions"]], [right], Qt.Orientation.Horizontal)
        left = Qt.DockWidgetArea.LeftDockWidgetArea
        if self.dockWidgetArea(self.docks["studies"]) == left:
            docks = [self.docks["studies"], self.docks["lesions"]]
            self.resizeDocks(docks, [STUDIES_DOCK_PX, right], Qt.Orientation.Horizontal)
            column = [self.docks["studies"], self.docks["display"]]
            self.resizeDocks(column, [self.height(), 10], Qt.Orientation.Vertical)

    def _lesions_dock_px(self) -> int:
        analysis = self.session.analysis
        if analysis is None:
            return EMPTY_DOCK_PX
        share = 0.45 if self.width() < NARROW_PX else 0.43
        table = self.lesions.table_width()
        if analysis.recovered is not None and table <= RECOVERED_SHARE * self.width():
            return table
        return max(EMPTY_DOCK_PX, min(table, round(share * self.width())))

    def _make_status(self) -> None:
        bar = self.statusBar()
        bar.setSizeGripEnabled(False)
        bar.addWidget(self.job_bar, 1)
        bar.addPermanentWidget(self.probe)
        self.device.setContentsMargins(0, 0, 8, 0)
        bar.addPermanentWidget(self.device)

    def _make_charts(self) -> None:
        """Make the charts dock: out of sight at the bottom until it is asked for."""
        self.charts = ChartsPanel()
        self.charts_dock = make_charts_dock(self.charts, self)
        self.charts_controller = ChartsController(
            self.session,
            self.actions_,
            self.charts,
            self.charts_dock,
            self.lesions,
            self.job_bar,
            self,
        )
        self.attenuation_controller = AttenuationController(
            self.session, self.actions_, self.holder, self.derived_controller, self.charts, self
        )

    def _make_menus(self) -> None:
        layouts = QMenu(self.tr("Layout"), self)
        self._layouts = LayoutMenu(layouts, self.holder, self.actions_)
        DeskBar(self.actions_, self.holder, layouts, self.menuBar())
        menus = fill_menu_bar(self, self.actions_, self.docks.values(), layouts)
        menus["View"].addAction(self.tr("Usual places"), self.arrange_docks)
        self.study_controller.several.fill_menus(menus)
        self.models_menu = menus["Models"]
        self.models_menu.aboutToShow.connect(
            lambda: self.derived_controller.fill_menu(self.models_menu)
        )

    def _connect(self) -> None:
        session, actions = self.session, self.actions_
        self._cancel = [
            session.job_changed.connect(self._on_job),
            session.problem.connect(self.problems.tell),
            session.notice.connect(self.job_bar.say),
            session.analysis_changed.connect(self._on_analysis),
            session.lesions_changed.connect(lambda _ids: self._widen_for_recovered()),
        ]
        self.job_bar.cancel_wanted.connect(session.cancel_job)
        self.study_controller.opened.connect(self._on_opened)
        actions["quit"].triggered.connect(self.close)
        actions["full_screen"].toggled.connect(self._set_full_screen)
        actions["models"].triggered.connect(self._show_models)
        actions["about"].triggered.connect(
            lambda: self._show_text(self.tr("About Uptake"), dialogs.about_html(), (520, 300))
        )
        actions["guide"].triggered.connect(lambda: self._open_dialog(dialogs.guide_dialog(self)))
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)

    # Layouts

    def layout_names(self) -> tuple[str, ...]:
        """Names of the layouts that can be used now; none before the first study."""
        return self._layouts.names()

    def set_layout(self, name: str) -> None:
        """Show a layout by name."""
        self._layouts.show(name)

    # Answers to the session

    def _on_job(self, report: JobReport) -> None:
        self.job_bar.show_report(report)

    def _on_analysis(self, analysis: LesionAnalysis | None) -> None:
        # The table takes room only when there is one, and gives it back.
        if (analysis is None) is not self._without_result:
            self._without_result = analysis is None
            self.fit_docks()
        self._with_recovered = analysis is not None and analysis.recovered is not None

    def _widen_for_recovered(self) -> None:
        """Make room for the columns when they come; a dock that is wider already stays."""
        analysis, dock = self.session.analysis, self.docks["lesions"]
        recovered = analysis is not None and analysis.recovered is not None
        if recovered and not self._with_recovered and dock.width() < self._lesions_dock_px():
            self.resizeDocks([dock], [self._lesions_dock_px()], Qt.Orientation.Horizontal)
        self._with_recovered = recovered

    def _on_opened(self, study: Study | None) -> None:
        self.setWindowTitle(
            f"{study.description} – Uptake" if study is not None and study.description else "Uptake"
        )
        self.lesion_controller.refresh()
        if study is not None:
            self.job_bar.say(self.tr("Study opened"))

    # Dialogs

    def _show_text(self, title: str, html: str, size: tuple[int, int] = (640, 620)) -> None:
        self._open_dialog(dialogs.TextDialog(title, html, self, size))

    def _open_dialog(self, dialog: QDialog) -> None:
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _show_models(self) -> None:
        # Read when asked for: cards are small, and no network is loaded.
        from inference.models.packages import BrokenPackage, list_packages

        found = list_packages()
        broken = [x for x in found if isinstance(x, BrokenPackage)]
        cards = [x for x in found if not isinstance(x, BrokenPackage)]
        self._show_text(self.tr("Model cards"), dialogs.cards_html(cards, broken), (760, 680))

    def _set_full_screen(self, on: bool) -> None:
        state = Qt.WindowState.WindowFullScreen
        self.setWindowState(self.windowState() | state if on else self.windowState() & ~state)

    # Events

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hide overlays while the space bar is held, wherever the focus is in the window."""
        if event.type() in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            assert isinstance(event, QKeyEvent)
            if self._is_plain_space(event) and self.isActiveWindow():
                if not event.isAutoRepeat():
                    pressed = event.type() == QEvent.Type.KeyPress
                    hidden = pressed or self.actions_["hide_overlays"].isChecked()
                    self.study_controller.hide_overlays(hidden)
                return True
        return super().eventFilter(watched, event)

    def _is_plain_space(self, event: QKeyEvent) -> bool:
        if event.key() != Qt.Key.Key_Space or event.modifiers() != Qt.KeyboardModifier.NoModifier:
            return False
        focus = QApplication.focusWidget()
        if focus is not None and focus.window() is not self:
            return False
        # There space types, presses or opens.
        return not isinstance(focus, TAKES_SPACE)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take folders and files of this computer."""
        if _local_paths(event):
            event.acceptProposedAction()
            self.holder.welcome.set_drag_over(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Forget what was dragged over."""
        self.holder.welcome.set_drag_over(False)
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        self.holder.welcome.set_drag_over(False)
        paths = _local_paths(event)
        if paths:
            event.acceptProposedAction()
            # After the drop is over: the other program waits for this to return.
            QTimer.singleShot(0, self, lambda: self.study_controller.open_paths(paths))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about unsaved judgements, then stop all work and go."""
        if not self.study_controller.several.may_close_all():
            event.ignore()
            return
        save_window(self, self.settings)
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)
        for cancel in self._cancel:
            cancel()
        for part in (
            self.study_controller,
            self.lesion_controller,
            self.derived_controller,
            self.saliency_controller,
            self.source_controller,
            self.recovery_controller,
            self.measuring,
            self.alignment_controller,
            self.desk_extras,
            self.charts_controller,
            self.attenuation_controller,
        ):
            part.disconnect_session()
        # Out of sight first: a window of a running search need not wait there for its last step.
        self.hide()
        self.session.shutdown(CLOSE_WITHIN_S)
        event.accept()

    def _may_lose_edits(self) -> bool:
        if not self.session.has_unsaved_edits:
            return True
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(self.tr("Unsaved judgements"))
        box.setText(self.measuring.unsaved_text())
        box.setInformativeText(self.tr("Export them first, or go on and lose the changes?"))
        button = QMessageBox.StandardButton
        box.setStandardButtons(button.Save | button.Discard | button.Cancel)
        box.button(button.Save).setText(self.tr("Export…"))
        box.button(button.Discard).setText(self.tr("Go on without export"))
        box.setDefaultButton(button.Save)
        answer = box.exec()
        box.deleteLater()
        if answer == button.Save:
            (self.lesion_controller if self.session.analysis else self.measuring).ask_export()
            return False
        return bool(answer == button.Discard)


def _local_paths(event: QDropEvent) -> list[Path]:
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
