"""Texts of headers and files are shown as they are: no HTML, nothing hidden, nothing endless."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QModelIndex
from PySide6.QtGui import QAction, Qt, QTextDocument
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QTextEdit,
    QToolButton,
    QWidget,
)
from shiboken6 import isValid

from app.core.kit.plain_text import readable
from app.core.lesions.analysis import LesionAnalysis
from app.core.study.study import Choice, Patient, RefusedFile, SeriesInfo, Study
from app.io.open.recent import remember_folder
from tests.support.dicom_files import FRAME, affine_of, phantom, write_series
from tests.support.ui_study import Desk, add_derived, make_analysis, make_denoised, make_study
from ui.kit.plain import LONGEST_TIP

#: Text that Qt would take for something else.
HTML = "<b>loud</b><img src x>&amp; A&B [*]"
#: Text that hides, turns around, or is no text.
HIDDEN = "a\x00b\x1b[31m\u202egnp\u2028c\ud800d\u2066e\x7f"
ENDLESS = "W" * 10_000
KINDS = {"html": HTML, "hidden": HIDDEN, "endless": ENDLESS}


@pytest.fixture(params=KINDS)
def foreign(request: pytest.FixtureRequest) -> str:
    return KINDS[str(request.param)]


def hostile_study(words: str) -> Study:
    """Make a study in which every text that a header or a file may hold is this one."""
    study = make_study()
    assert study.pet is not None
    assert study.suv is not None
    series = tuple(
        replace(x, description=words, tracer=words, time=words, date=words, warnings=(words,))
        for x in study.series
    )
    other = SeriesInfo("1.9", "1", words, words, 3, words, date=words)
    return replace(
        study,
        patient=Patient(words, words, words, words, 70.0, 1.7),
        description=words,
        date=words,
        series=(*series, other),
        choice=Choice("1.1", "1.2", words, (words,)),
        suv=replace(study.suv, rule=words, warnings=(words,), headers={words: words}),
        warnings=(words,),
        refused=(RefusedFile(Path("folder") / words[:100].replace("\x00", ""), words),),
        source=words,
        pet=replace(study.pet, description=words),
    )


def hostile_search(words: str) -> Callable[[Study], object]:
    def search(study: Study) -> Callable[[object], LesionAnalysis]:
        analysis = make_analysis(study)
        said = replace(analysis.provenance, model_id=words, model_version=words, warnings=(words,))
        table = tuple(replace(x, name=words) for x in analysis.segmentation.lesions)
        segmentation = replace(analysis.segmentation, lesions=table)
        return lambda _context: replace(analysis, provenance=said, segmentation=segmentation)

    return search


def every_text(application: QApplication) -> Iterator[tuple[str, str, str]]:
    """Yield what is shown anywhere: where, in which way (plain, rich, menu, tip), and the text."""
    for widget in application.allWidgets():
        where = f"{type(widget).__name__} {widget.objectName()}"
        yield where, "tip", widget.toolTip()
        yield where, "name", widget.accessibleName()
        yield where, "name", widget.accessibleDescription()
        if widget.isWindow():
            yield where, "title", widget.windowTitle()
        if isinstance(widget, QLabel):
            plain = widget.textFormat() is Qt.TextFormat.PlainText
            yield where, "plain" if plain else "rich", widget.text()
        if isinstance(widget, QAbstractButton):
            yield where, "menu", widget.text()
        if isinstance(widget, QLineEdit):
            yield where, "plain", widget.text()
        if isinstance(widget, QTextEdit):
            yield where, "page", widget.toPlainText()
        if isinstance(widget, QComboBox):
            for n in range(widget.count()):
                yield where, "plain", widget.itemText(n)
                yield where, "tip", str(widget.itemData(n, Qt.ItemDataRole.ToolTipRole) or "")
        if isinstance(widget, QAbstractItemView) and widget.model() is not None:
            yield from of_model(where, widget)
    yield from of_actions(application)


def of_actions(application: QApplication) -> Iterator[tuple[str, str, str]]:
    owners = [x for x in application.allWidgets() if isValid(x)]
    for action in {a for w in owners for a in (*w.actions(), *w.findChildren(QAction))}:
        if isValid(action):
            yield "action", "menu", action.text()
            yield "action", "tip", action.toolTip()
            yield "action", "tip", action.statusTip()


def of_model(where: str, view: QAbstractItemView) -> Iterator[tuple[str, str, str]]:
    model = view.model()
    roles = {Qt.ItemDataRole.DisplayRole: "plain", Qt.ItemDataRole.ToolTipRole: "tip"}
    for column in range(model.columnCount(QModelIndex())):
        for role, way in roles.items():
            head = model.headerData(column, Qt.Orientation.Horizontal, role)
            yield where, way, str(head or "")
            for row in range(min(20, model.rowCount(QModelIndex()))):
                yield where, way, str(model.index(row, column).data(role) or "")


def looks_rich(text: str) -> bool:
    """Whether Qt takes a text for HTML where it may be either."""
    return bool(Qt.mightBeRichText(text))


def as_seen(way: str, text: str) -> str:
    """Return what a reader sees of a text that Qt shows in a way."""
    if way in ("tip", "rich") and looks_rich(text):
        page = QTextDocument()
        page.setHtml(text)
        return page.toPlainText()
    if way == "menu":
        return text.replace("&&", "\0").replace("&", "").replace("\0", "&")
    return text.replace("[*][*]", "[*]") if way == "title" else text


def check_all(application: QApplication, words: str, least: int) -> None:
    """Fail where one of the texts is not what was planted, hides something, or is endless."""
    marker, seen = readable(words)[:6], 0
    for where, way, text in every_text(application):
        shown = as_seen(way, text)
        at = f"{where} ({way}): {text[:80]!r}"
        assert readable(shown, 10**9, lines=True) == shown, at
        if way != "page":
            assert len(shown) <= 2 * LONGEST_TIP, at
        seen += marker in shown
        # A tag that was obeyed is not seen; an ampersand that was, neither.
        assert "loud" not in shown or "<b>loud" in shown, at
        if words == HTML and marker in shown and len(shown) >= len(words) and way != "page":
            assert "&amp; A&B [*]" in shown, at
    assert seen >= least


def test_a_study_of_such_texts(
    make_desk: Callable[..., Desk], qapp: QApplication, foreign: str
) -> None:
    desk = make_desk(search=hostile_search(foreign))
    desk.session.studies.add([hostile_study(foreign), hostile_study(foreign + "2")])
    desk.wait_idle()
    desk.find()
    study = desk.session.study
    assert study is not None
    made = make_denoised(study, title=foreign)
    add_derived(desk, replace(made, provenance=replace(made.provenance, model_id=foreign)))
    desk.trigger("compare")
    desk.trigger("provenance")
    desk.trigger("doubts")
    desk.wait_idle()
    check_all(qapp, foreign, 20)
    desk.window.grab()
    panes = desk.window.holder.desk
    assert panes is not None
    panes.snapshot()
    for widget in qapp.topLevelWidgets():
        if widget is not desk.window:
            widget.close()


def test_folders_of_such_names(
    make_desk: Callable[..., Desk], qapp: QApplication, tmp_path: Path
) -> None:
    folder = tmp_path / "<b>loud<" / 'b><img src="x.png">&amp; A&B [*]\n\u202ez'
    folder.mkdir(parents=True)
    remember_folder(folder)
    make_desk()
    check_all(qapp, HTML, 0)
    seen = [as_seen(way, text) for _, way, text in every_text(qapp)]
    assert any("A&B [*]" in x for x in seen)


def test_a_dicom_series_of_such_elements(
    make_desk: Callable[..., Desk], qapp: QApplication, tmp_path: Path
) -> None:
    words = "<b>loud</b>&A&B<img src=x>"
    elements: dict[str, Any] = dict.fromkeys(
        ("PatientName", "PatientID", "StudyDescription", "SeriesDescription", "Manufacturer",
         "ManufacturerModelName", "InstitutionName", "ProtocolName", "OperatorsName"), words,
    )  # fmt: skip
    write_series(
        tmp_path, phantom(), affine_of(), FrameOfReferenceUID=FRAME,
        tracer={"Radiopharmaceutical": words}, **elements,
    )  # fmt: skip
    desk = make_desk()
    desk.session.studies.open_paths([tmp_path])
    desk.wait_idle()
    assert desk.session.study is not None
    desk.trigger("provenance")
    check_all(qapp, words, 5)
    for widget in qapp.topLevelWidgets():
        if widget is not desk.window:
            widget.close()


def test_a_tool_button_and_a_tip_are_checked_by_this_test(qapp: QApplication) -> None:
    """The walk sees what it has to see."""
    widget = QWidget()
    button = QToolButton(widget)
    button.setToolTip("<b>loud</b>")
    try:
        with pytest.raises(AssertionError, match="loud"):
            check_all(qapp, HTML, 0)
    finally:
        widget.deleteLater()
