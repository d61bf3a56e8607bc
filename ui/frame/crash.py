"""Reports of bugs: what failed and where, without anything that a patient's data could be in."""

from __future__ import annotations

import faulthandler
import os
import platform
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from types import TracebackType

from platformdirs import user_log_dir

from app import __version__

_PACKAGES = ("PySide6-Essentials", "vtk", "numpy", "scipy", "pydicom", "torch")
_KEPT_REPORTS = 20


def log_folder() -> Path:
    """Return the folder of crash reports; made when first written to."""
    return Path(user_log_dir("uptake", appauthor=False))


def report_text(error: BaseException) -> str:
    """Compose a report: types, places in the code, versions.

    Messages of exceptions and values of variables are left out: both may quote a file name, a
    header or a patient. Paths are those of code, shortened below the package.
    """
    lines = [f"Uptake {__version__}", f"Time {datetime.now(UTC).isoformat(timespec='seconds')}"]
    lines.append(f"Python {platform.python_version()} on {platform.system()} {platform.machine()}")
    lines += [f"{name} {_version(name)}" for name in _PACKAGES]
    seen: BaseException | None = error
    while seen is not None:
        lines.append("")
        lines.append(f"{type(seen).__module__}.{type(seen).__qualname__}")
        for frame in traceback.extract_tb(seen.__traceback__):
            lines.append(f"  {_short(frame.filename)}:{frame.lineno} in {frame.name}")
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return "\n".join(lines) + "\n"


def write_report(error: BaseException, folder: Path | None = None) -> Path | None:
    """Write a report and return its path, or ``None`` where the disk refuses it."""
    target = log_folder() if folder is None else folder
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    path = target / f"crash-{stamp}.txt"
    try:
        target.mkdir(parents=True, exist_ok=True)
        path.write_text(report_text(error), encoding="utf-8")
        for old in sorted(target.glob("crash-*.txt"))[:-_KEPT_REPORTS]:
            old.unlink(missing_ok=True)
    except OSError:
        return None
    return path


def install_hooks(tell: Callable[[BaseException], None]) -> Callable[[], None]:
    """Send errors nobody caught to ``tell`` (any thread); return a function that undoes it.

    A crash of native code leaves its Python stacks in ``native.txt`` of the log folder.
    """
    before, before_thread = sys.excepthook, threading.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            before(kind, error, trace)
            return
        tell(error.with_traceback(trace))

    def thread_hook(arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            tell(arguments.exc_value)

    sys.excepthook, threading.excepthook = hook, thread_hook
    stop_native = _watch_native_crashes()

    def remove() -> None:
        sys.excepthook, threading.excepthook = before, before_thread
        stop_native()

    return remove


def _watch_native_crashes() -> Callable[[], None]:
    try:
        log_folder().mkdir(parents=True, exist_ok=True)
        # A pipe of that name would wait for a reader; without waiting it is refused.
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NONBLOCK", 0)
        handle = os.open(log_folder() / "native.txt", flags, 0o600)
        stream = os.fdopen(handle, "w", encoding="utf-8")
    except OSError:
        return lambda: None
    faulthandler.enable(stream)

    def stop() -> None:
        faulthandler.disable()
        stream.close()

    return stop


def _short(filename: str) -> str:
    parts = Path(filename).parts
    for mark in ("site-packages", "app", "ui", "viewers", "inference"):
        if mark in parts:
            at = len(parts) - 1 - parts[::-1].index(mark)
            return "/".join(parts[at + (mark == "site-packages") :])
    return parts[-1] if parts else "?"


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
