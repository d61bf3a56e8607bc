"""What values hold, counted once where they share it."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np

from app.core.kit.memory import memory_of
from app.core.lesions.biomarkers import Biomarkers, Value
from app.core.lesions.labelmap import Labelmap
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume

GRID = ImageGrid.from_spacing((20, 30, 40), (1.0, 1.0, 1.0))


def nbytes(*values: object) -> int:
    return sum(memory_of(*values).values())


def test_an_array_counts_once_whatever_looks_at_it() -> None:
    array = np.ones(GRID.shape_kji, np.float32)
    volume = Volume(GRID, array, Quantity.PROBABILITY)
    again = replace(volume, description="the same numbers")
    assert array.nbytes <= nbytes(volume) < array.nbytes + 2000
    assert nbytes(volume, again) < array.nbytes + 2000
    other = Volume(GRID, array.copy(), Quantity.PROBABILITY)
    assert 2 * array.nbytes <= nbytes(volume, other) < 2 * array.nbytes + 2000
    assert nbytes(array[:2]) == array.nbytes, "a part keeps the whole alive"


def test_states_of_a_labelmap_count_what_is_their_own() -> None:
    array = np.random.default_rng(0).integers(0, 5, GRID.shape_kji).astype(np.uint16)
    first = Labelmap.from_array(array)
    second = first.edited(np.array([7]), np.array([9], np.uint16))
    both, one = nbytes(first, second), nbytes(first)
    assert one >= array.nbytes
    assert both - one < 0.1 * one


def test_small_objects_count_about_as_much_as_python_allocates() -> None:
    rng = np.random.default_rng(0)

    def value(number: int) -> Value:
        return Value(1.5 * number, "SUV", "suv_max", None, tuple(rng.random(10).tolist()))

    def made() -> list[Biomarkers]:
        return [
            Biomarkers(
                f"lesion {n}",
                n,
                {f"key {n} {m}": value(n) for m in range(15)},
                (1.0 * n, 2.0, 3.0),
                (1.0 * n, 2.0, 3.0),
                n,
            )
            for n in range(1000, 1200)
        ]

    tracemalloc.start()
    values = made()
    allocated = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert 0.7 * allocated < nbytes(values) < 1.3 * allocated
