"""The window of model cards: usable packages, and what is wrong with the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.tiny_model import write_score_package
from tests.support.ui_study import Desk
from ui.help.dialogs import cards_html
from ui.kit.pages import TextDialog


def test_a_broken_package_is_shown_with_its_problem(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_score_package(tmp_path, "whole")
    (write_score_package(tmp_path, "cut-off") / "weights.safetensors").unlink()
    write_score_package(tmp_path, "odd <name>")
    monkeypatch.setattr("inference.models.packages.builtin_folder", lambda: tmp_path)
    desk.trigger("models")
    dialog = desk.window.findChild(TextDialog)
    assert dialog is not None
    text = dialog.page.toPlainText()
    assert "cut-off" in text
    assert "odd <name>" in text, "shown as it is, not as mark-up"
    assert "This model package cannot be used. The weights of model cut-off are missing." in text
    assert "A tiny model 0.1" in text
    dialog.reject()


def test_without_any_package_that_is_said() -> None:
    assert "No model package is installed." in cards_html([])
