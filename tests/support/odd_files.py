"""What may stand where a file of the user's is expected."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def fifo(path: Path) -> None:
    """Make a pipe that nobody writes to: opening it as usual waits for ever."""
    os.mkfifo(path)


def folder(path: Path) -> None:
    """Make a folder."""
    path.mkdir()


def dangling(path: Path) -> None:
    """Make a link to nothing."""
    path.symlink_to(path.with_name("nothing"))


def circle(path: Path) -> None:
    """Make a link to itself."""
    path.symlink_to(path)


def device(path: Path) -> None:
    """Make a link to a file without an end."""
    path.symlink_to("/dev/zero")


def no_text(path: Path) -> None:
    """Write bytes that are no UTF-8."""
    path.write_bytes(b"\xff\xfe\x00{")


def huge(path: Path) -> None:
    """Make a file of a gigabyte that takes no room."""
    with path.open("wb") as file:
        file.truncate(1 << 30)


def deep(path: Path) -> None:
    """Write lists in lists, deeper than a parser goes."""
    path.write_text("[" * 200_000)


def deep_values(path: Path) -> None:
    """Write the same as a value, so that TOML sees it."""
    path.write_text("title = " + "[" * 200_000)


def empty(path: Path) -> None:
    """Write nothing."""
    path.write_text("")


ODD: tuple[Callable[[Path], None], ...] = (
    fifo, folder, dangling, circle, device, no_text, huge, deep, deep_values, empty,
)  # fmt: skip
