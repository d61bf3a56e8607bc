"""The bare picture of a pane: slices and projections as packed colours, without writing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from app.core.space.volume import Volume
from viewers.colour.palettes import Packed, packed, palette, saliency_table, uncertainty_table
from viewers.make.fuser import Fuser
from viewers.make.mip_frames import MipFrames
from viewers.make.saliency import SaliencyProjector
from viewers.make.slab import THIN, Slab
from viewers.make.slices import SampledSlice, palette_index, sample_image, sample_slice
from viewers.scene.scene import Scene
from viewers.scene.values import MapKind, Point
from viewers.space.geometry import PaneView, Plane
from viewers.space.layouts import Content

#: The deviation has the colours of the uncertainty map: bright is where a network is unsure.
MAP_PALETTES = {MapKind.DIFFERENCE: "blue-orange", MapKind.DEVIATION: "magma"}
#: CT, PET, the derived image, one of its maps, uncertainty and saliency, less the newest.
KEPT_SLICES = 5
#: Where a derived image does not reach there is nothing to say: the desk's own colour.
NOTHING_THERE = np.uint32(0xFF0E1014)


class PictureMaker:
    """Turns the scene into packed colours, pane by pane.

    The three panes of one plane need the same two slices: the last sampled slices are kept until
    their plane moves, so that the fused pane costs one table look-up a pixel.
    """

    def __init__(self) -> None:
        self._slices: dict[Plane, list[tuple[Volume, PaneView, float, Slab, SampledSlice]]] = {}
        self._fuser = Fuser()
        self._projector = SaliencyProjector()

    def clear(self) -> None:
        """Forget the kept slices (another study)."""
        self._slices.clear()
        self._projector = SaliencyProjector()

    def ct_index(
        self, scene: Scene, content: Content, view: PaneView, point: Point
    ) -> npt.NDArray[np.uint8]:
        """Grey index of a pane's CT (or of what stands in for it) for every pixel."""
        image = scene.ct_of(content)
        assert image is not None
        sampled = self._sampled(image, view, point, scene.slab)
        return palette_index(sampled, *scene.grey_bounds(image))

    def pet_index(
        self, scene: Scene, content: Content, view: PaneView, point: Point
    ) -> npt.NDArray[np.uint8]:
        """Palette index of a pane's PET for every pixel."""
        image = scene.pet_of(content)
        assert image is not None
        return palette_index(self._sampled(image, view, point, scene.slab), *scene.window.pet_range)

    def slice_picture(self, scene: Scene, content: Content, view: PaneView) -> Packed:
        """Packed colours [rows, columns] of any pane but a MIP.

        The caller has checked that the images are there (and aligned, for a fused pane).
        """
        point = scene.position(content)
        kind = scene.map_kind(content)
        if kind is not None:
            return self._map_picture(scene, kind, view, point)
        base = scene.base(content)
        if base is Content.CT:
            return packed(palette("grey"))[self.ct_index(scene, content, view, point)]
        pet = self.pet_index(scene, content, view, point)
        if base is Content.PET:
            return packed(scene.palettes.pet.table)[pet]
        ct, image = self.ct_index(scene, content, view, point), scene.pet_of(content)
        assert image is not None
        values = self._sampled(image, view, point)
        return self._fuser.picture(ct, pet, values, scene.fusion, scene.palettes.fused.table)

    def _map_picture(self, scene: Scene, kind: MapKind, view: PaneView, point: Point) -> Packed:
        volume = scene.made.map_volume(kind)
        assert scene.derived is not None
        assert volume is not None
        sampled = self._sampled(volume, view, point)
        index = palette_index(sampled, *scene.made.map_bounds(kind))
        picture = packed(palette(MAP_PALETTES[kind]))[index]
        for inside in (sampled.inside, self._sampled(scene.derived.volume, view, point).inside):
            if inside is not None:
                picture[~inside] = NOTHING_THERE
        return picture

    def saliency_picture(self, scene: Scene, view: PaneView, point: Point) -> Packed | None:
        """Premultiplied colours [rows, columns] of the saliency, or ``None`` where it is 0."""
        if scene.overlays.saliency is None:
            return None
        index = palette_index(self._sampled(scene.overlays.saliency, view, point), 0.0, 1.0)
        return saliency_table()[index] if index.any() else None

    def saliency_mip_picture(self, scene: Scene, view: PaneView) -> Packed | None:
        """Premultiplied colours [rows, columns] of the saliency along the rays of the MIP."""
        frames = scene.mip
        if scene.overlays.saliency is None or frames is None:
            return None
        frame = self._projector.frame(scene.overlays.saliency, frames, scene.mip_number)
        index = palette_index(_sample_frame(frame, frames, view), 0.0, 1.0)
        return saliency_table()[index] if index.any() else None

    def uncertainty_picture(self, scene: Scene, view: PaneView, point: Point) -> Packed | None:
        """Premultiplied colours [rows, columns] of the entropy, or ``None`` where it is 0."""
        if scene.overlays.uncertainty is None:
            return None
        index = palette_index(self._sampled(scene.overlays.uncertainty, view, point), 0.0, 1.0)
        return uncertainty_table()[index] if index.any() else None

    def mip_picture(self, scene: Scene, view: PaneView) -> Packed:
        """Packed colours [rows, columns] of the present MIP frame."""
        frames = scene.mip
        assert frames is not None
        sampled = _sample_frame(frames.frame(scene.mip_number), frames, view)
        steps = frames.value_per_step
        lower, upper = ((bound - frames.lowest) / steps for bound in scene.window.pet_range)
        return packed(scene.palettes.mip.table)[palette_index(sampled, lower, upper)]

    def _sampled(
        self, volume: Volume, view: PaneView, point: Point, slab: Slab = THIN
    ) -> SampledSlice:
        depth_mm = view.depth_mm(point)
        kept = self._slices.setdefault(view.plane, [])
        for other, at, depth, thick, sampled in kept:
            if other is volume and at == view and depth == depth_mm and thick == slab:
                return sampled
        sampled = sample_slice(volume.array, volume.grid, view, point, slab)
        # All images of one plane; an older place is not asked for again.
        kept[:] = [x for x in kept if x[1] == view and x[2] == depth_mm][:KEPT_SLICES]
        kept.append((volume, view, depth_mm, slab, sampled))
        return sampled


def _sample_frame(
    frame: npt.NDArray[np.uint16] | npt.NDArray[np.float32], frames: MipFrames, view: PaneView
) -> SampledSlice:
    """Sample a frame's picture [rows, columns] for every pixel of a MIP pane."""
    at_rows = (frames.axis_lps_mm[2] - view.row_positions_mm()) / frames.row_mm
    at_columns = view.column_positions_mm() / frames.column_mm + (frames.shape[1] - 1) / 2
    return sample_image(frame, at_rows, at_columns)
