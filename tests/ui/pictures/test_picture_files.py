"""Pictures and movies from the window: what is in them, and what never is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog

from app.core.lesions.lesion import LesionStatus
from app.core.study.study import Patient, Study
from app.io.write.movies import MovieFormat
from tests.support.ui_study import Desk, make_denoised, make_study
from ui.pictures.controller import PictureController
from ui.pictures.dialogs import MovieDialog, PictureDialog
from viewers.film.filming import (
    desk_picture,
    films_of,
    frozen,
)

Pixels = npt.NDArray[np.uint8]


def named(name: str) -> Study:
    """Return the study of somebody, whose name is in every text that a file may hold."""
    study = make_study()
    assert study.pet is not None
    assert study.ct is not None
    series = tuple(replace(x, description=f"{name} {x.role}") for x in study.series)
    return replace(
        study,
        patient=Patient(f"{name}^{name}", f"{name}-1", "F", "19700131", 70.0, 1.7),
        description=name,
        date="20200102" if name == "Doe" else "20211224",
        series=series,
        pet=replace(study.pet, description=f"PET of {name}"),
        ct=replace(study.ct, description=f"CT of {name}"),
    )


def read(path: Path) -> Pixels:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def drawn(desk: Desk, *, patient_text: bool) -> Pixels:
    widget = desk.window.holder.desk
    assert widget is not None
    scene = frozen(widget.scene, patient_text=patient_text)
    return desk_picture(scene, widget.width(), widget.height(), 1.0)


def with_derived(desk: Desk, study: Study) -> None:
    desk.open(study)
    image = make_denoised(study)
    desk.session.derived.run("Denoise", lambda _context: image)
    desk.wait_idle()
    desk.trigger("derived")
    widget = desk.window.holder.desk
    assert widget is not None
    assert widget.scene.made.stands_in


def test_without_patient_text_no_pixel_depends_on_the_patient(desk: Desk) -> None:
    pictures = {}
    for name in ("Doe", "Featherstonehaugh"):
        with_derived(desk, named(name))
        desk.set_layout("default")
        widget = desk.window.holder.desk
        assert widget is not None
        # One size for both: the panel beside the panes may take another width for another name.
        pictures[name] = {
            text: desk_picture(frozen(widget.scene, patient_text=text), 960, 720, 1.0)
            for text in (True, False)
        }
        desk.trigger("derived")
    one, other = pictures.values()
    # With the text the two differ, so the comparison sees names; without it they are one picture.
    assert (one[True] != other[True]).any(axis=2).sum() > 1000
    np.testing.assert_array_equal(one[False], other[False])
    assert (one[False] != one[True]).any(axis=2).sum() > 1000


def test_derived_stays_marked_without_patient_text(desk: Desk) -> None:
    with_derived(desk, named("Doe"))
    marked = drawn(desk, patient_text=False)
    ground = (marked == (104, 62, 150)).all(axis=2)
    # Axial, coronal and sagittal PET and fused panes: six marks.
    assert ground.sum() > 6 * 300
    desk.trigger("derived")
    assert not (drawn(desk, patient_text=False) == (104, 62, 150)).all(axis=2).any()


class Answers:
    """Answers the dialogs of a picture or a movie."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
        self.names: list[str] = []
        self.fill: Callable[[QDialog], None] = lambda _dialog: None

        def answer(dialog: QDialog) -> int:
            self.fill(dialog)
            return int(QDialog.DialogCode.Accepted)

        def choose(_parent: object, _title: str, name: str, _filters: str) -> tuple[str, str]:
            self.names.append(Path(name).name)
            return str(path), ""

        for kind in (PictureDialog, MovieDialog):
            monkeypatch.setattr(kind, "exec", answer)
        monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)


def test_saving_the_desk_and_one_pane_twice_as_large(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.open(named("Doe"))
    desk.find()
    desk.wait_idle()
    widget = desk.window.holder.desk
    assert widget is not None
    answers = Answers(monkeypatch, tmp_path / "desk.png")
    asked: list[bool] = []

    def look(dialog: QDialog) -> None:
        assert isinstance(dialog, PictureDialog)
        asked.append(dialog.patient_text.isChecked())
        assert dialog.pane is None

    answers.fill = look
    # What is shown now: the docks may still move.
    expected = drawn(desk, patient_text=False)
    desk.trigger("save_picture")
    desk.wait_idle()
    assert asked == [False]
    np.testing.assert_array_equal(read(tmp_path / "desk.png"), expected)
    assert desk.window.job_bar.title.text() == "Saved desk.png."

    def choose(dialog: QDialog) -> None:
        assert isinstance(dialog, PictureDialog)
        assert dialog.what.itemText(2) == "PET axial"
        dialog.what.setCurrentIndex(2)
        dialog.scale.setCurrentIndex(1)
        dialog.patient_text.setChecked(True)

    answers.fill = choose
    box = widget.scene.boxes(widget.width(), widget.height())[1]
    desk.trigger("save_picture")
    desk.wait_idle()
    assert read(tmp_path / "desk.png").shape == (2 * box.height, 2 * box.width, 3)
    assert answers.names == ["uptake.png", "uptake.png"]


def test_ctrl_c_on_the_desk_copies_it(desk: Desk) -> None:
    desk.open(named("Doe"))
    widget = desk.window.holder.desk
    assert widget is not None
    desk.activate()
    QGuiApplication.clipboard().clear()
    widget.setFocus()
    desk.qtbot.waitUntil(widget.hasFocus)
    desk.qtbot.keyClick(widget, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    image = QGuiApplication.clipboard().image()
    assert (image.width(), image.height()) == (widget.width(), widget.height())
    colour = image.pixelColor(8, 200)
    expected = drawn(desk, patient_text=False)[200, 8].tolist()
    assert [colour.red(), colour.green(), colour.blue()] == expected


def test_a_movie_of_the_turning_mip(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.open(named("Doe"))
    desk.find()
    desk.wait_idle()
    path = tmp_path / "turn"
    answers = Answers(monkeypatch, path)
    texts: list[str] = []

    def choose(dialog: QDialog) -> None:
        assert isinstance(dialog, MovieDialog)
        texts.extend(dialog.what.itemText(n) for n in range(dialog.what.count()))
        dialog.what.setCurrentText("Turning MIP")
        dialog.format.setCurrentIndex(dialog.format.findData(MovieFormat.PNG))
        assert not dialog.rate_hz.isEnabled()
        dialog.height_px.setCurrentIndex(0)

    answers.fill = choose
    desk.trigger("save_movie")
    desk.qtbot.waitUntil(lambda: not desk.session.jobs.reports, timeout=120000)
    assert texts[0] == "Turning MIP"
    assert "Scroll: PET coronal" in texts
    files = sorted((tmp_path / "turn").iterdir())
    assert len(files) == 36
    widget = desk.window.holder.desk
    assert widget is not None
    shown = {x.tobytes() for x in map(read, files)}
    assert len(shown) == 36
    for number in (0, 11):
        # The very frame of the desk, with outlines and colour bar, without the crosshair.
        picture = read(files[number])
        assert picture.shape[0] == 480
        blue = (picture[..., 2].astype(int) - picture[..., 0] > 60).sum()
        assert blue > 20, "no outline"
        bar = picture[:, -20:].astype(int)
        assert (np.ptp(bar, axis=2) == 0).all() or bar.std() > 10
    # The reader's own frame stays where it was.
    assert widget.scene.mip_number == 0
    assert desk.window.job_bar.title.text() == "Saved turn."


def test_a_movie_can_be_cancelled(desk: Desk, tmp_path: Path) -> None:
    desk.open(named("Doe"))
    widget = desk.window.holder.desk
    assert widget is not None
    film = replace(films_of(widget.scene)[0], height_px=1080)
    controller = desk.controller(PictureController)
    controller.save_movie(tmp_path / "a.mp4", film, MovieFormat.MP4, 10.0, patient_text=False)
    for report in desk.session.jobs.reports:
        desk.session.jobs.cancel(report.job_id)
    desk.wait_idle()
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_said(desk: Desk, tmp_path: Path) -> None:
    desk.open(named("Doe"))
    controller = desk.controller(PictureController)
    controller.save_picture(tmp_path / "gone" / "a.png", None, 1.0, patient_text=False)
    desk.qtbot.waitUntil(lambda: bool(desk.messages()), timeout=10000)
    assert desk.messages() == ["a.png could not be written: No such file or directory."]


def test_without_a_study_nothing_is_asked(desk: Desk) -> None:
    for name in ("save_picture", "copy_picture", "save_movie"):
        assert not desk.window.actions_[name].isEnabled()
    desk.controller(PictureController).ask_picture()
    desk.controller(PictureController).ask_movie()
    desk.controller(PictureController).copy()


def test_the_3d_view_is_made_when_it_is_shown(desk: Desk) -> None:
    desk.open(named("Doe"))
    desk.find()
    desk.wait_idle()
    widget = desk.window.holder.desk
    assert widget is not None
    assert not widget.scene.surface.ready
    assert widget.scene.surface.lesions is None
    desk.set_layout("three-d")
    desk.wait_idle()
    assert widget.scene.surface.ready
    body, lesions = widget.scene.surface.body, widget.scene.surface.lesions
    assert lesions is not None
    assert sorted(lesions.meshes) == [1, 2, 3]
    # A judgement moves no voxel: nothing is made again. Undoing the search takes them away.
    desk.session.edits.set_status(["id1"], LesionStatus.ACCEPTED)
    desk.wait_idle()
    assert widget.scene.surface.lesions is lesions
    desk.session.history.undo()
    desk.session.history.undo()
    desk.wait_idle()
    assert widget.scene.surface.lesions is None
    desk.open(named("Other"))
    assert widget.scene.surface.ready
    assert widget.scene.surface.body is not body
