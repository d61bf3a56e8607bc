"""A virtual screen for a process of its own, and what to do where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable

SCREEN = "1920x1200x24"
#: The same for Qt's ``offscreen`` platform, relative to the root: its own screen is small.
OFFSCREEN = "offscreen:configfile=tests/support/offscreen.json"
#: What that platform says at every window.
NOTICE = "This plugin does not support"


def draw_to_memory() -> None:
    """Let Qt draw to memory, unless the person chose something else."""
    os.environ.setdefault("QT_QPA_PLATFORM", OFFSCREEN)


def without_notices(said: str) -> str:
    """Return what a program said on standard error, without the notices of that platform."""
    lines = said.splitlines(keepends=True)
    return "".join(x for x in lines if not x.startswith(NOTICE))


def own_display() -> Callable[[], None]:
    """Start a virtual screen, show windows there from now on, and return what ends it.

    Without ``Xvfb`` Qt draws to memory (its ``offscreen`` platform): nothing is left to end.
    """
    program = shutil.which("Xvfb")
    if program is None:
        draw_to_memory()
        return lambda: None
    read, write = os.pipe()
    # It chooses a free number itself, and says it once it takes windows.
    server = subprocess.Popen(
        [program, "-displayfd", str(write), "-screen", "0", SCREEN, "-nolisten", "tcp"],
        pass_fds=[write],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as said:
        os.environ["DISPLAY"] = f":{said.readline().strip()}"

    def end() -> None:
        server.terminate()
        server.wait()

    return end
