"""Model cards: what a network is, what it was trained on, how good it is, what it is not for."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.core.kit.errors import ModelError

#: A card is read whole: longer ones are none.
MOST_BYTES = 4 * 2**20


@dataclass(frozen=True)
class ModelInput:
    """One image a network wants."""

    modality: str
    quantity: str
    unit: str
    required: bool = True
    expected_range: tuple[float, float] | None = None


@dataclass(frozen=True)
class ModelCard:
    """The parsed ``model.toml`` of a package.

    ``network`` holds ``class`` and ``args`` for `inference.nets.networks.build_network`;
    ``metrics``, ``training`` and ``extra`` are free tables that the window and ``uptake models``
    show whole.
    """

    id: str
    name: str
    version: str
    task: str
    summary: str
    inputs: tuple[ModelInput, ...]
    outputs: tuple[str, ...]
    spacing_mm: float
    weights_file: str
    weights_sha256: str
    licence: str
    intended_use: str
    not_for: str
    limits: tuple[str, ...]
    network: Mapping[str, Any]
    training: Mapping[str, Any]
    metrics: Mapping[str, Any]
    threshold: float = 0.5
    tracers: tuple[str, ...] = ()
    memory_mib: float = 0.0
    extra: Mapping[str, Any] = field(default_factory=dict)
    folder: Path = field(default_factory=Path)

    @property
    def weights_path(self) -> Path:
        """Path of the safetensors file."""
        return self.folder / self.weights_file

    def check_weights(self) -> None:
        """Compare the weights' SHA-256 with the card.

        Raises
        ------
        ModelError
            If the file is missing or differs.
        """
        if not self.weights_path.is_file():
            raise ModelError(
                f"The weights of model {self.id} are missing.",
                "Install the package again.",
            )
        found = hashlib.sha256(self.weights_path.read_bytes()).hexdigest()
        if found != self.weights_sha256:
            raise ModelError(
                f"The weights of model {self.id} are not the ones its card describes.",
                "Install the package again; do not use these results.",
            )

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary of the whole card."""
        data = {k: getattr(self, k) for k in self.__dataclass_fields__ if k != "folder"}
        data["inputs"] = [vars(x) for x in self.inputs]
        return data


def read_card(folder: Path) -> ModelCard:
    """Read ``model.toml`` of a package folder.

    Top-level keys are the fields of `ModelCard`; ``[[inputs]]`` is a list of `ModelInput`;
    ``[network]``, ``[training]``, ``[metrics]`` and ``[extra]`` are tables.

    Raises
    ------
    ModelError
        If the file is missing, malformed, or lacks a field.
    """
    path = folder / "model.toml"
    try:
        data = tomllib.loads(_text_of(path))
        inputs = tuple(
            ModelInput(**{**x, "expected_range": _pair(x.get("expected_range"))})
            for x in data.pop("inputs")
        )
        for key in ("outputs", "limits", "tracers"):
            data[key] = tuple(data.get(key, ()))
        return ModelCard(inputs=inputs, folder=folder, **data)
    except FileNotFoundError as error:
        raise ModelError(f"There is no model.toml in {folder.name}.") from error
    except RecursionError as error:
        raise ModelError(
            f"The card of the model package {folder.name} holds tables nested too deep.",
            "Compare it with the cards in resources/models.",
        ) from error
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ModelError(
            f"The card of the model package {folder.name} is not complete: {error}.",
            "Compare it with the cards in resources/models.",
        ) from error


def _text_of(path: Path) -> str:
    """Return the text of a card.

    Raises
    ------
    FileNotFoundError, OSError
        If it cannot be read.
    ValueError
        If it is no file (a pipe would never end), too long, or not UTF-8.
    """
    if not path.is_file():
        if not path.exists():
            raise FileNotFoundError
        raise ValueError("model.toml is no file")
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"model.toml is longer than {MOST_BYTES // 2**20} MiB")
    return path.read_text(encoding="utf-8")


def _pair(value: Any) -> tuple[float, float] | None:
    if value is None:
        return None
    low, high = value
    return float(low), float(high)
