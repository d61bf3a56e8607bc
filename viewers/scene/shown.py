"""What one pane shows, as one frozen value: all that its picture is made of, and nothing else.

The renderer draws a pane from this value alone and draws it again when the value is another; so
nothing can be seen that the decision to draw again has forgotten. What a pane does not show is at
rest in it: a CT pane does not know of the PET's range, nor a coronal pane of how far along the
crosshair is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from viewers.colour.display import PaneWindow, ShownUnit
from viewers.make.fusion import Fusion
from viewers.make.slab import THIN
from viewers.scene.followers import FollowerScene, LinkKind, StudyLink, scene_of
from viewers.scene.marks import MarkState
from viewers.scene.scene import PaneBox, Scene
from viewers.scene.surface_state import SurfaceState
from viewers.scene.values import Crosshair, DerivedState, MapKind, Overlays
from viewers.space.geometry import PaneView, slice_number
from viewers.space.layouts import Content, Layout

#: In the place of the layout that the pane is part of.
_NO_LAYOUT = Layout("", "", 0, (1.0,), (1.0,), ())
_AT_REST = SurfaceState()
_NO_WINDOW = PaneWindow((0.0, 1.0), (1.0, 0.0), (0.0, 1.0))
#: What stands for an image or its original wherever it is shown.
_MADE = (Content.ORIGINAL, Content.DERIVED, Content.DIFFERENCE)


@dataclass(frozen=True)
class PaneShown:
    """A pane's picture before it is drawn. Two that are equal look the same.

    Images, outlines and surfaces are compared by identity, never voxel by voxel.

    Parameters
    ----------
    box
        The pane.
    scale
        Device pixels per logical pixel.
    view
        What part of the plane is seen, in device pixels.
    letters_view
        The same in logical pixels, for what is written.
    scene
        The study and how it is shown; its crosshair is where the middle of the pane lies.
    zoom
        1 is fitted.
    slice_number
        Index (from 0) and count of the native slices, where the pane shows slices.
    oblique_degrees
        Angle between an oblique plane and the patient's plane of its name.
    own_window
        Whether its window is its own.
    compared
        Whether it stands beside panes of another study or series.
    link
        How it follows the active study: ``None`` for that study's own panes.
    linked
        Whether it does.
    """

    box: PaneBox
    scale: float
    view: PaneView
    letters_view: PaneView
    scene: Scene
    zoom: float
    slice_number: tuple[int, int] | None
    oblique_degrees: float | None
    own_window: bool
    compared: bool
    link: LinkKind | None
    linked: bool

    @property
    def content(self) -> Content:
        """What the pane is for."""
        return self.box.spec.content


def shown_in(main: Scene, box: PaneBox, scale: float = 1.0) -> PaneShown:
    """Return what a pane shows.

    Parameters
    ----------
    main
        The scene of all panes.
    box
        The pane, on a desk of any size.
    scale
        Device pixels per logical pixel.
    """
    scene, content, plane = scene_of(main, box), box.spec.content, box.spec.plane
    own_window = scene.own_windows.get(box.number)
    if own_window is not None:
        # It is drawn as if its window were that of the scene.
        scene = replace(scene, window=own_window)
    view = scene.pane_view(box.spec, box.width, box.height, scale)
    grid = scene.grid_of(content) if content.is_slice else None
    follower = scene if isinstance(scene, FollowerScene) else None
    other = follower is not None and follower.origin is not main.study
    return PaneShown(
        box,
        scale,
        view,
        view if scale == 1.0 else scene.pane_view(box.spec, box.width, box.height),
        _only(scene, content, view),
        scene.view_state(content, plane).zoom,
        None if grid is None else slice_number(grid, plane, scene.position(content)),
        scene.tilt.degrees(plane) if scene.tilt is not None and view.turn is not None else None,
        own_window is not None,
        follower is not None or bool(main.followers),
        follower.link.kind if follower is not None and other else None,
        follower is None or follower.linked,
    )


def _only(scene: Scene, content: Content, view: PaneView) -> Scene:
    """Return the scene with everything at rest that a pane of this content does not show."""
    base = scene.base(content)
    anatomy = base in (Content.CT, Content.FUSED)
    alone = replace(
        scene,
        layout=_NO_LAYOUT,
        study=scene.study if anatomy else scene.opened,
        opened=None,
        tilt=None,
        show_handles=False,
        own_windows={},
        marks=MarkState(),
        active=None,
        maximised=None,
        views={},
        followers={},
        overlays=_overlays(scene, content),
        made=_made(scene, content),
    )
    if isinstance(alone, FollowerScene):
        alone = replace(alone, main=None, origin=None, link=StudyLink(), linked=True)
    if content is not Content.SURFACE:
        alone = replace(alone, surface=_AT_REST)
    if not content.is_slice:
        return replace(_coloured(alone, content), crosshair=Crosshair(), slab=THIN)
    middle = view.to_lps_mm(
        view.width_px / 2, view.height_px / 2, view.depth_mm(scene.position(content))
    )
    place = Crosshair(middle, middle, middle)
    return replace(_coloured(alone, content), crosshair=place, mip=None, mip_number=0)


def _coloured(scene: Scene, content: Content) -> Scene:
    """Leave the ranges, and the way of fusion, that a pane's images are shown with."""
    base, used = scene.base(content), scene.window
    if base is Content.FUSED:
        return scene
    if base is Content.SURFACE:
        return replace(scene, window=_NO_WINDOW, fusion=Fusion(), unit=ShownUnit())
    if base is Content.CT:
        used = replace(used, pet_range=_NO_WINDOW.pet_range)
        return replace(scene, window=used, fusion=Fusion(), unit=ShownUnit())
    return replace(scene, window=replace(_NO_WINDOW, pet_range=used.pet_range), fusion=Fusion())


def _overlays(scene: Scene, content: Content) -> Overlays:
    over = scene.overlays
    if content is Content.SURFACE:
        # Hidden lesions are not drawn there, but whether there are any is said.
        return replace(
            over, uncertainty=None, show_uncertainty=False, saliency=None, show_saliency=False
        )
    # A CT that is not aligned has its own positions: nothing of the PET may lie on it.
    if over.hidden or scene.space(content) != "pet":
        return Overlays(hidden=over.hidden)
    # Two maps of one palette would be read as one.
    busy = content is Content.MIP or scene.map_kind(content) is MapKind.DEVIATION
    return replace(
        over,
        show_uncertainty=over.show_uncertainty and not busy,
        saliency=over.saliency if over.show_saliency else None,
        saliency_title=over.saliency_title if over.show_saliency else "",
    )


def _made(scene: Scene, content: Content) -> DerivedState:
    """Leave the derived image where it has part in a pane, and of its maps the one that is seen."""
    made, kind = scene.made, scene.map_kind(content)
    if content not in _MADE and not scene.shows_derived(content):
        return DerivedState()
    return replace(
        made,
        stands_in=made.stands_in and content not in _MADE and kind is None,
        difference=made.difference if kind is MapKind.DIFFERENCE else None,
        shown_map=kind,
        limits={x: made.limits[x] if x is kind else 1.0 for x in MapKind},
    )
