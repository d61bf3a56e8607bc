"""Many runs of the program, each in a fork of one process that has everything imported.

``python -m tests.support.trials.forked`` reads one JSON request a line (`Request`) and answers
each with one line; a run that dies, hangs or takes too much memory ends its fork alone. POSIX.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.support.places import ROOT
from tests.support.trials.command import FEW_THREADS, MEMORY_BYTES
from tests.support.trials.verdict import Told

TIME_S = 30.0


class Forks:
    """A running server; used as a context."""

    def __init__(self, tree: Path = ROOT) -> None:
        # The program of another checkout, judged by the tests of this one.
        path = os.pathsep.join(dict.fromkeys([str(tree), str(ROOT)]))
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START, str(tree)],
            cwd=tree,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **FEW_THREADS, "PYTHONPATH": path},
        )

    def __enter__(self) -> Forks:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(timeout=TIME_S)
        self._process.stdout.close()

    def run(
        self, arguments: Sequence[object], *, time_s: float = TIME_S, encoding: str = "utf-8"
    ) -> Told:
        """Run the command line, or a probe (`tests.support.trials.probes`), in a fork."""
        assert self._process.stdin
        assert self._process.stdout
        request = {"arguments": [*map(str, arguments)], "time_s": time_s, "encoding": encoding}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("The server of forks ended.")
        return Told(**json.loads(answer))


#: The checkout's own folder comes first on the path, before that of the tests.
_START = """
import sys
sys.path.insert(0, sys.argv[1])
from tests.support.trials.forked import serve
serve()
"""


def serve() -> None:
    """Answer requests until standard input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    _warm()
    for line in sys.stdin:
        answers.write(json.dumps(_forked(json.loads(line))) + "\n")
        answers.flush()


def _warm() -> None:
    """Import what most runs need: forks share it."""
    import tests.support.trials.probes  # noqa: F401

    gc.collect()
    gc.freeze()


def _forked(request: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.monotonic()
        pid = os.fork()
        if pid == 0:
            _child(request, out.fileno(), err.fileno())
        code, peak_mb = _wait(pid, began + request["time_s"])
        seconds = time.monotonic() - began
        out.seek(0)
        err.seek(0)
        said = [x.read().decode("utf-8", "replace") for x in (out, err)]
    return {"code": code, "out": said[0], "err": said[1], "seconds": seconds, "peak_mb": peak_mb}


def _child(request: dict[str, Any], out: int, err: int) -> None:
    """Run and end; never returns."""
    code = 1
    try:
        os.setsid()
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        _limit()
        encoding = request["encoding"]
        errors = "strict" if encoding != "utf-8" else "surrogateescape"
        sys.stdout = io.TextIOWrapper(os.fdopen(1, "wb"), encoding, errors)
        sys.stderr = io.TextIOWrapper(os.fdopen(2, "wb"), encoding, "backslashreplace")
        code = _command(request["arguments"])
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 1
    except BaseException:  # noqa: BLE001 - that is the finding
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        os._exit(code)


def _command(arguments: Sequence[str]) -> int:
    from app.cli import main
    from tests.support.trials.probes import PROBES

    probe: Callable[[Sequence[str]], int] | None = PROBES.get(arguments[0])
    return main(arguments) if probe is None else probe(arguments[1:])


def _limit() -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _wait(pid: int, until: float) -> tuple[int | None, float]:
    assert sys.platform != "win32"
    stopped = False
    while True:
        found, status, used = os.wait4(pid, os.WNOHANG)
        if found:
            break
        if time.monotonic() > until and not stopped:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            stopped = True
        time.sleep(0.002)
    unit = 1024.0 if sys.platform == "linux" else 1024.0**2
    return None if stopped else os.waitstatus_to_exitcode(status), used.ru_maxrss / unit
