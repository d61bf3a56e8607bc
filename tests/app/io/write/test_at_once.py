"""Files that come all at once or not at all, whatever happens while they are moved in."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from app.core.kit.errors import ExportError
from app.io.write import at_once, staging
from app.io.write.at_once import written_at_once
from app.io.write.staging import PREFIX, working_folder
from tests.support import killed

NAMES = ("a", "b")
ROOT = Path(__file__).parents[4]
OLD = {"a.txt": "old", "b/0.txt": "old", "b/1.txt": "old", "gone.txt": "old", "c.json": "old"}
NEW = {"a.txt": "new", "b/0.txt": "new", "b/1.txt": "new", "c.json": "new"}
MINE = {"mine.txt": "mine", "sub/deep/mine.txt": "mine"}


def write(folder: Path, text: str) -> None:
    with written_at_once(folder, NAMES) as place:
        for name in NAMES:
            (place / name).write_text(text, encoding="utf-8")


def texts(folder: Path) -> dict[str, str]:
    return {x.name: x.read_text(encoding="utf-8") for x in folder.iterdir()}


@pytest.fixture(params=["at once", "one by one"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """With and without a system that lets folders change places."""
    if request.param == "one by one":

        def refuse(*_: object) -> None:
            raise at_once._OneByOneError

        monkeypatch.setattr(at_once, "_exchange", refuse)
    elif not sys.platform.startswith("linux"):
        pytest.skip("only Linux lets folders change places")
    return str(request.param)


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="folders change places on Linux")
@pytest.mark.parametrize("case", ["fresh", "alone", "others", "here"])
def test_a_kill_at_any_step_leaves_the_old_or_the_new_export_whole(
    tmp_path: Path, case: str
) -> None:
    script = Path(killed.__file__)
    run = subprocess.run(
        [sys.executable, str(script), str(tmp_path), case],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    steps = [json.loads(x) for x in run.stdout.splitlines()]
    assert len(steps) > 20
    others = MINE if case in ("others", "here") else {}
    old = None if case == "fresh" else OLD | others
    new = NEW | others
    after = [x[0] for x in steps]
    assert after[0] == old
    assert after[-1] == new
    if case != "here":
        # The folder that a program stands in cannot change places: there the next export mends.
        assert all(x in (old, new) for x in after)
    for _, mended, left in steps:
        wanted = [{"other.txt": "other"} | x for x in (old or {}, new)]
        assert mended in wanted
        assert left == []


def test_files_of_other_people_stay_the_same_files(tmp_path: Path, way: str) -> None:
    out = tmp_path / "out"
    write(out, "old")
    (out / "mine").mkdir(mode=0o750)
    (out / "mine" / "text").write_text("mine", encoding="utf-8")
    (out / "link").symlink_to("mine/text")
    out.chmod(0o755)
    number = (out / "mine" / "text").stat().st_ino
    write(out, "new")
    assert (out / "mine" / "text").stat().st_ino == number
    assert (out / "mine").stat().st_mode & 0o777 == 0o750
    assert (out / "link").is_symlink()
    assert (out / "link").read_text(encoding="utf-8") == "mine"
    assert (out / "a").read_text(encoding="utf-8") == "new"
    assert out.stat().st_mode & 0o777 == 0o755
    assert sorted(x.name for x in tmp_path.iterdir()) == ["out"]


def test_a_new_folder_has_the_rights_of_a_new_folder(tmp_path: Path) -> None:
    write(tmp_path / "x" / "y" / "out", "new")
    (tmp_path / "plain").mkdir()
    assert (tmp_path / "x/y/out").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_what_is_put_there_meanwhile_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    write(out, "old")
    exchange = at_once._exchange

    def late(one: Path, other: Path) -> None:
        (other / "late").write_text("mine", encoding="utf-8")
        exchange(one, other)

    monkeypatch.setattr(at_once, "_exchange", late)
    write(out, "new")
    assert texts(out) == {"a": "new", "b": "new", "late": "mine"}


def test_very_many_files_of_others_are_left_where_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    write(out, "old")
    for n in range(5):
        (out / f"mine-{n}").touch()
    number = out.stat().st_ino
    monkeypatch.setattr(at_once, "MOST_LINKS", 4)
    write(out, "new")
    assert out.stat().st_ino == number
    assert (out / "a").read_text(encoding="utf-8") == "new"
    assert len(list(out.iterdir())) == 7


@pytest.mark.parametrize("calls", range(5))
def test_an_interrupt_between_two_moves_leaves_the_earlier_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: int
) -> None:
    out = tmp_path / "out"
    write(out, "old")
    left, replace = [calls], Path.replace

    def refuse(*_: object) -> None:
        raise at_once._OneByOneError

    def interrupted(path: Path, target: Path) -> Path:
        left[0] -= 1
        if left[0] == -1:
            raise KeyboardInterrupt
        return replace(path, target)

    monkeypatch.setattr(at_once, "_exchange", refuse)
    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(out, "new")
    assert texts(out) == {"a": "old", "b": "old"}
    assert [x.name for x in tmp_path.iterdir()] == ["out"]


def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    write(tmp_path / "real", "old")
    (tmp_path / "out").symlink_to("real")
    write(tmp_path / "out", "new")
    assert (tmp_path / "out").is_symlink()
    assert texts(tmp_path / "real") == {"a": "new", "b": "new"}


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_disk_that_is_full_only_at_the_end_leaves_the_old_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    out = tmp_path / "out"
    write(out, "old")

    def full(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ExportError):
        write(out, "new")
    with pytest.raises(ExportError):
        write(tmp_path / "deep" / "er" / "out", "new")
    assert texts(out) == {"a": "old", "b": "old"}
    assert [x.name for x in tmp_path.iterdir()] == ["out"]


def _hold(folder: str, ready: str) -> None:
    with working_folder(Path(folder)):
        Path(ready).touch()
        signal.pause()


def test_the_working_folder_of_a_living_process_is_left_alone(tmp_path: Path) -> None:
    """And that of a dead one goes."""
    other = multiprocessing.get_context("spawn").Process(
        target=_hold, args=(str(tmp_path), str(tmp_path / "ready"))
    )
    other.start()
    while not (tmp_path / "ready").exists():
        assert other.is_alive()
        other.join(0.02)
    write(tmp_path / "out", "one")
    assert len(list(tmp_path.glob(f"{PREFIX}*"))) == 1
    other.kill()
    other.join()
    other.close()
    write(tmp_path / "out", "two")
    assert not list(tmp_path.glob(f"{PREFIX}*"))


def test_two_exports_into_one_folder_do_not_mix(tmp_path: Path, way: str) -> None:
    out = tmp_path / "out"
    write(out, "0")
    failed: list[BaseException] = []

    def work(text: str) -> None:
        try:
            for _ in range(10):
                write(out, text)
        except BaseException as error:  # noqa: BLE001 (told below, by the thread that may fail)
            failed.append(error)

    threads = [threading.Thread(target=work, args=(str(n),)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(set(texts(out).values())) == 1
    assert sorted(texts(out)) == ["a", "b"]


def test_a_folder_that_another_program_holds_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setattr(staging, "LONGEST_WAIT_S", 0.1)
    held = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    try:
        with pytest.raises(ExportError, match="Another program is writing"):
            write(tmp_path / "out", "new")
    finally:
        os.close(held)
    write(tmp_path / "out", "new")


@pytest.mark.parametrize("name", ["../victim", "/etc", "..", "", ".", 7, None])
def test_a_planted_list_reaches_no_file_outside(tmp_path: Path, name: object) -> None:
    (tmp_path / "victim").write_text("mine", encoding="utf-8")
    around = tmp_path / "around"
    write(around / "out", "old")
    planted = around / f"{PREFIX}evil"
    (planted / "new").mkdir(parents=True)
    for plan in (
        {"target": "out", "names": [name], "taken": []},
        {"target": name, "names": ["victim"], "taken": []},
    ):
        (planted / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
        write(around / "out", "new")
        assert (tmp_path / "victim").read_text(encoding="utf-8") == "mine"
        (planted / "new").mkdir(parents=True, exist_ok=True)
    link = around / f"{PREFIX}link"
    link.symlink_to(tmp_path)
    write(around / "out", "new")
    assert (tmp_path / "victim").exists()


def test_what_another_person_left_is_not_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "out", "old")
    planted = tmp_path / f"{PREFIX}theirs"
    (planted / "new").mkdir(parents=True)
    plan = {"target": "out", "names": ["a"], "taken": []}
    (planted / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    monkeypatch.setattr(os, "geteuid", lambda: planted.stat().st_uid + 1)
    with working_folder(tmp_path):
        assert texts(tmp_path / "out") == {"a": "old", "b": "old"}
        assert planted.exists()
