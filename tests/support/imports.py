"""The import graph of the program, read from its sources: lazy and typing imports counted.

import-linter checks which rooms may know each other. This graph is finer (files), and tells an
import at the top of a file from one inside a function.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path

from tests.support.places import ROOT

PACKAGES = ("app", "ui", "viewers", "inference", "resources")

#: Libraries that cost a start a tenth of a second or more. An import inside a function stands there
#: only to keep one of these away from whoever imports the file; all others stand at the top. Named
#: once, here; `tests/architecture/test_imports.py` reads it.
HEAVY = frozenset(
    {
        "PySide6",  # commands without a window
        "SimpleITK",
        "captum",
        "highdicom",
        "imagecodecs",
        "nibabel",
        "openvino",
        "pydicom",
        "pyqtgraph",
        "safetensors.torch",
        "scipy",
        "skimage",
        "torch",
        "vtkmodules",
    }
)


class Where(StrEnum):
    """Where in a file an import stands."""

    TOP = "top"
    LAZY = "inside a function"
    TYPING = "for types only"


@dataclass(frozen=True)
class Import:
    """One import of one module by another."""

    importer: str
    imported: str
    line: int
    where: Where
    #: Names taken out of it; none where the module itself is imported.
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Say it as import-linter does."""
        return f"{self.importer} -> {self.imported} (l.{self.line}, {self.where})"


@dataclass(frozen=True)
class ImportGraph:
    """All modules of some packages, with every import between them and of other libraries."""

    files: dict[str, Path]
    imports: tuple[Import, ...]

    @cached_property
    def inner(self) -> dict[str, tuple[Import, ...]]:
        """Imports of the program's own modules, by importer."""
        return self._by_importer(lambda x: x.imported in self.files)

    @cached_property
    def outer(self) -> dict[str, tuple[Import, ...]]:
        """Imports of other libraries, by importer."""
        return self._by_importer(lambda x: x.imported not in self.files)

    def _by_importer(self, wanted: Callable[[Import], bool]) -> dict[str, tuple[Import, ...]]:
        found: dict[str, list[Import]] = {name: [] for name in self.files}
        for one in filter(wanted, self.imports):
            found[one.importer].append(one)
        return {name: tuple(x) for name, x in found.items()}

    def loaded_with(self, module: str) -> set[str]:
        """Modules that are there once one is imported: itself, its packages, what they import."""
        found: set[str] = set()
        waiting = [module]
        while waiting:
            name = waiting.pop()
            if name in found or name not in self.files:
                continue
            found.add(name)
            waiting.append(name.rpartition(".")[0])
            waiting.extend(x.imported for x in self.inner[name] if x.where is Where.TOP)
        return found

    def heavy_with(self, module: str) -> set[str]:
        """Heavy libraries that are loaded with a module, or the one to which it belongs."""
        names = [module]
        for name in self.loaded_with(module):
            names += [x.imported for x in self.outer[name] if x.where is Where.TOP]
        return {x for x in HEAVY for name in names if f"{name}.".startswith(f"{x}.")}

    def needless_lazy(self) -> list[Import]:
        """Return imports inside functions that keep no heavy library away from their file."""
        return [
            x
            for x in self.imports
            if x.where is Where.LAZY
            and not self.heavy_with(x.imported) - self.heavy_with(x.importer)
        ]

    def borrowed(self) -> list[str]:
        """Say which names are imported from a file that only imported them itself."""
        at_home = {name: defined_in(path) for name, path in self.files.items()}
        return [
            f"{x.importer} takes {name} from {x.imported} (l.{x.line})"
            for x in self.imports
            for name in x.names
            if x.imported in at_home and name not in at_home[x.imported]
        ]

    def circles(self) -> list[list[Import]]:
        """Return a shortest circle of each group of files that import one another."""
        return [self._circle_in(group) for group in self._groups() if len(group) > 1]

    def _groups(self) -> list[set[str]]:
        """Strongly connected components, as what reaches a file and is reached from it."""
        reached = {name: self._reach(name) for name in self.files}
        groups: list[set[str]] = []
        placed: set[str] = set()
        for name in sorted(self.files):
            if name not in placed:
                group = {x for x in reached[name] if name in reached[x]} | {name}
                groups.append(group)
                placed |= group
        return groups

    def _reach(self, start: str) -> set[str]:
        found: set[str] = set()
        waiting = [x.imported for x in self.inner[start]]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting.extend(x.imported for x in self.inner[name])
        return found

    def _circle_in(self, group: set[str]) -> list[Import]:
        found = [way for name in sorted(group) if (way := self._way_back(name, group))]
        return min(found, key=len)

    def _way_back(self, start: str, group: set[str]) -> list[Import]:
        ways: list[list[Import]] = [[]]
        seen: set[str] = set()
        for way in ways:  # grows while it is walked: breadth first
            for step in self.inner[way[-1].imported if way else start]:
                if step.imported == start:
                    return [*way, step]
                if step.imported in group and step.imported not in seen:
                    seen.add(step.imported)
                    ways.append([*way, step])
        return []


@cache
def graph_of(root: Path = ROOT, packages: tuple[str, ...] = PACKAGES) -> ImportGraph:
    """Read the imports of every file of some packages."""
    files = {
        module_name(path, root): path
        for package in packages
        for path in sorted((root / package).rglob("*.py"))
    }
    found = (x for name, path in files.items() for x in _imports_of(name, path, files))
    return ImportGraph(files, tuple(dict.fromkeys(found)))


def module_name(path: Path, root: Path = ROOT) -> str:
    """Return the dotted name of a file; a package has the name of its folder."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def defined_in(path: Path) -> set[str]:
    """Return the names that a file makes at its top, imported ones left out."""
    found: set[str] = set()
    waiting: list[ast.AST] = [_tree(path)]
    while waiting:
        for node in ast.iter_child_nodes(waiting.pop()):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.add(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.add(node.id)
            else:
                waiting.append(node)
    return found


def _imports_of(name: str, path: Path, files: Mapping[str, Path]) -> Iterator[Import]:
    for node, where in _statements(_tree(path), Where.TOP):
        if isinstance(node, ast.Import):
            targets = [x.name for x in node.names]
        else:
            assert not node.level, f"{path}: relative import"
            # What is imported from a package is one of its modules, or a name in its __init__.
            inside = {x.name: f"{node.module}.{x.name}" for x in node.names}
            names = tuple(x for x, full in inside.items() if full not in files)
            if names:
                yield Import(name, str(node.module), node.lineno, where, names)
            targets = [full for full in inside.values() if full in files]
        for target in targets:
            yield Import(name, target, node.lineno, where)


def _statements(node: ast.AST, where: Where) -> Iterator[tuple[ast.Import | ast.ImportFrom, Where]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, where
        elif isinstance(child, ast.expr):
            continue  # no expression holds an import
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _statements(child, Where.LAZY)
        elif isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            for statement in child.body:
                yield from _statements(ast.Module([statement], []), Where.TYPING)
            for statement in child.orelse:
                yield from _statements(ast.Module([statement], []), where)
        else:
            yield from _statements(child, where)
