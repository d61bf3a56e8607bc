"""Which model packages are installed: read when asked for, without loading a network."""

from __future__ import annotations

from collections.abc import Callable

from app.core.models.card import ModelCard
from inference.models.packages import available_models

FindPackages = Callable[..., tuple[ModelCard, ...]]


def installed_packages(*tasks: str) -> tuple[ModelCard, ...]:
    """Cards of the usable packages of some tasks, in the order they are looked for."""
    return tuple(card for card in available_models() if card.task in tasks)
