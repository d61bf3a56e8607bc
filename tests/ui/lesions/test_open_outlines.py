"""Outlines of other programs in the window: read, shown, and doubted where they are shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from tests.support.outline_files import box, saved, structure_set, with_raw_data
from tests.support.ui_study import COLUMN, FRAME, Desk, make_study

LOW, HIGH = (10.5, 10.5), (16.5, 18.5)


def _file(folder: Path) -> Path:
    pet = make_study().pet
    assert pet is not None
    regions = {
        "Node": [box(pet.grid, k, LOW, HIGH) for k in (10, 11, 12)],
        "Other": [box(pet.grid, k, LOW, HIGH) for k in (12, 13)],
    }
    dataset = structure_set(regions, FRAME)
    with_raw_data(dataset.ROIContourSequence[0].ContourSequence[0], b"1\\2\\3x")
    return saved(dataset, folder / "rs.dcm")


def test_outlines_are_opened_and_their_notices_shown(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _file(tmp_path)
    assert not desk.window.actions_["open_outlines"].isEnabled()
    desk.open()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    desk.trigger("open_outlines")
    desk.qtbot.waitUntil(lambda: desk.session.analysis is not None)
    analysis = desk.session.analysis
    assert analysis is not None
    assert [x.name for x in analysis.segmentation.lesions] == ["Node"]
    banner = desk.window.holder.banners.shown[0]
    assert "1 outline overlaps others and is not shown" in banner.sentence
    assert "1 of 3 contours of ROI 4 left out" in banner.next_step
    tip = desk.lesions.model.index(0, COLUMN["name"]).data(Qt.ItemDataRole.ToolTipRole)
    assert "1 of 3 contours of ROI 4 left out" in tip


def test_leaving_the_question_changes_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.open()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    desk.trigger("open_outlines")
    assert desk.session.analysis is None
