"""Whether there is a screen to show a window on, asked before Qt, which would end the program.

Qt ends it with a guess (a missing library) where the X server that ``DISPLAY`` names is gone.
"""

from __future__ import annotations

import os
import re
import socket
import sys

from app.core.kit.errors import KnownError

#: Where the X servers of this machine listen.
SOCKETS = "/tmp/.X11-unix/X"
FIRST_PORT = 6000
LONGEST_WAIT_S = 5.0
WITHOUT_ONE = (
    "Commands such as `uptake analyze` need none; `xvfb-run -a uptake` makes a virtual one."
)


def require_display() -> None:
    """Do nothing where Qt will find its screen.

    Raises
    ------
    KnownError
        If there is no screen, or the one that ``DISPLAY`` names does not answer.
    """
    if not sys.platform.startswith("linux"):
        return
    if os.environ.get("QT_QPA_PLATFORM", "xcb") != "xcb" or os.environ.get("WAYLAND_DISPLAY"):
        return
    name = os.environ.get("DISPLAY", "")
    if not name:
        raise KnownError("There is no display to show a window on.", WITHOUT_ONE)
    if not answers(name):
        raise KnownError(
            f"The display {name} does not answer: its X server is not running, or refuses.",
            f"Set DISPLAY to one that is. {WITHOUT_ONE}",
        )


def answers(name: str) -> bool:
    """Whether an X server takes connections for a display, named as in ``DISPLAY``."""
    found = re.fullmatch(r"(.*):(\d+)(\.\d+)?", name)
    if found is None:
        return False
    host, number = found[1], int(found[2])
    if host not in ("", "unix"):
        return _takes(socket.AF_INET, (host, FIRST_PORT + number))
    path = f"{SOCKETS}{number}"
    # Linux has names of sockets that are no files, too; a server listens at either.
    return _takes(socket.AF_UNIX, path) or _takes(socket.AF_UNIX, f"\0{path}")


def _takes(family: socket.AddressFamily, address: str | tuple[str, int]) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as tried:
        tried.settimeout(LONGEST_WAIT_S)
        try:
            tried.connect(address)
        except OSError:
            return False
        return True
