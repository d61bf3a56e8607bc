"""Make the pictures of the user guide: the window, driven as a reader would, on a study.

``python docs/pictures.py`` uses the sample study and writes to ``docs/guide/pictures``; another
study can be named to look at the window with it, and its pictures stay outside the repository.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
from pictures_derived import take_derived, take_mr
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QDialog

from app.compute.phantom.phantom import SAMPLE_SEED, make_phantom
from app.core.drawn.voi import Isocontour, Sphere, ThresholdKind, ThresholdRule
from app.core.lesions.lesion import LesionStatus
from app.io.sample.folder import sample_facts
from app.io.write.dicom.scanner import write_ct, write_pet
from ui.display.controller import DisplayController
from ui.keys.controller import KeysController
from ui.keys.editor import ShortcutEditor
from ui.lesions.panel import LesionsPanel
from ui.measure.controller import MeasurementController
from ui.panes.controller import PanesController
from ui.studies.controller import StudyController
from ui.studies.header_form import HeaderForm
from ui.window.main_window import MainWindow
from ui.window.start import make_application, make_window

GUIDE = Path(__file__).resolve().parent / "guide" / "pictures"
SIZE = (1400, 880)
SMALL = (1000, 650)
LONGEST_S = 1800.0


class Photographer:
    """Drives a window and takes its pictures."""

    def __init__(self, out: Path, size: tuple[int, int] = SIZE) -> None:
        self.out = out
        out.mkdir(parents=True, exist_ok=True)
        self.application = make_application()
        self.window: MainWindow = make_window()
        self.window.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        self.window.resize(*size)
        self.window.show()
        self.window.docks.arrange()

    def wait(self, until: Callable[[], bool], longest_s: float = LONGEST_S) -> None:
        """Let the window live until something is so."""
        end_s = time.monotonic() + longest_s
        while not until():
            if time.monotonic() > end_s:
                raise TimeoutError("what the picture waits for did not happen")
            self.application.processEvents()
            time.sleep(0.005)
        for _ in range(5):
            self.application.processEvents()

    def resize(self, size: tuple[int, int]) -> None:
        """Give the window another size, and the docks their usual share of it."""
        self.window.resize(*size)
        self.wait(lambda: True)
        self.window.docks.arrange()

    def idle(self) -> None:
        """Wait until no job is left."""
        self.wait(lambda: not self.window.session.jobs.reports)

    def take(self, name: str, dialog: QDialog | None = None) -> None:
        """Write a picture of the window, with a dialog over its middle if there is one."""
        self.wait(lambda: True)
        picture: QPixmap = self.window.grab()
        if dialog is not None:
            over = dialog.grab()
            painter = QPainter(picture)
            painter.setOpacity(0.55)
            painter.fillRect(picture.rect(), Qt.GlobalColor.black)
            painter.setOpacity(1.0)
            corner = picture.rect().center() - over.rect().center()
            painter.setPen(Qt.GlobalColor.darkGray)
            painter.drawRect(over.rect().translated(corner).adjusted(-1, -1, 0, 0))
            painter.drawPixmap(QPoint(corner), over)
            painter.end()
        path = self.out / f"{name}.png"
        if not picture.save(str(path), "PNG"):
            raise OSError(f"{path} could not be written")
        print(path)

    def close(self) -> None:
        """Close the window without questions."""
        self.window.session.studies.show(None)
        self.window.close()


def take_all(out: Path, study: Path) -> None:
    """Take every picture of the guide with one study."""
    camera = Photographer(out)
    window, session, actions = camera.window, camera.window.session, camera.window.actions_
    camera.take("empty")
    session.studies.open_paths([study])
    camera.wait(lambda: session.study is not None)
    camera.idle()
    camera.take("study")
    _take_keys(camera)
    actions["find"].trigger()
    camera.wait(lambda: any(r.fraction > 0.35 for r in window.job_bar.active))
    camera.take("searching")
    camera.wait(lambda: session.analysis is not None)
    camera.idle()
    window.panel(LesionsPanel).step(+1)
    camera.take("result")
    _judge(camera)
    camera.take("judged")
    session.history.undo()
    actions["uncertainty"].trigger()
    camera.take("uncertainty")
    actions["uncertainty"].trigger()
    _take_display(camera)
    _take_scores(camera)
    take_measurements(camera)
    _take_three_d(camera)
    take_derived(camera)
    _take_desk(camera)
    camera.resize(SMALL)
    camera.take("small")
    camera.resize(SIZE)
    with tempfile.TemporaryDirectory() as folder:
        _take_comparison(camera, Path(folder))
        take_mr(camera)
        _take_problems(camera, Path(folder), study)
    camera.close()


def _take_keys(camera: Photographer) -> None:
    """Take the sheet of shortcuts, and the dialog in which a key is being moved."""
    user_desk = camera.window.controller(KeysController)
    user_desk.show_sheet()
    camera.take("shortcuts")
    user_desk.show_sheet()
    fixed = (x for x in camera.window.frame.in_use.sheet() if x.first)
    editor = ShortcutEditor(user_desk.keymap, fixed, camera.window)
    editor.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    editor.show()
    editor.choose("find")
    editor.want("R")
    camera.take("keys", editor)
    editor.close()
    editor.deleteLater()


def _judge(camera: Photographer) -> None:
    panel = camera.window.panel(LesionsPanel)
    panel.step(+1)
    camera.window.session.edits.set_status(panel.selected_ids(), LesionStatus.REJECTED)


def _take_display(camera: Photographer) -> None:
    """Take colours, ways of fusion and a unit; the reader's own settings stay as they are."""
    from viewers.colour.palette_files import own_colour_maps

    desk = camera.window.holder.desk
    assert desk is not None
    before, known = desk.scene.palettes, own_colour_maps()
    steps = known["pet-20-step"]
    desk.model.display.set_palettes(
        replace(before, pet=steps, fused=known["hot-metal-blue"], mip=steps)
    )
    camera.take("colours")
    desk.model.display.set_palettes(before)
    camera.window.controller(PanesController).layouts.show("single")
    fusion, display = desk.scene.fusion, camera.window.controller(DisplayController)
    for mode in ("rising", "checkerboard", "swipe"):
        display.set_mode(mode)
        camera.take(f"fusion-{mode}")
    desk.model.display.set_fusion(replace(fusion, threshold=2.5))
    camera.take("fusion-threshold")
    desk.model.display.set_fusion(fusion)
    camera.window.controller(PanesController).layouts.show("default")
    desk.model.layouts.activate(4)
    desk.model.display.unlink_window(4, True)
    desk.model.display.set_pet_range(0.0, 15.0)
    camera.take("own-window")
    desk.model.display.unlink_window(4, False)
    desk.model.layouts.activate(None)


def _take_scores(camera: Photographer) -> None:
    """Take the order, a reason and the charts; a reason only if there is what can give one."""
    window, session, actions = camera.window, camera.window.session, camera.window.actions_
    actions["look_first"].trigger()
    actions["charts"].trigger()
    camera.idle()
    camera.take("charts")
    actions["charts"].trigger()
    if window.panel(LesionsPanel).why_button.isVisible():
        window.panel(LesionsPanel).why_button.menu().actions()[0].trigger()
        camera.wait(lambda: session.results.saliency is not None)
        camera.take("saliency")
        session.results.clear_saliency()


def take_measurements(camera: Photographer) -> None:
    """Take a contour of the hottest uptake and a sphere beside it, with their values."""
    window, session = camera.window, camera.window.session
    study, desk = session.study, window.holder.desk
    if study is None or study.pet is None or desk is None:
        return
    pet = study.pet
    hottest = np.unravel_index(int(np.nanargmax(pet.array)), pet.array.shape)
    rule = ThresholdRule(ThresholdKind.PERCENT_OF_MAX, 0.41)
    x, y, z = (float(v) for v in pet.grid.points_lps_mm(hottest))
    session.measuring.add(Isocontour((x, y, z), 25.0, rule))
    session.measuring.add(Sphere((x + 60.0, y, z), 15.0))
    window.actions_["measurements"].setChecked(True)
    window.controller(MeasurementController).panel.table.selectRow(0)
    camera.take("measuring")
    window.actions_["measurements"].setChecked(False)
    session.history.undo()
    session.history.undo()


def _take_three_d(camera: Photographer) -> None:
    """Take the 3D view, turned a little, once its surfaces are there."""
    desk = camera.window.holder.desk
    assert desk is not None
    camera.window.controller(PanesController).layouts.show("three-d")
    camera.wait(lambda: desk.scene.surface.ready and desk.scene.surface.lesions is not None)
    desk.model.surface.turn(30.0, 8.0)
    camera.wait(lambda: not desk.scene.surface.moving)
    camera.take("three-d")
    desk.model.surface.turn(-30.0, -8.0)
    camera.window.controller(PanesController).layouts.show("default")


def _take_desk(camera: Photographer) -> None:
    """Take every layout, a slab and planes that are turned."""
    window, actions = camera.window, camera.window.actions_
    for name in window.frame.scene.layouts.layout_names():
        window.controller(PanesController).layouts.show(name)
        camera.take(f"layout-{name}")
    window.controller(PanesController).layouts.show("default")
    for name in ("slab_maximum", "slab_thicker", "slab_thicker"):
        actions[name].trigger()
    camera.take("slab")
    actions["slab_maximum"].trigger()
    actions["oblique"].trigger()
    for name in ("turn_right",) * 4 + ("next_pane",) * 4 + ("turn_left",) * 3:
        actions[name].trigger()
    camera.take("oblique")
    actions["oblique"].trigger()
    actions["planes_reset"].trigger()


def _take_comparison(camera: Photographer, folder: Path) -> None:
    """Take the sample beside a date before, when its patient had no lesion yet."""
    window, session = camera.window, camera.window.session
    study = session.study
    facts = sample_facts()
    if study is None or study.patient.id != facts.patient_id:
        return
    before = timedelta(days=92)
    prior = replace(
        facts,
        seed_text=f"{facts.seed_text}-prior",
        scan_start=facts.scan_start - before,
        injection=facts.injection - before,
        age_years=facts.age_years - 1,  # before that year's birthday: one birth date
        study_description="Sample study, three months before",
    )
    phantom = make_phantom(SAMPLE_SEED, with_lesions=False)
    for name in ("pet", "ct"):
        (folder / "prior" / name).mkdir(parents=True)
    write_pet(phantom.pet_suvbw, prior, folder / "prior" / "pet")
    write_ct(phantom.ct_hu, prior, folder / "prior" / "ct")
    session.studies.open_paths([folder / "prior"])
    camera.wait(lambda: len(session.studies.all) == 2)
    session.studies.activate(study)
    window.actions_["compare"].trigger()
    camera.idle()
    camera.take("layout-compare")
    window.actions_["compare"].trigger()
    session.studies.activate(next(x for x in session.studies.all if x is not study))
    session.studies.close()
    camera.idle()


def _take_problems(camera: Photographer, folder: Path, study: Path) -> None:
    window, session = camera.window, camera.window.session
    empty = folder / "empty"
    empty.mkdir()
    window.controller(StudyController).open_paths([empty])
    camera.idle()
    camera.take("error")
    window.holder.banners.clear()
    without = folder / "without-weight"
    _copy_without_weight(study, without)
    before = session.study
    window.controller(StudyController).open_paths([without])
    camera.wait(lambda: session.study is not before)
    camera.idle()
    assert session.study is not None
    form = HeaderForm(session.study, window)
    form.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    form.show()
    camera.take("missing", form)
    form.close()


def _copy_without_weight(study: Path, folder: Path) -> None:
    import pydicom
    from pydicom.errors import InvalidDicomError

    folder.mkdir()
    for number, path in enumerate(sorted(p for p in study.rglob("*") if p.is_file())):
        target = folder / f"{number:05d}.dcm"
        try:
            dataset = pydicom.dcmread(path)
        except InvalidDicomError:
            continue
        if dataset.get("Modality") == "PT" and "PatientWeight" in dataset:
            del dataset.PatientWeight
            dataset.save_as(target)
        elif dataset.get("Modality") in ("PT", "CT"):
            shutil.copy(path, target)


def main() -> int:
    """Run as a script."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", type=Path, help="another study than the sample")
    parser.add_argument("--out", type=Path, help="needed with --study")
    options = parser.parse_args()
    if options.study is not None and options.out is None:
        parser.error("pictures of another study need a folder of their own (--out)")
    study = options.study
    if study is None:
        from app.io.sample.folder import sample_study_folder

        study = sample_study_folder()
    take_all(options.out or GUIDE, study)
    QApplication.processEvents()
    return 0


if __name__ == "__main__":
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.exit(main())
