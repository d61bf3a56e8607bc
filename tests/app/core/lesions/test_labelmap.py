"""The editable labelmap against a plain numpy array, and what versions of it share."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.kit.errors import GridError
from app.core.lesions import labelmap
from app.core.lesions.labelmap import Labelmap

Labels = npt.NDArray[np.uint16]
SHAPES = st.tuples(*[st.integers(1, 20)] * 3)
#: One axis longer than a part of the table.
LONG = (70, 9, 10)


@st.composite
def arrays(draw: st.DrawFn) -> Labels:
    """Draw an array with empty, uniform and mixed blocks."""
    shape = draw(st.one_of(SHAPES, st.just(LONG)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    array = np.zeros(shape, np.uint16)
    for _ in range(draw(st.integers(0, 3))):
        box = tuple(slice(*sorted(rng.integers(0, n + 1, 2))) for n in shape)
        array[box] = rng.choice([0, 1, 2, 7, 65535])
    some = rng.integers(0, array.size, draw(st.integers(0, 5)))
    array.reshape(-1)[some] = rng.integers(0, 65536, some.size)
    return array


@st.composite
def edits(draw: st.DrawFn, array: Labels) -> tuple[npt.NDArray[np.int64], Labels]:
    """Draw indices without repeats (voxels far apart, or a box) and new labels."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    if draw(st.booleans()):
        index = np.unique(rng.integers(0, array.size, draw(st.integers(0, 40))))
        return index, rng.integers(0, 4, index.size).astype(np.uint16)
    inside = np.zeros(array.shape, bool)
    inside[tuple(slice(*sorted(rng.integers(0, n + 1, 2))) for n in array.shape)] = True
    index = np.flatnonzero(inside)
    return index, np.full(index.size, rng.choice([0, 3, 65535]), np.uint16)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_it_reads_as_the_array_does(data: st.DataObject) -> None:
    array = data.draw(arrays())
    held = Labelmap.from_array(array)
    assert held.shape_kji == array.shape
    assert held.size == array.size
    np.testing.assert_array_equal(held.dense(), array)
    for axis, size in enumerate(array.shape):
        index = data.draw(st.integers(0, size - 1))
        np.testing.assert_array_equal(held.plane(axis, index), np.take(array, index, axis))
    ends = [sorted(data.draw(st.tuples(*[st.integers(0, n)] * 2))) for n in array.shape]
    k, j, i = (slice(a, b) for a, b in ends)
    np.testing.assert_array_equal(held.box((k, j, i)), array[k, j, i])
    flat = np.array(data.draw(st.lists(st.integers(0, array.size - 1))), dtype=np.int64)
    np.testing.assert_array_equal(held.take(flat), array.reshape(-1)[flat])
    k0, j0, i0 = (data.draw(st.integers(0, n - 1)) for n in array.shape)
    assert held.voxel((k0, j0, i0)) == array[k0, j0, i0]


@given(arrays())
@settings(max_examples=60, deadline=None)
def test_it_finds_labels_as_the_array_does(array: Labels) -> None:
    held = Labelmap.from_array(array)
    index, labels = held.nonzero()
    np.testing.assert_array_equal(index, np.flatnonzero(array))
    np.testing.assert_array_equal(labels, array.reshape(-1)[index])
    present = [int(x) for x in np.unique(array) if x]
    assert [label for label, _ in held.by_label()] == present
    for label, found in held.by_label():
        np.testing.assert_array_equal(found, np.flatnonzero(array == label))
        np.testing.assert_array_equal(held.of_label(label), found)
    assert list(held.boxes()) == present
    for label, box in held.boxes().items():
        assert (array[box] == label).sum() == (array == label).sum()
        assert all(
            (np.take(array[box], end, axis) == label).any() for axis in range(3) for end in (0, -1)
        )


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_edits_follow_the_array_and_leave_the_former_as_it_was(data: st.DataObject) -> None:
    array = data.draw(arrays())
    held = Labelmap.from_array(array)
    for _ in range(data.draw(st.integers(1, 4))):
        index, new = data.draw(edits(array))
        before, was = held, array.copy()
        array.reshape(-1)[index] = new
        held = before.edited(index, new)
        np.testing.assert_array_equal(held.dense(), array)
        np.testing.assert_array_equal(before.dense(), was)
        changed = np.argwhere(array != was)
        box = held.changed_box(before)
        if not len(changed):
            assert box is None
        else:
            assert box is not None
            assert [s.start for s in box] == changed.min(axis=0).tolist()
            assert [s.stop for s in box] == (changed.max(axis=0) + 1).tolist()
    again = Labelmap.from_blocks(held.shape_kji, *held.to_blocks())
    np.testing.assert_array_equal(again.dense(), array)


def test_many_small_edits_stay_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slabs of the past are put together; what is held stays near what is used."""
    monkeypatch.setattr(labelmap, "MOST_SLABS", 10)
    rng = np.random.default_rng(1)
    array = np.zeros((40, 40, 40), np.uint16)
    held = first = Labelmap.from_array(array)
    for _ in range(400):
        index = np.unique(rng.integers(0, array.size, 50))
        new = rng.integers(0, 3, index.size).astype(np.uint16)
        array.reshape(-1)[index] = new
        held = held.edited(index, new)
        assert len(held.arrays()) <= 12
    np.testing.assert_array_equal(held.dense(), array)
    everything = np.argwhere(array)
    box = held.changed_box(first)
    assert box is not None
    assert [s.start for s in box] == everything.min(axis=0).tolist()
    for _ in range(3):  # everything anew
        rows = np.arange(array.size)
        held = held.edited(rows, rng.integers(0, 9, array.size).astype(np.uint16))
    assert held.nbytes < 1.2 * array.nbytes


def test_blocks_of_the_past_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labelmap, "SPARE_BLOCKS", 20)
    rng = np.random.default_rng(2)
    array = rng.integers(0, 3, (40, 40, 40)).astype(np.uint16)
    held = Labelmap.from_array(array)
    for _ in range(60):
        index = np.unique(rng.integers(0, array.size, 60))
        new = rng.integers(0, 3, index.size).astype(np.uint16)
        array.reshape(-1)[index] = new
        held = held.edited(index, new)
        blocks = sum(x.nbytes for x in held.arrays() if x.dtype == np.uint16) / 1024
        assert blocks <= 2 * 125 + 20
    np.testing.assert_array_equal(held.dense(), array)


def test_blocks_that_are_of_one_label_again_take_no_memory() -> None:
    array = np.zeros((32, 32, 32), np.uint16)
    empty = Labelmap.from_array(array)
    ball = np.flatnonzero(np.linalg.norm(np.indices(array.shape) - 15.0, axis=0) < 9.0)
    drawn = empty.edited(ball, np.ones(ball.size, np.uint16))
    erased = drawn.edited(ball, np.zeros(ball.size, np.uint16))
    assert drawn.nbytes > empty.nbytes
    assert erased.nbytes == empty.nbytes
    whole = empty.edited(np.arange(array.size), np.full(array.size, 5, np.uint16))
    assert whole.nbytes == empty.nbytes
    assert whole.voxel((31, 0, 31)) == 5


def test_an_edit_shares_what_it_does_not_touch() -> None:
    array = np.random.default_rng(0).integers(0, 5, (128, 64, 64)).astype(np.uint16)
    held = Labelmap.from_array(array)
    edited = held.edited(np.array([0]), np.array([9], np.uint16))
    mine = [x for x in edited.arrays() if not any(x is y for y in held.arrays())]
    assert sum(x.nbytes for x in mine) <= 0.05 * array.nbytes
    assert held.edited(np.empty(0, np.int64), np.empty(0, np.uint16)) is held
    with pytest.raises(IndexError):
        held.edited(np.array([array.size]), np.array([1], np.uint16))
    with pytest.raises(IndexError):
        held.take(np.array([-1]))
    with pytest.raises(IndexError):
        held.plane(0, 128)
    with pytest.raises(GridError):
        Labelmap.from_array(array[0])
    with pytest.raises(GridError):
        held.changed_box(Labelmap.from_array(array[1:]))
