"""The whole way through the window with the real engine and the real writers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from tests.support.tiny_model import write_score_package, write_segmentation_package
from tests.support.ui_study import SPOTS, Desk
from ui.lesions.controller import network_search


@pytest.mark.slow
def test_open_find_judge_and_export(
    make_desk: Callable[..., Desk], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models, results = tmp_path / "models", tmp_path / "results"
    results.mkdir()
    write_segmentation_package(models)
    write_score_package(models)
    monkeypatch.setattr("inference.models.packages.builtin_folder", lambda: models)
    desk = make_desk(network_search)
    desk.open()
    desk.trigger("find")
    desk.qtbot.waitUntil(lambda: desk.session.analysis is not None, timeout=120_000)
    analysis = desk.session.analysis
    assert analysis is not None
    # Each spot is hotter than the threshold of the tiny model, and the largest is on top.
    assert len(analysis.segmentation.lesions) == len(SPOTS)
    assert desk.lesions.totals.values["count"].text() == str(len(SPOTS))
    first = analysis.segmentation.lesions[0].id
    assert analysis.biomarkers[first].interval("mtv_ml") is not None
    desk.trigger("next_lesion")
    desk.trigger("reject")
    assert desk.lesions.totals.values["count"].text() == str(len(SPOTS) - 1)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(results))
    desk.trigger("export")
    desk.qtbot.waitUntil(lambda: not desk.session.jobs.reports, timeout=120_000)
    assert desk.messages() == []
    names = {path.name for path in results.iterdir()}
    # No DICOM SEG: a study made in memory has no source images to refer to.
    assert {"lesions.csv", "lesions.json", "segmentation.nii.gz", "uncertainty.nii.gz"} <= names
    summary = json.loads((results / "summary.json").read_text(encoding="utf-8"))
    assert summary["totals"]["count"] == len(SPOTS) - 1
    assert not desk.session.studies.has_unsaved_edits
