"""Studies and their display: what was opened goes to the panes, wishes go to the session."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QLabel, QWidget

from app.core.kit.errors import KnownError
from app.core.kit.jobs import Job
from app.core.study.fusion import can_fuse
from app.core.study.placement import wants_alignment
from app.core.study.study import Study
from app.session.session import Session
from ui.actions.actions import Actions, shows_ct
from ui.display.controller import DisplayController
from ui.display.panel import DisplayPanel
from ui.frame.desk_holder import DeskHolder
from ui.frame.job_bar import JobBar
from ui.frame.problems import TOPIC, ProblemTeller
from ui.help.dialogs import TextDialog, provenance_html
from ui.kit.banner import Step
from ui.kit.folders import OPEN_FOLDER, ask_folder, last_folder
from ui.kit.settings import settings_of
from ui.panes.probe_text import place_text, values_text
from ui.phases.controller import PhaseController, same_but_phase
from ui.studies.background_pictures import MipKeeper
from ui.studies.header_form import HeaderForm, missing_names
from ui.studies.panel import StudiesPanel
from ui.studies.recent_menu import RecentStudies
from ui.studies.screen_pictures import PictureController
from ui.studies.several_studies import SeveralStudies

if TYPE_CHECKING:
    from viewers.desk.desk import ReadingDesk
    from viewers.make.mip import MipFrames

_SHOWN_WARNINGS = 3


class StudyController(QObject):
    """Wires the session's study to panes, studies panel, display panel and banners.

    Signals
    -------
    opened(object)
        The study that is now open, or ``None``; sent after panes and panels show it.
    """

    opened = Signal(object)

    def __init__(
        self,
        session: Session,
        actions: Actions,
        holder: DeskHolder,
        studies: StudiesPanel,
        display: DisplayPanel,
        jobs: JobBar,
        problems: ProblemTeller,
        probe: QLabel,
        window: QWidget,
        may_lose_edits: Callable[[], bool],
    ) -> None:
        super().__init__(window)
        self._session, self._actions, self._window = session, actions, window
        self._holder, self._studies, self._display = holder, studies, display
        self._jobs, self._problems, self._probe = jobs, problems, probe
        self._may_lose_edits = may_lose_edits
        # Where the status bar has no room the end of its text is cut, and not the window widened.
        probe.setMinimumWidth(1)
        self._shown: Study | None = None
        self._mips = MipKeeper(session, jobs)
        self.recent = RecentStudies(actions, studies, self.open_paths, problems.tell, self)
        self.several = SeveralStudies(
            session,
            actions,
            holder,
            studies,
            jobs,
            self._mips,
            self.recent,
            may_lose_edits,
            window,
        )
        self._cancel = [
            session.studies.active_changed.connect(self._on_study),
            session.derived.changed.connect(lambda _images: self._show_present()),
            session.alignment.placed.connect(self._on_placement),
        ]
        for name, act in {
            "open_folder": self.ask_folder,
            "open_files": self.ask_files,
            "sample": self.open_sample,
            "close_study": self.close_study,
            "headers": self.ask_headers,
            "provenance": self.show_provenance,
        }.items():
            actions[name].triggered.connect(lambda _=False, act=act: act())
        for preset in actions.ct_presets:
            width, level = preset.data()
            preset.triggered.connect(lambda _=False, w=width, x=level: self._set_ct(w, x))
        actions["uncertainty"].toggled.connect(self._show_uncertainty)
        actions["hide_overlays"].toggled.connect(self.hide_overlays)
        display.pet_range_wanted.connect(self._set_pet)
        display.ct_window_wanted.connect(self._set_ct)
        display.fusion_wanted.connect(self._set_fusion)
        holder.desk_made.connect(self._connect_desk)
        self.phases = PhaseController(session, actions, holder, jobs, window)
        self.pictures = PictureController(session, actions, jobs, window)
        self.displayed = DisplayController(actions, holder, display, problems, window)

    def disconnect_session(self) -> None:
        """Hear nothing more of the session."""
        self.several.disconnect_session()
        for cancel in self._cancel:
            cancel()
        self.phases.disconnect_session()
        self.pictures.disconnect_session()

    # Opening

    def open_paths(self, paths: list[Path]) -> None:
        """Open what was dropped, chosen or named on the command line."""
        self.recent.asked(paths)
        self._open(lambda: self._session.studies.open_paths(paths))

    def open_pair(self, pet: Path | None, ct: Path | None, mr: Path | None = None) -> None:
        """Open a NIfTI PET with or without its CT, a T1-weighted MR, or both."""
        self._open(lambda: self._session.studies.open_pair(pet, ct, mr))

    def open_sample(self) -> None:
        """Open the sample study, made on first use."""
        self._open(self._session.studies.open_sample)

    def close_study(self) -> None:
        """Close the study, unless the reader wants to keep what is not exported."""
        if self._may_lose_edits():
            self._session.studies.close()

    def _open(self, start: Callable[[], Job]) -> None:
        self._holder.banners.dismiss(TOPIC)
        self._jobs.show_report(start().report)

    def ask_folder(self) -> None:
        """Ask for a folder and open it."""
        title = self.tr("Open a study's folder")
        folder = ask_folder(self._window, title, OPEN_FOLDER, beside=True)
        if folder is not None:
            self.open_paths([folder])

    def ask_files(self) -> None:
        """Ask for files and open them."""
        settings = settings_of(self._window)
        files, _ = QFileDialog.getOpenFileNames(
            self._window, self.tr("Open DICOM or NIfTI files"), last_folder(settings, OPEN_FOLDER)
        )
        if files:
            settings.set_value(OPEN_FOLDER, str(Path(files[0]).parent))
            self.open_paths([Path(x) for x in files])

    def ask_headers(self) -> None:
        """Ask for the header values that the SUV needs, and use them."""
        study = self._session.study
        if study is None:
            return
        form = HeaderForm(study, self._window)
        try:
            if form.exec() == QDialog.DialogCode.Accepted and self._session.study is study:
                self._session.studies.override_headers(form.values())
                self._jobs.say(self.tr("SUV computed with the values you typed in."))
        except KnownError as error:
            self._problems.tell(error)
        finally:
            form.deleteLater()

    def show_provenance(self) -> None:
        """Show where every number comes from."""
        if self._session.study is None:
            return
        page = provenance_html(self._session.study, self._session.analysis)
        dialog = TextDialog(self.tr("Where the numbers come from"), page, self._window)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    # Showing

    def _on_study(self, study: Study | None) -> None:
        again = same_but_phase(self._shown, study)
        self._shown = study
        if not again:
            self._holder.banners.clear()
        self._studies.show_study(study)
        self._show_present()
        if study is None:
            self._holder.show_welcome()
            if self._holder.desk is not None:
                self._holder.desk.set_study(None)
            self._probe.clear()
        else:
            self._holder.show_desk().set_study(study)
            if not again:
                self._warn(study)
            self._start_mip(study)
        self.opened.emit(study)

    def _on_placement(self, study: Study) -> None:
        """Show an image in another place; what was laid over the PET stays."""
        self._holder.banners.dismiss("study")
        if self._holder.desk is not None:
            self._holder.desk.replace_study(study)
        self._studies.show_study(study)
        self._show_present()
        self._warn(study)

    def _show_present(self) -> None:
        """Offer the settings of what can be seen: a synthetic CT has a CT's window."""
        study = self._session.study
        pet = None if study is None or study.pet is None else study.pet.quantity
        ct = study is not None and shows_ct(study, self._session.derived.images)
        self._display.set_present(pet=pet, ct=ct, fused=study is not None and can_fuse(study))

    def _warn(self, study: Study) -> None:
        found = [*study.warnings, *study.choice.warnings]
        steps: list[Step] = []
        if study.suv is not None and study.suv.type is None and study.suv.why:
            found.insert(0, study.suv.why)
            if study.suv.missing:
                names = missing_names(study.suv.missing)
                found.insert(1, self.tr("Missing: {0}. Type it in to see SUV.").format(names))
                steps.append((self._actions["headers"].text(), self._actions["headers"].trigger))
        if wants_alignment(study):
            steps.append((self._actions["align"].text(), self._actions["align"].trigger))
        # What is said of the SUV stands beside its rule in the studies panel.
        said = study.suv.warnings if study.suv is not None else ()
        sentences = [x for x in dict.fromkeys(found) if x not in said]
        if not sentences:
            return
        rest = sentences[1:_SHOWN_WARNINGS]
        if len(sentences) > _SHOWN_WARNINGS:
            rest.append(self.tr("And {0} more.").format(len(sentences) - _SHOWN_WARNINGS))
            steps.append((self.tr("Show all…"), self._actions["provenance"].trigger))
        self._holder.banners.show_message("study", "warning", sentences[0], "\n".join(rest), steps)

    def _start_mip(self, study: Study) -> None:
        compared = self._session.studies.comparison
        shown = [x.pet for x in (study, compared) if x is not None and x.pet is not None]
        self._mips.stop_all_but(shown)
        pet = study.pet
        if pet is None:
            return

        def take(frames: MipFrames) -> None:
            now = self._session.study
            if now is not None and now.pet is pet and self._holder.desk is not None:
                self._holder.desk.set_mip_frames(frames)

        self._mips.give(pet, take)

    # Display

    def _connect_desk(self, desk: ReadingDesk) -> None:
        desk.pet_range_changed.connect(self._display.show_pet_range)
        desk.ct_window_changed.connect(self._display.show_ct_window)
        desk.probe_changed.connect(self._show_probe)

    def _set_pet(self, lower: float, upper: float) -> None:
        if self._holder.desk is not None:
            self._holder.desk.set_pet_range(lower, upper)

    def _set_ct(self, width: float, level: float) -> None:
        if self._holder.desk is not None:
            self._holder.desk.set_ct_window(width, level)
            self._display.show_ct_window(width, level)

    def _set_fusion(self, opacity: float) -> None:
        if self._holder.desk is not None:
            self._holder.desk.set_fusion_opacity(opacity)

    def _show_uncertainty(self, on: bool) -> None:
        if self._holder.desk is not None:
            self._holder.desk.show_uncertainty(on)

    def hide_overlays(self, hidden: bool) -> None:
        """Hide or show outlines and maps."""
        if self._holder.desk is not None:
            self._holder.desk.hide_overlays(hidden)

    def _show_probe(self, probe: Any) -> None:
        if probe is None:
            self._probe.clear()
            return
        self._probe.setText("    ".join((values_text(probe), place_text(probe))))
