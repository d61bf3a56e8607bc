"""Panes with another study or series than the active one's, and how they follow its crosshair.

Positions of two studies are linked by one offset: position in the other study = position in the
active study + offset. It is zero where both state one frame of reference. Otherwise it is the
table offset, until the reader sets it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from app.core.space.volume import Quantity, Volume
from app.core.study.study import Study
from viewers.colour.display import robust_range, shown_unit
from viewers.make.fusion import Fusion, FusionMode
from viewers.scene.scene import PaneBox, Scene
from viewers.scene.values import Point, ViewState
from viewers.space.geometry import PaneView, Plane
from viewers.space.layouts import Content, PaneSpec, StudyRole

#: Key of the comparison study's scene among a scene's followers; panes have their numbers.
COMPARISON = "comparison"


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
    if active is other or active.main is None or other.main is None:
        return StudyLink()
    one, two = active.main.grid, other.main.grid
    if one.frame_of_reference_uid is not None and one.same_space(two):
        return StudyLink()
    a, b = one.bounds_lps_mm, two.bounds_lps_mm
    middle = b.mean(axis=0) - a.mean(axis=0)
    offset = (float(middle[0]), float(middle[1]), float(b[1, 2] - a[1, 2]))
    return StudyLink(LinkKind.TABLE, offset)


@dataclass(frozen=True)
class FollowerScene(Scene):
    """The scene of panes that show another study, or another series, beside the active study.

    ``origin`` is the open study that ``study`` is, or was made of. While ``linked``, crosshair,
    part and scale of the picture are those of the main scene, taken over by ``link``; display
    settings are the main scene's always. ``main`` is that scene in what `scene_of` returns, and
    ``None`` in what is kept in `Scene.followers`.
    """

    main: Scene | None = None
    origin: Study | None = None
    link: StudyLink = field(default_factory=StudyLink)
    linked: bool = True

    def following(self, main: Scene) -> FollowerScene:
        """Return it with what it takes over from what the main scene shows now."""
        made = replace(self, main=main)
        own = self.origin is not None and self.origin is main.study
        window = replace(self.window, ct_window=main.window.ct_window)
        if made.shares_pet_range:
            window = replace(window, pet_range=main.window.pet_range)
        same_unit = self.unit.unit is main.unit.unit
        made = replace(
            made,
            palettes=main.palettes,
            slab=main.slab,
            active=main.active,
            window=window,
            fusion=made._fused_like(main.fusion),
            unit=self.unit if same_unit else shown_unit(self.study, main.unit.unit),
            # What lies over the images of the active study lies over another series of it too.
            overlays=main.overlays if own else replace(self.overlays, hidden=main.overlays.hidden),
        )
        return made._moved_along(main) if self.linked else made

    def _moved_along(self, main: Scene) -> FollowerScene:
        number = self.mip_number
        if self.mip is not None and main.mip is not None:
            number = round(main.mip_number * self.mip.count / main.mip.count)
        place = self.link.to_other(main.crosshair.pet)
        crosshair = self.crosshair.moved("pet", place, aligned=self.aligned)
        return replace(self, mip_number=number, crosshair=crosshair)

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

    def view_state(self, content: Content, plane: Plane) -> ViewState:
        """Pan and zoom: the main scene's while they are linked."""
        main = self.seen_like(content)
        return (
            super().view_state(content, plane) if main is None else main.view_state(content, plane)
        )

    def pane_view(self, spec: PaneSpec, width: int, height: int, scale: float = 1.0) -> PaneView:
        """Return what part of the plane a pane shows: at one scale while it is linked."""
        main = self.seen_like(spec.content)
        if main is None:
            return super().pane_view(spec, width, height, scale)
        view = main.pane_view(spec, width, height, scale)
        x, y, z = self.link.to_other(view.centre_lps_mm)
        # A MIP's columns count from the axis of its own body.
        centre = (view.centre_lps_mm[0], 0.0, z) if spec.content is Content.MIP else (x, y, z)
        # Oblique planes are the active study's: here the patient's plane is shown.
        return replace(view, centre_lps_mm=centre, turn=None)

    def seen_like(self, content: Content) -> Scene | None:
        """Return the main scene if part and scale of its picture are taken over."""
        main = self.main
        if main is None or not self.linked or main.study is None:
            return None
        if content is Content.MIP:
            return None if main.mip is None or self.mip is None else main
        together = self.space(content) == main.space(content) == "pet"
        return main if together else None


def follower_of(scene: Scene, box: PaneBox) -> int | str | None:
    """Key of the follower that a pane shows; ``None`` for one of the active study."""
    if box.number in scene.followers:
        return box.number
    return None if box.spec.study is StudyRole.ACTIVE else COMPARISON


def scene_of(scene: Scene, box: PaneBox) -> Scene:
    """Return the scene that a pane shows: of its own series, of the comparison, or the main one."""
    key = follower_of(scene, box)
    if key is None:
        return scene
    found = scene.followers.get(key)
    kept = found if isinstance(found, FollowerScene) else FollowerScene(scene.layout)
    return kept.following(scene)


def with_scene(scene: Scene, key: int | str | None, changed: Scene) -> Scene:
    """Return the main scene with a follower in another state (``None``: itself)."""
    if key is None:
        return changed
    kept = replace(changed, main=None) if isinstance(changed, FollowerScene) else changed
    return replace(scene, followers={**scene.followers, key: kept})


def without_followers(scene: Scene, gone: Callable[[int | str, FollowerScene], bool]) -> Scene:
    """Return the main scene without some of its followers."""
    kept = {
        key: x
        for key, x in scene.followers.items()
        if not (isinstance(x, FollowerScene) and gone(key, x))
    }
    return scene if len(kept) == len(scene.followers) else replace(scene, followers=kept)


def comparison_of(scene: Scene) -> FollowerScene | None:
    """Return the comparison study's scene as it is seen now, if there is such a study."""
    found = scene.followers.get(COMPARISON)
    if not isinstance(found, FollowerScene) or found.study is None:
        return None
    return found.following(scene)


def follow_study(scene: Scene, study: Study) -> FollowerScene:
    """Make the scene of another study beside the active one."""
    return _follow(scene, study, study)


def _follow(scene: Scene, origin: Study, study: Study) -> FollowerScene:
    link = StudyLink() if scene.study is None else usual_link(scene.study, origin)
    return FollowerScene(scene.layout, origin=origin, link=link).with_study(study)


def study_with(study: Study, image: Volume) -> Study:
    """Return the study with a further series in the place of the one of its kind.

    Whether PET and CT may then be laid over each other is decided anew: by one frame of reference.
    """
    if image.quantity is Quantity.MR:
        return replace(study, ct=None, mr=image)
    changed = (
        replace(study, ct=image) if image.quantity is Quantity.HU else replace(study, pet=image)
    )
    if changed.pet is None or changed.ct is None:
        return changed
    if changed.pet is study.pet and changed.ct is study.ct:
        return changed
    return replace(changed, aligned=changed.pet.grid.meets(changed.ct.grid))


def follow_series(scene: Scene, study: Study, image: Volume) -> FollowerScene:
    """Make the scene of a pane with one series of an open study."""
    made = _follow(scene, study, study_with(study, image))
    if image.quantity is Quantity.MR:
        made = replace(made, window=replace(made.window, mr_range=robust_range(image)))
    other = comparison_of(scene)
    if other is None or other.origin is not study:
        return made
    return replace(made, link=other.link, linked=other.linked, patient_mark=other.patient_mark)
