"""Where an export goes: one folder for all kinds, one question that says what would be replaced."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox

from app.core.drawn.voi import Sphere
from app.io.write.names import LESION_FILES, MEASUREMENT_FILES
from tests.support.ui_study import Desk
from ui.frame.exporting import ask_export_folder

YES, NO = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No


class Answers:
    """A reader who chooses one folder and answers every question alike."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path | None) -> None:
        self.answer = YES
        self.questions: list[str] = []
        self.starts: list[str] = []
        monkeypatch.setattr(QMessageBox, "question", self._question)
        self.folder = folder
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", self._choose)

    def _question(self, *words: object) -> QMessageBox.StandardButton:
        self.questions.append(str(words[2]))
        return self.answer

    def _choose(self, *words: object) -> str:
        self.starts.append(str(words[2]))
        return "" if self.folder is None else str(self.folder)


def test_a_folder_without_files_of_that_kind_needs_no_question(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Answers(monkeypatch, tmp_path)
    (tmp_path / "summary.json").write_text("{}")
    assert ask_export_folder(desk.window, "Export", MEASUREMENT_FILES) == tmp_path
    assert reader.questions == []
    reader.folder = None
    assert ask_export_folder(desk.window, "Export", MEASUREMENT_FILES) is None
    assert reader.questions == []


@pytest.mark.parametrize("answer", [YES, NO])
def test_the_question_says_what_would_be_replaced(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: QMessageBox.StandardButton
) -> None:
    reader = Answers(monkeypatch, tmp_path)
    reader.answer = answer
    (tmp_path / "lesions.csv").write_text("")
    (tmp_path / "other.txt").write_text("")
    wanted = tmp_path if answer is YES else None
    assert ask_export_folder(desk.window, "Export", LESION_FILES) == wanted
    assert reader.questions == [
        f"The folder {tmp_path.name} already holds results: lesions.csv. Replace them?"
    ]
    for name in LESION_FILES:
        (tmp_path / name).write_text("")
    assert ask_export_folder(desk.window, "Export", LESION_FILES) == wanted
    listed = ", ".join(LESION_FILES[:4])
    assert f"{listed} and 3 more" in reader.questions[1]


def test_an_export_of_lesions_asks_before_it_replaces_measurements(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Answers(monkeypatch, tmp_path)
    reader.answer = NO
    desk.open()
    desk.find()
    (tmp_path / "measurements.csv").write_text("old")
    desk.trigger("export")
    desk.wait_idle()
    # Without a measurement that file stays as it is.
    assert reader.questions == []
    assert (tmp_path / "measurements.csv").read_text() == "old"
    for name in LESION_FILES:
        (tmp_path / name).unlink(missing_ok=True)
    desk.session.measuring.add(Sphere((0.0, 0.0, 0.0), 8.0))
    desk.trigger("export")
    desk.wait_idle()
    assert len(reader.questions) == 1
    assert "measurements.csv" in reader.questions[0]
    assert (tmp_path / "measurements.csv").read_text() == "old"


def test_all_kinds_of_export_begin_in_the_folder_of_the_last(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Answers(monkeypatch, tmp_path)
    desk.open()
    desk.find()
    desk.trigger("export")
    desk.wait_idle()
    desk.session.measuring.add(Sphere((0.0, 0.0, 0.0), 8.0))
    desk.trigger("measurement_export")
    desk.wait_idle()
    assert reader.starts[1] == str(tmp_path)
    assert (tmp_path / "measurements.csv").is_file()
