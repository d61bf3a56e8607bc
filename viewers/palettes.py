"""Colour maps: 256 RGB entries each, from the least value to the greatest."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

#: 256 x 3 red, green, blue.
Palette = npt.NDArray[np.uint8]
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

#: Colours at equal distances, linear between them.
_ANCHORS: dict[str, tuple[tuple[int, int, int], ...]] = {
    "magma": (
        (0, 0, 4),
        (28, 16, 68),
        (79, 18, 123),
        (129, 37, 129),
        (181, 54, 122),
        (229, 80, 100),
        (251, 135, 97),
        (254, 194, 135),
        (252, 253, 191),
    ),
    "green": ((0, 44, 30), (0, 100, 60), (0, 166, 84), (62, 224, 96), (176, 255, 112)),
    "blue-orange": (
        (176, 222, 255),
        (64, 148, 224),
        (28, 78, 140),
        (24, 27, 32),
        (128, 62, 14),
        (220, 122, 38),
        (255, 214, 150),
    ),
}

#: Physiological uptake: a quiet grey-blue.
PHYSIOLOGICAL_COLOUR = (112, 134, 162)


def lesion_colour(number: int) -> tuple[int, int, int]:
    """Return the colour of the n-th lesion (from 0); colours repeat after ten."""
    return LESION_COLOURS[number % len(LESION_COLOURS)]


def _locked(table: npt.NDArray[np.floating] | npt.NDArray[np.integer]) -> Palette:
    palette = np.ascontiguousarray(np.rint(table), dtype=np.uint8)
    palette.flags.writeable = False
    return palette


@cache
def palette(name: str) -> Palette:
    """Return a palette by name.

    Parameters
    ----------
    name
        ``"grey"``, ``"inverse-grey"``, ``"hot-iron"`` (DICOM PS3.6 B.1.1), or one of `_ANCHORS`:
        ``"magma"`` and ``"green"`` (lightness rises throughout), and ``"blue-orange"`` for
        differences: dark at 0, blue below, orange above, of one lightness on both sides, which
        readers of every kind of colour vision tell apart.

    Returns
    -------
    uint8 [256, 3], write-locked.

    Raises
    ------
    KeyError
        If there is no such palette.
    """
    ramp = np.arange(256)
    if name == "grey":
        return _locked(np.stack([ramp] * 3, axis=1))
    if name == "inverse-grey":
        return _locked(np.stack([255 - ramp] * 3, axis=1))
    if name == "hot-iron":
        # PS3.6 Table B.1-1: red rises by 2 over the first half, green over the second half, blue
        # by 4 over the last quarter, which it enters at 4; the last entry is white.
        red = np.minimum(2 * ramp, 255)
        green = np.clip(2 * (ramp - 128), 0, 254)
        blue = np.clip(4 * (ramp - 191), 0, 255)
        table = np.stack([red, green, blue], axis=1)
        table[255] = 255
        return _locked(table)
    if name in _ANCHORS:
        anchors = np.array(_ANCHORS[name])
        at = np.linspace(0, 255, len(anchors))
        return _locked(np.stack([np.interp(ramp, at, anchors[:, c]) for c in range(3)], axis=1))
    raise KeyError(name)


def packed(table: npt.NDArray[np.uint8]) -> Packed:
    """Pack RGB (``[..., 3]`` uint8) into opaque 0xffRRGGBB (``[...]`` uint32)."""
    wide = table.astype(np.uint32)
    return np.ascontiguousarray(
        np.uint32(0xFF000000) | (wide[..., 0] << 16) | (wide[..., 1] << 8) | wide[..., 2]
    )


def fused_table(base: Palette, overlay: Palette, opacity: float) -> Packed:
    """Return the packed colour of every pair of base and overlay index.

    Blending through a table of all 65,536 pairs costs one look-up a pixel.

    Parameters
    ----------
    base, overlay
        Palettes of the image below (CT) and above (PET).
    opacity
        Weight of the overlay, 0 to 1.

    Returns
    -------
    uint32 [65536], indexed by ``base_index * 256 + overlay_index``.
    """
    below = base.astype(np.float32)[:, None, :] * (1.0 - opacity)
    above = overlay.astype(np.float32)[None, :, :] * opacity
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
