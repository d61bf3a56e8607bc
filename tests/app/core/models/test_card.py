"""Cards of model packages: read whole, or refused with what is wrong."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.kit.errors import ModelError
from app.core.models.card import read_card

CARD = """
id = "one"
name = "One"
version = "1.0"
task = "segment-lesions"
summary = "Finds nothing."
outputs = ["probability"]
spacing_mm = 2.0
weights_file = "weights.safetensors"
weights_sha256 = "{sha}"
licence = "Apache-2.0"
intended_use = "Tests."
not_for = "Anything else."
limits = ["It is small."]
[[inputs]]
modality = "PT"
quantity = "SUVbw"
unit = "g/ml"
expected_range = [0, 30]
[network]
class = "LesionUNet"
[training]
[metrics]
dice = 0.5
"""


def package(folder: Path, text: str = CARD, weights: bytes = b"weights") -> Path:
    (folder / "weights.safetensors").write_bytes(weights)
    sha = hashlib.sha256(b"weights").hexdigest()
    (folder / "model.toml").write_text(text.replace("{sha}", sha), encoding="utf-8")
    return folder


def test_a_card_is_read_with_its_inputs_and_tables(tmp_path: Path) -> None:
    card = read_card(package(tmp_path))
    assert (card.id, card.spacing_mm, card.threshold) == ("one", 2.0, 0.5)
    assert card.limits == ("It is small.",)
    (image,) = card.inputs
    assert (image.modality, image.required, image.expected_range) == ("PT", True, (0, 30))
    assert card.metrics == {"dice": 0.5}
    assert card.weights_path == tmp_path / "weights.safetensors"
    stated = card.to_json()
    assert "folder" not in stated
    assert stated["inputs"][0]["quantity"] == "SUVbw"
    card.check_weights()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CARD.replace('id = "one"\n', ""), "id"),
        (CARD.replace("[[inputs]]", "[[images]]"), "inputs"),
        (CARD.replace("[0, 30]", "[0, 30, 60]"), "not complete"),
        ("id = ", "not complete"),
        (CARD + "surprise = 1\n[surprises]\nx = 1\n", "surprises"),
    ],
)
def test_what_is_wrong_with_a_card_is_said(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        read_card(package(tmp_path, text))


def test_a_folder_without_a_card_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=tmp_path.name):
        read_card(tmp_path)


def test_weights_that_are_not_the_cards_are_refused(tmp_path: Path) -> None:
    card = read_card(package(tmp_path, weights=b"others"))
    with pytest.raises(ModelError, match="not the ones its card describes"):
        card.check_weights()
    with pytest.raises(ModelError, match="missing"):
        replace(card, weights_file="elsewhere.safetensors").check_weights()
