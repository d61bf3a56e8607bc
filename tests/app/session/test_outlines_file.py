"""Outlines from a file as the session's result: shown, said, undone, exported."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.kit.jobs import JobState
from app.io.write.exporter import export
from app.io.write.lesions import LesionFiles
from tests.support.export_case import read_json
from tests.support.outline_files import box, saved, structure_set, with_raw_data
from tests.support.session_desk import Desk, ball_study

LOW, HIGH = (3.5, 3.5), (8.5, 8.5)


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    desk.session.studies.show(ball_study())
    yield desk
    assert desk.session.shutdown()


def _file(desk: Desk, folder: Path, *, damaged: bool = False) -> Path:
    study = desk.session.study
    assert study is not None
    assert study.pet is not None
    grid = study.pet.grid
    regions = {
        "A": [box(grid, k, LOW, HIGH) for k in (3, 4, 5)],
        "B": [box(grid, k, LOW, HIGH) for k in (5, 6)],
        "C": [box(grid, k, LOW, HIGH) for k in (8, 9)],
    }
    dataset = structure_set(regions, grid.frame_of_reference_uid or "")
    if damaged:
        with_raw_data(dataset.ROIContourSequence[0].ContourSequence[0], b"1\\2\\3x")
    return saved(dataset, folder / "rs.dcm")


def test_outlines_become_the_result_and_can_be_undone(desk: Desk, tmp_path: Path) -> None:
    desk.session.results.read("Open outlines", _file(desk, tmp_path))
    desk.run_until(lambda: desk.session.analysis is not None)
    analysis = desk.analysis
    assert [x.name for x in analysis.segmentation.lesions] == ["A", "C"]
    assert [b.voxels for b in analysis.biomarkers.values()] == [75, 50]
    assert analysis.provenance.model_id is None
    assert desk.notices[-1] == "Open outlines: 2 outlines read."
    desk.session.history.undo()
    assert desk.session.analysis is None


def test_what_is_not_shown_and_what_was_said_goes_with_the_result(
    desk: Desk, tmp_path: Path
) -> None:
    desk.session.results.read("Open outlines", _file(desk, tmp_path, damaged=True))
    desk.run_until(lambda: desk.session.analysis is not None)
    said = desk.analysis.provenance.warnings
    assert said[0].startswith("1 outline overlaps others and is not shown (ROI 5): neither in")
    # The totals here are of what is shown.
    assert "Outlines overlap earlier ones: ROI 5 (25 voxels)." in said
    assert any("1 of 3 contours of ROI 4 left out" in x for x in said)
    # In the table's tip at the outline itself, too.
    assert "1 of 3 contours of ROI 4 left out" in desk.analysis.segmentation.lesions[0].source
    study = desk.session.study
    assert study is not None
    export(study, [LesionFiles(desk.analysis)], tmp_path / "out")
    summary = read_json(tmp_path / "out" / "summary.json")
    assert set(said) <= set(summary["warnings"])


def test_a_file_without_outlines_is_a_problem_and_no_result(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "x.dcm").write_text("no outlines")
    job = desk.session.results.read("Open outlines", tmp_path / "x.dcm")
    assert job is not None
    desk.run_until(lambda: job.report.state is JobState.FAILED)
    assert desk.session.analysis is None


def test_without_a_study_nothing_is_read(tmp_path: Path) -> None:
    desk = Desk()
    assert desk.session.results.read("Open outlines", tmp_path / "x.dcm") is None
    assert desk.session.shutdown()
