"""The import contracts hold, and every one of them catches what it forbids."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any

import pytest

from tests.support.imports import PACKAGES, graph_of, module_name
from tests.support.places import ROOT

pytest.importorskip("importlinter", reason="import-linter is a development tool")

CONTRACTS: list[dict[str, Any]] = tomllib.loads(
    (ROOT / "pyproject.toml").read_text(encoding="utf-8")
)["tool"]["importlinter"]["contracts"]
LAYERS = [x for x in CONTRACTS if x["type"] == "layers"]
INSIDE = [x for x in LAYERS if "containers" in x]
#: Arrows that must never be, whatever the contracts say of their rooms' order.
NEVER = (
    ("app.core.space.grid", "app.io.open.study"),
    ("app.session.session", "ui.window.main_window"),
    ("inference.models.packages", "PySide6"),
    ("inference.models.packages", "viewers.desk.desk"),
    ("ui.window.main_window", "torch"),
    ("viewers.desk.desk", "inference.models.packages"),
    ("viewers.scene.scene", "PySide6"),
)


@dataclass(frozen=True)
class Plant:
    """An import that one contract forbids."""

    contract: str
    importer: str
    imported: str


def _module_in(room: str) -> str:
    """Return a file of a room; the room itself where it is a file or holds none yet."""
    files = graph_of().files
    inside = sorted(x for x in files if x.startswith(f"{room}.") and _is_file(files[x]))
    return inside[0] if inside else room


def _is_file(path: Path) -> bool:
    return path.name != "__init__.py"


def _plants() -> list[Plant]:
    """Return for each contract what breaks it: up through each step, and between siblings."""
    found = []
    for contract in LAYERS:
        for container in contract.get("containers", [""]):
            rows = [[x.strip() for x in row.split("|")] for row in contract["layers"]]
            named = [[f"{container}.{x}" if container else x for x in row] for row in rows]
            pairs = [(below[0], above[0]) for above, below in pairwise(named)]
            pairs += [x for row in named for x in permutations(row, 2)]
            for importer, imported in pairs:
                found.append(Plant(contract["name"], _module_in(importer), _module_in(imported)))
    for contract in (x for x in CONTRACTS if x["type"] == "independence"):
        for importer, imported in permutations(contract["modules"], 2):
            found.append(Plant(contract["name"], _module_in(importer), _module_in(imported)))
    for contract in (x for x in CONTRACTS if x["type"] == "forbidden"):
        for source in contract["source_modules"]:
            for library in contract["forbidden_modules"]:
                found.append(Plant(contract["name"], _module_in(source), library))
    return found


PLANTS = _plants()


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the sources, once: every test leaves them as they were."""
    folder = tmp_path_factory.mktemp("copy")
    for path in graph_of().files.values():
        place = folder / path.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    # -P and the folder as working directory: the copy is examined, not the checkout.
    code = (
        "import sys; sys.path.insert(0, '.'); "
        "from importlinter.cli import lint_imports_command; lint_imports_command()"
    )
    return subprocess.run(
        [sys.executable, "-P", "-c", code, "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "1000"},  # a line is not to be broken
    )


def _sections(output: str) -> dict[str, str]:
    """Return what is said of each broken contract."""
    parts = re.split(r"^(.+)\n-+\n", output, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.fixture(scope="module")
def planted(copy: Path) -> dict[str, str]:
    """Plant every violation at once; what is said of each contract, by its name."""
    lines: dict[str, list[str]] = {}
    for importer, imported in {*((x.importer, x.imported) for x in PLANTS), *NEVER}:
        lines.setdefault(importer, []).append(f"import {imported}\n")
    paths = {module_name(x, copy): x for name in PACKAGES for x in (copy / name).rglob("*.py")}
    before = {name: paths[name].read_text(encoding="utf-8") for name in lines}
    for name, text in before.items():
        paths[name].write_text(f"{text}\n{''.join(sorted(lines[name]))}", encoding="utf-8")
    done = _lint(copy)
    for name, text in before.items():
        paths[name].write_text(text, encoding="utf-8")
    assert done.returncode == 1, done.stdout + done.stderr
    return _sections(done.stdout)


def _names(said: str, importer: str, imported: str) -> bool:
    """Whether the arrow itself is forbidden, not only a part of a longer way that is."""
    arrow = rf"^- +{re.escape(importer)} -> {re.escape(imported)} \(l\.[^)]*\)\n(?!  )"
    return re.search(arrow, said, flags=re.MULTILINE) is not None


def test_the_contracts_hold() -> None:
    done = _lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("plant", PLANTS, ids=lambda x: f"{x.importer}-{x.imported}")
def test_every_contract_catches_what_it_forbids(plant: Plant, planted: dict[str, str]) -> None:
    assert _names(planted.get(plant.contract, ""), plant.importer, plant.imported)


@pytest.mark.parametrize("arrow", NEVER, ids="-".join)
def test_what_must_never_be_is_forbidden(arrow: tuple[str, str], planted: dict[str, str]) -> None:
    assert any(_names(said, *arrow) for said in planted.values())


def test_a_new_folder_must_be_put_somewhere(copy: Path) -> None:
    containers = [x for contract in INSIDE for x in contract["containers"]]
    made = [copy / container.replace(".", "/") / "a_new_room" for container in containers]
    for room in made:
        room.mkdir()
        (room / "__init__.py").write_text("", encoding="utf-8")
    done = _lint(copy)
    for room in made:
        shutil.rmtree(room)
    assert done.returncode == 1
    for container in containers:
        assert f"{container}.a_new_room" in done.stdout, done.stdout


def test_every_house_of_rooms_has_its_order() -> None:
    """A package of packages is a container of a contract, and each such contract is exhaustive."""
    packages = [x for x, path in graph_of().files.items() if not _is_file(path)]
    houses = {x.rpartition(".")[0] for x in packages} - {""}
    assert houses == {x for contract in INSIDE for x in contract["containers"]}
    assert [x["name"] for x in INSIDE if not x.get("exhaustive")] == []
