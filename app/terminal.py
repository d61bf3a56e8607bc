"""What the command line says, and how: lines for people, one JSON document for machines.

Words of headers and names of files go through `app.core.kit.text`, so that no terminal obeys them
and no character set of it ends a command. Nothing else of the program prints.
"""

from __future__ import annotations

import io
import logging
import sys
import traceback
from pathlib import Path
from typing import Any

from app.core.kit.jobs import JobContext
from app.core.kit.text import json_text, visible
from app.io.write.documents.plain import plain
from ui.frame.crash import write_report

#: Libraries that would quote headers on standard error.
_LIBRARIES = ("pydicom", "highdicom", "nibabel.global", "py.warnings")
_ROOMS = ("app", "ui", "viewers", "inference", "resources")
#: Shows what a report leaves out: messages, which may quote a header, and the whole stack.
DEBUG_VARIABLE = "UPTAKE_DEBUG"


class _VisibleFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(visible(x) for x in super().format(record).split("\n"))


def prepare(*, debug: bool = False) -> None:
    """Make standard output and error take every text, and libraries keep their words to themselves.

    Parameters
    ----------
    debug
        Let them speak: what they say may quote headers.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A sign that the terminal does not know is written out instead of ending the command.
            stream.reconfigure(errors="backslashreplace")
    handler = logging.StreamHandler()
    handler.setFormatter(_VisibleFormatter("%(levelname)s: %(message)s"))
    logging.basicConfig(level=logging.DEBUG if debug else logging.ERROR, handlers=[handler])
    logging.captureWarnings(True)
    for name in _LIBRARIES:
        library = logging.getLogger(name)
        library.setLevel(logging.NOTSET if debug else logging.CRITICAL)


def say(sentence: str) -> None:
    """Say something about the work on standard error, in one line."""
    _write(sys.stderr, f"uptake: {visible(' '.join(sentence.split()))}\n")


def tell(line: str) -> None:
    """Write one line of the answer to standard output."""
    _write(sys.stdout, f"{visible(line)}\n")


def print_json(document: Any) -> None:
    """Write the answer as one JSON document in UTF-8, whatever the terminal takes."""
    print_text(json_text(plain(document)) + "\n")


def print_text(text: str) -> None:
    """Write a document that is JSON already, in UTF-8."""
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:
        _write(sys.stdout, text)
        return
    sys.stdout.flush()
    buffer.write(text.encode())
    buffer.flush()


def _write(stream: Any, text: str) -> None:
    stream.write(text)
    stream.flush()


def progress(*, quiet: bool, by_lines: bool = False) -> JobContext:
    """Return a context that shows progress on standard error when a person is watching.

    ``by_lines`` shows it in a log as well, a line each: for work of an hour.
    """
    watched = sys.stderr.isatty()
    if quiet or not (watched or by_lines):
        return JobContext()
    start, end = ("\r\x1b[K", "") if watched else ("", "\n")

    def report(fraction: float, message: str) -> None:
        sys.stderr.write(f"{start}{100 * fraction:3.0f} %  {visible(message)}{end}")
        sys.stderr.write("\n" if watched and fraction >= 1.0 else "")
        sys.stderr.flush()

    return JobContext(report)


def say_unexpected(error: BaseException, *, debug: bool) -> None:
    """Say that the program failed: where in its code, never with which words.

    The message of the error and the values around it stay unsaid, since both may quote a header or
    the name of a patient; a report without them is written to the log folder.

    Parameters
    ----------
    error
        What nobody expected.
    debug
        Write the whole traceback too, message and all.
    """
    report = write_report(error)
    kept = f" A report without patient data: {report}." if report is not None else ""
    say(
        f"Something went wrong that Uptake did not expect ({type(error).__name__} at "
        f"{place_of(error)}).{kept} Tell it to whoever looks after Uptake; --debug shows more."
    )
    if debug:
        text = "".join(traceback.format_exception(error))
        _write(sys.stderr, "".join(f"{visible(x)}\n" for x in text.split("\n")))


def place_of(error: BaseException) -> str:
    """Return the innermost place in the program's own code that an error went through."""
    found = "unknown place"
    root = Path(__file__).parents[1]
    for frame in traceback.extract_tb(error.__traceback__):
        try:
            inside = Path(frame.filename).resolve().relative_to(root)
        except ValueError:
            continue
        if inside.parts[0] in _ROOMS:
            found = f"{inside.as_posix()}:{frame.lineno}"
    return found
