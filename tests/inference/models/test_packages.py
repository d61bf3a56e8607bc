"""Model packages: listed, checked and loaded without executing code."""

from __future__ import annotations

import hashlib
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from app.core.kit.errors import ModelError
from inference.models import packages
from tests.support.tiny_model import write_score_package, write_segmentation_package


def _edit(folder: Path, old: str, new: str) -> None:
    card = folder / "model.toml"
    text = card.read_text(encoding="utf-8")
    assert old in text
    card.write_text(text.replace(old, new), encoding="utf-8")


def _rehash(folder: Path) -> None:
    card = folder / "model.toml"
    data = (folder / "weights.safetensors").read_bytes()
    lines = [
        f'weights_sha256 = "{hashlib.sha256(data).hexdigest()}"'
        if x.startswith("weights_sha256")
        else x
        for x in card.read_text(encoding="utf-8").splitlines()
    ]
    card.write_text("\n".join(lines), encoding="utf-8")


def _broken(roots: list[Path]) -> list[packages.BrokenPackage]:
    return [x for x in packages.list_packages(roots) if isinstance(x, packages.BrokenPackage)]


def test_a_folder_of_packages_is_listed(tmp_path: Path) -> None:
    write_segmentation_package(tmp_path, "model-b")
    write_score_package(tmp_path, "model-a")
    (tmp_path / ".hidden").mkdir()
    ids = [x.id for x in packages.available_models([tmp_path])]
    assert ids[:2] == ["model-a", "model-b"]
    one = packages.available_models([tmp_path / "model-b"])
    assert one[0].id == "model-b", "a root that is itself a package counts"
    assert packages.find_model("model-b", [tmp_path]).folder == tmp_path / "model-b"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('name = "A tiny model"', 'name = " "', "name is empty"),
        ('limits = ["Everything."]', "limits = []", "limits is empty"),
        ("threshold = 0.5", "threshold = 1.5", "threshold"),
        ("threshold = 0.5", 'threshold = "half"', "threshold"),
        ("spacing_mm = 4.0", "spacing_mm = 0.0", "spacing_mm"),
        ('"weights.safetensors"', '"../weights.safetensors"', "weights_file"),
        ('"weights.safetensors"', '"weights.pt"', "weights_file"),
        ('version = "0.1"', "", "not complete"),
        ('[network]\nclass = "LesionUNet"', "[network]", "network.class"),
        ("[[inputs]]", "[[inputs", "not complete"),
        ("expected_range = [0.0, 100.0]", "expected_range = [0.0]", "not complete"),
    ],
)
def test_a_broken_card_is_listed_with_its_problem_and_stops_nothing(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    bad = write_segmentation_package(tmp_path, "bad")
    write_score_package(tmp_path, "good")
    _edit(bad, old, new)
    assert "good" in [x.id for x in packages.available_models([tmp_path])]
    (broken,) = _broken([tmp_path])
    assert broken.folder == bad
    assert problem in broken.problem
    with pytest.raises(ModelError, match=r"bad"):
        packages.find_model("bad", [tmp_path])


def _pipe(folder: Path) -> None:
    (folder / "model.toml").unlink()
    os.mkfifo(folder / "model.toml")


def _weights_pipe(folder: Path) -> None:
    (folder / "weights.safetensors").unlink()
    os.mkfifo(folder / "weights.safetensors")


def _folder(folder: Path) -> None:
    (folder / "model.toml").unlink()
    (folder / "model.toml").mkdir()


def _huge(folder: Path) -> None:
    with (folder / "model.toml").open("ab") as file:
        file.truncate(2**40)


def _loop(folder: Path) -> None:
    (folder / "model.toml").unlink()
    (folder / "model.toml").symlink_to("model.toml")


def _written(text: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / "model.toml").write_text(text, encoding="utf-8", errors="surrogatepass")

    return write


def _changed(old: str, new: str) -> Callable[[Path], None]:
    return lambda folder: _edit(folder, old, new)


ODD: dict[str, Callable[[Path], None]] = {
    "pipe": _pipe,
    "weights-pipe": _weights_pipe,
    "folder": _folder,
    "huge": _huge,
    "loop": _loop,
    "empty": _written(""),
    "half-surrogate": _written('id = "\ud800"'),
    "json": _written('{"id": 1}'),
    "nested-list": _written("x = " + "[" * 5000 + "]" * 5000),
    "nested-key": _written("a" + ".a" * 5000 + " = 1"),
    "nested-extra": _changed("[extra]", "[extra]\nx = " + "[" * 60 + "]" * 60),
    "huge-number": _changed("threshold = 0.5", "threshold = 1" + "0" * 400),
    "nan": _changed("spacing_mm = 4.0", "spacing_mm = nan"),
    "true-number": _changed("threshold = 0.5", "threshold = true"),
    "id-number": _changed('id = "bad"', "id = 7"),
    "id-path": _changed('id = "bad"', 'id = "../bad"'),
    "id-escape": _changed('id = "bad"', 'id = "\\u001b[2J"'),
    "limits-number": _changed('limits = ["Everything."]', "limits = 5"),
    "limits-numbers": _changed('limits = ["Everything."]', "limits = [1, 2]"),
    "limits-tables": _changed('limits = ["Everything."]', "limits = [{a = 1}]"),
    "outputs-date": _changed('outputs = ["logit"]', "outputs = [1979-05-27]"),
    "inputs-text": _changed("[[inputs]]\nmodality", '[other]\ninputs = "x"\nmodality'),
    "modality-list": _changed('modality = "PT"', 'modality = ["PT"]'),
    "required-text": _changed("required = false", 'required = "no"'),
    "range-text": _changed("expected_range = [0.0, 100.0]", 'expected_range = "wide"'),
    "network-text": _changed(
        'class = "LesionUNet"\n[network.args]', 'class = ["x"]\n[network.args]'
    ),
    "args-list": _changed("[network.args]", "[[network.args]]"),
    "training-list": _changed("[training]", "[[training]]"),
    "weights-number": _changed('weights_file = "weights.safetensors"', "weights_file = 3"),
    "sha-number": _changed('weights_sha256 = "', 'weights_sha256 = 3 # "'),
    "memory-text": _changed("spacing_mm = 4.0", 'spacing_mm = 4.0\nmemory_mib = "much"'),
    "unknown-key": _changed("spacing_mm = 4.0", "spacing_mm = 4.0\nfolder = 1"),
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", ODD)
def test_a_card_of_whatever_kind_costs_only_its_own_package(tmp_path: Path, kind: str) -> None:
    bad = write_segmentation_package(tmp_path, "bad")
    write_score_package(tmp_path, "good")
    ODD[kind](bad)
    assert "good" in [x.id for x in packages.available_models([tmp_path])]
    (broken,) = _broken([tmp_path])
    assert broken.folder == bad
    assert broken.problem.endswith(".")
    assert "\x1b" not in broken.problem
    with pytest.raises(ModelError):
        packages.find_model("bad", [tmp_path])


@pytest.mark.timeout(60)
def test_a_network_that_asks_for_more_than_its_weights_is_not_built(tmp_path: Path) -> None:
    folder = write_segmentation_package(tmp_path)
    _edit(folder, "features = [8, 16]", "features = [200000, 400000]")
    with pytest.raises(ModelError, match="do not fit"):
        packages.load_network(packages.find_model("petct-lesion", [tmp_path]))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff" * 8,
        (2**40).to_bytes(8, "little") + b"{}",
        (100_000).to_bytes(8, "little") + b'{"a":' * 20_000,
        (2).to_bytes(8, "little") + b"[]",
        (20).to_bytes(8, "little") + b'{"a":{"dtype":"X1"}}',
    ],
)
def test_damaged_weights_are_said(tmp_path: Path, data: bytes) -> None:
    folder = write_segmentation_package(tmp_path)
    (folder / "weights.safetensors").write_bytes(data)
    _rehash(folder)
    with pytest.raises(ModelError, match=r"cannot be read|do not fit"):
        packages.load_network(packages.find_model("petct-lesion", [tmp_path]))


def test_missing_card_weights_or_folder_are_no_crash(tmp_path: Path) -> None:
    assert _broken([tmp_path / "absent"]) == []
    (tmp_path / "empty").mkdir()
    folder = write_segmentation_package(tmp_path, "bare")
    (folder / "weights.safetensors").unlink()
    binary = tmp_path / "binary"
    binary.mkdir()
    (binary / "model.toml").write_bytes(b"\xff\xfe\x00")
    problems = {x.folder.name: x.problem for x in _broken([tmp_path])}
    assert "missing" in problems["bare"]
    assert set(problems) == {"bare", "binary", "empty"}


def test_the_first_of_two_packages_of_one_name_wins(tmp_path: Path) -> None:
    write_segmentation_package(tmp_path / "one", "same")
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    roots = [tmp_path / "one", tmp_path / "two"]
    assert packages.find_model("same", roots).folder == roots[0] / "same"
    assert "before" in _broken(roots)[0].problem


def test_an_unknown_model_names_the_known_ones(tmp_path: Path) -> None:
    write_segmentation_package(tmp_path, "known-one")
    with pytest.raises(ModelError, match="known-one"):
        packages.find_model("nobody", [tmp_path])


def test_half_precision_weights_become_float32(tmp_path: Path) -> None:
    folder = write_segmentation_package(tmp_path)
    path = folder / "weights.safetensors"
    save_file({k: v.half() for k, v in load_file(path).items()}, path)
    _rehash(folder)
    network = packages.load_network(packages.find_model("petct-lesion", [tmp_path]))
    assert {p.dtype for p in network.parameters()} == {torch.float32}
    assert not network.training
    assert not any(p.requires_grad for p in network.parameters())


def test_changed_weights_are_refused(tmp_path: Path) -> None:
    folder = write_segmentation_package(tmp_path)
    path = folder / "weights.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
    card = packages.find_model("petct-lesion", [tmp_path])
    with pytest.raises(ModelError, match="not the ones its card describes"):
        packages.load_network(card)
    path.unlink()
    with pytest.raises(ModelError, match="missing"):
        packages.load_network(card)


class _Trap:
    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        return (Path.touch, (Path("trap-went-off"),))


def test_weights_that_hold_code_are_not_executed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = write_segmentation_package(tmp_path)
    (folder / "weights.safetensors").write_bytes(pickle.dumps(_Trap()))
    _rehash(folder)
    with pytest.raises(ModelError, match="cannot be read"):
        packages.load_network(packages.find_model("petct-lesion", [tmp_path]))
    assert not (tmp_path / "trap-went-off").exists()


@pytest.mark.parametrize("kind", ["lacking", "extra", "shape", "class", "argument", "nan"])
def test_weights_that_do_not_fit_are_refused(tmp_path: Path, kind: str) -> None:
    folder = write_segmentation_package(tmp_path)
    path = folder / "weights.safetensors"
    state = load_file(path)
    first = next(iter(state))
    if kind == "lacking":
        del state[first]
    elif kind == "extra":
        state["another"] = torch.zeros(1)
    elif kind == "shape":
        state[first] = torch.zeros(3)
    elif kind == "nan":
        state[first].view(-1)[0] = np.nan
    elif kind == "class":
        _edit(folder, '"LesionUNet"', '"NoNet"')
    else:
        _edit(folder, "in_channels", "in_chanels")
    save_file(state, path)
    _rehash(folder)
    with pytest.raises(ModelError, match=r"do not fit|not finite") as caught:
        packages.load_network(packages.find_model("petct-lesion", [tmp_path]))
    assert kind == "nan" or caught.value.__cause__ is not None


def test_listing_models_and_importing_tasks_do_not_import_torch() -> None:
    code = (
        "import sys, inference.models.packages, inference.engine.devices\n"
        "import inference.tasks.find_lesions\n"
        "inference.models.packages.available_models()\n"
        "assert 'torch' not in sys.modules and 'monai' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
