"""Doubt stands at the number: marks in panes and tables, and the click that tells why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QLabel, QToolButton
from pytestqt.qtbot import QtBot

from app.core.study.provenance import SuvScale
from app.core.study.study import Study
from tests.support.ui_study import COLUMN, Desk, make_study
from ui.kit.link import LinkLabel
from ui.lesions.model import DOUBTFUL
from ui.measure.dock import MeasurementsPanel
from ui.studies.doubts import DoubtsPopup
from ui.window.main_window import MainWindow
from ui.window.start import snapshot
from viewers.desk.desk import ReadingDesk
from viewers.paint.bands import DOUBT_GROUND

DOSE = "RadionuclideTotalDose 370 is taken as MBq."
START = "The scan starts 120 s before the injection."
CORRECTED = "The header lists no corrections; the description says attenuation corrected."


def doubtful(*said: str, series: tuple[str, ...] = ()) -> Study:
    study = make_study()
    assert study.suv is not None
    pet = replace(study.series[0], warnings=series)
    suv = replace(study.suv, warnings=said)
    return replace(study, suv=suv, series=(pet, *study.series[1:]))


def mark_place(desk: ReadingDesk) -> QPoint:
    """Return the middle of the first mark on the panes, in logical pixels."""
    picture = desk.snapshot()
    scale = desk.devicePixelRatioF()
    rows, columns = np.nonzero(np.abs(picture.astype(int) - DOUBT_GROUND).max(axis=2) <= 2)
    assert len(rows)
    near = (rows < rows[0] + 8) & (columns < columns[0] + 30)
    return QPoint(int(columns[near].mean() / scale), int(rows[near].mean() / scale))


def popup() -> DoubtsPopup:
    found = [x for x in QApplication.topLevelWidgets() if isinstance(x, DoubtsPopup)]
    shown = [x for x in found if x.isVisible()]
    assert len(shown) == 1
    return shown[0]


def words_of(shown: DoubtsPopup) -> str:
    return "\n".join(x.text() for x in shown.findChildren(QLabel))


def test_a_click_on_the_mark_tells_every_sentence_and_a_next_step(desk: Desk, qtbot: QtBot) -> None:
    desk.open(doubtful(DOSE, START, series=(CORRECTED,)))
    panes = desk.window.holder.desk
    assert panes is not None
    qtbot.mouseClick(panes, Qt.MouseButton.LeftButton, pos=mark_place(panes))
    told = popup()
    assert told.sentences == (DOSE, START, CORRECTED)
    for sentence in (DOSE, START, CORRECTED, "Type in weight and dose"):
        assert sentence in words_of(told)
    qtbot.keyClick(told, Qt.Key.Key_Escape)
    assert not told.isVisible()


def test_the_mark_goes_with_what_caused_it(desk: Desk) -> None:
    desk.open(doubtful(DOSE))
    panes = desk.window.holder.desk
    assert panes is not None
    mark_place(panes)
    desk.session.studies.show(doubtful())
    desk.wait_idle()
    assert not (np.abs(panes.snapshot().astype(int) - DOUBT_GROUND).max(axis=2) <= 2).any()
    assert not desk.window.actions_["doubts"].isEnabled()


def test_the_head_of_the_table_and_the_totals_say_it(desk: Desk, qtbot: QtBot) -> None:
    desk.open(doubtful(DOSE))
    desk.find()
    panel = desk.lesions
    header, model = panel.header, panel.proxy
    for key, place in COLUMN.items():
        tip = model.headerData(place, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
        assert (DOSE in str(tip)) is (key in DOUBTFUL), key
    sorted_by = header.sortIndicatorSection()
    at = header.sign_rect(COLUMN["suv_max"]).center()
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert popup().sentences == (DOSE,)
    assert header.sortIndicatorSection() == sorted_by
    popup().close()
    signs = [x for x in panel.totals.findChildren(QToolButton) if x.isVisible()]
    assert len(signs) == 2
    assert all(DOSE in x.toolTip() for x in signs)
    qtbot.mouseClick(signs[0], Qt.MouseButton.LeftButton)
    assert popup().sentences == (DOSE,)
    popup().close()


def test_a_sure_study_has_no_sign_and_its_titles_sort(desk: Desk, qtbot: QtBot) -> None:
    desk.open(doubtful())
    desk.find()
    header = desk.lesions.header
    place = COLUMN["suv_max"]
    tip = desk.lesions.proxy.headerData(
        place, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole
    )
    assert "doubt" not in str(tip)
    assert not [x for x in desk.lesions.totals.findChildren(QToolButton) if x.isVisible()]
    at = header.sign_rect(place).center()
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert header.sortIndicatorSection() == place


def test_every_sign_of_the_head_is_clear_of_its_title(desk: Desk) -> None:
    desk.open(doubtful(DOSE))
    desk.find()
    header = desk.lesions.header
    for key in DOUBTFUL:
        place = COLUMN[key]
        if header.isSectionHidden(place):
            continue
        sign, left = header.sign_rect(place), header.sectionViewportPosition(place)
        words = str(header.model().headerData(place, Qt.Orientation.Horizontal))
        widest = max(header.fontMetrics().horizontalAdvance(x) for x in words.split("\n"))
        title_left = left + header.sectionSize(place) - widest - 3
        assert left <= sign.left(), key
        assert sign.right() < title_left, key


def test_the_measurements_say_it_too(desk: Desk) -> None:
    desk.open(doubtful(DOSE))
    panel = desk.window.panel(MeasurementsPanel)
    heads = [panel.table.horizontalHeaderItem(n) for n in range(panel.table.columnCount())]
    assert [bool(x and x.toolTip() == DOSE) for x in heads] == [False, False, True, True, False]
    desk.session.studies.show(doubtful())
    desk.wait_idle()
    assert not any(x and x.toolTip() for x in heads)


@pytest.mark.parametrize("missing", [("RadionuclideTotalDose",), ()])
def test_no_suv_is_told_with_its_reason(desk: Desk, qtbot: QtBot, missing: tuple[str, ...]) -> None:
    why = "The dose cannot be read."
    desk.open(replace(doubtful(), suv=SuvScale(None, why=why, missing=missing)))
    panes = desk.window.holder.desk
    assert panes is not None
    qtbot.mouseClick(panes, Qt.MouseButton.LeftButton, pos=mark_place(panes))
    assert "There is no SUV" in words_of(popup())
    assert why in words_of(popup())
    popup().close()


def test_the_menu_tells_it_and_the_step_opens_the_form(
    desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    desk.open(doubtful(DOSE))
    desk.window.actions_["headers"].triggered.disconnect()
    desk.window.actions_["headers"].triggered.connect(lambda: asked.append(True))
    desk.trigger("doubts")
    told = popup()
    link = next(x for x in told.findChildren(QLabel) if "Type in" in x.text())
    qtbot.mouseClick(link, Qt.MouseButton.LeftButton, pos=QPoint(12, link.height() // 2))
    assert asked == [True]
    assert not told.isVisible()


def test_of_a_comparison_nothing_can_be_typed_in(
    make_desk: Callable[..., Desk], desk: Desk
) -> None:
    active, other = doubtful(), replace(doubtful(DOSE), date="20190102")
    desk.session.studies.add([active, other], activate=True)
    desk.scene.doubt_clicked.emit(other, (10, 10))
    assert "Type in weight" not in words_of(popup())
    assert "make it the active one" in words_of(popup())
    popup().close()


@pytest.mark.parametrize(
    ("missing", "asked"),
    [
        (("RadionuclideTotalDose",), True),
        (("SeriesTime", "RadiopharmaceuticalStartTime"), False),
        (("SeriesTime", "PatientWeight"), False),
    ],
)
def test_the_reader_is_asked_for_what_the_form_takes(
    desk: Desk, missing: tuple[str, ...], asked: bool
) -> None:
    suv = SuvScale(None, why="No SUV: the header lacks something.", missing=missing)
    desk.open(replace(doubtful(), suv=suv))
    banner = next(x for x in desk.window.holder.banners.shown if "No SUV" in x.sentence)
    assert ("Type it in" in banner.next_step) is asked
    assert any("Type in" in x.text() for x in banner.buttons) is asked
    links = [x.text() for x in desk.studies.findChildren(LinkLabel)]
    assert any("Type in" in x for x in links) is asked
    assert ("Time of the scan" in banner.next_step) is ("SeriesTime" in missing)
    assert ("as it came from the scanner" in banner.next_step) is not asked
    desk.trigger("doubts")
    assert ("Type in" in words_of(popup())) is asked
    popup().close()


@pytest.mark.parametrize("count", [1, 2, 4])
def test_the_popup_is_as_high_as_what_it_says(desk: Desk, count: int) -> None:
    desk.open(doubtful(*(f"{n}. {START} {CORRECTED} {DOSE}" for n in range(count))))
    desk.trigger("doubts")
    shown = popup()
    last = shown.findChildren(LinkLabel)[-1]
    assert 0 <= shown.height() - last.geometry().bottom() <= 20
    for label in shown.findChildren(QLabel):
        assert label.height() >= label.heightForWidth(label.width())
    shown.close()


def test_of_doubts_on_the_series_nothing_can_be_typed_in(desk: Desk) -> None:
    desk.open(doubtful(series=(CORRECTED,)))
    desk.trigger("doubts")
    assert "Type in" not in words_of(popup())
    assert "Where the numbers come from" in words_of(popup())
    popup().close()


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080)])
def test_a_picture_of_the_command_line_has_the_marks(
    qapp: QApplication, tmp_path: Path, size: tuple[int, int]
) -> None:
    for name, study in (("sure", doubtful()), ("doubted", doubtful(DOSE))):
        snapshot(study, tmp_path / f"{name}.png", size=size)
    # The command ends with its window; here another test follows.
    for window in qapp.topLevelWidgets():
        if isinstance(window, MainWindow):
            window.deleteLater()
    grounds = []
    for name in ("sure", "doubted"):
        picture = QImage(str(tmp_path / f"{name}.png")).convertToFormat(QImage.Format.Format_RGB888)
        rows = np.frombuffer(picture.constBits(), np.uint8)
        pixels = rows.reshape(picture.height(), picture.bytesPerLine())
        colours = pixels[:, : 3 * picture.width()].reshape(picture.height(), picture.width(), 3)
        grounds.append((np.abs(colours.astype(int) - DOUBT_GROUND).max(axis=2) <= 2).sum())
    assert grounds[0] == 0
    # One mark has a thousand pixels at least, and there are several panes of the PET.
    assert grounds[1] > 2000
