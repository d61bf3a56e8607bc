"""What the desk shows, apart from how it is drawn: the state of all panes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.core.study.derived import DerivedImage
from app.core.study.placement import resting_grid
from app.core.study.study import Study, same_images
from viewers.colour.display import (
    DEFAULT_CT_WINDOW,
    SUV_QUANTITIES,
    PaneColours,
    PaneWindow,
    ShownUnit,
    opening_pet_range,
    robust_range,
    shown_unit,
)
from viewers.make.fusion import Fusion
from viewers.make.mip_frames import MipFrames
from viewers.make.slab import THIN, Slab
from viewers.scene.marks import MarkState
from viewers.scene.surface_state import Camera, SurfaceState
from viewers.scene.values import Crosshair, DerivedState, MapKind, Overlays, Point, ViewState
from viewers.space.geometry import PaneView, Plane
from viewers.space.layouts import Content, Layout, PaneSpec, pixel_spans
from viewers.space.oblique import Tilt

#: Space between panes, in logical pixels.
PANE_GAP_PX = 2
#: Display range of attenuation maps at 511 keV, 1/cm: dense bone is about 0.17.
MU_RANGE = (0.0, 0.2)
#: A view that nobody panned or zoomed.
FITTED = ViewState()
#: Of panes that show nothing yet.
_WINDOW = PaneWindow((0.0, 7.0), DEFAULT_CT_WINDOW, (0.0, 1.0))


@dataclass(frozen=True)
class PaneBox:
    """Where a pane lies in the desk, in logical pixels."""

    number: int
    spec: PaneSpec
    x: int
    y: int
    width: int
    height: int

    def holds(self, x: float, y: float) -> bool:
        """Whether a place in the desk lies in this pane."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height


@dataclass(frozen=True)
class Scene:
    """The state of all panes: one value, replaced as a whole (`viewers.scene.model`).

    Images, outlines and surfaces are compared by identity, however large they are. A derived image
    stands in for the PET or the CT, and a map takes the place of both, as ``made`` says.

    Parameters
    ----------
    study
        The active study.
    opened
        The same as it was opened: what shows neither CT nor MR does not change while one is moved.
    tilt
        Where the planes lie; ``None`` for the patient's planes.
    show_handles
        Whether the crosshair has handles that turn the planes.
    window
        Of the linked panes.
    own_windows
        Windows of panes that are not linked, by the pane's number in the layout.
    views
        Pan and zoom by `view_key`; what is not in it is fitted.
    followers
        Scenes of panes with another study or series (`viewers.scene.followers.scene_of`).
    patient_mark
        Said across every pane of a scene whose patient is not the active study's.
    """

    layout: Layout
    study: Study | None = None
    opened: Study | None = None
    crosshair: Crosshair = field(default_factory=Crosshair)
    tilt: Tilt | None = None
    show_handles: bool = False
    slab: Slab = THIN
    window: PaneWindow = _WINDOW
    own_windows: Mapping[int, PaneWindow] = field(default_factory=dict)
    palettes: PaneColours = field(default_factory=PaneColours)
    fusion: Fusion = field(default_factory=Fusion)
    unit: ShownUnit = field(default_factory=ShownUnit)
    overlays: Overlays = field(default_factory=Overlays)
    made: DerivedState = field(default_factory=DerivedState)
    marks: MarkState = field(default_factory=MarkState)
    mip: MipFrames | None = None
    mip_number: int = 0
    surface: SurfaceState = field(default_factory=SurfaceState)
    active: int | None = None
    maximised: int | None = None
    views: Mapping[tuple[str, str], ViewState] = field(default_factory=dict)
    followers: Mapping[int | str, Scene] = field(default_factory=dict)
    patient_mark: str = ""

    @property
    def pet(self) -> Volume | None:
        """The PET, if the study has one."""
        return self.study.pet if self.study else None

    @property
    def ct(self) -> Volume | None:
        """The CT, if the study has one."""
        return self.study.ct if self.study else None

    @property
    def derived(self) -> DerivedImage | None:
        """The derived image, if there is one."""
        return self.made.image

    @property
    def aligned(self) -> bool:
        """Whether PET and CT (or the MR in its place) may be shown at one position."""
        return self.study is None or self.study.under_aligned

    @property
    def under(self) -> Volume | None:
        """The CT, or the MR of a study without one: what a CT pane shows."""
        return self.study.under if self.study else None

    @property
    def camera(self) -> Camera:
        """From where the 3D pane looks."""
        return self.surface.camera(self.mip, self.mip_number)

    # Derived images

    @property
    def derived_content(self) -> Content:
        """Which pane the derived image stands in for: PET (also while there is none) or CT."""
        as_ct = self.derived is not None and self.derived.kind.stands_for == "ct"
        return Content.CT if as_ct else Content.PET

    def base(self, content: Content) -> Content:
        """Return CT, PET, fused or MIP: what a pane of this content is drawn like."""
        if content in (Content.ORIGINAL, Content.DERIVED, Content.DIFFERENCE):
            return self.derived_content
        return Content.CT if content is Content.MR else content

    def map_kind(self, content: Content) -> MapKind | None:
        """Which map a pane shows in place of an image, if any.

        A pane for differences always has one; where there is nothing to compare with, it is the
        deviation, if that is known.
        """
        if content is Content.DIFFERENCE:
            spread = self.made.map_volume(MapKind.DEVIATION)
            alone = self.original() is None and spread is not None
            return self.made.shown_map or (MapKind.DEVIATION if alone else MapKind.DIFFERENCE)
        if self.derived is None or content is not self.derived_content:
            return None
        return self.made.shown_map

    def shows_derived(self, content: Content) -> bool:
        """Whether the derived image has part in a pane's picture, which then says so."""
        if self.derived is None or content in (Content.ORIGINAL, Content.MIP):
            return False
        if content is Content.DERIVED or self.map_kind(content) is not None:
            return True
        return self.made.stands_in and content in (self.derived_content, Content.FUSED)

    def pet_of(self, content: Content) -> Volume | None:
        """PET that a pane shows: the derived one while it stands in, otherwise the study's."""
        return self._stands_in(content, Content.PET) or self.pet

    def ct_of(self, content: Content) -> Volume | None:
        """CT that a pane shows; the MR of a study without a CT, under a fused PET as well."""
        if content is Content.MR:
            return self.study.mr if self.study else None
        return self._stands_in(content, Content.CT) or self.under

    def _stands_in(self, content: Content, role: Content) -> Volume | None:
        used = self.derived_content is role and self.shows_derived(content)
        if self.derived is None or not used or self.map_kind(content) is not None:
            return None
        return self.derived.volume

    def original(self) -> Volume | None:
        """Return what the derived image is compared with, if the study has it."""
        return self.ct if self.derived_content is Content.CT else self.pet

    def grey_bounds(self, image: Volume) -> tuple[float, float]:
        """Values shown black and white in a grey pane: CT window, or what suits the quantity."""
        if image.quantity is Quantity.HU:
            width, level = self.window.ct_window
            return level - width / 2, level + width / 2
        return MU_RANGE if image.quantity is Quantity.MU else self.window.mr_range

    @property
    def pet_unit(self) -> str:
        """Unit of the PET on screen: SUV, SUL, Bq/ml, counts."""
        if self.pet is None:
            return ""
        if self.unit.unit is not None:
            return str(self.unit.unit)
        names = {Quantity.SUV_LBM: "SUL"}
        if self.pet.quantity in SUV_QUANTITIES:
            return names.get(self.pet.quantity, "SUV")
        return str(self.pet.quantity)

    def unit_of(self, image: Volume) -> str:
        """Return the unit of an image's values on screen: that of the PET, HU, 1/cm."""
        same = self.pet is not None and image.quantity is self.pet.quantity
        return self.pet_unit if same else str(image.quantity)

    def factor_of(self, image: Volume) -> float:
        """Value on screen per unit of an image's own values: that of the PET for its quantity."""
        same = self.pet is not None and image.quantity is self.pet.quantity
        return self.unit.factor if same else 1.0

    @property
    def map_unit(self) -> str:
        """Unit of the derived image's maps on screen."""
        return "" if self.derived is None else self.unit_of(self.derived.volume)

    def space(self, content: Content) -> str:
        """Which linked position a pane follows: CT and MR have their own where not aligned."""
        if content is Content.MR:
            return self._mr_space()
        return "ct" if self.base(content) is Content.CT and not self.aligned else "pet"

    def _mr_space(self) -> str:
        """``mr`` where it shares no frame of reference with PET and CT, or does not overlap."""
        study, linked = self.study, "pet" if self.aligned else "ct"
        if study is None or study.mr is None or study.ct is None:
            # It is what the CT panes show.
            return linked
        if study.mr.grid.meets((study.pet or study.ct).grid):
            return "pet"
        return linked if study.mr.grid.meets(study.ct.grid) else "mr"

    def position(self, content: Content) -> Point:
        """Position of the crosshair for a pane."""
        return self.crosshair.of(self.space(content))

    def stays_with(self, study: Study | None) -> bool:
        """Whether another study is looked at where this one is.

        It is where it holds the same images with other header values (a weight typed in), or
        another time frame of them.
        """
        return same_images(self.study, study)

    def with_study(self, study: Study | None) -> Self:
        """Return it with another study from its middle, with ranges that suit its units.

        One that `stays_with` this keeps place and scale; in the same unit its ranges stay too.
        What lay over the former study is gone.
        """
        made = replace(
            self,
            study=study,
            opened=study,
            overlays=Overlays(hidden=self.overlays.hidden),
            made=DerivedState(limits=self.made.limits),
            mip=None,
            mip_number=0,
            surface=SurfaceState(),
            unit=shown_unit(study, self.unit.unit),
        )
        mr_range = robust_range(study.mr if study is not None else None)
        made = replace(made, window=replace(self.window, mr_range=mr_range))
        stays = self.stays_with(study)
        if not stays:
            made = made._from_the_middle()
        unit = None if self.pet is None else self.pet.quantity
        if stays and (made.pet is None or made.pet.quantity is unit):
            return made
        window = PaneWindow(opening_pet_range(study), DEFAULT_CT_WINDOW, mr_range)
        fusion = replace(self.fusion, threshold=0.0)
        return replace(made, window=window, own_windows={}, fusion=fusion)

    def _from_the_middle(self) -> Self:
        study, under = self.study, self.under
        main = self.pet or under
        if study is None or main is None:
            return replace(self, views={})
        pet = _middle(main.grid)
        ct = pet if self.aligned or under is None else _middle(under.grid)
        mr = pet if study.mr is None else _middle(study.mr.grid)
        return replace(self, views={}, crosshair=Crosshair(pet, ct, mr), tilt=None)

    def with_placed(self, study: Study) -> Self:
        """Return it with the study with an image in another place; everything else stays."""
        made = replace(self, study=study)
        place = self.crosshair.pet
        if not made.aligned and made.under is not None:
            x, y, z = made.under.grid.centre_lps_mm
            place = (float(x), float(y), float(z))
        return replace(made, crosshair=replace(self.crosshair, ct=place))

    def grid_of(self, content: Content) -> ImageGrid | None:
        """Grid that a pane's slices are counted and scrolled on."""
        kind = self.map_kind(content)
        shown = None if kind is None else self.made.map_volume(kind)
        if shown is not None:
            return shown.grid
        image = self.ct_of(content) if self.base(content) is Content.CT else self.pet_of(content)
        return None if image is None else image.grid

    def view_key(self, content: Content, plane: Plane) -> tuple[str, str]:
        """Which view a pane has: one for all panes of a plane; MIP and 3D have their own."""
        kind = str(content) if content in (Content.MIP, Content.SURFACE) else str(plane)
        return self.space(content), kind

    def view_state(self, content: Content, plane: Plane) -> ViewState:
        """Pan and zoom of a pane."""
        return self.views.get(self.view_key(content, plane), FITTED)

    def boxes(self, width: int, height: int) -> list[PaneBox]:
        """Lay the panes out on a desk of this size; one pane alone while it is maximised."""
        if self.maximised is not None and self.maximised < len(self.layout.panes):
            spec = self.layout.panes[self.maximised]
            return [PaneBox(self.maximised, spec, 0, 0, width, height)]
        rows = pixel_spans(self.layout.rows, height, PANE_GAP_PX)
        columns = pixel_spans(self.layout.columns, width, PANE_GAP_PX)
        result = []
        for number, spec in enumerate(self.layout.panes):
            x, y = columns[spec.column][0], rows[spec.row][0]
            right = columns[spec.column + spec.column_span - 1][1]
            bottom = rows[spec.row + spec.row_span - 1][1]
            result.append(PaneBox(number, spec, x, y, max(1, right - x), max(1, bottom - y)))
        return result

    def pane_view(self, spec: PaneSpec, width: int, height: int, scale: float = 1.0) -> PaneView:
        """Return what part of the plane a pane shows; ``scale`` is device per logical pixel."""
        width_px, height_px = max(1, round(width * scale)), max(1, round(height * scale))
        state = self.view_state(spec.content, spec.plane)
        if spec.content is Content.MIP:
            centre, extent = self._mip_extent()
        elif spec.content is Content.SURFACE:
            centre, extent = self.surface.extent(self.mip)
        else:
            centre, extent = self._plane_extent(spec)
        # A little air around, and never below one pixel.
        fit = max(extent[0] / width_px, extent[1] / height_px, 1e-6) * 1.02
        moved = tuple(c + p for c, p in zip(centre, state.pan_mm, strict=True))
        turns = {} if self.tilt is None or not spec.content.is_slice else self.tilt.turns
        turn = turns.get(spec.plane)
        return PaneView(
            spec.plane, (moved[0], moved[1], moved[2]), fit / state.zoom, width_px, height_px, turn
        )

    def _plane_extent(self, spec: PaneSpec) -> tuple[Point, tuple[float, float]]:
        # Not by what is shown just now: a picture must not move when it flickers.
        # Nor with an image that is nudged.
        if self.space(spec.content) == "mr":
            image = self.ct_of(spec.content)
            grid = None if image is None else image.grid
        elif self.aligned:
            grid = None if self.study is None else resting_grid(self.study)
        else:
            image = self.under if self.base(spec.content) is Content.CT else self.pet
            grid = None if image is None else image.grid
        if grid is None:
            return (0.0, 0.0, 0.0), (1.0, 1.0)
        bounds = grid.bounds_lps_mm
        middle = bounds.mean(axis=0)
        size = bounds[1] - bounds[0]
        right, down = spec.plane.right[0], spec.plane.down[0]
        return (
            (float(middle[0]), float(middle[1]), float(middle[2])),
            (float(size[right]), float(size[down])),
        )

    def _mip_extent(self) -> tuple[Point, tuple[float, float]]:
        if self.mip is None:
            return (0.0, 0.0, 0.0), (1.0, 1.0)
        rows, columns = self.mip.shape
        # The MIP's plane turns: its centre counts columns from the axis and rows from the top.
        height = rows * self.mip.row_mm
        middle = self.mip.axis_lps_mm[2] - (rows - 1) * self.mip.row_mm / 2
        return (0.0, 0.0, middle), (columns * self.mip.column_mm, height)


def _middle(grid: ImageGrid) -> Point:
    """Middle of the grid, on a voxel centre."""
    k, j, i = (n // 2 for n in grid.shape_kji)
    x, y, z = grid.points_lps_mm((k, j, i))
    return float(x), float(y), float(z)
