"""Find lesions with the runner that is chosen here against torch: ratio of times, and Dice.

    python benchmarks/search_pace.py [STUDY] [--samples N] [--searches N] [--bf16]

Both search one study (acrin-nsclc-042 where it is on this machine) with the shipped networks, each
in a process of its own, one after the other: the peer with ``UPTAKE_RUNNER=torch``, ours with the
back end that is measured to be fastest. Both compute the lesion network in float32, as on a
processor without bfloat16, unless ``--bf16`` leaves that to the processor. Each process searches
``--searches`` times and the least time counts; what the first search of all takes longer, with an
empty cache (it measures, converts and compiles), is told apart. The ratio of processor time is told
beside it: other work on the machine changes it less.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

DEFAULT = Path(__file__).resolve().parents[2] / "shared" / "data" / "acrin-nsclc-042"
TARGET = 0.5
TARGET_BF16 = 1.05
LEAST_DICE = 0.999


def searched(options: argparse.Namespace) -> dict[str, Any]:
    """Search in this process; the labelmap goes into the file that was named."""
    from app.core.kit.jobs import JobContext
    from app.io.open.study import open_study
    from inference.engine import sliding
    from inference.engine.warm_up import warm_up
    from inference.tasks.find_lesions import find_lesions, request_for

    if not options.bf16:
        sliding.has_fast_bf16 = lambda: False
    warm_up("cpu")
    request = request_for(open_study([options.study]), samples=options.samples, device="cpu")
    times, processor = [], []
    for _ in range(options.searches):
        start, cpu = time.perf_counter(), time.process_time()
        found = find_lesions(request, JobContext())
        times.append(time.perf_counter() - start)
        processor.append(time.process_time() - cpu)
    assert found.probability is not None
    np.savez(options.labels, labels=found.segmentation.labels.dense(), p=found.probability.array)
    return {"times": times, "processor": processor, "runners": dict(found.provenance.runners)}


def in_a_process(options: argparse.Namespace, labels: Path, **environment: str) -> dict[str, Any]:
    """Run one side in a process of its own."""
    command = [sys.executable, __file__, str(options.study), "--labels", str(labels)]
    command += ["--samples", str(options.samples), "--searches", str(options.searches)]
    command += ["--bf16"] if options.bf16 else []
    root = str(Path(__file__).resolve().parents[1])
    path = os.pathsep.join(x for x in (root, os.environ.get("PYTHONPATH", "")) if x)
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": path, **environment},
    )  # fmt: skip
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def dice(a: np.ndarray, b: np.ndarray) -> float:
    """Overlap of two masks; 1 where both are empty."""
    total = int(a.sum()) + int(b.sum())
    return 2.0 * int((a & b).sum()) / total if total else 1.0


def main() -> int:
    """Measure and print; return 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", type=Path, nargs="?", default=DEFAULT)
    parser.add_argument("--samples", type=int, default=10)
    parser.add_argument("--searches", type=int, default=2)
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--labels", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.labels is not None:
        print(json.dumps(searched(options)), flush=True)
        return 0
    if not options.study.is_dir():
        print(f"search pace: skipped, {options.study.name} is not here")
        return 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        cache = str(folder / "cache")
        peer = in_a_process(options, folder / "a.npz", UPTAKE_RUNNER="torch", UPTAKE_CACHE=cache)
        ours = in_a_process(options, folder / "b.npz", UPTAKE_RUNNER="", UPTAKE_CACHE=cache)
        a, b = (dict(np.load(folder / name)) for name in ("a.npz", "b.npz"))
    overlap = dice(a["labels"] > 0, b["labels"] > 0)
    furthest = float(np.abs(a["p"] - b["p"]).max())
    ratio = min(ours["times"]) / min(peer["times"])
    processor = min(ours["processor"]) / min(peer["processor"])
    target = TARGET_BF16 if options.bf16 else TARGET
    print(
        f"search pace: {options.study.name}, {options.samples} samples: "
        f"ours {min(ours['times']):.1f} s ({'; '.join(ours['runners'].values())}), "
        f"torch {min(peer['times']):.1f} s ({'; '.join(peer['runners'].values())}), "
        f"ratio {ratio:.2f} (target {target}; of processor time {processor:.2f}); "
        f"first search ever {ours['times'][0] - min(ours['times']):+.1f} s; Dice {overlap:.4f}, "
        f"largest difference of probability {furthest:.1e}"
    )
    return 0 if ratio <= target and overlap >= LEAST_DICE else 1


if __name__ == "__main__":
    sys.exit(main())
