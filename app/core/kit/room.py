"""Whether there is memory for what a file says it holds; asked before any is taken."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from app.core.kit.errors import InputError

if sys.platform == "win32":
    import ctypes

    class _WindowsMemory(ctypes.Structure):
        """MEMORYSTATUSEX of the Windows API."""

        _fields_ = (
            ("length", ctypes.c_uint32), ("load", ctypes.c_uint32), ("total", ctypes.c_uint64),
            ("free", ctypes.c_uint64), ("total_page", ctypes.c_uint64),
            ("free_page", ctypes.c_uint64), ("total_virtual", ctypes.c_uint64),
            ("free_virtual", ctypes.c_uint64), ("free_extended", ctypes.c_uint64),
        )  # fmt: skip
else:
    import resource

#: Of the free memory, so much may be taken by one image.
SHARE = 0.8
_MB, _GB = 1e6, 1e9


def require_room(needed_bytes: int, what: str) -> None:
    """Refuse what would not fit into the memory that is free.

    Parameters
    ----------
    needed_bytes
        As much as will be taken at most.
    what
        What takes it, as the start of a sentence: ``The series``.

    Raises
    ------
    InputError
        If there is less, with both numbers.
    """
    free = free_memory_bytes()
    if free is not None and needed_bytes > SHARE * free:
        raise InputError(
            f"{what} needs {_size(needed_bytes)} of memory; {_size(free)} are free.",
            "Close other programs or studies, or open it on a computer with more memory.",
        )


def free_memory_bytes() -> int | None:
    """Return how much memory can still be taken, or ``None`` where the system does not say.

    The least of what the system, a container and a limit of the process leave.
    """
    known = [x for x in (_of_system(), _of_container(), _of_process()) if x is not None]
    return min(known) if known else None


def _size(number: float) -> str:
    return f"{number / _GB:.1f} GB" if number >= _GB else f"{number / _MB:.0f} MB"


def _of_system() -> int | None:
    if sys.platform == "win32":
        return _of_windows()
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    try:
        # Not Linux: what is free is not said; half of all is taken for it.
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (OSError, ValueError):
        return None


def _of_windows() -> int | None:
    if sys.platform == "win32":
        status = _WindowsMemory(length=ctypes.sizeof(_WindowsMemory))
        if ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
            return int(status.free)
    return None


def _of_container() -> int | None:
    """Return what a control group leaves (Linux, version 2)."""
    group = Path("/sys/fs/cgroup")
    try:
        most = (group / "memory.max").read_text(encoding="ascii").strip()
        if most == "max":
            return None
        taken = int((group / "memory.current").read_text(encoding="ascii"))
        lines = (group / "memory.stat").read_text(encoding="ascii").splitlines()
        # Pages of files are counted too, though they make room for whoever needs it.
        pages = dict(line.split() for line in lines).get("file", "0")
        return max(0, int(most) - taken + int(pages))
    except (OSError, ValueError):
        return None


def _of_process() -> int | None:
    """Return what a limit on the addresses of this process leaves."""
    if sys.platform != "win32":
        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        if limit == resource.RLIM_INFINITY:
            return None
        try:
            pages = Path("/proc/self/statm").read_text(encoding="ascii").split()
            return max(0, limit - int(pages[0]) * os.sysconf("SC_PAGE_SIZE"))
        except (OSError, ValueError, IndexError):
            return limit
    return None
