"""What the desk shows, apart from how it is drawn: the state of all panes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from app.core.lesions.segmentation import Segmentation
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.core.study.derived import DerivedImage
from app.core.study.placement import resting_grid
from app.core.study.study import Study
from viewers.colour.display import (
    DEFAULT_CT_WINDOW,
    SUV_QUANTITIES,
    PaneColours,
    PaneWindow,
    ShownUnit,
    default_limit,
    deviation_limit,
    opening_pet_range,
    robust_range,
    shown_unit,
)
from viewers.make.fusion import Fusion
from viewers.make.mip_frames import MipFrames
from viewers.make.slab import THIN, Slab
from viewers.scene.marks import MarkState
from viewers.scene.mr import mr_space
from viewers.scene.surface_state import SurfaceState
from viewers.space.geometry import PaneView, Plane
from viewers.space.layouts import Content, Layout, PaneSpec, pixel_spans
from viewers.space.oblique import Tilt

Point = tuple[float, float, float]
Colour = tuple[int, int, int]

#: Space between panes, in logical pixels.
PANE_GAP_PX = 2
#: Display range of attenuation maps at 511 keV, 1/cm: dense bone is about 0.17.
MU_RANGE = (0.0, 0.2)


class MapKind(StrEnum):
    """What is shown of a derived image in place of an image."""

    DIFFERENCE = "difference"
    DEVIATION = "deviation"


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


@dataclass
class ViewState:
    """Pan (mm against the fitted view, LPS) and zoom (1 fits) shared by panes of one kind."""

    pan_mm: Point = (0.0, 0.0, 0.0)
    zoom: float = 1.0


@dataclass
class Scene:
    """The state of all panes. Changed on the GUI thread only.

    ``overlay_version`` rises whenever outlines, colours, selection, uncertainty or saliency
    change, so that pictures drawn before are known to be old.

    A derived image stands in for the PET or the CT while ``show_derived`` is set; a map takes the
    place of both while ``shown_map`` names one: ``difference`` (derived minus original) or the
    derived image's standard deviation. ``map_limits`` are their upper display bounds.
    """

    layout: Layout
    study: Study | None = None
    cursor: Point = (0.0, 0.0, 0.0)
    #: The CT's own position where PET and CT are not aligned.
    ct_cursor: Point = (0.0, 0.0, 0.0)
    #: The MR's own position where it is aligned with neither.
    mr_cursor: Point = (0.0, 0.0, 0.0)
    #: Where the planes lie; ``None`` for the patient's planes.
    tilt: Tilt | None = None
    #: Whether the crosshair has handles that turn the planes.
    show_handles: bool = False
    slab: Slab = THIN
    pet_range: tuple[float, float] = (0.0, 7.0)
    ct_window: tuple[float, float] = DEFAULT_CT_WINDOW
    #: Windows of panes that are not linked, by the pane's number in the layout.
    own_windows: dict[int, PaneWindow] = field(default_factory=dict)
    palettes: PaneColours = field(default_factory=PaneColours)
    fusion: Fusion = field(default_factory=Fusion)
    unit: ShownUnit = field(default_factory=ShownUnit)
    segmentation: Segmentation | None = None
    colours: Mapping[str, Colour] = field(default_factory=dict)
    selected: str | None = None
    uncertainty: Volume | None = None
    show_uncertainty: bool = False
    overlays_hidden: bool = False
    derived: DerivedImage | None = None
    show_derived: bool = False
    difference: Volume | None = None
    shown_map: MapKind | None = None
    map_limits: dict[MapKind, float] = field(default_factory=lambda: dict.fromkeys(MapKind, 1.0))
    saliency: Volume | None = None
    saliency_title: str = ""
    show_saliency: bool = False
    marks: MarkState = field(default_factory=MarkState)
    mip: MipFrames | None = None
    mip_number: int = 0
    surface: SurfaceState = field(default_factory=SurfaceState)
    active: int | None = None
    maximised: int | None = None
    overlay_version: int = 0
    study_version: int = 0
    #: How often the CT or MR was put elsewhere since the study was opened.
    placements: int = 0
    mr_range: tuple[float, float] = (0.0, 1.0)
    views: dict[tuple[str, str], ViewState] = field(default_factory=dict)
    #: Scenes of panes with another study or series (`viewers.scene.followers.scene_of`).
    followers: dict[int | str, Scene] = field(default_factory=dict)
    #: Said across every pane of a scene whose patient is not the active study's.
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
    def aligned(self) -> bool:
        """Whether PET and CT (or the MR in its place) may be shown at one position."""
        study = self.study
        if study is None or study.ct is not None or study.mr is None or study.pet is None:
            return study is None or study.aligned
        mr, pet = study.mr.grid, study.pet.grid
        return mr.same_space(pet) and mr.overlaps(pet)

    @property
    def under(self) -> Volume | None:
        """The CT, or the MR of a study without one: what a CT pane shows."""
        return self.ct or (self.study.mr if self.study else None)

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
            alone = self.original() is None and self.map_volume(MapKind.DEVIATION) is not None
            return self.shown_map or (MapKind.DEVIATION if alone else MapKind.DIFFERENCE)
        if self.derived is None or content is not self.derived_content:
            return None
        return self.shown_map

    def map_volume(self, kind: MapKind) -> Volume | None:
        """Return the values of a map, if they are there."""
        if kind is MapKind.DIFFERENCE:
            return self.difference
        return None if self.derived is None else self.derived.deviation

    def map_bounds(self, kind: MapKind) -> tuple[float, float]:
        """Values at both ends of a map's colours: symmetric for a difference, else from 0."""
        limit = self.map_limits[kind]
        return (-limit if kind is MapKind.DIFFERENCE else 0.0), limit

    def shows_derived(self, content: Content) -> bool:
        """Whether the derived image has part in a pane's picture, which then says so."""
        if self.derived is None or content in (Content.ORIGINAL, Content.MIP):
            return False
        if content is Content.DERIVED or self.map_kind(content) is not None:
            return True
        return self.show_derived and content in (self.derived_content, Content.FUSED)

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

    def set_derived(self, image: DerivedImage | None) -> None:
        """Take another derived image (or none); its difference comes later."""
        if image is not self.derived:
            self.derived = image
            self.difference = None
            spread = None if image is None else image.deviation
            self.map_limits[MapKind.DEVIATION] = 1.0 if spread is None else deviation_limit(spread)

    def set_difference(self, difference: Volume | None) -> None:
        """Take the difference map of the present derived image, with a scale that suits it."""
        self.difference = difference
        limit = 1.0 if difference is None else default_limit(difference)
        self.map_limits[MapKind.DIFFERENCE] = limit

    def grey_bounds(self, image: Volume) -> tuple[float, float]:
        """Values shown black and white in a grey pane: CT window, or what suits the quantity."""
        if image.quantity is Quantity.HU:
            width, level = self.ct_window
            return level - width / 2, level + width / 2
        return MU_RANGE if image.quantity is Quantity.MU else self.mr_range

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
            return mr_space(self.study, self.aligned)
        return "ct" if self.base(content) is Content.CT and not self.aligned else "pet"

    def position(self, content: Content) -> Point:
        """Position of the crosshair for a pane."""
        return {"ct": self.ct_cursor, "mr": self.mr_cursor}.get(self.space(content), self.cursor)

    def set_study(self, study: Study | None) -> bool:
        """Show another study from its middle, with ranges that suit its units.

        The same images with other header values (a weight typed in), or another time frame of
        them, stay where they are, which is returned; in the same unit their ranges stay too.
        """
        stays = self.study is not None and study is not None and _same_images(self.study, study)
        unit = None if self.pet is None else self.pet.quantity
        self.study = study
        self.study_version += 1
        self.placements = 0
        self.overlay_version += 1
        self.segmentation, self.colours, self.selected = None, {}, None
        self.uncertainty, self.mip, self.mip_number = None, None, 0
        self.surface = SurfaceState()
        self.show_uncertainty = False
        self.derived, self.difference, self.saliency, self.saliency_title = None, None, None, ""
        self.show_derived = self.show_saliency = False
        self.shown_map = None
        self.mr_range = robust_range(study.mr if study is not None else None)
        main, under = self.pet or self.under, self.under
        if not stays:
            self.views.clear()
        if main is not None and not stays:
            self.cursor = _middle(main.grid)
            self.ct_cursor = self.cursor if self.aligned or not under else _middle(under.grid)
            mr = study.mr if study is not None else None
            self.mr_cursor, self.tilt = self.cursor if mr is None else _middle(mr.grid), None
        if not stays or (self.pet is not None and self.pet.quantity is not unit):
            self.pet_range = opening_pet_range(study)
            self.ct_window = DEFAULT_CT_WINDOW
            self.own_windows.clear()
            self.fusion = replace(self.fusion, threshold=0.0)
        self.unit = shown_unit(study, self.unit.unit)
        return stays

    def replace_study(self, study: Study) -> None:
        """Show the same study with an image in another place; everything else stays."""
        self.study = study
        self.placements += 1
        if self.aligned or self.under is None:
            self.ct_cursor = self.cursor
        else:
            x, y, z = self.under.grid.centre_lps_mm
            self.ct_cursor = (float(x), float(y), float(z))

    def grid_of(self, content: Content) -> ImageGrid | None:
        """Grid that a pane's slices are counted and scrolled on."""
        kind = self.map_kind(content)
        shown = None if kind is None else self.map_volume(kind)
        if shown is not None:
            return shown.grid
        image = self.ct_of(content) if self.base(content) is Content.CT else self.pet_of(content)
        return None if image is None else image.grid

    def view_state(self, content: Content, plane: Plane) -> ViewState:
        """Pan and zoom of a pane, shared by all panes of the plane (MIP and 3D have their own)."""
        kind = str(content) if content in (Content.MIP, Content.SURFACE) else str(plane)
        return self.views.setdefault((self.space(content), kind), ViewState())

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


def _same_images(a: Study, b: Study) -> bool:
    """Whether two studies hold the same series on the same grids."""
    for one, other in ((a.pet, b.pet), (a.ct, b.ct)):
        if (one is None) != (other is None):
            return False
        if one is not None and other is not None:
            same = one.series_uid == other.series_uid != "" and one.grid == other.grid
            if not same:
                return False
    return a.aligned == b.aligned


def _middle(grid: ImageGrid) -> Point:
    """Middle of the grid, on a voxel centre."""
    k, j, i = (n // 2 for n in grid.shape_kji)
    x, y, z = grid.points_lps_mm((k, j, i))
    return float(x), float(y), float(z)
