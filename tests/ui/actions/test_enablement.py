"""What an action needs stands in its row: no room enables one by hand."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.support.places import ROOT

SETTERS = ("setEnabled", "setDisabled")
#: The one place.
HOME = ROOT / "ui" / "actions" / "actions.py"


def by_hand(tree: ast.AST) -> list[int]:
    """Return the lines that enable an action by hand: named or held as one, or got from Actions."""
    lines = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or node.attr not in SETTERS:
            continue
        words = ast.unparse(node.value).lower()
        if "action" in words:
            lines.append(node.lineno)
    return lines


@pytest.mark.parametrize(
    "code",
    [
        "self._actions['undo'].setEnabled(True)",
        "actions[name].setEnabled(can)",
        "desk.planes_turned.connect(self._actions['planes_reset'].setEnabled)",
        "self._action.setDisabled(True)",
        "menu.menuAction().setEnabled(bool(entries))",
    ],
)
def test_enabling_by_hand_is_found(code: str) -> None:
    assert by_hand(ast.parse(code)) == [1]


def test_what_is_no_action_may_be_enabled() -> None:
    assert by_hand(ast.parse("self.spin.setEnabled(pet is not None); entry.setEnabled(True)")) == []


def test_no_room_enables_an_action_by_hand() -> None:
    found: dict[Path, list[int]] = {}
    for path in sorted((ROOT / "ui").rglob("*.py")):
        lines = by_hand(ast.parse(path.read_text(encoding="utf-8")))
        if lines and path != HOME:
            found[path.relative_to(ROOT)] = lines
    assert found == {}
