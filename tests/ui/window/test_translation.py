"""Every text of the window goes through Qt's translation, and a translation is used."""

from __future__ import annotations

import ast
import re
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from tests.support.places import ROOT
from tests.support.pseudo import PseudoTranslator, texts, unmarked
from tests.support.ui_study import Desk, make_analysis
from ui.keys.overlay import ShortcutOverlay
from ui.studies.header_form import HeaderForm
from ui.window.capabilities import all_actions
from ui.window.translation import install_translations
from viewers.paint.words import WORDS, pane_word
from viewers.scene.empty import NO_COMPARISON, NOTHING_OPEN
from viewers.space.geometry import Plane

#: Units, names of quantities and formats, and the program's name: the same in every language.
SAME = frozenset(
    (
        *("Uptake", "DICOM", "NIfTI", "SHA", "CPU", "GPU", "PET", "CT", "MR", "MIP", "HU"),
        *("SUV", "SUVbw", "SUVbsa", "SUVibw", "SUVmax", "SUVmean", "SUVpeak", "SUL"),
        *("TLG", "MTV", "TMTV", "Dmax"),
        *("ml", "mm", "cm", "g", "kg", "MBq", "Bq", "min", "s", "Grad-CAM"),
        # What the program is made with.
        *("highdicom", "nibabel", "NumPy", "SciPy"),
        # Keys.
        *"ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        *(f"F{n}" for n in range(1, 13)),
    )
)


@pytest.fixture
def pseudo(qapp: QApplication) -> Iterator[None]:
    translator = PseudoTranslator()
    qapp.installTranslator(translator)
    yield
    qapp.removeTranslator(translator)


@pytest.fixture
def desk(pseudo: None, make_desk: Callable[..., Desk]) -> Desk:
    return make_desk()


def data_words(study: object, analysis: object) -> frozenset[str]:
    """Return the words of the study itself, which nobody translates."""
    return frozenset(re.findall(r"[^\W\d_][\w.-]*", f"{study!r} {analysis!r}"))


#: Sentences that `app`, which knows no Qt, makes while it works.
OF_APP = (
    "3 candidates found.",
    "The images hold SUV and not activity: Bq/ml is not known.",
)


def found(window: QWidget, allowed: frozenset[str]) -> list[str]:
    bad = []
    for where, text in texts(window):
        rest = text
        for sentence in OF_APP:
            rest = rest.replace(sentence, "")
        if unmarked(rest, allowed | SAME):
            bad.append(f"{where}: {text}")
    return list(dict.fromkeys(bad))


def test_the_marker_finds_what_is_not_translated() -> None:
    none: frozenset[str] = frozenset()
    assert unmarked("⟦Open⟧ 12 / 3", none) == ""
    assert unmarked("⟦Open {⟦x⟧}⟧ now", none) == "now"
    assert unmarked("<b>⟦Open⟧</b> it", none) == "it"


def test_an_empty_window_is_translated(desk: Desk) -> None:
    assert found(desk.window, frozenset()) == []


def test_a_window_with_a_result_is_translated(desk: Desk) -> None:
    study = desk.open()
    desk.find()
    desk.trigger("charts")
    words = data_words(study, make_analysis(study))
    assert found(desk.window, words) == []


def test_the_dialogs_are_translated(desk: Desk) -> None:
    study = desk.open()
    words = data_words(study, None)
    for name in ("edit_shortcuts", "about", "provenance"):
        desk.trigger(name)
        dialog = next(x for x in desk.window.findChildren(QDialog) if x.isVisible())
        assert found(dialog, words) == [], name
        dialog.reject()
        desk.qtbot.waitUntil(lambda: not desk.window.findChildren(QDialog))
    form = HeaderForm(study, desk.window)
    assert found(form, words) == []
    form.deleteLater()


def test_the_sheet_of_shortcuts_is_translated(desk: Desk) -> None:
    desk.trigger("shortcuts")
    sheet = desk.window.findChild(ShortcutOverlay)
    assert sheet is not None
    assert unmarked(sheet.accessibleDescription(), SAME) == ""
    sheet.put_away()


def script() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "packaging" / "translations.py"))


def contexts(path: Path) -> dict[str, set[str]]:
    tree = ElementTree.parse(path)
    return {
        str(context.findtext("name")): {str(x.findtext("source")) for x in context.iter("message")}
        for context in tree.iter("context")
    }


@pytest.mark.skipif(script()["lupdate"]() is None, reason="pyside6-lupdate is not installed")
def test_the_template_holds_every_text(tmp_path: Path) -> None:
    tools = script()
    path = tmp_path / "uptake_template.ts"
    tools["write"](path)
    found = contexts(path)
    for context, text in tools["gathered"]():
        assert text in found[context], f"{context}: {text}"
    for spec in all_actions():
        assert {spec.text, spec.tip, spec.group} <= found["actions"]
    # Of classes, of literal contexts, and through short names.
    assert "Cancel" in found["JobBar"]
    assert "a few seconds left" in found["text"]
    assert (
        "Histogram of the chosen lesion, its score, and the volumes of all lesions"
        in (found["actions"])
    )
    assert {"voxels, %", "samples"} <= found["plots"]
    assert contexts(tools["TEMPLATE"]) == found, "run `make translations`"


def test_every_message_of_the_panes_is_to_be_translated() -> None:
    """What is written in the middle of a pane is translated where it is drawn, by `WORDS`."""
    tree = ast.parse((ROOT / "viewers" / "scene" / "empty.py").read_text(encoding="utf-8"))
    said = {*NOTHING_OPEN, *NO_COMPARISON}
    for node in ast.walk(tree):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
            parts = [x.value for x in node.value.elts if isinstance(x, ast.Constant)]
            said |= {x for x in parts if isinstance(x, str)}
    assert said - SAME <= set(WORDS), "add them to viewers/paint/words.py"
    assert {str(plane) for plane in Plane} <= set(WORDS)


def test_panes_speak_the_readers_language(pseudo: None) -> None:
    assert pane_word("axial") == "⟦axial⟧"


LRELEASE = Path(sys.executable).parent / "pyside6-lrelease"


@pytest.mark.skipif(not LRELEASE.exists(), reason="pyside6-lrelease is not installed")
def test_a_translation_is_used(
    qapp: QApplication, make_desk: Callable[..., Desk], tmp_path: Path
) -> None:
    source = tmp_path / "uptake_de.ts"
    source.write_text(
        """<?xml version="1.0" encoding="utf-8"?><!DOCTYPE TS><TS version="2.1" language="de_DE">
        <context><name>actions</name><message><source>File</source>
        <translation>Datei</translation></message></context>
        <context><name>docks</name><message><source>Lesions</source>
        <translation>Herde</translation></message></context></TS>""",
        encoding="utf-8",
    )
    subprocess.run(
        [str(LRELEASE), str(source), "-qm", str(tmp_path / "uptake_de.qm")],
        check=True,
        capture_output=True,
    )
    german = QLocale(QLocale.Language.German, QLocale.Country.Germany)
    assert install_translations(qapp, QLocale(QLocale.Language.French), tmp_path) == ()
    installed = install_translations(qapp, german, tmp_path)
    try:
        window = make_desk().window
        assert window.menuBar().actions()[0].text() == "Datei"
        assert window.docks["lesions"].windowTitle() == "Herde"
        # What is not translated stays English.
        assert window.docks["studies"].windowTitle() == "Studies"
    finally:
        for translator in installed:
            qapp.removeTranslator(translator)
            translator.deleteLater()
