"""The bare picture of a pane: slices and projections as packed colours, without writing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from app.core.volume import Volume
from viewers.geometry import PaneView, Plane
from viewers.layouts import Content
from viewers.palettes import Packed, fused_table, packed, palette, uncertainty_table
from viewers.scene import Point, Scene
from viewers.slices import SampledSlice, palette_index, sample_image, sample_slice

PET_PALETTE = "inverse-grey"
FUSED_PALETTE = "hot-iron"


class PictureMaker:
    """Turns the scene into packed colours, pane by pane.

    The three panes of one plane need the same two slices: the last sampled slices are kept until
    their plane moves, so that the fused pane costs one table look-up a pixel.
    """

    def __init__(self) -> None:
        self._slices: dict[Plane, list[tuple[Volume, PaneView, float, SampledSlice]]] = {}
        self._fused: tuple[float, Packed] | None = None

    def clear(self) -> None:
        """Forget the kept slices (another study)."""
        self._slices.clear()

    def ct_index(self, scene: Scene, view: PaneView, point: Point) -> npt.NDArray[np.uint8]:
        """Grey index of the CT for every pixel."""
        assert scene.ct is not None
        width, level = scene.ct_window
        sampled = self._sampled(scene.ct, view, point)
        return palette_index(sampled, level - width / 2, level + width / 2)

    def pet_index(self, scene: Scene, view: PaneView, point: Point) -> npt.NDArray[np.uint8]:
        """Palette index of the PET for every pixel."""
        assert scene.pet is not None
        return palette_index(self._sampled(scene.pet, view, point), *scene.pet_range)

    def slice_picture(self, scene: Scene, content: Content, view: PaneView) -> Packed:
        """Packed colours [rows, columns] of a CT, PET or fused pane.

        The caller has checked that the images are there (and aligned, for a fused pane).
        """
        point = scene.position(content)
        if content is Content.CT:
            return _grey("grey")[self.ct_index(scene, view, point)]
        if content is Content.PET:
            return _grey(PET_PALETTE)[self.pet_index(scene, view, point)]
        pair = self.ct_index(scene, view, point).astype(np.uint16)
        pair <<= 8
        pair |= self.pet_index(scene, view, point)
        return np.take(self._fused_table(scene.fusion_opacity), pair)

    def uncertainty_picture(self, scene: Scene, view: PaneView, point: Point) -> Packed | None:
        """Premultiplied colours [rows, columns] of the entropy, or ``None`` where it is 0."""
        if scene.uncertainty is None:
            return None
        index = palette_index(self._sampled(scene.uncertainty, view, point), 0.0, 1.0)
        return uncertainty_table()[index] if index.any() else None

    def mip_picture(self, scene: Scene, view: PaneView) -> Packed:
        """Packed colours [rows, columns] of the present MIP frame."""
        frames = scene.mip
        assert frames is not None
        columns = frames.shape[1]
        at_rows = (frames.axis_lps_mm[2] - view.row_positions_mm()) / frames.row_mm
        at_columns = view.column_positions_mm() / frames.column_mm + (columns - 1) / 2
        sampled = sample_image(frames.frame(scene.mip_number), at_rows, at_columns)
        steps = frames.value_per_step
        lower, upper = ((bound - frames.lowest) / steps for bound in scene.pet_range)
        return _grey(PET_PALETTE)[palette_index(sampled, lower, upper)]

    def _sampled(self, volume: Volume, view: PaneView, point: Point) -> SampledSlice:
        depth_mm = point[view.plane.normal_axis]
        kept = self._slices.setdefault(view.plane, [])
        for other, at, depth, sampled in kept:
            if other is volume and at == view and depth == depth_mm:
                return sampled
        sampled = sample_slice(volume.array, volume.grid, view, point)
        # CT, PET and uncertainty of one plane; an older place is not asked for again.
        kept[:] = [x for x in kept if x[1] == view and x[2] == depth_mm][:2]
        kept.append((volume, view, depth_mm, sampled))
        return sampled

    def _fused_table(self, opacity: float) -> Packed:
        if self._fused is None or self._fused[0] != opacity:
            table = fused_table(palette("grey"), palette(FUSED_PALETTE), opacity)
            self._fused = (opacity, table)
        return self._fused[1]


def _grey(name: str) -> Packed:
    return packed(palette(name))
