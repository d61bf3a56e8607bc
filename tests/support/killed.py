"""Exports of a process that is killed at every step: run as a program, prints a line a step.

``python killed.py FOLDER CASE``: each step is a fork that writes into a copy of the case's folder
and is killed (SIGKILL) just before its n-th call that touches files. Printed is what the folder
holds then, and what it holds after another export of another part.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

from app.io.write.at_once import written_at_once

NAMES = ("a.txt", "b", "gone.txt", "c.json")
_TOUCHING = ("open", "os.", "shutil.", "ctypes.call_function", "ctypes.dlsym", "fcntl.")


def write(folder: Path, text: str, names: tuple[str, ...] = NAMES) -> None:
    """Write an export: two files, a folder of two, and one file only in the old one."""
    with written_at_once(folder, names) as place:
        if "other.txt" in names:
            (place / "other.txt").write_text(text, encoding="utf-8")
            return
        (place / "a.txt").write_text(text, encoding="utf-8")
        (place / "b").mkdir()
        for n in range(2):
            (place / "b" / f"{n}.txt").write_text(text, encoding="utf-8")
        if text == "old":
            (place / "gone.txt").write_text(text, encoding="utf-8")
        (place / "c.json").write_text(text, encoding="utf-8")


def content(folder: Path) -> dict[str, str] | None:
    """Names and texts of all files in a folder, hidden working folders left out."""
    if not folder.exists():
        return None
    return {
        x.relative_to(folder).as_posix(): x.read_text(encoding="utf-8")
        for x in sorted(folder.rglob("*"))
        if x.is_file() and not x.relative_to(folder).parts[0].startswith(".uptake-")
    }


def prepare(folder: Path, case: str) -> None:
    """Make the folder as the case wants it: none, an old export, with files of other people."""
    shutil.rmtree(folder.parent, ignore_errors=True)
    folder.parent.mkdir()
    if case == "fresh":
        return
    write(folder, "old")
    if case != "alone":
        (folder / "mine.txt").write_text("mine", encoding="utf-8")
        (folder / "sub" / "deep").mkdir(parents=True)
        (folder / "sub" / "deep" / "mine.txt").write_text("mine", encoding="utf-8")


def killed_at(step: int, folder: Path, case: str) -> bool:
    """Export in a fork that is killed before a step; whether it was."""
    child = os.fork()
    if child:
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])
    if case == "here":
        os.chdir(folder)
    left = [step]

    def hook(event: str, _arguments: Any) -> None:
        if event.startswith(_TOUCHING):
            left[0] -= 1
            if left[0] == -1:  # the kill is such a call itself
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    write(folder, "new")
    os._exit(0)


def main() -> None:
    """Print a line of JSON a step: what is there after the kill, and after the next export."""
    folder, case = Path(sys.argv[1]) / "around" / "out", sys.argv[2]
    for step in range(2000):
        prepare(folder, case)
        killed = killed_at(step, folder, case)
        after = content(folder)
        write(folder, "other", ("other.txt",))
        left = [x.name for place in (folder, folder.parent) for x in place.glob(".uptake-*")]
        sys.stdout.write(json.dumps([after, content(folder), left]) + "\n")
        sys.stdout.flush()
        if not killed:
            return


if __name__ == "__main__":
    main()
