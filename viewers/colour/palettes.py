"""Colour maps: 256 RGB entries each, from the least value to the greatest."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from viewers.colour.palette_files import Palette, own_colour_maps

#: Packed 0xAARRGGBB, the layout of Qt's 32-bit images on every platform.
Packed = npt.NDArray[np.uint32]

#: Lesion colours, apart from each other and from grey and hot iron.
LESION_COLOURS: tuple[tuple[int, int, int], ...] = (
    (0, 200, 255),
    (80, 220, 100),
    (255, 90, 200),
    (255, 210, 60),
    (140, 130, 255),
    (0, 230, 190),
    (255, 130, 110),
    (190, 230, 70),
    (90, 170, 255),
    (230, 140, 255),
)

#: Physiological uptake: a quiet grey-blue.
PHYSIOLOGICAL_COLOUR = (112, 134, 162)


def lesion_colour(number: int) -> tuple[int, int, int]:
    """Return the colour of the n-th lesion (from 0); colours repeat after ten."""
    return LESION_COLOURS[number % len(LESION_COLOURS)]


def palette(name: str) -> Palette:
    """Return one of the program's own palettes (``resources/palettes``) by name.

    Returns
    -------
    uint8 [256, 3], write-locked.

    Raises
    ------
    KeyError
        If there is no such palette.
    """
    return own_colour_maps()[name].table


def packed(table: npt.NDArray[np.uint8]) -> Packed:
    """Pack RGB (``[..., 3]`` uint8) into opaque 0xffRRGGBB (``[...]`` uint32)."""
    wide = table.astype(np.uint32)
    return np.ascontiguousarray(
        np.uint32(0xFF000000) | (wide[..., 0] << 16) | (wide[..., 1] << 8) | wide[..., 2]
    )


def fused_table(
    base: Palette, overlay: Palette, opacity: float | npt.NDArray[np.float32]
) -> Packed:
    """Return the packed colour of every pair of base and overlay index.

    Blending through a table of all 65,536 pairs costs one look-up a pixel.

    Parameters
    ----------
    base, overlay
        Palettes of the image below (CT) and above (PET).
    opacity
        Weight of the overlay, 0 to 1: one, or one for each of its 256 entries.

    Returns
    -------
    uint32 [65536], indexed by ``base_index * 256 + overlay_index``.
    """
    weight = np.broadcast_to(np.asarray(opacity, np.float32), (256,))[None, :, None]
    below = base.astype(np.float32)[:, None, :] * (np.float32(1.0) - weight)
    above = overlay.astype(np.float32)[None, :, :] * weight
    return packed(np.rint(below + above).astype(np.uint8).reshape(-1, 3))


@cache
def uncertainty_table() -> Packed:
    """Return premultiplied 0xAARRGGBB for entropy 0 to 1 bit: clear at 0, 85 % opaque at 1."""
    # Start above magma's black, which would only darken the picture below.
    return _veil(palette("magma")[64 + np.arange(256) * 191 // 255], 0.8, 0.85)


@cache
def saliency_table() -> Packed:
    """Return premultiplied 0xAARRGGBB for saliency 0 to 1: clear at 0, 70 % opaque at 1.

    One hue, from dark to bright, that no other overlay has; the lesion is still seen through
    strong values, and they can be told from a white ground.
    """
    return _veil(palette("green")[48 + np.arange(256) * 207 // 255], 0.8, 0.7)


def _veil(colours: Palette, power: float, most: float) -> Packed:
    """Premultiplied colours whose opacity rises from 0 to its most, by a power of the value."""
    alpha = np.linspace(0.0, 1.0, 256) ** power * most
    alpha[0] = 0.0
    rgb = np.rint(colours * alpha[:, None]).astype(np.uint32)
    a = np.rint(alpha * 255).astype(np.uint32)
    table: Packed = ((a << 24) | (rgb[:, 0] << 16) | (rgb[:, 1] << 8) | rgb[:, 2]).astype(np.uint32)
    table.flags.writeable = False
    return table
