"""Model packages: folders with a card (``model.toml``) and weights (``weights.safetensors``).

Packages are looked for in folders that the caller names, in the program's own
``resources/models``, and in the user's data folder, in that order. A broken package is listed
with its problem and never stops the others. No torch is imported until a network is loaded.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs
from safetensors import SafetensorError

from app.core.kit.errors import ModelError
from app.core.models.card import ModelCard, read_card

if TYPE_CHECKING:
    from torch import nn

#: Fields of a card that may not be empty.
REQUIRED_TEXT = ("id", "name", "version", "task", "summary", "licence", "intended_use", "not_for")
REQUIRED_TABLES = ("inputs", "outputs", "limits", "training", "metrics")


#: What a card of wrong types may raise where it is looked at.
_ODD = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
#: So deep are tables of a card nested at most.
DEEPEST = 12
#: Weights of that size are none of a network that is run here.
MOST_WEIGHTS_BYTES = 8 * 2**30


@dataclass(frozen=True)
class BrokenPackage:
    """A folder that should be a model package but cannot be used."""

    folder: Path
    problem: str


def builtin_folder() -> Path:
    """Folder of the packages that come with the program."""
    return Path(str(files("resources"))) / "models"


def user_folder() -> Path:
    """Folder where a person may put packages of the same shape."""
    return Path(platformdirs.user_data_dir("uptake", appauthor=False)) / "models"


def list_packages(extra: Sequence[Path] = ()) -> tuple[ModelCard | BrokenPackage, ...]:
    """Return every package as it is found: the card of a usable one, or what is wrong with it.

    Parameters
    ----------
    extra
        Folders that hold packages (or are one), looked at before the program's own.
    """
    return tuple(_scan(extra))


def available_models(extra: Sequence[Path] = ()) -> tuple[ModelCard, ...]:
    """Cards of all usable packages, in the order they are looked for (see `list_packages`)."""
    return tuple(x for x in _scan(extra) if isinstance(x, ModelCard))


def find_model(model_id: str, extra: Sequence[Path] = ()) -> ModelCard:
    """Card of one package.

    Raises
    ------
    ModelError
        If there is none of that id, or it is broken.
    """
    known = []
    for found in _scan(extra):
        if isinstance(found, ModelCard):
            if found.id == model_id:
                return found
            known.append(found.id)
        elif found.folder.name == model_id:
            raise ModelError(found.problem, "Install the package again.")
    listed = f"Known models: {', '.join(known)}." if known else "No model package is installed."
    raise ModelError(f"There is no model named {model_id}.", listed)


def check_card(card: ModelCard) -> None:
    """Check what the types of a card cannot say: nothing empty, numbers in range.

    Raises
    ------
    ModelError
        Naming the first field that is wrong.
    """
    problem = _card_problem(card)
    if problem:
        raise ModelError(
            f"The card of the model package {card.folder.name} is not complete: {problem}.",
            "Compare it with the cards in resources/models.",
        )


def window_settings(
    card: ModelCard, window_kji: tuple[int, int, int], overlap: float
) -> tuple[tuple[int, int, int], float]:
    """Return window and overlap: the card's ``[extra] window_kji`` and ``overlap``, or these.

    Raises
    ------
    ModelError
        If the card's make no sense.
    """
    try:
        k, j, i = (int(n) for n in card.extra.get("window_kji", window_kji))
        share = float(card.extra.get("overlap", overlap))
        if min(k, j, i) < 1 or not 0.0 <= share < 1.0:
            raise ValueError("window or overlap out of range")
    except (TypeError, ValueError) as error:
        raise ModelError(
            f"The card of the model {card.id} gives window settings that make no sense.",
            "Install the package again.",
        ) from error
    return (k, j, i), share


def _card_problem(card: ModelCard) -> str:
    for name in REQUIRED_TEXT:
        value = getattr(card, name)
        if not isinstance(value, str) or not value.strip():
            return f"{name} is empty"
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", card.id):
        return "id is no plain name of letters, digits, dots and hyphens"
    for name in REQUIRED_TABLES:
        if not getattr(card, name):
            return f"{name} is empty"
    return _wrong_type(card) or _wrong_value(card)


def _wrong_type(card: ModelCard) -> str:
    """Name the first field that holds something else than it should, or nothing."""
    for name in ("outputs", "limits", "tracers"):
        if not all(isinstance(x, str) for x in getattr(card, name)):
            return f"{name} holds something else than text"
    for name in ("network", "training", "metrics", "extra"):
        table = getattr(card, name)
        if not isinstance(table, dict):
            return f"{name} is no table"
        if not _shallow(table, DEEPEST):
            return f"{name} is nested too deep"
    for one in card.inputs:
        if not all(isinstance(x, str) for x in (one.modality, one.quantity, one.unit)):
            return "inputs hold something else than text"
        if not isinstance(one.required, bool):
            return "inputs.required is neither true nor false"
    if not isinstance(card.network.get("class"), str):
        return "network.class is missing"
    if not isinstance(card.network.get("args", {}), dict):
        return "network.args is no table"
    if not isinstance(card.weights_file, str) or not isinstance(card.weights_sha256, str):
        return "weights_file and weights_sha256 are no text"
    return ""


def _wrong_value(card: ModelCard) -> str:
    if Path(card.weights_file).name != card.weights_file or not card.weights_file.endswith(
        ".safetensors"
    ):
        return "weights_file is no safetensors file of the package"
    if not _number(card.spacing_mm) or not 0.5 <= card.spacing_mm <= 20.0:
        return "spacing_mm is not between 0.5 and 20"
    if not _number(card.threshold) or not 0.0 < card.threshold < 1.0:
        return "threshold is not between 0 and 1"
    if not _number(card.memory_mib) or not 0.0 <= card.memory_mib <= 1e7:
        return "memory_mib is no plausible number"
    return ""


def _shallow(value: Any, left: int) -> bool:
    """Whether tables and lists are nested at most so deep."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return left > 0 and all(_shallow(x, left - 1) for x in inside)


def _number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond all floats
        return False


def _scan(extra: Sequence[Path]) -> Iterator[ModelCard | BrokenPackage]:
    seen: set[str] = set()
    for folder in _package_folders((*extra, builtin_folder(), user_folder())):
        try:
            card = read_card(folder)
            check_card(card)
            if not card.weights_path.is_file():
                raise ModelError(f"The weights of model {card.id} are missing.")
            if card.id in seen:
                raise ModelError(f"Another package named {card.id} was found before this one.")
        except ModelError as error:
            yield BrokenPackage(folder, error.sentence)
        except OSError as error:
            reason = error.strerror or "unreadable"
            yield BrokenPackage(folder, f"The card of {folder.name} cannot be read: {reason}.")
        except _ODD as error:
            # Whatever a card holds, it costs only its own package.
            said = f"The card of {folder.name} cannot be understood ({type(error).__name__})."
            yield BrokenPackage(folder, said)
        else:
            seen.add(card.id)
            yield card


def _package_folders(roots: Sequence[Path]) -> Iterator[Path]:
    """Yield the package folders in some roots; a root that is itself a package counts."""
    for root in roots:
        try:
            if (root / "model.toml").is_file():
                yield root
                continue
            inside = sorted(root.iterdir())
        except OSError:  # absent or not readable: nothing installed there
            continue
        for folder in inside:
            if not folder.name.startswith((".", "_")) and _is_folder(folder):
                yield folder


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def load_network(card: ModelCard, device: str = "cpu") -> nn.Module:
    """Build the network of a package and fill in its weights.

    The weights are read once, compared with the card's SHA-256, and parsed as safetensors, which
    cannot execute code. Half-precision weights become float32 (mixed precision is the engine's
    choice at run time).

    Parameters
    ----------
    card
        From `available_models` or `find_model`.
    device
        A torch device name, from `inference.engine.devices.choose_device`.

    Returns
    -------
    torch.nn.Module
        In evaluation mode, without gradients.

    Raises
    ------
    ModelError
        If the weights are missing, differ from the card, do not fit the network, or hold values
        that are not finite.
    """
    from safetensors.torch import load

    again = "Install the package again."
    try:
        state = load(_verified_bytes(card))
    except (SafetensorError, *_ODD) as error:
        raise ModelError(f"The weights of model {card.id} cannot be read.", again) from error
    state = {k: v.float() if v.is_floating_point() else v for k, v in state.items()}
    if not all(bool(v.isfinite().all()) for v in state.values()):
        raise ModelError(f"The weights of model {card.id} hold values that are not finite.", again)
    try:
        network = _network_for(card, {k: tuple(v.shape) for k, v in state.items()})
        network.load_state_dict(state, strict=True)
    except (*_ODD, RuntimeError) as error:
        raise ModelError(
            f"The weights of model {card.id} do not fit the network its card describes.", again
        ) from error
    network.requires_grad_(False)
    return network.eval().to(device)


def _network_for(card: ModelCard, shapes: Mapping[str, tuple[int, ...]]) -> nn.Module:
    """Build the network of a card once it is known to be as large as its weights, and no larger.

    Raises
    ------
    KeyError, TypeError, ValueError, RuntimeError
        If there is no such network, or other weights belong to it.
    """
    import torch

    from inference.nets.networks import build_network

    kind, args = str(card.network["class"]), dict(card.network.get("args", {}))
    with torch.device("meta"):  # without memory: a card may ask for more than there is
        wanted = {k: tuple(v.shape) for k, v in build_network(kind, args).state_dict().items()}
    if wanted != shapes:
        raise ValueError("the weights have other names or shapes")
    return build_network(kind, args)


def read_part(card: ModelCard, part: str) -> bytes | None:
    """Bytes of a further file of a package, or ``None`` where its card names none.

    The card's ``[extra]`` names it: ``<part>_file`` and ``<part>_sha256``.

    Raises
    ------
    ModelError
        If the file is missing, differs from the card, or is not in the package's folder.
    """
    name = card.extra.get(f"{part}_file")
    if name is None:
        return None
    if not isinstance(name, str) or Path(name).name != name:
        raise ModelError(
            f"The card of the model {card.id} names a {part} file that is not in the package.",
            "Install the package again.",
        )
    return _checked(card, part, card.folder / name, str(card.extra.get(f"{part}_sha256", "")))


def _verified_bytes(card: ModelCard) -> bytes:
    """Bytes of the weights file, read once so that what is checked is what is used."""
    return _checked(card, "weights", card.weights_path, card.weights_sha256)


def _checked(card: ModelCard, what: str, path: Path, sha256: str) -> bytes:
    try:
        if path.stat().st_size > MOST_WEIGHTS_BYTES:
            raise ModelError(f"The {what} of model {card.id} are too large to be a network's.")
        if not path.is_file():  # a pipe would never end
            raise FileNotFoundError(path.name)
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"The {what} of model {card.id} are missing."
            if what == "weights"
            else f"The {what} file of model {card.id} is missing.",
            "Install the package again.",
        ) from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ModelError(
            f"The {what} of model {card.id} are not the ones its card describes."
            if what == "weights"
            else f"The {what} file of model {card.id} is not the one its card describes.",
            "Install the package again; do not use these results.",
        )
    return data
