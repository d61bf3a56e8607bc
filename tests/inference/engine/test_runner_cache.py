"""What is remembered of runners is bounded, and never trusted where it was changed."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from inference.engine import runner_cache


def _folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "runners"


def test_what_was_written_is_read(tmp_path: Path) -> None:
    assert runner_cache.read("a") is None
    runner_cache.write("a", b"one")
    runner_cache.write("a", b"two")
    assert runner_cache.read("a") == b"two"
    assert [x.name for x in _folder(tmp_path).iterdir()] == ["a"], "no half files are left"


@pytest.mark.parametrize("damaged", [b"", b"short", b"x" * 200])
def test_what_was_changed_counts_as_not_there(tmp_path: Path, damaged: bytes) -> None:
    runner_cache.write("a", b"one")
    (_folder(tmp_path) / "a").write_bytes(damaged)
    assert runner_cache.read("a") is None


def test_what_was_not_used_for_longest_goes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = len(b"x" * 100) + 32
    monkeypatch.setattr(runner_cache, "MOST_BYTES", 2 * size)
    for n, name in enumerate(("a", "b")):
        runner_cache.write(name, b"x" * 100)
        os.utime(_folder(tmp_path) / name, (1000.0 + n, 1000.0 + n))
    assert runner_cache.read("a") is not None  # used just now
    runner_cache.write("c", b"x" * 100)
    assert sorted(x.name for x in _folder(tmp_path).iterdir()) == ["a", "c"]


def test_where_nothing_can_be_written_nothing_is_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    occupied = tmp_path / "occupied"
    occupied.write_text("a file where the folder should be", encoding="utf-8")
    monkeypatch.setenv("UPTAKE_CACHE", str(occupied))
    runner_cache.write("a", b"one")
    assert runner_cache.read("a") is None
    assert runner_cache.read_table("a") == {}


def test_a_table_is_a_table() -> None:
    runner_cache.write_table("a", {"runner": "torch", "seconds": {"torch": 0.5}})
    assert runner_cache.read_table("a") == {"runner": "torch", "seconds": {"torch": 0.5}}
    runner_cache.write("a", b"[1]")
    assert runner_cache.read_table("a") == {}


def test_a_folder_that_can_only_be_read_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    runner_cache.write("a", b"one")

    def refuse(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "utime", refuse)
    assert runner_cache.read("a") == b"one"
