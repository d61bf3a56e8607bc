"""Derived images: asking for them, showing one beside its original, comparing both."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtGui import QAction

from app.core.kit.jobs import Job, JobContext, JobReport
from app.core.models.card import ModelCard
from app.core.space.volume import Quantity, Volume
from app.core.study.derived import DerivedImage, DerivedKind
from app.core.study.study import Study
from app.io.write.names import derived_files
from ui.derived.specs import DerivedState
from ui.display.panel import DisplayPanel
from ui.frame.capability import Controller, Frame
from ui.frame.exporting import ask_export_folder
from ui.frame.packages import FindPackages, installed_packages
from ui.kit import text
from ui.kit.plain import menu_text, tip
from ui.lesions.panel import LesionsPanel
from viewers.scene.values import MapKind

DeriveWork = Callable[[JobContext], DerivedImage]
TOPIC = "derived"
#: Tasks that make an image of a study.
DERIVE_TASKS = ("denoise-pet", "super-resolve-pet", "synthetic-ct")
#: Ways to look at a derived image that take one place, of which one is on at most.
VIEWS = ("derived", "difference", "deviation")


def network_derive(study: Study, card: ModelCard) -> DeriveWork:
    """Return the work of a package on a study; torch is imported by the worker."""

    def work(context: JobContext) -> DerivedImage:
        from inference.tasks.derive import derive, derive_request

        return derive(derive_request(study, card), context)

    return work


def task_text(task: str) -> str:
    """Entry of the Models menu for a task."""
    words = {
        "denoise-pet": QCoreApplication.translate("derived", "Denoise PET"),
        "super-resolve-pet": QCoreApplication.translate("derived", "Super-resolve PET"),
        "synthetic-ct": QCoreApplication.translate("derived", "Synthetic CT from MR"),
    }
    return words[task]


def error_text(synthetic: Volume, ct: Volume) -> str:
    """Mean absolute error of a synthetic CT against the real one: in the body, and by tissue."""
    from app.core.lesions.compare import hu_error

    found = hu_error(synthetic, ct)
    tissues = {
        "air": QCoreApplication.translate("derived", "air"),
        "fat": QCoreApplication.translate("derived", "fat"),
        "soft": QCoreApplication.translate("derived", "soft tissue"),
        "bone": QCoreApplication.translate("derived", "bone"),
    }
    parts = [
        f"{name} {text.number(found.tissues[key].mean_absolute_hu, 0)}"
        for key, name in tissues.items()
    ]
    words = QCoreApplication.translate(
        "derived", "Mean absolute error against the CT: {0} HU in the body ({1})"
    )
    return words.format(text.number(found.body.mean_absolute_hu, 0), ", ".join(parts))


class DerivedController(Controller):
    """Wires the session's derived images to the Models menu, the panes and the lesion table.

    Signals
    -------
    compared(object)
        The `DerivedImage` that is compared with its original from now on, or ``None``. Also where
        it is the same one, but its original was moved.
    """

    compared = Signal(object)

    def __init__(
        self,
        frame: Frame,
        make_derive: Callable[[Study, ModelCard], DeriveWork] = network_derive,
        find_packages: FindPackages = installed_packages,
    ) -> None:
        super().__init__(frame)
        self._display, self._lesions = frame.panel(DisplayPanel), frame.panel(LesionsPanel)
        self.make_derive, self.find_packages = make_derive, find_packages
        self._running: dict[int, str] = {}
        self._known: set[str] = set()
        self._notes: dict[str, str] = {}
        self.current: DerivedImage | None = None
        self.entries: list[QAction] = []
        self._take_entries: Callable[[], None] = _nothing
        session = self._session
        self.listen(session.derived.changed, self._on_derived)
        self.listen(session.derived.values_changed, self._show_shifts)
        self.listen(session.results.changed, lambda _analysis: self._show_shifts())
        self.listen(session.alignment.placed, lambda _study: self._compare_again())
        for name in VIEWS:
            self.on_toggle(name, partial(self._show_view, name))
        self.on("export_derived", self.ask_export)
        self.listen(self._display.derived_wanted, self.choose)
        self.listen(self._display.removal_wanted, self._remove)
        self.listen(frame.menus["Models"].aboutToShow, self.fill_menu)
        self.at_close(lambda: self._take_entries())
        self.at_close(lambda: self.frame.banners.dismiss(TOPIC))
        self._show(None)

    def state(self) -> DerivedState:
        """Return which image is compared with its original."""
        return DerivedState(self.current)

    # Asking

    def fill_menu(self) -> None:
        """Put one entry per installed package into the Models menu, above the model cards.

        Called when the menu opens: a package that was installed meanwhile is there, and the
        start of the program reads none.
        """
        self._take_entries()
        for entry in self.entries:
            entry.deleteLater()
        cards = self.find_packages(*DERIVE_TASKS)
        self.entries = [self._entry(card, cards) for card in cards]
        self._take_entries = self.frame.menus.put("Models", "derive", self.entries)

    def _entry(self, card: ModelCard, cards: tuple[ModelCard, ...]) -> QAction:
        words = task_text(card.task)
        if sum(x.task == card.task for x in cards) > 1:
            words = f"{words} ({card.name})"
        entry = QAction(menu_text(words), self)
        obstacle = self._obstacle(card)
        entry.setEnabled(not obstacle)
        entry.setToolTip(tip(obstacle or card.summary))
        entry.triggered.connect(lambda: self.derive(card, words))
        return entry

    def derive(self, card: ModelCard, title: str) -> None:
        """Start a package on the open study, in the background."""
        study = self._session.study
        if study is None or self._obstacle(card):
            return
        job = self.start(title, self.make_derive(study, card), self._on_end)
        self._running[job.id] = card.id

    def _on_end(self, report: JobReport) -> None:
        self._running.pop(report.job_id, None)

    def start(
        self,
        title: str,
        work: DeriveWork,
        ended: Callable[[JobReport], object] | None = None,
        *,
        on_device: bool = True,
    ) -> Job:
        """Make a derived image of the open study in the background, with a bar."""
        return self.own(self._session.derived.run(title, work, on_device=on_device), ended)

    def compare_quietly(
        self, work: Callable[[JobContext], Any], done: Callable[[Any], None]
    ) -> Job:
        """Compare in the background; no bar tells of it."""
        return self.run(self.tr("Comparing with the original"), work, done, quiet=True)

    def _obstacle(self, card: ModelCard) -> str:
        """Say why a package cannot run now, or return an empty text."""
        study = self._session.study
        if study is None:
            return self.tr("Open a study first.")
        if card.id in self._running.values():
            return self.tr("It runs already; the bar below shows how far it is.")
        needed = {x.modality for x in card.inputs if x.required}
        present = {"PT": study.pet, "CT": study.ct, "MR": study.mr}
        lacking = sorted(x for x in needed if present.get(x) is None)
        if lacking:
            names = {"PT": self.tr("attenuation-corrected PET"), "MR": self.tr("T1-weighted MR")}
            name = names.get(lacking[0], lacking[0])
            return self.tr("This study has no {0}, which the model needs.").format(name)
        if "PT" in needed and study.pet is not None and study.pet.quantity is not Quantity.SUV_BW:
            return self.tr("The model needs SUV. See the note above the images.")
        return ""

    # Showing

    def _on_derived(self, images: tuple[DerivedImage, ...]) -> None:
        self._display.show_derived_images(images)
        # Those of a study that was open before are no news when it is active again.
        arrived = bool(images) and images[-1].id not in self._known
        self._known |= {x.id for x in images}
        if arrived or self.current not in images:
            self._show(images[-1] if images else None)
        if arrived:
            self._tell(images[-1])
        elif not images:
            self.frame.banners.dismiss(TOPIC)

    def _compare_again(self) -> None:
        """Follow an image that was moved: a difference of before says nothing now."""
        here = self.current
        if here is not None:
            self._scene.overlays.set_difference_map(None)
            self._show(next((x for x in self._session.derived.images if x.id == here.id), None))

    def choose(self, image_id: str) -> None:
        """Compare another of the derived images with its original."""
        found = next((x for x in self._session.derived.images if x.id == image_id), None)
        if found is not None and found is not self.current:
            self._show(found)

    def ask_export(self) -> None:
        """Ask for a folder and write the derived image there, in the background."""
        study, image = self._session.study, self.current
        if study is None or image is None:
            return
        title = self.tr("Choose a folder for {0}").format(image.title)
        folder = ask_export_folder(self._window, title, derived_files(image.kind))
        if folder is None:
            return

        def work(context: JobContext) -> Any:
            from app.io.write.derived import DerivedFiles
            from app.io.write.exporter import export

            return export(study, [DerivedFiles(image)], folder, context)

        def done(files: Any) -> None:
            said = self.tr("Exported {0} files to {1}.")
            self._jobs.say(said.format(len(files), folder.name))

        self.run(self.tr("Exporting {0}").format(image.title), work, done)

    def _remove(self) -> None:
        if self.current is not None:
            self._session.derived.remove(self.current.id)

    def _show(self, image: DerivedImage | None) -> None:
        self.current = image
        self.frame.refresh()
        for name in VIEWS:
            if not self._actions[name].isEnabled():
                self._actions[name].setChecked(False)
        self._notes.clear()
        # A formula is named by its authors: there is no card to look it up in.
        self.note("method", (image and image.provenance.method) or "")
        if image is not None:
            self._display.show_chosen_derived(image.id)
        self._scene.overlays.set_derived(image)
        self._start_difference()
        self._show_shifts()
        self.compared.emit(image)

    def note(self, part: str, words: str) -> None:
        """Say something of the image that is compared, beside what other parts say of it."""
        self._notes[part] = words
        order = ("method", "error", "attenuation")
        said = (self._notes.get(x, "") for x in order)
        self._display.show_derived_note("\n".join(x for x in said if x))

    def _tell(self, image: DerivedImage) -> None:
        """Say that it is there; the panes change only when the reader wants them to."""
        warnings = image.provenance.warnings
        key = self._actions["derived"].shortcut().toString()
        detail = self.tr("{0} flickers between it and the original.").format(key)
        self.frame.banners.show_message(
            TOPIC,
            "warning" if warnings else "info",
            self.tr("{0} is ready.").format(image.title),
            "\n".join((*warnings[:3], detail)),
            [
                (self.tr("Show"), lambda: self._actions["derived"].setChecked(True)),
                (self.tr("Side by side"), self._side_by_side),
            ],
        )

    def _side_by_side(self) -> None:
        if self.current is not None:
            self._scene.layouts.set_layout("derived")
        self.frame.banners.dismiss(TOPIC)

    def _show_view(self, name: str, on: bool) -> None:
        if on:
            self.frame.banners.dismiss(TOPIC)
            for other in VIEWS:
                if other != name:
                    self._actions[other].setChecked(False)
        if name == "derived":
            self._scene.overlays.show_derived(on)
        else:
            self._scene.overlays.show_map(MapKind(name) if on else None)

    def _start_difference(self) -> None:
        study, image = self._session.study, self.current
        if study is None or image is None:
            return
        original = study.ct if image.kind.stands_for == "ct" else study.pet
        # The panes say why there is nothing to compare.
        if original is None or original.quantity is not image.volume.quantity:
            return
        grid = image.volume.grid
        if not original.grid.same_space(grid) or not original.grid.overlaps(grid):
            return

        ct = study.ct if image.kind is DerivedKind.SYNTHETIC_CT else None

        def work(context: JobContext) -> Any:
            from viewers.make.difference import difference_of

            context.check()
            difference = difference_of(original, image.volume)
            context.check()
            return difference, None if ct is None else error_text(image.volume, ct)

        def done(found: Any) -> None:
            if self.current is image:
                self._scene.overlays.set_difference_map(found[0])
                self.note("error", found[1] or "")

        self.compare_quietly(work, done)

    def _show_shifts(self) -> None:
        """Show by how much the derived PET moves the lesions' values, once it was measured."""
        image = self.current
        values = None if image is None else self._session.derived.values.get(image.id)
        self._lesions.show_shifts(values, "" if image is None else image.title)


def _nothing() -> None:
    """Take nothing away."""
