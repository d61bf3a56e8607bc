"""Damaged inputs read in this process, with a limit of time and memory for each: a fork's work."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from app.core.kit.errors import JobCancelled
from tests.support.fuzzing.mutate import mutated
from tests.support.fuzzing.targets import run_target, seeds

#: Seconds for one input, and memory (bytes) that it may take beside what the program has anyway.
INPUT_S, INPUT_BYTES = 5.0, 1 << 30


def input_of(target: str, seed: int) -> bytes:
    """Return the input of a seed: an entry of the corpus with damage."""
    rng = random.Random(f"{target} {seed}")
    there = [data for _, data in seeds(target)]
    return mutated(target, rng.choice(there), there, rng)


def probe(arguments: Sequence[str]) -> int:
    """Try inputs in this process: a line of JSON for each fault, the seeds on standard error."""
    target, first, count = arguments[0], int(arguments[1]), int(arguments[2])
    _bounded()
    signal.signal(signal.SIGALRM, _too_long)
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(first, first + count):
            os.write(2, f"{seed}\n".encode())
            data = input_of(target, seed)
            signal.setitimer(signal.ITIMER_REAL, INPUT_S)
            try:
                run_target(target, data, Path(folder))
            except (Exception, JobCancelled) as error:  # noqa: BLE001 - that is the finding
                sys.stdout.write(json.dumps([seed, _told(error)]) + "\n")
                sys.stdout.flush()
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0.0)
    return 0


def _told(error: BaseException) -> str:
    """Say what was raised, and where in the program it came from."""
    frames = [x for x in traceback.extract_tb(error.__traceback__) if "/tests/" not in x.filename]
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    ours = [x for x in frames if "site-packages" not in x.filename]
    path = f" from {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
    return f"{type(error).__name__}: {str(error)[:100]}{where}{path}"


def _too_long(_signal: int, _frame: FrameType | None) -> None:
    raise TimeoutError(f"more than {INPUT_S:g} s for one input")


def _bounded() -> None:
    if sys.platform == "linux":
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + INPUT_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
