"""How much memory values hold, counted once where they share it."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt


@runtime_checkable
class HoldsArrays(Protocol):
    """Something whose memory is that of its arrays."""

    def arrays(self) -> tuple[npt.NDArray[Any], ...]:
        """Return them."""
        ...


def memory_of(*values: object) -> dict[int, int]:
    """Return the bytes of everything that values are made of, by identity.

    Two results that share an image both name it under one key: joined, it counts once. The keys
    mean something only while the values are alive.
    """
    found: dict[int, int] = {}
    left = list(values)
    while left:
        value = left.pop()
        if isinstance(value, np.ndarray):
            owner = _owner(value)
            found[id(owner)] = owner.nbytes
        elif not (value is None or isinstance(value, bool | Enum | type) or id(value) in found):
            found[id(value)] = sys.getsizeof(value)
            left.extend(_parts(value))
    return found


def _owner(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _parts(value: object) -> Iterator[object]:
    if isinstance(value, str | bytes):
        return
    if isinstance(value, Mapping):
        yield from value.keys()
        yield from value.values()
    elif isinstance(value, Collection):
        yield from value
    elif isinstance(value, HoldsArrays):
        yield from value.arrays()
    elif is_dataclass(value):
        for field in fields(value):
            yield getattr(value, field.name)
