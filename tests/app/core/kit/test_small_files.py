"""What a user keeps is read, or refused at once: it may be a pipe, a device, or a gigabyte."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.kit.small_files import read_bytes, read_json, read_text
from tests.support.odd_files import ODD, huge


def test_what_was_written_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    path.write_text('{"name": "Müller"}', encoding="utf-8")
    assert read_json(path) == {"name": "Müller"}
    assert read_text(path) == '{"name": "Müller"}'


@pytest.mark.parametrize("make", ODD)
@pytest.mark.timeout(20)
def test_anything_else_is_refused_at_once(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "odd"
    make(path)
    with pytest.raises((OSError, ValueError)):
        read_json(path)


def test_the_limit_is_the_last_that_is_read(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    path.write_bytes(b"12345")
    assert read_bytes(path, 5) == b"12345"
    with pytest.raises(ValueError, match="larger"):
        read_bytes(path, 4)
    huge(tmp_path / "huge")
    with pytest.raises(ValueError, match="larger"):
        read_bytes(tmp_path / "huge")
