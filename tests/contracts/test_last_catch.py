"""What nobody expected ends a command with one line, without a word of a header."""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import struct
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import cli
from app.io.open import info
from tests.support.canary import WORD
from ui.frame import crash

ODD: list[BaseException] = [
    OverflowError(WORD),
    TypeError(WORD),
    KeyError(WORD),
    zlib.error(WORD),
    struct.error(WORD),
    RecursionError(WORD),
    AssertionError(WORD),
    OSError(WORD),
    UnicodeDecodeError("utf-8", WORD.encode(), 0, 1, WORD),
    StopIteration(WORD),
    Exception(WORD),
]


@pytest.fixture
def reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(crash, "log_folder", lambda: tmp_path / "log")
    monkeypatch.delenv("UPTAKE_DEBUG", raising=False)
    return tmp_path / "log"


@pytest.fixture(autouse=True)
def loggers() -> Iterator[None]:
    yield
    for name in ("pydicom", "highdicom", "nibabel.global", "py.warnings"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    logging.captureWarnings(False)


def run(*arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.main(list(arguments))
    return code, out.getvalue(), err.getvalue()


@pytest.mark.parametrize("error", ODD, ids=lambda x: type(x).__name__)
def test_an_unexpected_error_is_one_line_without_its_words(
    error: BaseException, reports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(info, "describe", fail)
    code, out, err = run("info", "x", "--json")
    assert code == 1
    assert out == ""
    assert len(err.splitlines()) == 1
    assert WORD not in err
    assert type(error).__name__ in err
    assert "app/cli.py:" in err
    (report,) = reports.iterdir()
    assert report.name in err
    assert WORD not in report.read_text(encoding="utf-8")


@pytest.mark.parametrize("how", ["option before", "option after", "variable"])
def test_a_person_may_ask_for_the_traceback(
    how: str, reports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OverflowError(f"{WORD}\x1b[31m")

    monkeypatch.setattr(info, "describe", fail)
    if how == "variable":
        monkeypatch.setenv("UPTAKE_DEBUG", "1")
    arguments = {
        "option before": ["--debug", "info", "x"],
        "option after": ["info", "x", "--debug"],
    }
    code, _, err = run(*arguments.get(how, ["info", "x"]))
    assert code == 1
    assert "Traceback" in err
    assert WORD in err
    assert "\x1b" not in err


def test_every_command_ends_in_the_same_catch(
    reports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: argparse.Namespace) -> int:
        raise ZeroDivisionError(WORD)

    needed = {
        "analyze": ["--out", "y"], "measure": ["--mask", "m"], "mu-map": ["--out", "y"],
        "run": ["model", "--out", "y"], "snapshot": ["--out", "y.png"],
        "train": ["r", "--data", "d", "--out", "y"],
    }  # fmt: skip
    for command in list(cli._COMMANDS):
        monkeypatch.setitem(cli._COMMANDS, command, fail)
        code, out, err = run(command, *needed.get(command, []))
        assert (code, out) == (1, ""), command
        assert len(err.splitlines()) == 1
        assert WORD not in err


def test_libraries_that_quote_headers_are_not_heard(
    reports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def warn(*_: object) -> dict[str, object]:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            logging.captureWarnings(True)
            warnings.warn(WORD, stacklevel=1)
        logging.getLogger("pydicom").error(WORD)
        logging.getLogger("highdicom.base").warning(WORD)
        logging.getLogger("nibabel.global").error(WORD)
        return {"series": [], "chosen": {"why": "nothing"}, "refused": []}

    monkeypatch.setattr(info, "describe", warn)
    code, out, err = run("info", "x")
    assert code == 1, "nothing can be used"
    assert WORD not in out + err
