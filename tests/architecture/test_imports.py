"""The import graph of files: no circles, and imports inside functions only where they help."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.imports import HEAVY, Import, Where, graph_of


def _said(imports: list[Import]) -> str:
    return "\n".join(map(str, imports))


def test_no_files_import_one_another() -> None:
    circles = graph_of().circles()
    assert not circles, "\n\n".join(map(_said, circles))


def test_imports_inside_functions_keep_a_heavy_library_out() -> None:
    needless = graph_of().needless_lazy()
    assert not needless, f"these belong at the top of their files:\n{_said(needless)}"


def test_every_heavy_library_is_used() -> None:
    used = {x.imported for found in graph_of().outer.values() for x in found}
    assert [x for x in HEAVY if not any(f"{y}.".startswith(f"{x}.") for y in used)] == []


def _written(folder: Path, **files: str) -> tuple[Path, tuple[str, ...]]:
    (folder / "house").mkdir()
    (folder / "house" / "__init__.py").write_text("", encoding="utf-8")
    for name, text in files.items():
        (folder / "house" / f"{name}.py").write_text(text, encoding="utf-8")
    return folder, ("house",)


@pytest.mark.parametrize(
    "back",
    [
        "import house.one",
        "from house import one",
        "from house.one import x",
        "def f():\n    from house.one import x",
        "class A:\n    def f(self):\n        if True:\n            import house.one",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from house.one import x",
    ],
)
def test_a_circle_is_found_however_it_is_closed(tmp_path: Path, back: str) -> None:
    made = _written(
        tmp_path, one="x = 1\nfrom house import two", two="import house.three", three=back
    )
    (circle,) = graph_of(*made).circles()
    assert {x.importer for x in circle} == {"house.one", "house.two", "house.three"}


def test_a_line_is_no_circle(tmp_path: Path) -> None:
    made = _written(tmp_path, one="import house.two", two="import house.three", three="import os")
    assert graph_of(*made).circles() == []


def test_what_an_import_inside_a_function_is_for(tmp_path: Path) -> None:
    made = _written(
        tmp_path,
        heavy="from torch import nn",
        through="import house.heavy",
        light="def f():\n    import torch",
        spares="def f():\n    import house.through\n    import vtkmodules.util",
        spares_nothing="import torch\ndef f():\n    import house.heavy",
        light_inside="def f():\n    import json\n    import house.light",
    )
    graph = graph_of(*made)
    assert graph.heavy_with("house.through") == {"torch"}
    assert [(x.importer, x.imported) for x in graph.needless_lazy()] == [
        ("house.light_inside", "json"),
        ("house.light_inside", "house.light"),
        ("house.spares_nothing", "house.heavy"),
    ]
    assert all(x.where is Where.LAZY for x in graph.needless_lazy())
