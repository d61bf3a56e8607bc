"""The command line as a process of its own, with limits of time and memory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.support.places import ROOT
from tests.support.trials.verdict import Told

TIME_S = 60.0
#: Address space: libraries reserve some GB of it, a bomb wants more.
MEMORY_BYTES = 6 << 30
#: Threads reserve address space too, more of it on a machine with many cores.
FEW_THREADS = {
    "OMP_NUM_THREADS": "2",
    "OPENBLAS_NUM_THREADS": "2",
    "MALLOC_ARENA_MAX": "4",
}


def uptake(
    arguments: Sequence[object],
    *,
    tree: Path = ROOT,
    time_s: float = TIME_S,
    memory_bytes: int = MEMORY_BYTES,
) -> Told:
    """Run ``python -m app`` in a checkout and say how it ended; POSIX alone.

    Whatever it started is stopped with it when the time is over.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "app", *map(str, arguments)],
            cwd=tree,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env={**os.environ, **FEW_THREADS},
            start_new_session=True,
            preexec_fn=lambda: _limit(memory_bytes),
        )
        code, peak_mb = _wait(process, began + time_s)
        seconds = time.monotonic() - began
        out.seek(0)
        err.seek(0)
        said, errors = (x.read().decode("utf-8", "replace") for x in (out, err))
    return Told(code, said, errors, seconds, peak_mb)


def _limit(memory_bytes: int) -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _wait(process: subprocess.Popen[bytes], until: float) -> tuple[int | None, float]:
    """Return the exit code (``None`` where it was stopped) and the most memory held, in MB."""
    assert sys.platform != "win32"
    stopped, peak_mb = False, 0.0
    while True:
        peak_mb = max(peak_mb, _held_mb(process.pid))
        pid, status, used = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        if time.monotonic() > until and not stopped:
            os.killpg(process.pid, signal.SIGKILL)
            stopped = True
        time.sleep(0.01)
    # Popen must not wait for a process that is gone.
    process.returncode = os.waitstatus_to_exitcode(status)
    return None if stopped else process.returncode, peak_mb or used.ru_maxrss / 1024.0**2


def _held_mb(pid: int) -> float:
    """Return the most memory that a process has held since it began its program; 0 if not known.

    What the system counts for a process that ended includes what its parent held before.
    """
    try:
        with Path(f"/proc/{pid}/status").open(encoding="ascii", errors="replace") as file:
            lines = [x for x in file if x.startswith("VmHWM:")]
    except OSError:
        return 0.0
    return float(lines[0].split()[1]) / 1024.0 if lines else 0.0
