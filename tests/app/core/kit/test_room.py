"""Whether there is memory for something, asked before it is taken."""

from __future__ import annotations

import subprocess
import sys

import pytest

from app.core.kit import room
from app.core.kit.errors import InputError
from app.core.kit.room import SHARE, free_memory_bytes, require_room
from tests.support.places import ROOT


def test_the_system_says_how_much_is_free() -> None:
    free = free_memory_bytes()
    assert free is not None
    assert 1e7 < free < 1e14


def test_a_share_of_what_is_free_may_be_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "free_memory_bytes", lambda: 5_000_000_000)
    require_room(int(5e9 * SHARE), "The series")
    with pytest.raises(InputError, match=r"The series needs 4\.1 GB of memory; 5\.0 GB are free"):
        require_room(int(4.1e9), "The series")
    monkeypatch.setattr(room, "free_memory_bytes", lambda: 20_000_000)
    with pytest.raises(InputError, match="needs 30 MB of memory; 20 MB are free"):
        require_room(30_000_000, "It")


def test_nothing_is_refused_where_the_system_does_not_say(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_of_system", "_of_container", "_of_process"):
        monkeypatch.setattr(room, name, lambda: None)
    require_room(10**18, "It")


@pytest.mark.skipif(sys.platform != "linux", reason="a limit of addresses that is told")
def test_a_limit_of_the_process_counts() -> None:
    code = (
        "import resource; from app.core.kit.room import free_memory_bytes as f; "
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30)); print(f())"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert 0 < int(said.stdout) < 1 << 30
