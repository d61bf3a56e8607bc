"""Every package that is pinned has hashes of its files, and is installed with them."""

from __future__ import annotations

import importlib.util
import re
from types import ModuleType

import pytest

from tests.support.places import ROOT

PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\\n]+)", re.MULTILINE)
#: Brought by torch for GPUs, which `make env GPU=1` takes from the index.
OF_TORCH = re.compile("nvidia-|cuda-|triton$|setuptools$")


def pins(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return {re.sub("[-_.]+", "-", x[1].lower()): x[2] for x in PIN.finditer(text)}


def installer() -> ModuleType:
    path = ROOT / "packaging" / "install.py"
    spec = importlib.util.spec_from_file_location("uptake_install", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_pin_has_hashes_of_the_same_version() -> None:
    pinned, with_hashes = pins("constraints.txt"), pins("constraints-hashes.txt")
    assert pinned.pop("torch")
    assert {k: v for k, v in with_hashes.items() if not OF_TORCH.match(k)} == pinned
    text = (ROOT / "constraints-hashes.txt").read_text(encoding="utf-8")
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(entries) == len(with_hashes)
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}\b", x) for x in entries)


def test_the_environment_is_installed_with_hashes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install = installer()
    monkeypatch.setattr(install.importlib.metadata, "version", lambda _: "26.3")
    arguments = ["-c", "constraints.txt", "-e", ".[dev]"]
    made = install.hashed(arguments)
    assert made[-4:] == arguments
    assert made[:2] == ["--no-require-hashes", "-c"]
    assert made[2].endswith("constraints-hashes.txt")
    assert install.hashed(["--upgrade", "pip>=26"]) == ["--upgrade", "pip>=26"]
    monkeypatch.setattr(install.importlib.metadata, "version", lambda _: "24.0")
    assert install.hashed(arguments) == arguments
    assert "nothing is compared" in capsys.readouterr().out
