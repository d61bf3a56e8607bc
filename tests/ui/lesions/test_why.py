"""Why a lesion was scored so: asked for, shown, and put aside when the outline changed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.core.kit.jobs import JobContext
from app.core.lesions.analysis import LesionAnalysis
from app.core.lesions.lesion import LesionStatus
from app.core.lesions.saliency import SaliencyMap, SaliencyMethod
from app.core.study.study import Study
from tests.support.ui_study import Desk, make_analysis, make_saliency
from ui.lesions.model import COLUMNS, OUTSIDE_ROLE
from ui.lesions.saliency import ExplainWork, SaliencyController, can_explain

COLUMN = {column.key: place for place, column in enumerate(COLUMNS)}


@pytest.fixture
def asked(desk: Desk) -> list[tuple[str, SaliencyMethod]]:
    """Let scores be explained at once; what was asked is kept."""
    found: list[tuple[str, SaliencyMethod]] = []

    def make(
        _study: Study, analysis: LesionAnalysis, lesion_id: str, method: SaliencyMethod
    ) -> ExplainWork:
        found.append((lesion_id, method))

        def work(_context: JobContext) -> SaliencyMap:
            return replace(make_saliency(analysis, lesion_id), method=method)

        return work

    controller: SaliencyController = desk.controller(SaliencyController)
    controller.make_explain = make
    controller.is_possible = lambda: True
    desk.open()
    desk.find()
    return found


def ask(desk: Desk, lesion_id: str = "id2", method: int = 0) -> None:
    desk.lesions.select(lesion_id)
    desk.lesions.why_button.menu().actions()[method].trigger()
    desk.qtbot.waitUntil(lambda: desk.session.results.saliency is not None, timeout=5000)
    desk.wait_idle()


def test_without_a_package_there_is_no_question(desk: Desk) -> None:
    desk.controller(SaliencyController).is_possible = lambda: False
    desk.open()
    desk.find()
    assert not desk.lesions.why_button.isVisible()
    assert not desk.lesions.why.isVisible()
    assert not can_explain(lambda *_tasks: ())


def test_a_score_is_explained_by_the_chosen_method(
    desk: Desk, asked: list[tuple[str, SaliencyMethod]]
) -> None:
    button = desk.lesions.why_button
    assert button.isVisible()
    assert not button.isEnabled()
    ask(desk, "id2", 1)
    assert asked == [("id2", SaliencyMethod.INTEGRATED_GRADIENTS)]
    panes = desk.window.holder.desk
    assert panes is not None
    assert panes.scene.overlays.show_saliency
    made = desk.session.results.saliency
    assert made is not None
    assert panes.scene.overlays.saliency is made.volume
    assert panes.scene.overlays.saliency_title == "Saliency, Integrated gradients"
    assert desk.lesions.why.isVisible()
    assert desk.lesions.why.text().startswith("Why L2: Integrated gradients")
    desk.trigger("saliency")
    assert not panes.scene.overlays.show_saliency


def test_a_judgement_keeps_the_map_and_an_edit_does_not(
    desk: Desk, asked: list[tuple[str, SaliencyMethod]]
) -> None:
    ask(desk)
    panes = desk.window.holder.desk
    assert panes is not None
    desk.session.edits.set_status(("id2",), LesionStatus.ACCEPTED)
    assert panes.scene.overlays.saliency is not None
    assert desk.window.actions_["saliency"].isChecked()
    analysis = desk.session.analysis
    assert analysis is not None
    segmentation = analysis.segmentation
    free = np.flatnonzero(segmentation.labels.dense().reshape(-1) == 0)[:1]
    desk.session.edits.apply(segmentation.patch(free, np.array([2], np.uint16)), "Draw L2")
    assert panes.scene.overlays.saliency is None
    assert not panes.scene.overlays.show_saliency
    assert not desk.window.actions_["saliency"].isEnabled()
    assert "earlier outline" in desk.lesions.why.text()


def test_a_map_of_another_revision_is_never_shown(
    desk: Desk, asked: list[tuple[str, SaliencyMethod]]
) -> None:
    analysis = desk.session.analysis
    assert analysis is not None
    old = replace(make_saliency(analysis), revision=-1)
    desk.session.results.explain("Why", lambda _context: old)
    desk.qtbot.waitUntil(lambda: desk.session.results.saliency is old, timeout=5000)
    panes = desk.window.holder.desk
    assert panes is not None
    assert panes.scene.overlays.saliency is None
    assert "earlier outline" in desk.lesions.why.text()


def test_another_study_takes_the_map_away(
    desk: Desk, asked: list[tuple[str, SaliencyMethod]]
) -> None:
    ask(desk)
    desk.open()
    panes = desk.window.holder.desk
    assert panes is not None
    assert panes.scene.overlays.saliency is None
    assert not desk.window.actions_["saliency"].isChecked()
    assert not desk.lesions.why.isVisible()


def test_the_least_certain_come_first(desk: Desk) -> None:
    desk.open()
    desk.find()
    desk.trigger("look_first")
    assert desk.lesions.ordered_ids() == ("id3", "id2", "id1")
    assert desk.lesions.selected_ids() == ("id3",)


def test_what_is_unlike_the_training_is_marked_and_says_so(desk: Desk) -> None:
    study = desk.open()
    analysis = make_analysis(study)
    first, *others = analysis.segmentation.lesions
    samples = tuple(0.5 + 0.01 * n for n in range(41))
    odd = replace(first, outside_training=True, novelty=1.7, score_samples=samples)
    segmentation = replace(analysis.segmentation, lesions=(odd, *others))
    panel = desk.lesions
    panel.show_analysis(replace(analysis, segmentation=segmentation))
    model = panel.model
    assert [model.index(n, COLUMN["name"]).data(OUTSIDE_ROLE) for n in range(3)] == [
        True,
        False,
        False,
    ]
    tip = model.index(0, COLUMN["score"]).data(Qt.ItemDataRole.ToolTipRole)
    assert "90 % interval 52 % to 88 %, 41 samples" in tip
    assert "Unlike what the score network was trained on" in tip
    assert "1.7" in tip
    other = model.index(1, COLUMN["score"]).data(Qt.ItemDataRole.ToolTipRole)
    assert "interval" not in other
    assert "Unlike" not in other
    # Painted: the sign is seen in the cell, and nowhere else.
    panel.stack.setCurrentIndex(1)
    table = panel.table
    pictures = []
    for row in range(2):
        rect = table.visualRect(panel.proxy.index(row, COLUMN["name"]))
        pictures.append(table.viewport().grab(rect).toImage())
    amber = [
        sum(
            image.pixelColor(x, y).red() > image.pixelColor(x, y).blue() + 60
            for x in range(image.width())
            for y in range(image.height())
        )
        for image in pictures
    ]
    assert amber[0] > 10
    assert amber[1] == 0


def test_a_revision_that_comes_again_does_not_bring_the_map_back(
    desk: Desk, asked: list[tuple[str, SaliencyMethod]]
) -> None:
    """After undo and redo of the search another outline has the number of the explained one."""
    session = desk.session

    def erase(label: int) -> None:
        assert session.analysis is not None
        segmentation = session.analysis.segmentation
        index = segmentation.labels.of_label(label)[:3]
        session.edits.apply(segmentation.patch(index, np.zeros(3, np.uint16)), "Erase")
        desk.wait_idle()

    erase(2)
    ask(desk)
    assert desk.controller(SaliencyController).is_current
    saliency = session.results.saliency
    session.history.undo()
    session.history.undo()
    session.history.redo()
    erase(1)
    assert session.analysis is not None
    assert saliency is not None
    assert session.analysis.segmentation.revision == saliency.revision
    assert not desk.controller(SaliencyController).is_current
