"""One file that is whole or not there: on a full disk, after a kill, through a link."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.kit.errors import ExportError
from app.io.write.one_file import write_whole

ROOT = Path(__file__).parents[4]
KILLED = """
import os, signal, sys
from pathlib import Path
from app.io.write.one_file import write_whole

def write(path):
    path.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)

write_whole(Path(sys.argv[1]), write)
"""


def put(path: Path, words: str) -> None:
    def write(place: Path) -> None:
        place.write_text(words, encoding="utf-8")

    write_whole(path, write)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a disk of 64 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount, release = shutil.which("mount"), shutil.which("umount")
    if mount is None or release is None:
        pytest.skip("no mount here")
    made = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=64k", "none", str(place)],
        capture_output=True, check=False,
    )  # fmt: skip
    if made.returncode:
        pytest.skip("a disk may not be mounted here")
    yield place
    subprocess.run([release, str(place)], check=True)


def test_a_file_gets_its_name_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    put(path, "old")
    path.chmod(0o640)

    def slowly(place: Path) -> None:
        assert place.name == path.name
        place.write_text("ne", encoding="utf-8")
        assert path.read_text(encoding="utf-8") == "old"
        place.write_text("new", encoding="utf-8")

    write_whole(path, slowly)
    assert path.read_text(encoding="utf-8") == "new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert [x.name for x in tmp_path.iterdir()] == ["a.txt"]


def test_a_really_full_disk_leaves_the_old_file(small_disk: Path) -> None:
    path = small_disk / "a.txt"
    put(path, "old")
    with pytest.raises(ExportError, match="The disk is full"):
        put(path, "x" * 100_000)
    assert path.read_text(encoding="utf-8") == "old"
    assert [x.name for x in small_disk.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS])
def test_a_disk_that_refuses_only_at_the_end_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    path = tmp_path / "a.txt"
    put(path, "old")

    def refuse(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(ExportError) as said:
        put(path, "new")
    assert said.value.next_step
    assert path.read_text(encoding="utf-8") == "old"
    assert [x.name for x in tmp_path.iterdir()] == ["a.txt"]


def test_a_kill_leaves_the_old_file_and_the_next_one_tidies_up(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    put(path, "old")
    run = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False, cwd=ROOT)
    assert run.returncode == -signal.SIGKILL
    assert path.read_text(encoding="utf-8") == "old"
    assert len(list(tmp_path.iterdir())) == 2
    put(path, "new")
    assert [x.name for x in tmp_path.iterdir()] == ["a.txt"]


def test_a_link_is_followed_and_what_is_no_file_is_left_alone(tmp_path: Path) -> None:
    put(tmp_path / "real.txt", "old")
    (tmp_path / "link.txt").symlink_to("real.txt")
    put(tmp_path / "link.txt", "new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text(encoding="utf-8") == "new"
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name in ("folder", "pipe"):
        with pytest.raises(ExportError, match="is no file"):
            put(tmp_path / name, "new")
