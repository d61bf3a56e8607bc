"""What is shown beside the active study: a comparison study, and other series in single panes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from weakref import WeakKeyDictionary, ref

from app.core.kit.events import Event
from app.core.lesions.segmentation import Segmentation
from app.core.space.volume import Volume
from app.core.study.study import Study
from viewers.make.mip_frames import MipFrames
from viewers.scene.fitting import PANE_GONE, Reason, shown_where, why_not
from viewers.scene.followers import (
    COMPARISON,
    FollowerScene,
    LinkKind,
    StudyLink,
    comparison_of,
    follow_series,
    follow_study,
    scene_of,
    with_scene,
    without_followers,
)
from viewers.scene.values import Colour
from viewers.scene.wishes.layouts import Layouts
from viewers.scene.wishes.stage import Stage
from viewers.space.layouts import DEFAULT_LAYOUT


class Beside:
    """Takes wishes about the comparison study and about series in single panes.

    Attributes
    ----------
    link_changed
        Panes of the comparison study follow in another way than before.
    shown_changed
        Panes show other series than before.
    series_dropped
        A series was dropped on the pane of this number: key of its study, series UID.
    """

    def __init__(self, stage: Stage, layouts: Layouts) -> None:
        self._stage, self._layouts = stage, layouts
        self.link_changed: Event[()] = Event()
        self.shown_changed = stage.shown_changed
        self.series_dropped: Event[int, str, str] = Event()
        self._links: WeakKeyDictionary[Study, tuple[ref[Study], StudyLink]] = WeakKeyDictionary()

    # Comparison

    def set_comparison(self, study: Study | None, patient_mark: str = "") -> None:
        """Show a study beside the active one (or none) in the panes that are for it.

        Parameters
        ----------
        study
            The comparison study.
        patient_mark
            What is said across its panes, if its patient is not (known to be) the active one's.
        """
        scene = self._stage.scene
        present = comparison_of(scene)
        if present is not None and present.origin is study:
            self._stage.put(COMPARISON, replace(present, patient_mark=patient_mark))
            return
        scene = without_followers(scene, lambda key, _: key == COMPARISON)
        if study is not None and scene.study is not None:
            made = follow_study(scene, study)
            link = self._kept_link(scene.study, study) or made.link
            made = replace(made, patient_mark=patient_mark, link=link)
            scene = with_scene(scene, COMPARISON, made)
        self._stage.scene = scene
        if study is None and scene.layout.needs_comparison:
            self._layouts.set_layout(DEFAULT_LAYOUT)
        self._layouts.offer()
        self.link_changed.emit()
        self._shown()

    def set_comparison_mip(self, frames: MipFrames | None) -> None:
        """Give the comparison study's MIP panes their frames."""
        follower = comparison_of(self._stage.scene)
        if follower is not None:
            self._stage.put(COMPARISON, replace(follower, mip=frames))

    def set_comparison_outlines(
        self, segmentation: Segmentation | None, colours: Mapping[str, Colour]
    ) -> None:
        """Show the outlines of the comparison study in its panes."""
        follower = comparison_of(self._stage.scene)
        if follower is not None:
            over = replace(follower.overlays, segmentation=segmentation, colours=dict(colours))
            self._stage.put(COMPARISON, replace(follower, overlays=over))

    def keep_studies(self, studies: Sequence[Study]) -> None:
        """Let go of studies that are no longer open."""
        self._drop(lambda _, x: x.origin is not None and x.origin not in studies)

    def follow_replaced(self, before: Study, study: Study) -> None:
        """Keep what was linked to a study linked to it with an image elsewhere."""
        if before in self._links:
            self._links[study] = self._links[before]
        for one, (other, link) in list(self._links.items()):
            if other() is before:
                self._links[one] = (ref(study), link)
        # Series of it in single panes were laid together with the image at its former place.
        self._drop(lambda _, x: x.origin is before)

    def studies_beside(self) -> tuple[Study, ...]:
        """Studies other than the active one that panes show, or would show in another layout."""
        scene = self._stage.scene
        found = (x.origin for x in scene.followers.values() if isinstance(x, FollowerScene))
        return tuple(dict.fromkeys(x for x in found if x is not None and x is not scene.study))

    def shown_where(self) -> dict[tuple[int, str], tuple[str, ...]]:
        """Names of the panes that show each series, by ``id`` of the study and series UID."""
        return shown_where(self._stage.scene)

    # Link

    @property
    def link(self) -> StudyLink | None:
        """How the comparison's positions follow, or ``None`` where nothing is linked."""
        follower = comparison_of(self._stage.scene)
        return None if follower is None or not follower.linked else follower.link

    def set_linked(self, linked: bool) -> None:
        """Let the comparison follow the active study's crosshair, part and scale, or not."""
        follower = comparison_of(self._stage.scene)
        if follower is None or follower.linked is linked:
            return
        # Without a link it stays in sight where it is now.
        self._share_link(replace(follower, linked=linked))

    def link_here(self) -> None:
        """Link the two crosshairs at their present positions."""
        scene = self._stage.scene
        follower = comparison_of(scene)
        if follower is None or scene.study is None:
            return
        pairs = zip(follower.crosshair.pet, scene.crosshair.pet, strict=True)
        x, y, z = (there - here for there, here in pairs)
        link = StudyLink(LinkKind.READER, (x, y, z))
        if follower.origin is not None:
            self._links[scene.study] = (ref(follower.origin), link)
        self._share_link(replace(follower, link=link, linked=True))

    def _kept_link(self, active: Study, other: Study) -> StudyLink | None:
        """Return the link that the reader made between two studies, either way round."""
        for one, two, sign in ((active, other, 1.0), (other, active, -1.0)):
            kept = self._links.get(one)
            if kept is not None and kept[0]() is two:
                x, y, z = (sign * v for v in kept[1].offset_mm)
                return StudyLink(LinkKind.READER, (x, y, z))
        return None

    def _share_link(self, comparison: FollowerScene) -> None:
        """Keep the comparison as it is now; other panes with its study are linked like it."""
        scene = with_scene(self._stage.scene, COMPARISON, comparison)
        link, linked = comparison.link, comparison.linked
        for key, other in scene.followers.items():
            if not isinstance(other, FollowerScene) or key == COMPARISON:
                continue
            if other.origin is comparison.origin:
                scene = with_scene(scene, key, replace(other, link=link, linked=linked))
        self._stage.put(None, scene)
        self.link_changed.emit()

    # Series in panes

    def show_series(
        self, number: int, study: Study, image: Volume, patient_mark: str = ""
    ) -> Reason | None:
        """Show a series of an open study in a pane, and return ``None``, or why not."""
        scene = self._stage.scene
        box = next((b for b in scene.boxes(1000, 1000) if b.number == number), None)
        if box is None:
            return Reason(PANE_GONE)
        reason = why_not(box.spec.content, study, image, scene_of(scene, box).study)
        if reason is not None:
            return reason
        made = replace(follow_series(scene, study, image), patient_mark=patient_mark)
        self._stage.scene = with_scene(scene, number, made)
        self._shown()
        return None

    def set_pane_mip(self, number: int, image: Volume, frames: MipFrames) -> None:
        """Give a MIP pane with a series of its own its frames, if it still shows that."""
        found = self._stage.scene.followers.get(number)
        if isinstance(found, FollowerScene) and found.pet is image:
            self._stage.put(number, replace(found, mip=frames))

    def reset_series(self) -> None:
        """Show the usual series in every pane again."""
        self._stage.scene = without_followers(self._stage.scene, lambda key, _: key != COMPARISON)
        self._shown()

    def _drop(self, goes: Callable[[int | str, FollowerScene], bool]) -> None:
        left = without_followers(self._stage.scene, goes)
        if left is not self._stage.scene:
            self._stage.scene = left
            self._shown()

    def _shown(self) -> None:
        self._stage.changed.emit()
        self.shown_changed.emit()
