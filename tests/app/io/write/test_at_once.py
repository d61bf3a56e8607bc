"""Files that come all at once or not at all, whatever happens while they are moved in."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.io.write.at_once import written_at_once

NAMES = ("a", "b")


def write(folder: Path, text: str) -> None:
    with written_at_once(folder, NAMES) as place:
        for name in NAMES:
            (place / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("calls", range(4))
def test_an_interrupt_between_two_moves_leaves_the_earlier_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: int
) -> None:
    write(tmp_path, "old")
    left, replace = [calls], Path.replace

    def interrupted(path: Path, target: Path) -> Path:
        left[0] -= 1
        if left[0] == -1:
            raise KeyboardInterrupt
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path, "new")
    assert {x.name: x.read_text(encoding="utf-8") for x in tmp_path.iterdir()} == {
        "a": "old",
        "b": "old",
    }
