"""Write docs/models.md from the cards of the shipped model packages.

Run as ``python docs/models_page.py``; with ``--check`` it only says whether the page is true.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from app.core.models.card import ModelCard, read_card

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "models.md"
INTRODUCTION = """# Models

This page is written from the cards in `resources/models` by `python docs/models_page.py`; a test
compares them. Every number was measured on the named validation patients by the recipe that
trained the weights; rerun it with `uptake train RECIPE --data DIR --out DIR`.

**Research use only. Not for diagnosis.**
"""


def page() -> str:
    """Return the page as it must be."""
    folders = sorted(p.parent for p in (ROOT / "resources" / "models").glob("*/model.toml"))
    cards = [read_card(folder) for folder in folders]
    return "\n".join([INTRODUCTION, *(line for card in cards for line in _card(card))]) + "\n"


def _card(card: ModelCard) -> Iterator[str]:
    yield f"## {card.name} (`{card.id}` {card.version})\n"
    yield f"{card.summary}\n"
    yield "| | |\n|---|---|"
    for name, value in {
        "intended use": card.intended_use,
        "not for": card.not_for,
        "tracers": ", ".join(card.tracers),
        "inputs": "; ".join(
            f"{x.modality} in {x.quantity}{'' if x.required else ' (optional)'}"
            for x in card.inputs
        ),
        "outputs": "; ".join(card.outputs),
        "voxels": f"{card.spacing_mm:g} mm",
        "threshold": f"{card.threshold:g}",
        "licence": card.licence,
        "weights SHA-256": f"`{card.weights_sha256}`",
    }.items():
        yield f"| {name} | {_cell(value)} |"
    yield "\n**Limits**\n"
    yield from (f"- {limit}" for limit in card.limits)
    yield "\n### Measured\n"
    yield from _table(card.metrics)
    yield "\n### Training\n"
    yield from _table(card.training)
    yield ""


def _table(table: Mapping[str, Any], title: str = "") -> Iterator[str]:
    if title:
        yield f"\n**{title.replace('_', ' ')}**\n"
    plain = {k: v for k, v in table.items() if not _nested(v)}
    if plain:
        yield "| | |\n|---|---|"
        yield from (f"| {k.replace('_', ' ')} | {_cell(v)} |" for k, v in plain.items())
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _table(value, key)
        elif _nested(value):
            yield from _rows(value, key)


def _rows(rows: Sequence[Mapping[str, Any]], title: str) -> Iterator[str]:
    yield f"\n**{title.replace('_', ' ')}**\n"
    columns = list(dict.fromkeys(k for row in rows for k in row))
    yield "| " + " | ".join(c.replace("_", " ") for c in columns) + " |"
    yield "|" + "---|" * len(columns)
    for row in rows:
        yield "| " + " | ".join(_cell(row.get(c, "")) for c in columns) + " |"


def _nested(value: Any) -> bool:
    if isinstance(value, Mapping):
        return True
    return isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return ", ".join(_cell(x) for x in value)
    return str(value).replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    text = page()
    if "--check" in sys.argv:
        sys.exit(PAGE.read_text(encoding="utf-8") != text)
    PAGE.write_text(text, encoding="utf-8")
