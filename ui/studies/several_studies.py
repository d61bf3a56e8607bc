"""Several open studies: the list, the comparison, how both are linked, and series in panes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.core.kit.errors import InputError
from app.core.kit.plain_text import readable
from app.core.space.volume import Quantity, Volume
from app.core.study.patients import SamePatient, prior_of, same_patient
from app.core.study.person_name import readable_name
from app.core.study.study import Study
from app.session.content import volumes_of
from ui.frame.capability import Controller
from ui.frame.closing import may_close
from ui.frame.problems import TOPIC
from ui.kit import text
from ui.kit.theme import lesion_colour
from ui.studies.background_pictures import MipKeeper, ThumbnailKeeper
from ui.studies.panel import StudiesPanel, study_key
from ui.studies.recent_menu import RecentStudies
from viewers.paint.words import in_words

if TYPE_CHECKING:
    from viewers.make.mip_frames import MipFrames

PATIENTS_TOPIC = "patients"
COMPARE_LAYOUT = "compare"


class SeveralStudies(QObject):
    """Wires the session's list of studies to the studies panel, the panes and the actions.

    Parameters
    ----------
    owner
        The controller, whose subscriptions and jobs these are.
    mips
        Makes the turning MIP of what is compared.
    recent
        Remembers which folders could be opened.
    """

    def __init__(self, owner: Controller, mips: MipKeeper, recent: RecentStudies) -> None:
        super().__init__(owner)
        frame = owner.frame
        self._owner, self._frame = owner, frame
        self._session, self._actions, self._scene = frame.session, frame.actions, frame.scene
        self._panel, self._jobs = frame.panel(StudiesPanel), frame.jobs
        self._mips, self._recent = mips, recent
        self._layout_before = ""
        self._told = ("", "")
        panel = self._panel
        self.thumbnails = ThumbnailKeeper(owner)
        made = self.thumbnails.made
        owner.listen(made, lambda: panel.show_pictures(self.thumbnails.pictures))
        owner.listen(self._session.studies.list_changed, self._on_studies)
        owner.listen(self._session.studies.comparison_changed, self._on_comparison)
        owner.listen(panel.activate_wanted, self._session.studies.activate)
        owner.listen(panel.close_wanted, self.close)
        owner.listen(panel.compare_wanted, self.compare_with)
        owner.listen(panel.pane_wanted, self._show_in_active_pane)
        self._connect_scene()
        owner.at_close(lambda: self._frame.banners.dismiss(PATIENTS_TOPIC))
        for name, act in {
            "compare": self.toggle_compare,
            "swap_studies": self.swap,
            "link_here": self._scene.beside.link_here,
            "usual_series": self._scene.beside.reset_series,
            "next_study": lambda: self.step(+1),
            "previous_study": lambda: self.step(-1),
        }.items():
            owner.on(name, act)
        owner.on_toggle("link_studies", self._scene.beside.set_linked)

    # Wishes

    def step(self, by: int) -> None:
        """Make the next or previous open study the active one, round the ends."""
        studies, active = self._session.studies.all, self._session.study
        if active is not None and len(studies) > 1:
            self._session.studies.activate(studies[(studies.index(active) + by) % len(studies)])

    def swap(self) -> None:
        """Let active study and comparison change places."""
        if self._session.studies.comparison is not None:
            self._session.studies.activate(self._session.studies.comparison)

    def toggle_compare(self) -> None:
        """Show active study and prior in the compare layout, or go back to the layout before."""
        layouts, session = self._scene.layouts, self._session
        if session.study is None:
            return
        if layouts.layout_name == COMPARE_LAYOUT:
            layouts.set_layout(self._layout_before or layouts.layout_names()[0])
            return
        others = [x for x in session.studies.all if x is not session.study]
        # Of other patients one is only taken where there is no choice; it is marked.
        alone = others[0] if len(others) == 1 else None
        study = session.studies.comparison or prior_of(session.study, others) or alone
        if study is None:
            said = self.tr("Choose in the Studies panel which study to compare with.")
            self._jobs.say(said)
            return
        self.compare_with(study)

    def compare_with(self, study: Study | None) -> None:
        """Compare the active study with another one and show both, or end the comparison."""
        self._session.studies.compare_with(study)
        layouts = self._scene.layouts
        if study is not None and layouts.layout_name != COMPARE_LAYOUT:
            self._layout_before = layouts.layout_name
            layouts.set_layout(COMPARE_LAYOUT)

    def close(self, study: Study) -> None:
        """Close a study, unless the reader wants to keep what is not exported."""
        session = self._session
        if study in session.studies.unsaved:
            # The reader sees what the question is about.
            session.studies.activate(study)
            if not may_close(self._frame):
                return
        session.studies.close(study)

    # From the session

    def _on_studies(self, studies: tuple[Study, ...]) -> None:
        self._panel.show_list(studies, self._session.studies.comparison)
        self.thumbnails.ask(image for study in studies for image in volumes_of(study))
        for study in studies:
            self._recent.opened(study.source)
        self._scene.beside.keep_studies(studies)

    def _on_comparison(self, study: Study | None) -> None:
        self._panel.show_list(self._session.studies.all, study)
        self._scene.beside.set_comparison(study, self._mark(study))
        if study is not None:
            self._fill_comparison(study)
        self._tell_patients()

    def _fill_comparison(self, study: Study) -> None:
        beside = self._scene.beside
        analysis = self._session.studies.content_of(study).analysis
        lesions = () if analysis is None else analysis.segmentation.lesions
        colours = {x.id: lesion_colour(x.label, x.status) for x in lesions}
        beside.set_comparison_outlines(None if analysis is None else analysis.segmentation, colours)
        if study.pet is not None:

            def take(frames: MipFrames) -> None:
                if self._session.studies.comparison is study:
                    beside.set_comparison_mip(frames)

            self._mips.give(study.pet, take)

    def _mark(self, study: Study | None) -> str:
        """Return what is said across the panes of a study of another patient, and the name."""
        active = self._session.study
        if study is None or active is None or study is active:
            return ""
        same = same_patient(active.patient, study.patient)
        name = readable(readable_name(study.patient.name) or study.patient.id)
        if same is SamePatient.YES:
            return ""
        if same is SamePatient.NO:
            return f"{self.tr('OTHER PATIENT')}\n{name or self.tr('name not stated')}"
        return f"{self.tr('PATIENT NOT CONFIRMED')}\n{name or self.tr('name not stated')}"

    def _tell_patients(self) -> None:
        """Say it above the images where studies of two patients are shown together."""
        active, beside = self._session.study, self._scene.beside.studies_beside()
        other = next((x for x in beside if self._mark(x)), None)
        if active is None or other is None:
            self._told = ("", "")
            self._frame.banners.dismiss(PATIENTS_TOPIC)
            return
        told = (study_key(active), study_key(other))
        if told == self._told:
            return
        self._told = told
        names = [
            readable_name(x.patient.name) or x.patient.id or self.tr("not stated")
            for x in (active, other)
        ]
        same = same_patient(active.patient, other.patient)
        sentence = (
            self.tr("Two patients are shown together: {0}, and {1} in the panes with the band.")
            if same is SamePatient.NO
            else self.tr("The headers do not say that these are one patient: {0} and {1}.")
        )
        stop = (self.tr("Stop comparing"), self._show_one)
        advice = self.tr("Check the name of every pane before you compare.")
        self._frame.banners.show_message(
            PATIENTS_TOPIC, "warning", sentence.format(*names), advice, [stop]
        )

    def _show_one(self) -> None:
        """Show the active study alone."""
        self._session.studies.compare_with(None)
        self._scene.beside.reset_series()

    # Navigation

    def _on_link(self) -> None:
        """Say how the comparison follows, and bring the menu in line."""
        if self._session.studies.comparison is None:
            return
        link = self._scene.beside.link
        action = self._actions["link_studies"]
        action.blockSignals(True)
        action.setChecked(link is not None)
        action.blockSignals(False)
        if link is None:
            self._jobs.say(self.tr("The compared studies are not linked."))
            return
        x, y, z = (text.number(v, 0) for v in link.offset_mm)
        said = {
            "frame": self.tr("Linked by patient position: both state one frame of reference."),
            "table": self.tr(
                "Linked by the table offset ({0}, {1}, {2} mm): the tops of both scans stand at "
                "one height. Use Link here where they differ."
            ),
            "reader": self.tr("Linked where you set it: offset {0}, {1}, {2} mm."),
        }
        self._jobs.say(said[str(link.kind)].format(x, y, z))

    # Series in panes

    def _connect_scene(self) -> None:
        owner, beside = self._owner, self._scene.beside
        owner.listen(beside.link_changed, self._on_link)
        owner.listen(beside.shown_changed, self.show_places)
        owner.listen(self._scene.layouts.layout_changed, lambda _name: self.show_places())
        owner.listen(beside.series_dropped, self._on_drop)

    def show_places(self) -> None:
        """Say at every series in which panes it is shown."""
        self._tell_patients()
        found = self._scene.beside.shown_where()
        self._panel.show_places({(f"{n:x}", uid): x for (n, uid), x in found.items()})

    def _show_in_active_pane(self, study: Study, uid: str) -> None:
        active = self._scene.scene.active
        if active is None:
            self._refuse(self.tr("No pane is active: click a pane first, then choose the series."))
            return
        self.show_series(active, study, uid)

    def _on_drop(self, pane: int, key: str, uid: str) -> None:
        study = next((x for x in self._session.studies.all if study_key(x) == key), None)
        if study is None:
            self._refuse(self.tr("The study of this series is no longer open."))
        else:
            self.show_series(pane, study, uid)

    def show_series(self, pane: int, study: Study, uid: str) -> None:
        """Show a series in a pane, read first if need be; what does not fit is said."""
        self._frame.banners.dismiss(TOPIC)
        image = self._session.studies.content_of(study).image(uid)
        if image is not None:
            self._put(pane, study, image)
            return
        try:
            job = self._session.studies.load_series(study, uid, lambda x: self._put(pane, study, x))
        except InputError as error:
            self._refuse(error.sentence)
            return
        self._owner.own(job)

    def _put(self, pane: int, study: Study, image: Volume) -> None:
        beside = self._scene.beside
        reason = beside.show_series(pane, study, image, self._mark(study))
        if reason is not None:
            self._refuse(in_words(reason))
            return
        self.thumbnails.ask([image])
        if image.quantity not in (Quantity.HU, Quantity.MR):
            self._mips.give(image, lambda frames: beside.set_pane_mip(pane, image, frames))

    def _refuse(self, reason: str) -> None:
        self._frame.banners.show_message(TOPIC, "info", reason)
