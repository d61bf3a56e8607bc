"""Lays PET over CT as it was chosen (`viewers.make.fusion`): weights, tables, what is left out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from viewers.colour.palette_files import Palette
from viewers.colour.palettes import Packed, fused_table, packed
from viewers.make.fusion import Fusion, FusionMode
from viewers.make.slices import SampledSlice

Index = npt.NDArray[np.uint8]
#: Squares along the shorter side of a pane.
SQUARES = 8
#: Below the threshold nothing of the PET is shown: there the colour bar has the desk's own colour.
NOTHING_SHOWN = (14, 16, 20)


def opacities(fusion: Fusion) -> npt.NDArray[np.float32]:
    """Weight of the PET for each of the 256 palette entries.

    Where it rises with uptake it is ``t ** ((1 - opacity) / opacity)`` with ``t`` from 0 at the
    lower bound of the range to 1 at the upper: linear at 50 %, later at less, earlier at more.
    """
    if fusion.mode is not FusionMode.RISING:
        return np.full(256, fusion.opacity, np.float32)
    if fusion.opacity <= 0.0:
        return np.zeros(256, np.float32)
    power = (1.0 - fusion.opacity) / fusion.opacity
    return np.asarray(np.linspace(0.0, 1.0, 256) ** power, dtype=np.float32)


class Fuser:
    """Lays PET over CT through one table of all pairs of colours, which it keeps."""

    def __init__(self) -> None:
        self._kept: tuple[tuple[object, ...], Palette, Packed] | None = None

    def picture(
        self, ct: Index, pet: Index, values: SampledSlice, fusion: Fusion, overlay: Palette
    ) -> Packed:
        """Return the packed colours [rows, columns] of a fused pane.

        Parameters
        ----------
        ct, pet
            Palette index of every pixel [rows, columns].
        values
            The PET's values from which ``pet`` was made, for the threshold.
        fusion
            How to lay it over.
        overlay
            Palette of the PET.
        """
        pair = ct.astype(np.uint16)
        pair <<= 8
        pair |= pet
        picture = np.take(self._table(fusion, overlay), pair)
        shown = shown_pixels(values, fusion)
        if shown is not None:
            np.copyto(picture, _GREY[ct], where=~shown)
        return picture

    def _table(self, fusion: Fusion, overlay: Palette) -> Packed:
        key = (fusion.mode is FusionMode.RISING, fusion.opacity)
        if self._kept is None or self._kept[0] != key or self._kept[1] is not overlay:
            grey = np.stack([np.arange(256, dtype=np.uint8)] * 3, axis=1)
            self._kept = (key, overlay, fused_table(grey, overlay, opacities(fusion)))
        return self._kept[2]


def shown_pixels(values: SampledSlice, fusion: Fusion) -> npt.NDArray[np.bool_] | None:
    """Which pixels [rows, columns] show the PET, or ``None`` where all do."""
    rows, columns = values.values.shape
    shown: npt.NDArray[np.bool_] | None = None
    if fusion.mode is FusionMode.CHECKERBOARD:
        side = max(4, min(rows, columns) // SQUARES)
        place = np.arange(rows)[:, None] // side + np.arange(columns)[None, :] // side
        shown = place % 2 == 1
    elif fusion.mode is FusionMode.SWIPE:
        right = np.arange(columns) + 0.5 >= fusion.swipe * columns
        shown = np.repeat(right[None, :], rows, axis=0)
    if fusion.threshold > 0.0:
        above = values.values >= np.float32(fusion.threshold)
        shown = above if shown is None else shown & above
    return shown


def bar_palette(overlay: Palette, fusion: Fusion, bounds: tuple[float, float]) -> Palette:
    """Palette for the colour bar of a fused pane: what lies below the threshold is left out."""
    if fusion.threshold <= bounds[0]:
        return overlay
    at = np.linspace(bounds[0], bounds[1], 256)
    table = np.array(overlay)
    table[at < fusion.threshold] = NOTHING_SHOWN
    return table


_GREY = packed(np.stack([np.arange(256, dtype=np.uint8)] * 3, axis=1))
