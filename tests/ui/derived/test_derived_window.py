"""Derived images in the window: asked for by menu, flickered, compared, measured, removed."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QFileDialog, QLabel, QMessageBox

from app.core.kit.jobs import JobContext
from app.core.models.card import ModelCard
from app.core.space.volume import Quantity, Volume
from app.core.study.derived import DerivedImage, DerivedKind
from app.core.study.study import Study
from tests.support.hands import choose, press
from tests.support.ui_study import COLUMN, Desk, make_card, make_denoised, make_study
from tests.support.ui_study import add_derived as add
from ui.derived.controller import DERIVE_TASKS, DerivedController, DeriveWork, task_text
from ui.display.specs import PRESET_SPECS
from ui.kit.elided import ElidedLabel
from ui.lesions.model import COLUMNS, SHIFTS
from ui.panes.controller import PanesController
from ui.studies.controller import StudyController
from viewers.scene.values import MapKind

LEFT = Qt.MouseButton.LeftButton
REMOVE = "Take the derived image away"


def install(desk: Desk, *cards: ModelCard) -> None:
    """Let packages be found, which make the PET a tenth fainter."""

    def find(*tasks: str) -> tuple[ModelCard, ...]:
        return tuple(card for card in cards if card.task in tasks)

    def make(study: Study, _card: ModelCard) -> DeriveWork:
        def work(context: JobContext) -> DerivedImage:
            context.progress(0.5, "Making")
            return make_denoised(study)

        return work

    controller = desk.controller(DerivedController)
    controller.find_packages, controller.make_derive = find, make


def entries(desk: Desk) -> list[str]:
    bar, menu = desk.window.menuBar(), desk.window.menus["Models"]
    desk.qtbot.mouseClick(bar, LEFT, pos=bar.actionGeometry(menu.menuAction()).center())
    assert menu.isVisible()
    menu.close()
    return [x.text() for x in menu.actions() if not x.isSeparator()]


def shown_columns(desk: Desk) -> set[str]:
    table = desk.lesions.table
    return {c.key for n, c in enumerate(COLUMNS) if not table.isColumnHidden(n)}


def test_without_packages_nothing_is_offered(desk: Desk) -> None:
    install(desk)
    desk.open()
    assert entries(desk) == ["Find lesions", "Model cards…"]
    for name in ("derived", "difference", "deviation", "saliency"):
        assert not desk.window.actions_[name].isEnabled()
    assert not desk.display.derived.isVisible()
    assert "derived" not in desk.scene.layouts.layout_names()


def test_every_installed_package_has_an_entry_with_what_it_lacks(desk: Desk) -> None:
    install(desk, *(make_card(task) for task in DERIVE_TASKS))
    words = [task_text(task) for task in DERIVE_TASKS]
    assert entries(desk) == ["Find lesions", *words, "Model cards…"]
    assert not any(x.isEnabled() for x in desk.controller(DerivedController).entries)
    study = desk.open()
    # Opened again: not twice.
    assert entries(desk) == ["Find lesions", *words, "Model cards…"]
    denoise, _, synthesise = desk.controller(DerivedController).entries
    assert denoise.isEnabled()
    assert denoise.toolTip() == "Does denoise-pet."
    assert not synthesise.isEnabled()
    assert "no T1-weighted MR" in synthesise.toolTip()
    assert study.ct is not None
    desk.open(make_study(mr=replace(study.ct, quantity=Quantity.MR)))
    entries(desk)
    assert desk.controller(DerivedController).entries[2].isEnabled()
    assert study.pet is not None
    bqml = Volume(study.pet.grid, np.asarray(study.pet.array), Quantity.BQML, "1.1")
    desk.open(make_study(pet=bqml))
    entries(desk)
    assert "SUV" in desk.controller(DerivedController).entries[0].toolTip()


def test_the_series_in_view_has_an_eye(desk: Desk) -> None:
    """An MR is in view where there is no CT, and only there."""
    study = desk.open()
    assert study.ct is not None
    mr = replace(study.ct, quantity=Quantity.MR, series_uid="1.3")
    choice = replace(study.choice, mr_uid="1.3")
    for ct, shown in ((study.ct, {"1.1", "1.2"}), (None, {"1.1", "1.3"})):
        desk.open(make_study(ct=ct, mr=mr, choice=choice))
        labels = {uid: row.findChild(ElidedLabel) for uid, row in desk.studies.rows.items()}
        assert {uid for uid, x in labels.items() if x is not None and x.isEnabled()} == shown


def test_two_packages_of_a_task_are_told_apart(desk: Desk) -> None:
    first = make_card("denoise-pet")
    install(desk, first, replace(first, id="other", name="Another"))
    assert entries(desk)[1:3] == ["Denoise PET (Test denoise-pet)", "Denoise PET (Another)"]


def test_a_package_runs_once_at_a_time(desk: Desk) -> None:
    install(desk, make_card("denoise-pet"))
    desk.open()
    go: list[bool] = []

    def slow(study: Study, _card: ModelCard) -> DeriveWork:
        def work(context: JobContext) -> DerivedImage:
            while not go:
                context.progress(0.2, "Making")
                time.sleep(0.005)
            return make_denoised(study)

        return work

    desk.controller(DerivedController).make_derive = slow
    entries(desk)
    desk.controller(DerivedController).entries[0].trigger()
    entries(desk)
    (again,) = desk.controller(DerivedController).entries
    assert not again.isEnabled()
    assert "runs already" in again.toolTip()
    go.append(True)
    desk.qtbot.waitUntil(lambda: bool(desk.session.derived.images), timeout=5000)
    desk.wait_idle()
    entries(desk)
    assert desk.controller(DerivedController).entries[0].isEnabled()


def test_the_arrival_is_said_and_the_panes_stay(desk: Desk) -> None:
    install(desk, make_card("denoise-pet"))
    desk.open()
    entries(desk)
    desk.controller(DerivedController).entries[0].trigger()
    desk.qtbot.waitUntil(lambda: bool(desk.session.derived.images), timeout=5000)
    desk.wait_idle()
    panes = desk.window.holder.desk
    assert panes is not None
    assert desk.messages() == ["Denoised (x 0.9) is ready."]
    assert not panes.scene.made.stands_in
    (banner,) = desk.window.holder.banners.shown
    assert "D flickers" in banner.next_step
    banner.buttons[0].click()
    assert panes.scene.made.stands_in
    assert desk.messages() == []


def test_one_key_flickers_and_another_compares(desk: Desk) -> None:
    study = desk.open()
    add(desk, make_denoised(study))
    panes = desk.window.holder.desk
    assert panes is not None
    desk.trigger("derived")
    assert panes.scene.made.stands_in
    desk.trigger("difference")
    assert (panes.scene.made.stands_in, panes.scene.made.shown_map) == (False, MapKind.DIFFERENCE)
    desk.qtbot.waitUntil(lambda: panes.scene.made.difference is not None, timeout=5000)
    assert study.pet is not None
    hottest = np.unravel_index(np.argmax(study.pet.array), study.pet.array.shape)
    assert panes.scene.made.difference is not None
    assert panes.scene.made.difference.array[hottest] == pytest.approx(-1.2, abs=1e-5)
    desk.trigger("derived")
    assert (panes.scene.made.stands_in, panes.scene.made.shown_map) == (True, None)
    desk.trigger("derived")
    assert not panes.scene.made.stands_in


def with_deviation(study: Study, factor: float = 0.9) -> DerivedImage:
    image = make_denoised(study, factor)
    spread = np.full(image.volume.grid.shape_kji, 0.24, np.float32)
    return replace(image, deviation=replace(image.volume, array=spread))


def test_the_deviation_is_shown_when_asked_for_and_alone(desk: Desk) -> None:
    study = desk.open()
    add(desk, with_deviation(study))
    panes, actions = desk.window.holder.desk, desk.window.actions_
    assert panes is not None
    assert panes.scene.made.shown_map is None
    assert desk.window.actions_.spec("deviation").group == "View"
    assert "Shift+U" in actions["deviation"].toolTip()
    desk.trigger("difference")
    desk.trigger("deviation")
    assert panes.scene.made.shown_map is MapKind.DEVIATION
    assert not actions["difference"].isChecked()
    assert desk.messages() == []
    desk.trigger("derived")
    assert (panes.scene.made.stands_in, panes.scene.made.shown_map) == (True, None)
    boxes = {x.text(): x for x in desk.display.derived.findChildren(QCheckBox)}
    boxes["Deviation map"].click()
    assert (panes.scene.made.stands_in, panes.scene.made.shown_map) == (False, MapKind.DEVIATION)
    desk.trigger("deviation")
    assert panes.scene.made.shown_map is None


def test_an_image_without_deviation_says_why(desk: Desk) -> None:
    study = desk.open()
    add(desk, with_deviation(study, 0.9))
    desk.trigger("deviation")
    add(desk, make_denoised(study, 0.8))
    panes, action = desk.window.holder.desk, desk.window.actions_["deviation"]
    assert panes is not None
    assert panes.scene.made.shown_map is None
    boxes = {x.text(): x for x in desk.display.derived.findChildren(QCheckBox)}
    assert not action.isEnabled()
    assert not boxes["Deviation map"].isEnabled()
    for tip in (action.toolTip(), boxes["Deviation map"].toolTip()):
        assert "without samples" in tip
    choose(desk.display.derived_choice, 0)
    assert action.isEnabled()
    assert "standard deviation" in boxes["Deviation map"].toolTip()


def test_a_synthetic_ct_has_a_window_where_there_is_no_ct(desk: Desk) -> None:
    study = make_study()
    assert study.ct is not None
    mr = replace(study.ct, quantity=Quantity.MR, series_uid="1.3")
    desk.open(make_study(ct=None, mr=mr))
    display, presets = desk.display, [desk.window.actions_[x.name] for x in PRESET_SPECS]
    assert not display.ct_width.isEnabled()
    add(desk, make_denoised(study, kind=DerivedKind.SYNTHETIC_CT, volume=study.ct))
    assert display.ct_width.isEnabled()
    assert display.fusion.isEnabled()
    assert all(x.isEnabled() for x in presets)
    presets[2].trigger()
    panes = desk.window.holder.desk
    assert panes is not None
    assert panes.scene.window.ct_window == (2000.0, 500.0)
    press(display, REMOVE)
    assert not display.ct_width.isEnabled()
    assert not any(x.isEnabled() for x in presets)


def test_images_named_one_by_one_open_with_their_mr(desk: Desk, tmp_path: Path) -> None:
    install(desk, make_card("synthetic-ct"))
    paths = []
    for name, value, away_mm in (("a", 2.0, 0.0), ("b", 300.0, 0.0), ("c", 300.0, 900.0)):
        affine = np.diag([-4.0, -4.0, 4.0, 1.0])
        affine[2, 3] = away_mm
        path = tmp_path / f"{name}.nii.gz"
        nib.save(nib.Nifti1Image(np.full((8, 8, 8), value, np.float32), affine), path)
        paths.append(path)
    pet, mr, far = paths
    for first, told in ((mr, False), (far, True)):
        desk.controller(StudyController).open_pair(pet, None, first)
        desk.wait_idle()
        study = desk.session.study
        assert study is not None
        assert (study.ct, study.choice.mr_uid) == (None, f"nifti:{first.name}")
        assert ("do not overlap" in desk.messages()[0]) == told
        entries(desk)
        assert desk.controller(DerivedController).entries[0].isEnabled()
    desk.controller(StudyController).open_pair(None, pet)
    desk.wait_idle()
    assert any("Only a CT was named" in x for x in desk.messages())


def test_several_images_are_chosen_and_removed(desk: Desk) -> None:
    study = desk.open()
    add(desk, make_denoised(study, 0.9))
    add(desk, make_denoised(study, 0.8))
    display, panes = desk.display, desk.window.holder.desk
    assert panes is not None
    assert display.derived.isVisible()
    assert display.derived_choice.currentText() == "Denoised (x 0.8)"
    assert panes.scene.derived is desk.session.derived.images[1]
    choose(display.derived_choice, 0)
    assert panes.scene.derived is desk.session.derived.images[0]
    desk.trigger("derived")
    press(display, REMOVE)
    assert [x.title for x in desk.session.derived.images] == ["Denoised (x 0.8)"]
    assert panes.scene.derived is desk.session.derived.images[0]
    press(display, REMOVE)
    assert panes.scene.derived is None
    assert not panes.scene.made.stands_in
    assert not desk.window.actions_["derived"].isEnabled()
    assert not display.derived.isVisible()


def test_side_by_side_is_a_layout_while_there_is_something(desk: Desk) -> None:
    study = desk.open()
    panes = desk.window.holder.desk
    assert panes is not None
    add(desk, make_denoised(study))
    assert "derived" in desk.scene.layouts.layout_names()
    desk.window.holder.banners.shown[0].buttons[1].click()
    assert panes.model.layouts.layout_name == "derived"
    menu = desk.controller(PanesController).layouts.menu
    checked = [x.text() for x in menu.actions() if x.isChecked()]
    assert checked == ["Original and derived"]
    desk.open(make_study())
    assert panes.model.layouts.layout_name == "default"
    assert "derived" not in desk.scene.layouts.layout_names()


def test_shifts_of_a_denoised_pet_fill_their_columns(desk: Desk) -> None:
    study = desk.open()
    desk.find()
    before = shown_columns(desk)
    assert not any(key.startswith("shift") for key in before)
    add(desk, make_denoised(study))
    desk.qtbot.waitUntil(lambda: bool(desk.session.derived.values), timeout=5000)
    assert shown_columns(desk) - before == set(SHIFTS)
    row = desk.cells(0)
    # Every voxel is a tenth lower: the volume at 41 % of the maximum is the same.
    assert row[COLUMN["shift_mtv_41"]] == "0.0 %"
    assert "cannot move" in desk.lesions.model.headerData(
        COLUMN["shift_mtv_41"], Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole
    )
    assert {row[COLUMN[key]] for key in row_keys()} == {"−10 %"}
    model = desk.lesions.model
    tip = model.index(0, COLUMN["shift_suv_max"]).data(3)
    assert "original 9.00" in tip
    assert "8.10" in tip
    press(desk.display, REMOVE)
    assert shown_columns(desk) == before


def row_keys() -> tuple[str, ...]:
    return ("shift_suv_max", "shift_suv_mean", "shift_suv_peak")


def test_a_super_resolved_pet_has_no_shifts(desk: Desk) -> None:
    study = desk.open()
    desk.find()
    add(desk, make_denoised(study, kind=DerivedKind.SUPER_RESOLVED))
    assert not any(key.startswith("shift") for key in shown_columns(desk))


def test_recovered_values_stand_beside_the_others_once_there_are_any(desk: Desk) -> None:
    desk.open()
    desk.find()
    assert not {"suv_mean_recovered", "suv_max_recovered"} & shown_columns(desk)
    analysis = desk.session.analysis
    assert analysis is not None
    values = analysis.biomarkers["id1"]
    mean = replace(values.values["suv_mean"], value=11.5, definition="suv_mean_recovered")
    more = replace(values, values={**values.values, "suv_mean_recovered": mean})
    found = replace(analysis, biomarkers={**analysis.biomarkers, "id1": more})
    desk.lesions.show_analysis(found)
    assert "suv_mean_recovered" in shown_columns(desk)
    assert "suv_max_recovered" not in shown_columns(desk)
    assert desk.cells(0)[COLUMN["suv_mean_recovered"]] == "11.5"
    assert desk.cells(1)[COLUMN["suv_mean_recovered"]] == "–"


def test_a_derived_image_is_exported_on_request(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = desk.open()
    assert not desk.window.actions_["export_derived"].isEnabled()
    add(desk, make_denoised(study))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    desk.trigger("export_derived")
    desk.wait_idle()
    assert (tmp_path / "summary.json").is_file()
    assert list(tmp_path.glob("*.nii.gz"))
    assert tmp_path.name in desk.window.job_bar.title.text()
    # What is there already is not replaced unasked.
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.No)
    monkeypatch.setattr("app.io.write.exporter.export", lambda *_: pytest.fail("it was replaced"))
    desk.trigger("export_derived")
    desk.wait_idle()


def test_a_synthetic_ct_says_its_error_by_tissue(desk: Desk) -> None:
    """A block of soft tissue with bone in it, 30 HU too dense in one and 100 in the other."""
    study = make_study()
    assert study.ct is not None
    hu = np.full(study.ct.grid.shape_kji, -1000.0, np.float32)
    hu[:, 20:76, 20:76] = 40.0
    hu[:, 40:50, 40:50] = 700.0
    made = hu + np.where(hu > 150, 100.0, np.where(hu > -20, 30.0, 0.0)).astype(np.float32)
    desk.open(make_study(ct=replace(study.ct, array=hu)))
    image = make_denoised(
        study, kind=DerivedKind.SYNTHETIC_CT, volume=replace(study.ct, array=made)
    )
    add(desk, image)
    note = desk.display.derived_note
    assert note.isVisible()
    share = 100 / 56**2
    body = round(100 * share + 30 * (1 - share))
    assert note.height() >= note.heightForWidth(note.width()), "no line is cut"
    said = f"{body} HU in the body (air –, fat –, soft tissue 30, bone 100)"
    assert note.text().splitlines()[0].endswith(said)
    press(desk.display, REMOVE)
    assert not note.isVisible()


def test_the_status_bar_says_both_values(desk: Desk) -> None:
    study = desk.open()
    panes = desk.window.holder.desk
    assert panes is not None
    from viewers.scene.probe import probe_at
    from viewers.space.layouts import Content

    assert study.pet is not None
    at = tuple(float(x) for x in study.pet.grid.points_lps_mm((20, 24, 20)))
    probe: QLabel = desk.controller(PanesController).probe
    for image, said in (
        (make_denoised(study), "SUV 9.00    derived SUV 8.10    0 HU"),
        (with_deviation(study, 0.8), "SUV 9.00    derived SUV 7.20 ± 0.24    0 HU"),
    ):
        add(desk, image)
        panes.model.probe_changed.emit(probe_at(panes.scene, Content.PET, (at[0], at[1], at[2])))
        where = "R 16.0  P 0.0  S 80.0 mm    PET [20, 24, 20]    CT [20, 48, 40]"
        assert probe.text() == f"{said}    {where}"


def test_warnings_of_the_model_are_told(desk: Desk) -> None:
    study = desk.open()
    image = make_denoised(study)
    warned = replace(image.provenance, warnings=("The model was not trained on this tracer.",))
    add(desk, replace(image, provenance=warned))
    (banner,) = desk.window.holder.banners.shown
    assert banner.property("kind") == "warning"
    assert "not trained on this tracer" in banner.next_step
