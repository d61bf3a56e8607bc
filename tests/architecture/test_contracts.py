"""The import contracts catch what they forbid."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.places import ROOT

pytest.importorskip("importlinter", reason="import-linter is a development tool")

PACKAGES = ("app", "ui", "viewers", "inference", "resources")


def _copy(folder: Path) -> None:
    for name in PACKAGES:
        ignored = shutil.ignore_patterns("*.safetensors", "__pycache__", "*.png")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", folder)


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    # -P and the folder as working directory: the copy is examined, not the checkout.
    code = (
        "import sys; sys.path.insert(0, '.'); "
        "from importlinter.cli import lint_imports_command; lint_imports_command()"
    )
    return subprocess.run(
        [sys.executable, "-P", "-c", code, "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("app/core/space/grid.py", "import app.io.open.study"),
        ("viewers/desk/desk.py", "import inference.models.packages"),
        ("ui/window/main_window.py", "import torch"),
        ("inference/models/packages.py", "import PySide6.QtCore"),
        ("app/session/session.py", "import ui.window.main_window"),
    ],
)
def test_a_planted_violation_is_caught(tmp_path: Path, file: str, line: str) -> None:
    _copy(tmp_path)
    clean = _lint(tmp_path)
    assert clean.returncode == 0, clean.stdout + clean.stderr
    path = tmp_path / file
    path.write_text(path.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")
    broken = _lint(tmp_path)
    assert broken.returncode == 1
    assert "BROKEN" in broken.stdout
