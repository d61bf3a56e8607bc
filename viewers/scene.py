"""What the desk shows, apart from how it is drawn: the state of all panes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from app.core.derived import DerivedImage
from app.core.grid import ImageGrid
from app.core.segmentation import Segmentation
from app.core.study import Study
from app.core.volume import Quantity, Volume
from viewers.difference import default_limit, deviation_limit
from viewers.geometry import PaneView, Plane
from viewers.layouts import Content, Layout, PaneSpec
from viewers.mip import MipFrames

Point = tuple[float, float, float]
Colour = tuple[int, int, int]

#: Space between panes, in logical pixels.
PANE_GAP_PX = 2
#: Display range of attenuation maps at 511 keV, 1/cm: dense bone is about 0.17.
MU_RANGE = (0.0, 0.2)
SUV_QUANTITIES = (Quantity.SUV_BW, Quantity.SUV_LBM, Quantity.SUV_BSA, Quantity.SUV_IBW)


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
    pet_range: tuple[float, float] = (0.0, 7.0)
    ct_window: tuple[float, float] = (400.0, 40.0)
    fusion_opacity: float = 0.5
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
    mip: MipFrames | None = None
    mip_number: int = 0
    active: int | None = None
    maximised: int | None = None
    overlay_version: int = 0
    study_version: int = 0
    mr_range: tuple[float, float] = (0.0, 1.0)
    views: dict[tuple[str, str], ViewState] = field(default_factory=dict)
    #: Scenes of panes with another study or series (`viewers.followers.scene_of`).
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
        return content

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
        """CT that a pane shows; the MR of a study without a CT, except in fused panes."""
        derived = self._stands_in(content, Content.CT)
        return derived or (self.ct if content is Content.FUSED else self.under)

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
        """Unit of the PET on screen: SUV, Bq/ml, counts."""
        if self.pet is None:
            return ""
        names = {Quantity.SUV_LBM: "SUL"}
        if self.pet.quantity in SUV_QUANTITIES:
            return names.get(self.pet.quantity, "SUV")
        return str(self.pet.quantity)

    def unit_of(self, image: Volume) -> str:
        """Return the unit of an image's values on screen: that of the PET, HU, 1/cm."""
        same = self.pet is not None and image.quantity is self.pet.quantity
        return self.pet_unit if same else str(image.quantity)

    @property
    def map_unit(self) -> str:
        """Unit of the derived image's maps on screen."""
        return "" if self.derived is None else self.unit_of(self.derived.volume)

    def space(self, content: Content) -> str:
        """Which linked position a pane follows: the CT has its own where it is not aligned."""
        return "ct" if self.base(content) is Content.CT and not self.aligned else "pet"

    def position(self, content: Content) -> Point:
        """Position of the crosshair for a pane."""
        return self.ct_cursor if self.space(content) == "ct" else self.cursor

    def set_study(self, study: Study | None) -> None:
        """Show another study from its middle, with ranges that suit its units.

        The same images with other header values (a weight typed in) stay where they are.
        """
        stays = self.study is not None and study is not None and _same_images(self.study, study)
        self.study = study
        self.study_version += 1
        self.overlay_version += 1
        self.segmentation, self.colours, self.selected = None, {}, None
        self.uncertainty, self.mip, self.mip_number = None, None, 0
        self.show_uncertainty = False
        self.derived, self.difference, self.saliency, self.saliency_title = None, None, None, ""
        self.show_derived = self.show_saliency = False
        self.shown_map = None
        self.mr_range = robust_range(study.mr) if study is not None and study.mr else (0.0, 1.0)
        main, under = self.pet or self.under, self.under
        if not stays:
            self.views.clear()
        if main is not None and not stays:
            self.cursor = _middle(main.grid)
            self.ct_cursor = self.cursor if self.aligned or not under else _middle(under.grid)
        self.pet_range = default_pet_range(self.pet)
        self.ct_window = (400.0, 40.0)

    def grid_of(self, content: Content) -> ImageGrid | None:
        """Grid that a pane's slices are counted and scrolled on."""
        kind = self.map_kind(content)
        shown = None if kind is None else self.map_volume(kind)
        if shown is not None:
            return shown.grid
        image = self.ct_of(content) if self.base(content) is Content.CT else self.pet_of(content)
        return None if image is None else image.grid

    def view_state(self, content: Content, plane: Plane) -> ViewState:
        """Pan and zoom of a pane, shared by all panes of the plane (the MIP has its own)."""
        kind = "mip" if content is Content.MIP else str(plane)
        return self.views.setdefault((self.space(content), kind), ViewState())

    def boxes(self, width: int, height: int) -> list[PaneBox]:
        """Lay the panes out on a desk of this size; one pane alone while it is maximised."""
        if self.maximised is not None and self.maximised < len(self.layout.panes):
            spec = self.layout.panes[self.maximised]
            return [PaneBox(self.maximised, spec, 0, 0, width, height)]
        rows = _edges(self.layout.rows, height)
        columns = _edges(self.layout.columns, width)
        result = []
        for number, spec in enumerate(self.layout.panes):
            x, y = columns[spec.column], rows[spec.row]
            right = columns[spec.column + spec.column_span] - PANE_GAP_PX
            bottom = rows[spec.row + spec.row_span] - PANE_GAP_PX
            result.append(PaneBox(number, spec, x, y, max(1, right - x), max(1, bottom - y)))
        return result

    def pane_view(self, spec: PaneSpec, width: int, height: int, scale: float = 1.0) -> PaneView:
        """Return what part of the plane a pane shows; ``scale`` is device per logical pixel."""
        width_px, height_px = max(1, round(width * scale)), max(1, round(height * scale))
        state = self.view_state(spec.content, spec.plane)
        if spec.content is Content.MIP:
            centre, extent = self._mip_extent()
        else:
            centre, extent = self._plane_extent(spec)
        # A little air around, and never below one pixel.
        fit = max(extent[0] / width_px, extent[1] / height_px, 1e-6) * 1.02
        moved = tuple(c + p for c, p in zip(centre, state.pan_mm, strict=True))
        return PaneView(
            spec.plane, (moved[0], moved[1], moved[2]), fit / state.zoom, width_px, height_px
        )

    def _plane_extent(self, spec: PaneSpec) -> tuple[Point, tuple[float, float]]:
        # Not by what is shown just now: a picture must not move when it flickers.
        if self.aligned:
            image = self.ct or self.pet or self.under
        else:
            image = self.under if self.base(spec.content) is Content.CT else self.pet
        if image is None:
            return (0.0, 0.0, 0.0), (1.0, 1.0)
        bounds = image.grid.bounds_lps_mm
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


def default_pet_range(pet: Volume | None) -> tuple[float, float]:
    """Display range a reader expects: SUV 0 to 7; for other units 0 to a rounded 99.8 %."""
    if pet is None or pet.quantity in SUV_QUANTITIES:
        return 0.0, 7.0
    sample = pet.array[:: max(1, pet.array.shape[0] // 40), ::2, ::2]
    positive = sample[sample > 0]
    if not positive.size:
        return 0.0, 1.0
    top = float(np.percentile(positive, 99.8))
    power = 10.0 ** np.floor(np.log10(max(top, 1e-12)))
    return 0.0, float(np.ceil(top / power * 2) / 2 * power)


def robust_range(image: Volume) -> tuple[float, float]:
    """0 (or the least value) to the 99.5th percentile: an MR has no unit."""
    sample = image.array[:: max(1, image.array.shape[0] // 40), ::2, ::2]
    finite = sample[np.isfinite(sample)]
    if not finite.size:
        return 0.0, 1.0
    low, high = min(0.0, float(finite.min())), float(np.percentile(finite, 99.5))
    return low, max(high, low + 1e-6)


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


def _edges(weights: tuple[float, ...], length: int) -> list[int]:
    total = sum(weights)
    # The last pane's gap falls outside the desk.
    length += PANE_GAP_PX
    edges = [0]
    done = 0.0
    for weight in weights:
        done += weight
        edges.append(round(length * done / total))
    return edges
