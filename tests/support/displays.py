"""A virtual screen for a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable

SCREEN = "1920x1200x24"


def own_display() -> Callable[[], None]:
    """Start a virtual screen, show windows there from now on, and return what ends it.

    Without ``Xvfb`` Qt draws to memory (its ``offscreen`` platform): nothing is left to end.
    """
    program = shutil.which("Xvfb")
    if program is None:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
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
