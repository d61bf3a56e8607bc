"""Measurements in the session and as files: history, values, CSV, JSON, DICOM SR."""

from __future__ import annotations

import csv
import queue
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from app.core.drawn.measurements import Measurement, Measurements, Role
from app.core.drawn.voi import (
    Angle,
    Box,
    Ellipsoid,
    Isocontour,
    Ruler,
    Shape,
    Sphere,
    ThresholdKind,
    ThresholdRule,
)
from app.core.kit.errors import ExportError, InputError
from app.core.kit.jobs import JobQueue
from app.core.space.volume import Quantity, Volume
from app.core.study.study import Patient, Study
from app.io.open.study import open_study
from app.io.write.dicom.report import rims_lps_mm
from app.io.write.exporter import export
from app.io.write.measurements import MeasurementFiles
from app.session.session import Session
from tests.support.export_case import make, read_json
from tests.support.places import ACRIN

PERCENT = ThresholdRule(ThresholdKind.PERCENT_OF_MAX, 0.41)


class Desk:
    """A session with a plain queue in place of a window's event loop."""

    def __init__(self) -> None:
        self.calls: queue.Queue[Callable[[], None]] = queue.Queue()
        self.session = Session(JobQueue("cpu", 2), JobQueue("device"), self.calls.put)
        self.problems: list[BaseException] = []
        self.session.jobs.problem.connect(self.problems.append)

    def run_until(self, met: Callable[[], bool]) -> None:
        while not met():
            self.calls.get(timeout=10)()


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    assert desk.session.shutdown()


def middle(study: Study) -> tuple[float, float, float]:
    assert study.pet is not None
    x, y, z = study.pet.grid.centre_lps_mm.tolist()
    return x, y, z


def dicom_case(folder: Path, kind: str = "plain") -> Study:
    """Return the small study as read from DICOM files: its PET names their series."""
    study, _ = make(folder, kind)
    assert study.pet is not None
    uid = str(dcmread(study.series[0].files[0], stop_before_pixels=True).SeriesInstanceUID)
    return replace(
        study,
        pet=replace(study.pet, series_uid=uid),
        patient=Patient(sex="F", weight_kg=61.0, height_m=1.6),
    )


def one_of_each(study: Study) -> Measurements:
    x, y, z = middle(study)
    shapes: tuple[tuple[Shape, Role], ...] = (
        (Ruler((x, y, z), (x + 3, y + 4, z)), Role.NONE),
        (Angle((x + 1, y, z), (x, y, z), (x, y + 1, z)), Role.NONE),
        (Sphere((x, y, z), 7.0), Role.LIVER),
        (Sphere((x + 2, y, z), 5.0), Role.BLOOD_POOL),
        (Ellipsoid((x, y, z), (8.0, 9.0, 6.0)), Role.NONE),
        (Box((x, y, z), (5.0, 6.0, 7.0)), Role.NONE),
        (Isocontour((x, y, z), 9.0, PERCENT), Role.NONE),
    )
    table = Measurements()
    for n, (shape, role) in enumerate(shapes):
        item = Measurement(f"{n:032x}", table.free_name(shape, role), shape, role)
        table = table.added(item)
    return table


# The session


def test_drawing_moving_renaming_and_deleting_are_steps(desk: Desk) -> None:
    study, _ = make(None)
    session, measuring = desk.session, desk.session.measuring
    session.studies.show(study)
    x, y, z = middle(study)
    item = measuring.add(Sphere((x, y, z), 6.0))
    first = measuring.values_of(item.id)
    assert first is not None
    assert session.history.undo_text == "Draw Sphere 1"
    measuring.reshape(item.id, Sphere((x, y, z), 9.0))
    second = measuring.values_of(item.id)
    assert second is not None
    assert second.pet is not None
    assert first.pet is not None
    assert second.pet.voxels > first.pet.voxels
    measuring.rename(item.id, "Node")
    measuring.remove([item.id])
    assert measuring.measurements.items == ()
    assert session.studies.has_unsaved_edits is False
    session.history.undo()
    assert measuring.measurements.get(item.id).name == "Node"
    assert session.studies.has_unsaved_edits
    session.history.undo()
    session.history.undo()
    assert measuring.measurements.get(item.id) == item
    again = measuring.values_of(item.id)
    assert again is not None
    assert again.pet is not None
    assert (again.pet.voxels, again.pet.mean) == (first.pet.voxels, first.pet.mean)
    session.history.undo()
    assert measuring.measurements == Measurements()
    session.history.redo()
    session.history.redo()
    assert measuring.measurements.get(item.id).shape == Sphere((x, y, z), 9.0)


def test_what_changes_nothing_is_no_step(desk: Desk) -> None:
    study, _ = make(None)
    desk.session.studies.show(study)
    item = desk.session.measuring.add(Sphere(middle(study), 6.0))
    desk.session.measuring.reshape(item.id, item.shape)
    desk.session.measuring.rename(item.id, "  ")
    desk.session.measuring.remove(["not there"])
    assert desk.session.history.undo_text == "Draw Sphere 1"
    with pytest.raises(KeyError):
        desk.session.measuring.reshape("not there", item.shape)


def test_without_a_study_nothing_is_drawn(desk: Desk) -> None:
    with pytest.raises(InputError):
        desk.session.measuring.add(Sphere((0.0, 0.0, 0.0), 6.0))


def test_a_large_shape_is_measured_in_the_background(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, _ = make(None)
    desk.session.studies.show(study)
    monkeypatch.setattr("app.session.measuring.AT_ONCE_VOXELS", 1)
    measuring = desk.session.measuring
    item = measuring.add(Sphere(middle(study), 9.0))
    assert measuring.values_of(item.id) is None
    desk.run_until(lambda: measuring.values_of(item.id) is not None)
    monkeypatch.undo()
    values = measuring.values_of(item.id)
    other = measuring.add(Sphere(middle(study), 9.0))
    at_once = measuring.values_of(other.id)
    assert values is not None
    assert at_once is not None
    assert values.pet is not None
    assert at_once.pet is not None
    assert (values.pet.voxels, values.pet.mean) == (at_once.pet.voxels, at_once.pet.mean)


def test_measurements_stay_when_a_weight_is_typed_in_and_go_with_the_study(desk: Desk) -> None:
    study, _ = make(None)
    assert study.pet is not None
    desk.session.studies.show(study)
    measuring = desk.session.measuring
    item = measuring.add(Sphere(middle(study), 8.0))
    before = measuring.values_of(item.id)
    twice = replace(study.pet, array=study.pet.array * 2)
    desk.session.studies.show(replace(study, pet=twice))
    after = measuring.values_of(item.id)
    assert before is not None
    assert after is not None
    assert before.pet is not None
    assert after.pet is not None
    assert after.pet.mean == pytest.approx(2 * before.pet.mean)
    desk.session.studies.show(replace(study, pet=replace(twice, series_uid="another")))
    assert measuring.measurements == Measurements()


def test_the_threshold_comes_from_the_liver_and_without_one_from_the_aorta(desk: Desk) -> None:
    study, _ = make(None)
    study = replace(study, patient=Patient(sex="F", weight_kg=61.0, height_m=1.6))
    desk.session.studies.show(study)
    measuring = desk.session.measuring
    assert measuring.percist() is None
    measuring.add(Sphere(middle(study), 5.0), role=Role.BLOOD_POOL)
    blood = measuring.percist()
    assert blood is not None
    assert blood.role is Role.BLOOD_POOL
    liver = measuring.add(Sphere(middle(study), 15.0), role=Role.LIVER)
    found = measuring.percist()
    assert found is not None
    assert found.role is Role.LIVER
    assert found.sul is not None
    measuring.remove([liver.id])
    assert measuring.percist() == blood


def test_only_the_sessions_thread_may_draw(desk: Desk) -> None:
    study, _ = make(None)
    desk.session.studies.show(study)
    raised: list[BaseException] = []

    def draw() -> None:
        try:
            desk.session.measuring.add(Sphere((0.0, 0.0, 0.0), 1.0))
        except RuntimeError as error:
            raised.append(error)

    thread = threading.Thread(target=draw)
    thread.start()
    thread.join()
    assert len(raised) == 1
    assert desk.session.measuring.measurements == Measurements()


# Files


def test_the_table_holds_every_measurement_with_pet_and_ct(tmp_path: Path) -> None:
    study, _ = make(None)
    assert study.pet is not None
    hu = np.random.default_rng(2).normal(40, 10, study.pet.grid.shape_kji)
    ct = Volume(study.pet.grid, hu, Quantity.HU, "5.5")
    pet = study.pet
    study = replace(study, ct=ct)
    files = export(study, [MeasurementFiles(one_of_each(study))], tmp_path)
    assert [x.name for x in files] == ["measurements.csv", "measurements.json"]
    with files[0].open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    document = read_json(files[1])
    assert [x["name"] for x in rows] == [x["name"] for x in document["measurements"]]
    ruler, angle, liver, aorta, _, box, contour = rows
    assert (ruler["length_mm"], ruler["pet_mean"]) == ("5.0", "")
    assert float(angle["angle_degrees"]) == pytest.approx(90.0)
    assert (liver["reference"], aorta["reference"]) == ("liver", "blood pool")
    assert float(liver["size_l_mm"]) == 14.0
    away = np.linalg.norm(
        pet.grid.points_lps_mm(np.moveaxis(np.indices(pet.grid.shape_kji), 0, -1))
        - np.array(middle(study)),
        axis=-1,
    )
    near = away <= 7.0
    assert float(liver["pet_mean"]) == pytest.approx(pet.array[near].mean(), rel=1e-6)
    assert float(liver["ct_mean"]) == pytest.approx(hu[near].mean())
    assert (liver["pet_unit"], liver["ct_unit"]) == ("SUVbw", "HU")
    assert float(box["volume_ml"]) == pytest.approx(1.68)
    assert contour["threshold_rule"] == "percent of max"
    assert float(contour["tlg"]) == pytest.approx(
        float(contour["volume_ml"]) * float(contour["pet_mean"])
    )
    assert all(x["pet_series_uid"] == "9.8.7" for x in rows)
    percist = document["percist"]
    assert percist["reference"] == "liver"
    assert percist["threshold_sul"] is None, "the patient of this case has no height"
    assert "height" in percist["sul_missing"]
    assert any("no DICOM SR" in x for x in document["warnings"])
    assert "SECRET" not in files[1].read_text() + files[0].read_text()


@pytest.mark.parametrize("kind", ["plain", "flipped", "oblique"])
def test_the_report_is_a_tid_1500_that_others_read(tmp_path: Path, kind: str) -> None:
    import highdicom

    study = dicom_case(tmp_path / "dicom", kind)
    files = export(study, [MeasurementFiles(one_of_each(study))], tmp_path / "out")
    assert [x.name for x in files][-1] == "measurements.sr.dcm"
    report = highdicom.sr.srread(files[-1])
    assert report.ContentTemplateSequence[0].TemplateIdentifier == "1500"
    document = read_json(tmp_path / "out/measurements.json")
    assert isinstance(report.content, highdicom.sr.MeasurementReport)
    volumes = report.content.get_volumetric_roi_measurement_groups()
    assert [x.tracking_identifier for x in volumes] == [
        x["name"] for x in document["measurements"][2:]
    ]
    for group, row in zip(volumes, document["measurements"][2:], strict=True):
        said = {
            (m.name.meaning, None if m.derivation is None else m.derivation.meaning): m
            for m in group.get_measurements()
        }
        mean = said[("SUVbw", "Mean")]
        assert mean.value == pytest.approx(row["pet"]["mean"], rel=1e-6)
        assert mean.unit.value == "g/ml{SUVbw}"
        assert said[("Volume", None)].value == pytest.approx(row["volume_ml"], rel=1e-6)
    ball = volumes[0].roi[0] if isinstance(volumes[0].roi, list) else volumes[0].roi
    assert ball is not None
    points = np.vstack(ball.graphic_data)
    assert points.mean(axis=0) == pytest.approx(np.array(middle(study)), abs=1e-3)
    assert np.linalg.norm(points[0] - points[1]) == pytest.approx(14.0, abs=1e-3)
    other = report.content.get_image_measurement_groups()
    assert [round(x.get_measurements()[0].value, 6) for x in other] == [5.0, 90.0]
    source = dcmread(study.series[0].files[0], stop_before_pixels=True)
    assert report.StudyInstanceUID == source.StudyInstanceUID
    evidence = report.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence
    named = {x.ReferencedSOPInstanceUID for s in evidence for x in s.ReferencedSOPSequence}
    assert source.SOPInstanceUID in named


def _validated(path: Path) -> str:
    command = ["dciodvfy", "-new", str(path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    return ran.stdout + ran.stderr


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy is not installed")
def test_dciodvfy_finds_no_error_in_the_report(tmp_path: Path) -> None:
    study = dicom_case(tmp_path / "dicom")
    export(study, [MeasurementFiles(one_of_each(study))], tmp_path / "out")
    said = _validated(tmp_path / "out/measurements.sr.dcm")
    assert "Comprehensive3DSR" in said
    assert "Error" not in said, said


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy is not installed")
def test_dciodvfy_finds_no_error_in_a_report_of_a_real_study(tmp_path: Path) -> None:
    if not ACRIN.is_dir():
        pytest.skip("the real study (../shared/data/acrin-nsclc-042) is not here")
    study = open_study([ACRIN / "pet_ac", ACRIN / "ct"])
    export(study, [MeasurementFiles(one_of_each(study))], tmp_path)
    said = _validated(tmp_path / "measurements.sr.dcm")
    assert "Comprehensive3DSR" in said
    assert "Error" not in said, said


def test_the_whole_export_writes_the_measurements_beside(desk: Desk, tmp_path: Path) -> None:
    study, analysis = make(tmp_path / "dicom")
    desk.session.studies.show(study)
    desk.session.results.run("Find", lambda _: analysis)
    desk.run_until(lambda: desk.session.analysis is not None)
    desk.session.measuring.add(Sphere(middle(study), 8.0))
    assert desk.session.studies.has_unsaved_edits
    desk.session.results.export(tmp_path / "out")
    desk.run_until(lambda: not desk.session.studies.has_unsaved_edits)
    names = {x.name for x in (tmp_path / "out").iterdir()}
    assert {"summary.json", "lesions.csv", "measurements.csv", "measurements.sr.dcm"} <= names
    assert not desk.problems


def test_measurements_are_exported_alone_too(desk: Desk, tmp_path: Path) -> None:
    study, _ = make(None)
    desk.session.studies.show(study)
    said: list[tuple[Path, ...]] = []
    assert desk.session.measuring.export(tmp_path, said.append) is None
    desk.session.measuring.add(Sphere(middle(study), 8.0))
    assert desk.session.measuring.export(tmp_path, said.append) is not None
    desk.run_until(lambda: bool(said))
    assert (tmp_path / "measurements.csv").is_file()
    assert not desk.session.studies.has_unsaved_edits
    blocked = tmp_path / "file"
    blocked.write_text("x")
    desk.session.measuring.export(blocked, said.append)
    desk.run_until(lambda: bool(desk.problems))
    assert isinstance(desk.problems[0], ExportError)


def test_a_region_of_one_slice_has_a_rim_on_both_faces() -> None:
    study, _ = make(None, "oblique")
    assert study.pet is not None
    from app.core.drawn.voi import Voxels

    mask = np.ones((1, 2, 3), bool)
    grid = study.pet.grid
    lines = rims_lps_mm(Voxels((slice(2, 3), slice(4, 6), slice(3, 6)), mask), grid)
    assert len(lines) == 2
    places = [grid.indices_kji(x) for x in lines]
    assert [round(float(x[:, 0].mean()), 6) for x in places] == [1.5, 2.5]
    assert np.allclose(places[0][0], places[0][-1])
    assert places[0][:, 2].min() == pytest.approx(2.5)
    assert places[0][:, 2].max() == pytest.approx(5.5)
