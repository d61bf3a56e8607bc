"""Fuzzing guided by coverage, for as long as one likes: what ``make fuzz`` runs.

``python -m tests.support.fuzzing.guided TARGET [--seconds S] [--runs N] [--seed N]`` needs atheris
(Linux and macOS). New inputs that reach new lines are kept in ``build/fuzz/TARGET``, inputs that
break a reader in ``build/fuzz/broken``.
"""

from __future__ import annotations

import argparse
import importlib
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.places import ROOT

#: Whose lines are watched; numpy and the decoders are native code.
_WATCHED = ["app", "inference.models", "pydicom", "nibabel", "tests.support.fuzzing.targets"]


def main() -> int:
    """Run one target until the time or the number of runs is over, or a reader breaks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target")
    parser.add_argument("--seconds", type=int, default=0)
    parser.add_argument("--runs", type=int, default=-1)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=_WATCHED):
        targets = importlib.import_module("tests.support.fuzzing.targets")
        probe = importlib.import_module("tests.support.fuzzing.probe")
    if options.target not in targets.TARGETS:
        parser.error(f"one of {', '.join(targets.TARGETS)}")
    kept, broken = ROOT / "build" / "fuzz" / options.target, ROOT / "build" / "fuzz" / "broken"
    for folder in (kept, broken):
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:

        def one(data: bytes) -> None:
            targets.run_target(options.target, data, Path(name))

        arguments = [
            sys.argv[0],
            str(kept),
            str(targets.CORPUS / options.target),
            f"-max_total_time={options.seconds}",
            f"-runs={options.runs}",
            f"-seed={options.seed}",
            f"-timeout={round(probe.INPUT_S)}",
            "-rss_limit_mb=1536",
            "-max_len=65536",
            f"-artifact_prefix={broken}/{options.target}-",
            "-print_final_stats=1",
        ]
        atheris.Setup(arguments, one, custom_mutator=_mutator(options.target, atheris, probe))
        atheris.Fuzz()
    return 0


def _mutator(target: str, atheris: Any, probe: Any) -> Callable[[bytes, int, int], bytes]:
    """Half of the damage knows the format, half is the fuzzer's own."""

    def change(data: bytes, max_size: int, seed: int) -> bytes:
        rng = random.Random(seed)
        if rng.random() < 0.5:
            return bytes(atheris.Mutate(data, max_size))
        others = [x for _, x in probe.seeds(target)]
        found: bytes = probe.mutated(target, data or rng.choice(others), others, rng)
        return found[:max_size]

    return change


if __name__ == "__main__":
    raise SystemExit(main())
