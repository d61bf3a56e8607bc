"""What a person sees when something is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QDialog, QLabel

from app.core.kit.errors import ExportError, InputError, ModelError
from app.core.kit.jobs import JobContext
from app.core.lesions.analysis import LesionAnalysis
from app.core.space.volume import Quantity, Volume
from app.core.study.provenance import SuvScale
from app.core.study.study import Study
from tests.support.ui_study import Desk, make_study
from ui.frame import crash
from ui.studies.controller import StudyController
from ui.studies.header_form import HeaderForm
from ui.studies.provenance_page import provenance_html


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(crash, "log_folder", lambda: tmp_path / "logs")
    return tmp_path / "logs"


def missing_weight() -> Study:
    study = make_study()
    assert study.pet is not None
    scale = SuvScale(
        None,
        None,
        why="The patient's weight is missing in the PET's headers.",
        headers={"RadionuclideTotalDose": 3.7e8},
        missing=("PatientWeight",),
    )
    pet = Volume(study.pet.grid, np.asarray(study.pet.array), Quantity.BQML, "1.1")
    return replace(study, suv=scale, pet=pet, patient=replace(study.patient, weight_kg=None))


def test_a_known_error_is_a_sentence_and_a_step(desk: Desk) -> None:
    desk.session.jobs.problem.emit(
        InputError("There is no PET in this folder.", "Choose another one.")
    )
    banner = desk.window.holder.banners.shown[0]
    words = [label.text() for label in banner.findChildren(QLabel)]
    assert "There is no PET in this folder." in words
    assert "Choose another one." in words
    assert [b.text() for b in banner.buttons] == ["Open folder…"]


def test_a_missing_folder_is_said_and_nothing_is_lost(desk: Desk, tmp_path: Path) -> None:
    study = desk.open()
    desk.controller(StudyController).open_paths([tmp_path])
    desk.wait_idle()
    assert len(desk.messages()) == 1
    assert desk.session.study is study


def test_a_failed_export_can_be_tried_again(desk: Desk) -> None:
    desk.open()
    desk.find()
    desk.session.jobs.problem.emit(ExportError("The disk is full.", "Choose another folder."))
    assert [b.text() for b in desk.window.holder.banners.shown[0].buttons] == ["Export…"]


def test_a_search_that_fails_leaves_the_window_whole(
    make_desk: Callable[..., Desk], logs: Path
) -> None:
    def failing(_study: Study) -> Callable[[JobContext], LesionAnalysis]:
        def work(_context: JobContext) -> LesionAnalysis:
            raise ModelError("The weights are missing.", "Install the package again.")

        return work

    desk = make_desk(failing)
    desk.open()
    desk.trigger("find")
    desk.wait_idle()
    assert desk.messages() == ["The weights are missing."]
    assert desk.window.job_bar.title.text() == "Find lesions: did not work"
    assert desk.lesions.find_button.isEnabled()
    assert not logs.exists()


def test_a_bug_goes_to_a_report_without_patient_data(
    make_desk: Callable[..., Desk], logs: Path
) -> None:
    def broken(_study: Study) -> Callable[[JobContext], LesionAnalysis]:
        def work(_context: JobContext) -> LesionAnalysis:
            secret = "Doe^Jane"
            raise ZeroDivisionError(f"cannot handle {secret}")

        return work

    desk = make_desk(broken)
    desk.open()
    desk.trigger("find")
    desk.wait_idle()
    assert "did not expect" in desk.messages()[0]
    report = next(logs.glob("crash-*.txt")).read_text(encoding="utf-8")
    assert "ZeroDivisionError" in report
    assert "test_problems.py" in report
    assert "Doe" not in report
    assert "cannot handle" not in report


def test_a_report_names_the_chain_of_causes() -> None:
    try:
        try:
            raise KeyError("Doe^Jane")
        except KeyError as error:
            raise ValueError("while reading Doe^Jane") from error
    except ValueError as error:
        text = crash.report_text(error)
    assert "ValueError" in text
    assert "KeyError" in text
    assert "Doe" not in text


def test_a_full_log_disk_is_survived(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert crash.write_report(ValueError("x"), blocked / "logs") is None


def test_study_warnings_stand_above_the_images(desk: Desk) -> None:
    desk.open(make_study(warnings=("One PET slice is missing.", "PET and CT are not aligned.")))
    assert desk.messages() == ["One PET slice is missing."]
    banner = desk.window.holder.banners.shown[0]
    assert banner.next_step == "PET and CT are not aligned."
    desk.window.holder.banners.dismiss("study")
    assert not desk.window.holder.banners.isVisible()
    desk.trigger("close_study")
    assert desk.messages() == []


def test_missing_weight_is_asked_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.open(missing_weight())
    banner = desk.window.holder.banners.shown[0]
    assert banner.sentence == "The patient's weight is missing in the PET's headers."
    given: list[dict[str, float]] = []
    monkeypatch.setattr(desk.session.studies, "override_headers", lambda v: given.append(dict(v)))

    def fill(form: HeaderForm) -> QDialog.DialogCode:
        assert not form.ok.isEnabled()
        form.edits["PatientWeight"].setText(QLocale().toString(72.5))
        assert form.ok.isEnabled()
        return QDialog.DialogCode.Accepted

    monkeypatch.setattr(HeaderForm, "exec", fill)
    desk.qtbot.mouseClick(banner.buttons[0], Qt.MouseButton.LeftButton)
    assert given == [{"PatientWeight": 72.5}]


def test_values_that_give_no_suv_are_not_said_to(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = desk.open(missing_weight())
    monkeypatch.setattr(HeaderForm, "exec", lambda _form: QDialog.DialogCode.Accepted)
    monkeypatch.setattr(desk.session.studies, "override_headers", lambda _values: None)
    said: list[str] = []
    monkeypatch.setattr(desk.window.job_bar, "say", said.append)
    desk.trigger("headers")
    assert said == ["No SUV with the values you typed in."]
    assert desk.session.study is study


def test_the_form_gives_header_units_and_only_what_was_typed(desk: Desk) -> None:
    form = HeaderForm(missing_weight(), desk.window)
    assert form.edits["RadionuclideTotalDose"].text() == QLocale().toString(370.0, "g", 6)
    form.edits["PatientWeight"].setText("70")
    form.edits["RadionuclideTotalDose"].setText(QLocale().toString(250.5))
    assert form.values() == pytest.approx({"PatientWeight": 70.0, "RadionuclideTotalDose": 250.5e6})
    form.edits["PatientWeight"].setText("7000")
    assert not form.ok.isEnabled()
    form.deleteLater()


def test_a_refused_override_is_said(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    study = desk.open(missing_weight())

    def refuse(_values: object) -> None:
        raise InputError("A weight of 1 kg makes no sense.", "Type the weight in kg.")

    monkeypatch.setattr(desk.session.studies, "override_headers", refuse)
    monkeypatch.setattr(HeaderForm, "exec", lambda _form: QDialog.DialogCode.Accepted)
    desk.trigger("headers")
    assert "A weight of 1 kg makes no sense." in desk.messages()
    assert desk.session.study is study


def test_provenance_names_every_header_value() -> None:
    page = provenance_html(make_study(), None)
    assert "PatientWeight" in page
    assert "3.7e+08" in page
    assert "dose decayed to scan start" in page
    assert "1.1" in page


def test_names_cannot_inject_markup() -> None:
    study = make_study(warnings=("<b>bold</b>",))
    assert "<b>bold</b>" not in provenance_html(study, None)
