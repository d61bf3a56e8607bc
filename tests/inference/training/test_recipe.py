"""Running a recipe: what it is refused for, and what runs its kind."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from app.core.kit.errors import ModelError
from inference.training import recipe as recipe_module
from inference.training.fit.fitting import Progress
from inference.training.fit.recipes import read_recipe
from inference.training.recipe import KINDS, run_recipe

NAMES = sorted(
    Path(x.name).stem for x in (resources.files("inference.training") / "recipes").iterdir()
)


def write_recipe(folder: Path, text: str) -> str:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_an_unknown_recipe_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no training recipe nothing"):
        run_recipe("nothing", tmp_path, tmp_path)


@pytest.mark.parametrize("text", ['kind = "dowsing"', "steps = 3"])
def test_a_recipe_of_no_known_kind_is_said_and_leaves_nothing(tmp_path: Path, text: str) -> None:
    out = tmp_path / "out"
    with pytest.raises(ModelError, match="no known kind"):
        run_recipe(write_recipe(tmp_path, text), tmp_path, out)
    assert not out.exists()


def test_what_is_no_toml_and_a_patient_on_both_sides_are_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        run_recipe(write_recipe(tmp_path, "kind ="), tmp_path, tmp_path)
    split = 'kind = "score"\nsts_train = ["STS_001"]\nsts_validation = ["STS_001"]'
    with pytest.raises(ModelError, match="STS_001"):
        run_recipe(write_recipe(tmp_path, split), tmp_path, tmp_path)


@pytest.mark.parametrize("name", [x for x in NAMES if not x.startswith("smoke")])
def test_missing_data_are_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelError, match="sts/nifti"):
        run_recipe(name, tmp_path, tmp_path / "out")


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_is_run_by_its_kind_with_all_that_was_asked(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[tuple[str, Mapping[str, Any], Path, Path, Progress | None, float | None]] = []

    def runs(kind: str) -> recipe_module.Run:
        def run(
            table: Mapping[str, Any],
            data_dir: Path,
            out_dir: Path,
            progress: Progress | None,
            max_minutes: float | None,
        ) -> dict[str, object]:
            assert out_dir.is_dir()
            ran.append((kind, table, data_dir, out_dir, progress, max_minutes))
            return {"by": kind}

        return run

    def tell(fraction: float, message: str) -> None:
        raise AssertionError("nobody reports")

    monkeypatch.setattr(recipe_module, "KINDS", {kind: runs(kind) for kind in KINDS})
    table, out = read_recipe(name), tmp_path / "a" / "b"
    metrics = run_recipe(name, tmp_path, out, progress=tell, max_minutes=2.5)
    assert metrics == {"by": table["kind"]}
    assert ran == [(table["kind"], table, tmp_path, out, tell, 2.5)]


def test_every_kind_has_a_smoke_recipe() -> None:
    assert {read_recipe(x)["kind"] for x in NAMES if x.startswith("smoke")} == set(KINDS)
