"""Studies and their display: what was opened goes to the panes, wishes go to the session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QFileDialog

from app.core.kit.errors import KnownError
from app.core.kit.jobs import Job
from app.core.study.placement import wants_alignment
from app.core.study.study import Study
from ui.frame.capability import Controller, Frame
from ui.frame.closing import may_close
from ui.frame.problems import TOPIC
from ui.kit.banner import Step
from ui.kit.folders import OPEN_FOLDER, ask_folder, last_folder
from ui.kit.pages import TextDialog, open_dialog
from ui.kit.plain import window_title
from ui.phases.controller import same_but_phase
from ui.studies.background_pictures import MipKeeper
from ui.studies.doubts import Doubts
from ui.studies.drops import Drops
from ui.studies.header_form import HeaderForm, can_be_typed, missing_names, not_typed
from ui.studies.panel import StudiesPanel
from ui.studies.provenance_page import provenance_html
from ui.studies.recent_menu import RecentStudies
from ui.studies.several_studies import SeveralStudies
from ui.studies.specs import StudyState

if TYPE_CHECKING:
    from viewers.make.mip_frames import MipFrames

_SHOWN_WARNINGS = 3
STUDY_TOPIC = "study"


class StudyController(Controller):
    """Wires the session's study to panes, studies panel and banners."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(frame)
        self._studies = frame.panel(StudiesPanel)
        self._shown: Study | None = None
        self._mips = MipKeeper(self)
        self.recent = RecentStudies(self, self.open_paths)
        self.several = SeveralStudies(self, self._mips, self.recent)
        self.listen(self._session.studies.active_changed, self._on_study)
        self.listen(self._session.alignment.placed, self._on_placement)
        for name, act in {
            "open_folder": self.ask_folder,
            "open_files": self.ask_files,
            "sample": self.open_sample,
            "close_study": self.close_study,
            "headers": self.ask_headers,
            "provenance": self.show_provenance,
        }.items():
            self.on(name, act)
        self.at_close(lambda: self.frame.banners.dismiss(STUDY_TOPIC))
        Drops(self, self.open_paths)
        self._doubts = Doubts(self)

    def state(self) -> StudyState:
        """Return whether folders are remembered."""
        return StudyState(self.recent.any)

    # Opening

    def open_paths(self, paths: list[Path]) -> None:
        """Open what was dropped, chosen or named on the command line."""
        self.recent.asked(paths)
        self._open(lambda: self._session.studies.open_paths(paths))

    def open_pair(
        self,
        pet: Path | None,
        ct: Path | None,
        mr: Path | None = None,
        paths: Sequence[Path] = (),
    ) -> None:
        """Open images that were named PET, CT and MR, with what lies below paths."""
        self._open(lambda: self._session.studies.open_pair(pet, ct, mr, paths))

    def open_sample(self) -> None:
        """Open the sample study, made on first use."""
        self._open(self._session.studies.open_sample)

    def close_study(self) -> None:
        """Close the study, unless the reader wants to keep what is not exported."""
        if may_close(self.frame):
            self._session.studies.close()

    def _open(self, start: Callable[[], Job]) -> None:
        self.frame.banners.dismiss(TOPIC)
        self.own(start())

    def ask_folder(self) -> None:
        """Ask for a folder and open it."""
        title = self.tr("Open a study's folder")
        folder = ask_folder(self._window, title, OPEN_FOLDER, beside=True)
        if folder is not None:
            self.open_paths([folder])

    def ask_files(self) -> None:
        """Ask for files and open them."""
        settings = self.frame.settings
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
                typed = self._session.study
                if typed.suv is None or typed.suv.type is None:
                    self._jobs.say(self.tr("No SUV with the values you typed in."))
                else:
                    self._jobs.say(self.tr("SUV computed with the values you typed in."))
        except KnownError as error:
            self.frame.problems.tell(error)
        finally:
            form.deleteLater()

    def show_provenance(self) -> None:
        """Show where every number comes from."""
        if self._session.study is None:
            return
        page = provenance_html(self._session.study, self._session.analysis)
        open_dialog(TextDialog(self.tr("Where the numbers come from"), page, self._window))

    # Showing

    def _on_study(self, study: Study | None) -> None:
        again = same_but_phase(self._shown, study)
        self._shown = study
        if not again:
            self.frame.banners.clear()
        self._studies.show_study(study)
        if study is None:
            self._holder.show_welcome()
            self._scene.set_study(None)
            self._mips.stop_all_but(())
        else:
            self._holder.show_desk()
            self._scene.set_study(study)
            if not again:
                self._warn(study)
            self._start_mip(study)
        described = "" if study is None else window_title(study.description)
        self._window.setWindowTitle(f"{described} – Uptake" if described else "Uptake")
        if study is not None:
            self._jobs.say(self.tr("Study opened"))

    def _on_placement(self, study: Study) -> None:
        """Show an image in another place; what was laid over the PET stays."""
        self.frame.banners.dismiss(STUDY_TOPIC)
        self._scene.replace_study(study)
        self._studies.show_study(study)
        self.several.show_places()
        self._warn(study)

    def _warn(self, study: Study) -> None:
        found = [*study.warnings, *study.choice.warnings]
        steps: list[Step] = []
        if study.suv is not None and study.suv.type is None and study.suv.why:
            found.insert(0, study.suv.why)
            if study.suv.missing:
                if can_be_typed(study.suv.missing):
                    asks = self.tr("Missing: {0}. Type it in to see SUV.")
                    names = missing_names(study.suv.missing)
                else:
                    asks = self.tr(
                        "Needed, and not to be typed in: {0}. Open the series as it came from the "
                        "scanner."
                    )
                    names = missing_names(not_typed(study.suv.missing))
                found.insert(1, asks.format(names))
            if can_be_typed(study.suv.missing):
                steps.append((self._actions["headers"].text(), self._actions["headers"].trigger))
        if wants_alignment(study):
            offered = [x for x in ("align", "fuse_as_read") if x in self._actions]
            steps.extend((self._actions[x].text(), self._actions[x].trigger) for x in offered)
        # What is said of the SUV stands beside its rule in the studies panel.
        said = study.suv.warnings if study.suv is not None else ()
        sentences = [x for x in dict.fromkeys(found) if x not in said]
        if not sentences:
            return
        rest = sentences[1:_SHOWN_WARNINGS]
        if len(sentences) > _SHOWN_WARNINGS:
            rest.append(self.tr("And {0} more.").format(len(sentences) - _SHOWN_WARNINGS))
            steps.append((self.tr("Show all…"), self._actions["provenance"].trigger))
        self.frame.banners.show_message(
            STUDY_TOPIC, "warning", sentences[0], "\n".join(rest), steps
        )

    def _start_mip(self, study: Study) -> None:
        compared = self._session.studies.comparison
        shown = [x.pet for x in (study, compared) if x is not None and x.pet is not None]
        self._mips.stop_all_but(shown)
        pet = study.pet
        if pet is None:
            return

        def take(frames: MipFrames) -> None:
            now = self._session.study
            if now is not None and now.pet is pet:
                self._scene.navigation.set_mip_frames(frames)

        self._mips.give(pet, take)
