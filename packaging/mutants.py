"""Change the program in small ways and count the changes that a test notices.

``make mutants`` draws 300 mutants of ``app/core`` and ``app/io/dicom`` with a fixed seed
(cosmic-ray makes them), runs for each the tests that reach the changed lines, and writes those
that no test noticed to ``build/mutants/survived.txt``. Annotations and assertions are left alone:
with postponed evaluation the former change nothing, and the latter are there for mypy.

Two processes work side by side, each on a copy of its own.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.commands.init import init
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import MutationSpec, TestOutcome
from coverage import CoverageData

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "build" / "mutants"
#: Parts of the repository that the tests of `app` need beside it.
COPIED = ("app", "inference", "resources", "tests", "ui", "viewers", "docs", "pyproject.toml")
MUTATED = ("app/core", "app/io/dicom")
LONGEST_S = 300.0

#: Line and column.
Place = tuple[int, int]


@dataclass(frozen=True)
class Found:
    """What became of one mutant."""

    path: str
    line: int
    operator: str
    outcome: str
    diff: str = ""

    @property
    def room(self) -> str:
        """The folder of the changed file."""
        return str(Path(self.path).parent)


def main() -> int:
    """Draw, run, and report; 1 where the tests fail already without a mutant."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", required=True, help="Python of the environment of the tests")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    python = str(Path(options.python).absolute())
    shutil.rmtree(PLACE, ignore_errors=True)
    copies = [copy(n) for n in range(options.workers)]
    if measure(python, copies[0]) != 0:
        print("The tests fail without any mutant.")
        return 1
    drawn = draw(copies[0], options.count, options.seed)
    with ProcessPoolExecutor(options.workers) as pool:
        shares = [drawn[n :: options.workers] for n in range(options.workers)]
        done = pool.map(run_all, copies, shares, [python] * options.workers)
        report([x for share in done for x in share])
    return 0


def copy(number: int) -> Path:
    """Copy the program and its tests, with third-party data beside them as beside the checkout."""
    folder = PLACE / str(number) / "uptake"
    folder.mkdir(parents=True)
    for name in COPIED:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.png")
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, folder)
    shared = ROOT.parent / "shared"
    if shared.exists():
        (folder.parent / "shared").symlink_to(shared.resolve())
    return folder


def measure(python: str, folder: Path) -> int:
    """Run all tests of `app` once, and note which of them reaches which line."""
    command = [python, "-m", "pytest", "tests/app", "-q", "-p", "no:cacheprovider", "--cov=app"]
    command += ["--cov-context=test", "--cov-report=", "-o", "timeout=0"]
    environment = {**os.environ, "COVERAGE_FILE": str(PLACE / "contexts")}
    return subprocess.run(command, cwd=folder, env=environment, check=False).returncode


def draw(folder: Path, count: int, seed: int) -> list[MutationSpec]:
    """Return mutants, drawn from all of them."""
    paths = [
        x.relative_to(folder) for room in MUTATED for x in sorted((folder / room).rglob("*.py"))
    ]
    os.chdir(folder)
    with use_db(str(PLACE / "session.sqlite"), WorkDB.Mode.create) as work:
        init(paths, work, {})
        every = [x.mutations[0] for x in work.pending_work_items]
    spans = {path: _left_alone(path) for path in paths}
    good = [x for x in every if not any(a <= x.start_pos < b for a, b in spans[x.module_path])]
    # The stars of a signature or a call are no products, whatever cosmic-ray takes them for.
    good = [x for x in good if not ("BinaryOperator" in x.operator_name and _is_star(x))]
    good.sort(key=lambda x: (str(x.module_path), x.start_pos, x.operator_name, x.occurrence))
    print(f"{len(good)} mutants, of which {min(count, len(good))} are tried (seed {seed}).")
    return random.Random(seed).sample(good, min(count, len(good)))


def _left_alone(path: Path) -> list[tuple[Place, Place]]:
    """Return where annotations and assertions begin and end, as lines and columns."""
    parts: list[ast.expr | ast.stmt | None] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assert):
            parts.append(node)
        elif isinstance(node, ast.AnnAssign | ast.arg):
            parts.append(node.annotation)
        elif isinstance(node, ast.FunctionDef):
            parts.append(node.returns)
    return [
        ((x.lineno, x.col_offset), (x.end_lineno or x.lineno, x.end_col_offset or 0))
        for x in parts
        if x is not None
    ]


def _is_star(mutation: MutationSpec) -> bool:
    lines = mutation.module_path.read_text(encoding="utf-8").splitlines()
    line, column = mutation.start_pos
    before = lines[line - 1][:column].rstrip()
    return not before or before[-1] in "(,{[:"


def run_all(folder: Path, share: list[MutationSpec], python: str) -> list[Found]:
    """Run one worker's share in its copy."""
    os.chdir(folder)
    data = CoverageData(str(PLACE / "contexts"))
    data.read()
    measured = {str(Path(x).relative_to(PLACE / "0" / "uptake")): x for x in data.measured_files()}
    found = []
    for mutation in share:
        path = str(mutation.module_path)
        tests = _reaching(data, measured.get(path, ""), mutation)
        found.append(_run(mutation, path, tests, python, folder.parent / "tests.txt"))
        print(
            f"{found[-1].outcome:>9} {path}:{mutation.start_pos[0]} {len(tests)} tests", flush=True
        )
    return found


def _reaching(data: CoverageData, measured: str, mutation: MutationSpec) -> list[str]:
    """Return the tests that reach the changed lines; those of the file where it was its import."""
    by_line = data.contexts_by_lineno(measured) if measured else {}
    lines = range(mutation.start_pos[0], mutation.end_pos[0] + 1)
    contexts = {x for line in lines for x in by_line.get(line, [])}
    if "" in contexts or not contexts:
        contexts = {x for of_line in by_line.values() for x in of_line}
    tests = {x.partition("|")[0] for x in contexts} - {""}
    near = f"tests/{mutation.module_path.parent.as_posix()}/"
    return sorted(tests, key=lambda x: (not x.startswith(near), x))


def _run(mutation: MutationSpec, path: str, tests: list[str], python: str, listed: Path) -> Found:
    said = (path, mutation.start_pos[0], mutation.operator_name)
    if not tests:
        return Found(*said, "unreached")
    listed.write_text("\n".join(tests), encoding="utf-8")
    command = [python, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", f"@{listed}"]
    result = mutate_and_test([mutation], shlex.join(command), LONGEST_S)
    if result.test_outcome is TestOutcome.KILLED:
        return Found(*said, "killed")
    outcome = "survived" if result.test_outcome is TestOutcome.SURVIVED else "invalid"
    return Found(*said, outcome, result.diff or result.output or "")


def report(found: list[Found]) -> None:
    """Print the share of killed mutants by room, and write down those that were not noticed."""
    rooms = sorted({x.room for x in found})
    for room in (*rooms, ""):
        outcomes = Counter(x.outcome for x in found if room in ("", x.room))
        tried = sum(outcomes.values()) - outcomes["invalid"]
        share = outcomes["killed"] / tried if tried else 1.0
        print(f"{room or 'all':<28} {outcomes['killed']:>4} of {tried:>4} killed ({share:.0%})")
    missed = [x for x in found if x.outcome not in ("killed", "invalid")]
    missed.sort(key=lambda x: (x.path, x.line))
    text = "\n\n".join(f"{x.path}:{x.line} {x.operator} {x.outcome}\n{x.diff}" for x in missed)
    (PLACE / "survived.txt").write_text(text, encoding="utf-8")
    print(f"What was not noticed is in {PLACE / 'survived.txt'}.")


if __name__ == "__main__":
    sys.exit(main())
