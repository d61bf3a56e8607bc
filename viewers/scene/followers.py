"""Panes with another study or series than the active one's, and how they follow its crosshair.

Positions of two studies are linked by one offset: position in the other study = position in the
active study + offset. It is zero where both state one frame of reference. Otherwise it is the
table offset, until the reader sets it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.core.study.study import Study
from viewers.colour.display import robust_range, shown_unit
from viewers.make.fusion import Fusion, FusionMode
from viewers.scene.scene import PaneBox, Point, Scene, ViewState
from viewers.space.geometry import PaneView, Plane
from viewers.space.layouts import Content, PaneSpec, StudyRole

#: Key of the comparison study's scene among a scene's followers; panes have their numbers.
COMPARISON = "comparison"
#: Display settings that all panes share.
SHARED = ("ct_window", "palettes", "slab", "overlays_hidden", "active")
#: What lies over the images of the active study, in panes with another series of it.
OVERLAID = (
    "segmentation",
    "colours",
    "selected",
    "uncertainty",
    "show_uncertainty",
    "saliency",
    "saliency_title",
    "show_saliency",
    "overlay_version",
)


class LinkKind(StrEnum):
    """What the offset between two studies comes from."""

    FRAME = "frame"
    TABLE = "table"
    READER = "reader"


@dataclass(frozen=True)
class StudyLink:
    """How positions (LPS mm) of the active study are taken to another one."""

    kind: LinkKind = LinkKind.FRAME
    offset_mm: Point = (0.0, 0.0, 0.0)

    def to_other(self, point_lps_mm: Point) -> Point:
        """Position in the other study."""
        x, y, z = (a + b for a, b in zip(point_lps_mm, self.offset_mm, strict=True))
        return x, y, z

    def to_active(self, point_lps_mm: Point) -> Point:
        """Position in the active study."""
        x, y, z = (a - b for a, b in zip(point_lps_mm, self.offset_mm, strict=True))
        return x, y, z


def usual_link(active: Study, other: Study) -> StudyLink:
    """Link two studies by their frame of reference, or otherwise by the table offset.

    The table offset brings the tops of both scans (their greatest S) to one height, and the middle
    of both fields of view, along L and P, to one place. It is a start: two scans need not begin at
    the same part of the body.
    """
    one, two = main_grid(active), main_grid(other)
    if active is other or one is None or two is None:
        return StudyLink()
    if one.frame_of_reference_uid is not None and one.same_space(two):
        return StudyLink()
    a, b = one.bounds_lps_mm, two.bounds_lps_mm
    middle = b.mean(axis=0) - a.mean(axis=0)
    offset = (float(middle[0]), float(middle[1]), float(b[1, 2] - a[1, 2]))
    return StudyLink(LinkKind.TABLE, offset)


def main_grid(study: Study) -> ImageGrid | None:
    """Grid of the PET, or of what there is in its place."""
    image = study.pet or study.ct or study.mr
    return None if image is None else image.grid


@dataclass
class FollowerScene(Scene):
    """The scene of panes that show another study, or another series, beside the active study.

    ``origin`` is the open study that ``study`` is, or was made of. While ``linked``, crosshair,
    part and scale of the picture are those of the main scene, taken over by ``link``; display
    settings are the main scene's always.
    """

    main: Scene | None = None
    origin: Study | None = None
    link: StudyLink = field(default_factory=StudyLink)
    linked: bool = True

    def follow(self) -> None:
        """Take over what the main scene shows now; costs nothing."""
        main = self.main
        if main is None:
            return
        own = self.origin is not None and self.origin is main.study
        for name in (*SHARED, *(OVERLAID if own else ())):
            setattr(self, name, getattr(main, name))
        if self.shares_pet_range:
            self.pet_range = main.pet_range
        if self.unit.unit is not main.unit.unit:
            self.unit = shown_unit(self.study, main.unit.unit)
        self.fusion = self._fused_like(main.fusion)
        if not self.linked:
            return
        if self.mip is not None and main.mip is not None:
            self.mip_number = round(main.mip_number * self.mip.count / main.mip.count)
        self.cursor = self.link.to_other(main.cursor)
        if self.aligned:
            self.ct_cursor = self.cursor

    def _fused_like(self, fusion: Fusion) -> Fusion:
        """Fusion of the main scene, without its swipe and without a foreign unit's threshold."""
        mode = FusionMode.OPACITY if fusion.mode is FusionMode.SWIPE else fusion.mode
        threshold = fusion.threshold if self.shares_pet_range else 0.0
        return replace(fusion, mode=mode, threshold=threshold)

    @property
    def shares_pet_range(self) -> bool:
        """Whether the main scene's PET range means the same here: both hold one quantity."""
        pet, other = self.pet, None if self.main is None else self.main.pet
        return pet is not None and other is not None and pet.quantity is other.quantity

    def take_cursor(self, space: str, point: Point) -> Point | None:
        """Move the crosshair; return where the main scene's must go, if it is linked."""
        if space == "ct":
            self.ct_cursor = point
            return None
        if space == "mr":
            self.mr_cursor = point
            return None
        if self.linked:
            return self.link.to_active(point)
        self.cursor = point
        if self.aligned:
            self.ct_cursor = point
        return None

    def view_state(self, content: Content, plane: Plane) -> ViewState:
        """Pan and zoom: the main scene's while they are linked."""
        main = self._seen_like(content)
        return (
            super().view_state(content, plane) if main is None else main.view_state(content, plane)
        )

    def pane_view(self, spec: PaneSpec, width: int, height: int, scale: float = 1.0) -> PaneView:
        """Return what part of the plane a pane shows: at one scale while it is linked."""
        main = self._seen_like(spec.content)
        if main is None:
            return super().pane_view(spec, width, height, scale)
        view = main.pane_view(spec, width, height, scale)
        x, y, z = self.link.to_other(view.centre_lps_mm)
        # A MIP's columns count from the axis of its own body.
        centre = (view.centre_lps_mm[0], 0.0, z) if spec.content is Content.MIP else (x, y, z)
        # Oblique planes are the active study's: here the patient's plane is shown.
        return replace(view, centre_lps_mm=centre, turn=None)

    def _seen_like(self, content: Content) -> Scene | None:
        """Return the main scene if its picture of this content can be taken over."""
        main = self.main
        if main is None or not self.linked or main.study is None:
            return None
        if content is Content.MIP:
            return None if main.mip is None or self.mip is None else main
        together = self.space(content) == main.space(content) == "pet"
        return main if together else None


def scene_of(scene: Scene, box: PaneBox) -> Scene:
    """Return the scene that a pane shows: of its own series, of the comparison, or the main one."""
    found = scene.followers.get(box.number)
    if found is None:
        if box.spec.study is StudyRole.ACTIVE:
            return scene
        found = scene.followers.setdefault(COMPARISON, FollowerScene(scene.layout, main=scene))
    if isinstance(found, FollowerScene):
        found.follow()
    return found


def comparison_of(scene: Scene) -> FollowerScene | None:
    """Return the comparison study's scene, if there is such a study."""
    found = scene.followers.get(COMPARISON)
    return found if isinstance(found, FollowerScene) and found.study is not None else None


def follow_study(scene: Scene, study: Study) -> FollowerScene:
    """Make the scene of another study beside the active one."""
    made = FollowerScene(scene.layout, main=scene, origin=study)
    made.set_study(study)
    if scene.study is not None:
        made.link = usual_link(scene.study, study)
    return made


def study_with(study: Study, image: Volume) -> Study:
    """Return the study with a further series in the place of the one of its kind.

    Whether PET and CT may then be laid over each other is decided anew: by one frame of reference.
    """
    if image.quantity is Quantity.MR:
        return replace(study, ct=None, mr=image)
    changed = (
        replace(study, ct=image) if image.quantity is Quantity.HU else replace(study, pet=image)
    )
    pair = (changed.pet, changed.ct)
    if pair[0] is None or pair[1] is None or (pair[0] is study.pet and pair[1] is study.ct):
        return changed
    one, two = pair[0].grid, pair[1].grid
    return replace(changed, aligned=one.same_space(two) and one.overlaps(two))


def follow_series(scene: Scene, study: Study, image: Volume) -> FollowerScene:
    """Make the scene of a pane with one series of an open study."""
    made = FollowerScene(scene.layout, main=scene, origin=study)
    made.set_study(study_with(study, image))
    if image.quantity is Quantity.MR:
        made.mr_range = robust_range(image)
    other = comparison_of(scene)
    if other is not None and other.origin is study:
        made.link, made.linked = other.link, other.linked
        made.patient_mark = other.patient_mark
    elif scene.study is not None:
        made.link = usual_link(scene.study, study)
    return made
