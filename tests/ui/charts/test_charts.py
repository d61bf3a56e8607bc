"""The charts dock: made when asked for, filled with what is chosen, teaching while empty."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from app.core.lesions.labelmap import Labelmap
from app.core.lesions.lesion import Lesion
from app.core.lesions.segmentation import Segmentation
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from tests.support.displays import without_notices
from tests.support.ui_study import Desk, make_analysis, make_card, make_study
from ui.charts.controller import ChartsController
from ui.charts.data import histogram, lesion_and_shell
from ui.charts.panel import ChartsPanel
from ui.charts.plots import Plots


def open_charts(desk: Desk) -> Plots:
    desk.trigger("charts")
    desk.qtbot.waitUntil(lambda: desk.window.panel(ChartsPanel).plots is not None)
    plots = desk.window.panel(ChartsPanel).plots
    assert plots is not None
    return plots


def test_the_shell_holds_what_lies_within_its_reach() -> None:
    """One lesion voxel in voxels of 3 x 4 x 5 mm: the shell is a ball of known voxels."""
    grid = ImageGrid.from_spacing((21, 17, 15), (3.0, 4.0, 5.0))
    labels = np.zeros(grid.shape_kji, np.uint16)
    labels[10, 8, 7], labels[10, 8, 9] = 1, 2
    offsets = (np.argwhere(labels >= 0) - (10, 8, 7)) * (3.0, 4.0, 5.0)
    away = np.linalg.norm(offsets, axis=1).reshape(grid.shape_kji)
    values = away.copy()
    values[10, 8, 6] = np.nan
    segmentation = Segmentation(
        "s", grid, Labelmap.from_array(labels), (Lesion("a", 1, "L1"), Lesion("b", 2, "L2"))
    )
    pet = Volume(grid, values, Quantity.SUV_BW)
    inside, around = lesion_and_shell(pet, segmentation, 1, 12.0)
    assert inside.tolist() == [0.0]
    wanted = values[(away <= 12.0) & (labels == 0) & np.isfinite(values)]
    assert sorted(around) == sorted(wanted)
    assert around.max() <= 12.0
    assert lesion_and_shell(pet, segmentation, 7)[0].size == 0


def test_shares_add_up_and_lie_where_the_values_are() -> None:
    found = histogram(np.array([8.0, 9.0, 10.0]), np.full(50, 1.0))
    assert found.lesion.sum() == pytest.approx(100.0)
    assert found.surroundings.sum() == pytest.approx(100.0)
    assert found.surroundings[np.searchsorted(found.edges, 1.0, side="right") - 1] == 100.0
    assert (found.lesion[found.edges[:-1] < 7.5] == 0).all()
    nothing = histogram(np.zeros(0), np.zeros(0))
    assert nothing.lesion.sum() == 0


def test_pyqtgraph_waits_for_the_dock() -> None:
    code = """
import sys
from ui.window.start import make_application, make_window
application = make_application()
window = make_window()
window.show()
application.processEvents()
assert "pyqtgraph" not in sys.modules
window.actions_["charts"].trigger()
application.processEvents()
assert "pyqtgraph" in sys.modules
window.close()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, without_notices(done.stderr)) == (0, "")


def test_empty_charts_teach(desk: Desk) -> None:
    plots = open_charts(desk)
    assert "find lesions (F)" in plots.histogram.sentence
    desk.open()
    desk.find()
    assert "Choose a lesion" in plots.histogram.sentence
    assert "Choose a lesion" in plots.score.sentence
    assert plots.volumes.sentence == ""


def test_the_chosen_lesion_is_charted(desk: Desk) -> None:
    study = desk.open()
    desk.find()
    analysis = desk.session.analysis
    assert analysis is not None
    lesion = replace(analysis.segmentation.lesions[0], score_samples=(0.6, 0.7, 0.72, 0.9))
    others = analysis.segmentation.lesions[1:]
    none, no_label = np.empty(0, np.int64), np.empty(0, np.uint16)
    patch = analysis.segmentation.patch(none, no_label, (lesion, *others))
    desk.session.edits.apply(patch, "Score")
    scorer = make_card("score-candidates", threshold=0.4)
    desk.controller(ChartsController).find_packages = lambda *_tasks: (scorer,)
    plots = open_charts(desk)
    desk.lesions.select("id1")
    desk.qtbot.waitUntil(lambda: len(plots.histogram.box.addedItems) == 2, timeout=5000)
    around, inside = plots.histogram.box.addedItems
    # Nine is the SUV of this lesion, one that of what lies around it.
    x, y = inside.getData()
    centres = (x[:-1] + x[1:]) / 2
    assert (centres * y).sum() / y.sum() == pytest.approx(9.0, abs=0.3)
    x, y = around.getData()
    assert ((x[:-1] + x[1:]) / 2 * y).sum() / y.sum() == pytest.approx(1.0, abs=0.3)
    curve, line = plots.score.box.addedItems
    assert curve.getData()[1].sum() == 4
    assert line.value() == 0.4
    # Three lesions, each a bar and a dot, in the table's order.
    dots = plots.volumes.box.addedItems[1::2]
    values = [float(dot.getData()[0][0]) for dot in dots]
    wanted = [analysis.biomarkers[k]["mtv_ml"] for k in desk.lesions.ordered_ids()]
    assert values == pytest.approx(wanted)
    assert study.pet is not None
    desk.lesions.select("id2")
    assert "drew no samples" in plots.score.sentence
    desk.wait_idle()


def test_volumes_follow_the_order_of_the_table(desk: Desk) -> None:
    desk.open()
    desk.find()
    plots = open_charts(desk)
    desk.trigger("look_first")
    ticks = plots.volumes.left._tickLevels[0]
    assert [name for _, name in ticks] == ["L3", "L2", "L1"]
    desk.wait_idle()


def test_far_apart_volumes_get_a_logarithmic_axis(desk: Desk) -> None:
    study = make_study()
    desk.open(study)
    plots = open_charts(desk)
    from ui.charts.plots import IntervalRow

    rows = [
        IntervalRow(f"L{n}", 10.0**n, (0.5 * 10.0**n, 2 * 10.0**n), (0, 200, 255))
        for n in range(-1, 3)
    ]
    plots.show_volumes(rows)
    assert (0, "1") in plots.volumes.bottom._tickLevels[0]
    dots = [float(x.getData()[0][0]) for x in plots.volumes.box.addedItems[1::2]]
    assert dots == pytest.approx([-1.0, 0.0, 1.0, 2.0])
    low, high = plots.volumes.box.viewRange()[0]
    assert low < np.log10(0.05)
    assert high > np.log10(200)


def test_the_dock_closes_and_opens_with_its_key(desk: Desk) -> None:
    open_charts(desk)
    assert desk.window.docks["charts"].isVisible()
    desk.window.docks["charts"].close()
    assert not desk.window.actions_["charts"].isChecked()
    desk.trigger("charts")
    assert desk.window.docks["charts"].isVisible()
    desk.window.hide()
    desk.window.show()
    # Out of sight with the window, and back with it.
    assert desk.window.actions_["charts"].isChecked()
    assert desk.window.docks["charts"].isVisible()


def test_a_closed_dock_computes_nothing(desk: Desk) -> None:
    study = desk.open()
    desk.find()
    begun: list[str] = []
    desk.session.jobs.changed.connect(lambda report: begun.append(report.title))
    desk.lesions.show_analysis(make_analysis(study))
    desk.lesions.select("id1")
    desk.wait_idle()
    assert begun == []
    assert desk.window.panel(ChartsPanel).plots is None
