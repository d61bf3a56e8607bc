"""Partial-volume recovery through the session: beside what was measured, undoable, never stale."""

from __future__ import annotations

import csv
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.core.kit.errors import InputError, QuantityError
from app.core.kit.jobs import JobContext, JobState
from app.core.kit.memory import memory_of
from app.core.lesions.biomarkers import MEASURED, ON_REQUEST
from app.core.lesions.lesion import LesionStatus
from app.core.lesions.measure import measure, recovered_values
from app.core.space.volume import Quantity
from app.io.write.exporter import export
from app.io.write.lesions import LesionFiles
from app.session.changes.kinds import RecoveryChange
from tests.support.export_case import read_json
from tests.support.session_desk import Desk, ball_analysis, ball_study, grown


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    study = ball_study()
    desk.session.studies.show(study)
    desk.session.results.run("Find lesions", lambda context: ball_analysis(study))
    desk.run_until(lambda: desk.session.analysis is not None)
    yield desk
    assert desk.session.shutdown()


def keys(desk: Desk) -> set[str]:
    return set(desk.analysis.biomarkers["id1"].values)


def test_recovered_values_come_beside_the_measured_ones(desk: Desk) -> None:
    before = desk.analysis
    desk.recover(6.0)
    after = desk.analysis
    study = desk.session.study
    assert study is not None
    assert study.pet is not None
    expected = measure(study.pet, before.segmentation, recovery_fwhm_mm=6.0)
    assert keys(desk) == set(MEASURED) | set(ON_REQUEST)
    for key, values in after.biomarkers.items():
        assert values.values == expected[key].values, "as the command line measures"
        assert all(values.values[k] == before.biomarkers[key].values[k] for k in MEASURED)
        assert values["suv_mean_recovered"] > values["suv_mean"]
    assert after.provenance == replace(before.provenance, recovery_fwhm_mm=6.0)
    assert after.segmentation is before.segmentation
    assert after.totals() == before.totals()
    assert [x.ids for x in desk.changed] == [("id1", "id2")]
    assert desk.notices[-1] == "Recovered the uptake of 2 of 2 lesions for a blur of 6 mm."
    assert not desk.session.studies.has_unsaved_edits, "a computation is no judgement"


def test_undo_takes_them_away_and_redo_brings_them_back(desk: Desk) -> None:
    session = desk.session
    session.edits.set_status(["id2"], LesionStatus.REJECTED)
    plain = desk.analysis
    desk.recover(6.0)
    first = desk.analysis.recovered
    assert first is not None
    desk.recover(9.0)
    second = desk.analysis.recovered
    assert second is not None
    assert second.fwhm_mm == 9.0
    session.edits.set_status(["id1"], LesionStatus.ACCEPTED)
    revision = desk.analysis.segmentation.revision
    session.history.undo()  # the status
    assert desk.analysis.recovered == second
    session.history.undo()
    assert desk.analysis.recovered == first
    assert session.history.undo_text == "Recover partial volume"
    session.history.undo()
    assert desk.analysis.recovered is None
    assert keys(desk) == set(MEASURED)
    assert desk.analysis.provenance == plain.provenance
    assert desk.analysis.segmentation.lesions == plain.segmentation.lesions
    assert desk.analysis.segmentation.revision > revision, "revisions never come twice"
    assert not desk.analysis.is_stale
    session.history.undo()  # the first status
    session.history.undo()  # the search
    assert session.analysis is None
    while session.history.can_redo:
        session.history.redo()
    assert desk.analysis.recovered == second
    assert [x.status for x in desk.analysis.segmentation.lesions] == [
        LesionStatus.ACCEPTED,
        LesionStatus.REJECTED,
    ]
    assert not desk.analysis.is_stale


def test_the_step_holds_no_labelmap(desk: Desk) -> None:
    desk.recover(6.0)
    change = desk.session.studies.active.history.take_back()
    assert isinstance(change, RecoveryChange)
    assert sum(memory_of(change).values()) < 10_000


def test_a_judgement_meanwhile_is_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    go = hold(monkeypatch)
    desk.session.values.recover(6.0)
    desk.session.edits.set_status(["id1"], LesionStatus.ACCEPTED)
    go.set()
    desk.run_until(lambda: desk.analysis.recovered is not None)
    assert desk.analysis.segmentation.lesion("id1").status is LesionStatus.ACCEPTED
    assert not desk.analysis.is_stale


def hold(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Let recoveries wait, obeying cancel, until the event is set."""
    go = threading.Event()

    def wait(*arguments: Any) -> Any:
        context: JobContext = arguments[-1]
        while not go.wait(0.005):
            context.progress(0.1, "Waiting")
        return recovered_values(*arguments)

    monkeypatch.setattr("app.session.values.recovered_values", wait)
    return go


def test_values_of_outlines_that_changed_are_put_aside(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = hold(monkeypatch)
    desk.session.values.recover(6.0)
    desk.session.edits.apply(grown(desk.analysis.segmentation), "Grow")
    with pytest.raises(InputError, match="changed after"):
        desk.session.values.recover(6.0)
    go.set()
    desk.run_until(lambda: not desk.session.jobs.reports)
    assert desk.analysis.recovered is None
    assert "put aside" in desk.notices[-1]


def test_they_are_stale_once_an_outline_changes(desk: Desk) -> None:
    desk.recover(6.0)
    desk.session.edits.apply(grown(desk.analysis.segmentation), "Grow")
    assert desk.analysis.is_stale
    assert desk.analysis.recovered is not None


def test_a_study_that_closes_stops_the_work(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    hold(monkeypatch)
    job = desk.session.values.recover(6.0)
    assert job is not None
    desk.session.studies.show(ball_study())
    desk.run_until(lambda: not desk.session.jobs.reports)
    assert job.report.state is JobState.CANCELLED
    assert desk.session.analysis is None
    assert desk.session.values.recover(6.0) is None


def test_a_newer_call_wins(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    go = hold(monkeypatch)
    first = desk.session.values.recover(6.0)
    assert first is not None
    second = desk.session.values.recover(4.0)
    go.set()
    assert second is not None
    desk.run_until(lambda: not desk.session.jobs.reports)
    assert second.report.state is JobState.DONE
    assert desk.analysis.recovered is not None
    assert desk.analysis.recovered.fwhm_mm == 4.0


def test_they_are_exported_as_the_command_line_does(desk: Desk, tmp_path: Path) -> None:
    # The second lesion (12 mm) is smaller than this blur.
    desk.recover(14.0)
    assert "1 of 2" in desk.notices[-1]
    desk.session.results.export(tmp_path / "window")
    desk.run_until(lambda: not desk.session.jobs.reports)
    study = desk.session.study
    assert study is not None
    assert study.pet is not None
    plain = desk.analysis.with_recovered(None)
    found = recovered_values(study.pet, plain.segmentation, 14.0)
    export(study, [LesionFiles(plain.with_recovered(found))], tmp_path / "line")
    for name in ("lesions.csv", "lesions.json"):
        assert (tmp_path / "window" / name).read_text() == (tmp_path / "line" / name).read_text()
    document = read_json(tmp_path / "window/lesions.json")
    assert document["provenance"]["recovery_fwhm_mm"] == 14.0
    first, second = document["lesions"]
    assert first["suv_mean_recovered"] > first["suv_mean"]
    assert second["suv_max_recovered"] is None
    assert any("L2 has no recovered uptake" in x for x in document["warnings"])
    with (tmp_path / "window/lesions.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["recovery_fwhm_mm"] for row in rows] == ["14.0", "14.0"]
    assert rows[1]["suv_mean_recovered"] == ""


def test_only_suv_is_recovered() -> None:
    study = ball_study()
    assert study.pet is not None
    segmentation = ball_analysis(study).segmentation
    with pytest.raises(QuantityError):
        recovered_values(replace(study.pet, quantity=Quantity.BQML), segmentation, 6.0)
