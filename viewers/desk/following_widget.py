"""The desk's part that shows a comparison study, and other series in single panes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary, ref

from PySide6.QtCore import QPointF, Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from app.core.lesions.segmentation import Segmentation
from app.core.space.volume import Volume
from app.core.study.display_units import PetUnit
from app.core.study.study import Study
from viewers.desk.arranged_widget import ArrangedWidget
from viewers.desk.fitting import shown_where, why_not
from viewers.film.offscreen import DEFAULT_LAYOUT
from viewers.make.mip import MipFrames
from viewers.scene.followers import (
    COMPARISON,
    FollowerScene,
    LinkKind,
    StudyLink,
    comparison_of,
    follow_series,
    follow_study,
    scene_of,
)
from viewers.scene.scene import Colour, PaneBox, Point, Scene, ViewState
from viewers.scene.windowing import dragged, window_of

#: What a dragged series is to Qt: two lines, the key of its study and the series UID.
SERIES_MIME = "application/x-uptake-series"


@dataclass(frozen=True)
class Place:
    """Where and how a study was looked at, so that it is found again so."""

    cursor: Point
    ct_cursor: Point
    mr_cursor: Point
    views: Mapping[tuple[str, str], ViewState]
    pet_range: tuple[float, float]
    ct_window: tuple[float, float]
    unit: PetUnit | None
    #: Of fused panes, in the PET's own unit.
    threshold: float


def _place(scene: Scene) -> Place:
    views = dict(scene.views)
    return Place(
        scene.cursor,
        scene.ct_cursor,
        scene.mr_cursor,
        views,
        scene.pet_range,
        scene.ct_window,
        scene.unit.unit,
        scene.fusion.threshold,
    )


class FollowingWidget(ArrangedWidget):
    """Shows a scene with its followers.

    Signals
    -------
    link_changed()
        Panes of the comparison study follow in another way than before.
    shown_changed()
        Panes show other series than before.
    series_dropped(int, str, str)
        A series was dropped on the pane of this number: key of its study, series UID.
    """

    link_changed = Signal()
    shown_changed = Signal()
    series_dropped = Signal(int, str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self._places: WeakKeyDictionary[Study, Place] = WeakKeyDictionary()
        self._links: WeakKeyDictionary[Study, tuple[ref[Study], StudyLink]] = WeakKeyDictionary()

    # Studies

    def set_study(self, study: Study | None) -> None:
        """Show a study (or none), where it was left; the comparison is dropped."""
        scene, compared = self.scene, comparison_of(self.scene)
        if scene.study is not None:
            self._places[scene.study] = _place(scene)
        if compared is not None and compared.origin is not None and compared.origin is study:
            # Both change places: it is seen where and how it is seen now.
            compared.follow()
            self._places[study] = replace(_place(compared), views=dict(scene.views))
        scene.followers.clear()
        super().set_study(study)
        if study is None:
            self._renderer.forget()
        place = None if study is None else self._places.get(study)
        if place is not None:
            scene.views = dict(place.views)
            scene.ct_cursor, scene.mr_cursor = place.ct_cursor, place.mr_cursor
            self._move("pet", place.cursor)
            self.set_unit(place.unit)
            self.set_fusion(replace(scene.fusion, threshold=place.threshold))
            self.set_pet_range(*place.pet_range)
            self.set_ct_window(*place.ct_window)
        self.shown_changed.emit()

    def replace_study(self, study: Study) -> None:
        """Show the same study with an image elsewhere; what was linked to it is linked still."""
        before = self.scene.study
        super().replace_study(study)
        if before is None or before is study:
            return
        if before in self._links:
            self._links[study] = self._links[before]
        for one, (other, link) in list(self._links.items()):
            if other() is before:
                self._links[one] = (ref(study), link)
        # Series of it in single panes were laid together with the image at its former place.
        gone = [k for k, x in self.scene.followers.items() if getattr(x, "origin", None) is before]
        for key in gone:
            del self.scene.followers[key]
        if gone:
            self.shown_changed.emit()

    def set_comparison(self, study: Study | None, patient_mark: str = "") -> None:
        """Show a study beside the active one (or none) in the panes that are for it.

        Parameters
        ----------
        study
            The comparison study.
        patient_mark
            What is said across its panes, if its patient is not (known to be) the active one's.
        """
        present = comparison_of(self.scene)
        if present is not None and present.origin is study:
            present.patient_mark = patient_mark
            return
        self.scene.followers.pop(COMPARISON, None)
        active = self.scene.study
        if study is not None and active is not None:
            follower = follow_study(self.scene, study)
            follower.patient_mark = patient_mark
            follower.link = self._kept_link(active, study) or follower.link
            self.scene.followers[COMPARISON] = follower
        if study is None and self.scene.layout.needs_comparison:
            self.set_layout(DEFAULT_LAYOUT)
        self._offer_layouts()
        self.link_changed.emit()
        self.shown_changed.emit()
        self.update()

    def set_comparison_mip(self, frames: MipFrames | None) -> None:
        """Give the comparison study's MIP panes their frames."""
        follower = comparison_of(self.scene)
        if follower is not None:
            follower.mip = frames
            self.update()

    def set_comparison_outlines(
        self, segmentation: Segmentation | None, colours: Mapping[str, Colour]
    ) -> None:
        """Show the outlines of the comparison study in its panes."""
        follower = comparison_of(self.scene)
        if follower is not None:
            follower.segmentation, follower.colours = segmentation, dict(colours)
            follower.overlay_version += 1
            self.update()

    def keep_studies(self, studies: Sequence[Study]) -> None:
        """Let go of studies that are no longer open."""
        followers = self.scene.followers
        gone = [
            key
            for key, x in followers.items()
            if isinstance(x, FollowerScene) and x.origin is not None and x.origin not in studies
        ]
        for key in gone:
            del followers[key]
        if gone:
            self.shown_changed.emit()
            self.update()

    def studies_beside(self) -> tuple[Study, ...]:
        """Studies other than the active one that panes show, or would show in another layout."""
        found = (x.origin for x in self.scene.followers.values() if isinstance(x, FollowerScene))
        return tuple(dict.fromkeys(x for x in found if x not in (None, self.scene.study)))

    def shown_where(self) -> dict[tuple[int, str], tuple[str, ...]]:
        """Names of the panes that show each series, by ``id`` of the study and series UID."""
        return shown_where(self.scene)

    # Layouts

    def layout_names(self) -> tuple[str, ...]:
        """Names of the layouts that can be used now; two studies need a comparison."""
        compared = comparison_of(self.scene) is not None
        names = super().layout_names()
        held = self._store.layouts
        return tuple(n for n in names if compared or not held[n].needs_comparison)

    def set_layout(self, name: str) -> None:
        """Show another layout; panes show the series that are usual there."""
        self._drop_series()
        super().set_layout(name)
        self.shown_changed.emit()

    # Navigation

    @property
    def link(self) -> StudyLink | None:
        """How the comparison's positions follow, or ``None`` where nothing is linked."""
        follower = comparison_of(self.scene)
        return None if follower is None or not follower.linked else follower.link

    def set_linked(self, linked: bool) -> None:
        """Let the comparison follow the active study's crosshair, part and scale, or not."""
        follower = comparison_of(self.scene)
        if follower is None or follower.linked is linked:
            return
        if not linked:
            # It stays in sight where it is now.
            follower.follow()
        follower.linked = linked
        self._same_link(follower)

    def link_here(self) -> None:
        """Link the two crosshairs at their present positions."""
        follower = comparison_of(self.scene)
        if follower is None or self.scene.study is None:
            return
        follower.follow()
        pairs = zip(follower.cursor, self.scene.cursor, strict=True)
        x, y, z = (there - here for there, here in pairs)
        follower.link, follower.linked = StudyLink(LinkKind.READER, (x, y, z)), True
        if follower.origin is not None:
            self._links[self.scene.study] = (ref(follower.origin), follower.link)
        self._same_link(follower)

    def _kept_link(self, active: Study, other: Study) -> StudyLink | None:
        """Return the link that the reader made between two studies, either way round."""
        for one, two, sign in ((active, other, 1.0), (other, active, -1.0)):
            kept = self._links.get(one)
            if kept is not None and kept[0]() is two:
                x, y, z = (sign * v for v in kept[1].offset_mm)
                return StudyLink(LinkKind.READER, (x, y, z))
        return None

    def _same_link(self, follower: FollowerScene) -> None:
        for other in self.scene.followers.values():
            if isinstance(other, FollowerScene) and other.origin is follower.origin:
                other.link, other.linked = follower.link, follower.linked
        self.update()
        self.link_changed.emit()

    def _move_in(self, scene: Scene, space: str, point: Point) -> None:
        """Move the crosshair of the scene that was pointed at; what is linked to it follows."""
        if not isinstance(scene, FollowerScene):
            self._move(space, point)
            return
        moved = scene.take_cursor(space, point)
        if moved is not None:
            self._move("pet", moved)
        self.update()

    def turn_pane(self, box: PaneBox, steps: int) -> None:
        """Turn the MIP of a pane, with those that are linked to it."""
        scene = scene_of(self.scene, box)
        if not isinstance(scene, FollowerScene) or scene.linked:
            self.turn_mip(steps)
        elif scene.mip is not None:
            scene.mip_number = (scene.mip_number + steps) % scene.mip.count
            self.update()

    def reset_views(self) -> None:
        """Fit all panes again, those that are not linked too."""
        for follower in self.scene.followers.values():
            follower.views.clear()
        super().reset_views()

    def unlink_window(self, pane: int, unlinked: bool) -> None:
        """Give a pane of the active study a window of its own, or take it away again."""
        box = next((b for b in self.scene.boxes(1000, 1000) if b.number == pane), None)
        follows = box is not None and scene_of(self.scene, box) is not self.scene
        super().unlink_window(pane, unlinked and not follows)

    def _drag_follower(
        self, scene: FollowerScene, box: PaneBox, delta: QPointF, *, under: bool
    ) -> None:
        """Change the window in a pane of another study; what both share changes in all panes."""
        window = dragged(scene, box, delta.x(), delta.y(), under=under)
        scene.mr_range, scene.pet_range = window.mr_range, window.pet_range
        linked = window_of(self.scene, None)
        shared = replace(linked, ct_window=window.ct_window)
        if scene.shares_pet_range:
            shared = replace(shared, pet_range=window.pet_range)
        self.set_window(shared)

    # Series in panes

    def show_series(self, number: int, study: Study, image: Volume, patient_mark: str = "") -> str:
        """Show a series of an open study in a pane, and return an empty text, or why not."""
        boxes = self.scene.boxes(self.width(), self.height())
        box = next((b for b in boxes if b.number == number), None)
        if box is None:
            return self.tr("The pane is no longer there.")
        usual = scene_of(self.scene, box).study
        reason = why_not(box.spec.content, study, image, usual)
        if reason:
            return reason
        follower = follow_series(self.scene, study, image)
        follower.patient_mark = patient_mark
        self.scene.followers[number] = follower
        self.shown_changed.emit()
        self.update()
        return ""

    def set_pane_mip(self, number: int, image: Volume, frames: MipFrames) -> None:
        """Give a MIP pane with a series of its own its frames, if it still shows that."""
        found = self.scene.followers.get(number)
        if isinstance(found, FollowerScene) and found.pet is image:
            found.mip = frames
            self.update()

    def reset_series(self) -> None:
        """Show the usual series in every pane again."""
        self._drop_series()
        self.shown_changed.emit()
        self.update()

    def _drop_series(self) -> None:
        for key in [k for k in self.scene.followers if k != COMPARISON]:
            del self.scene.followers[key]

    def pane_at(self, x: float, y: float) -> PaneBox | None:
        """Pane under a place in the desk (logical pixels)."""
        boxes = self.scene.boxes(self.width(), self.height())
        return next((b for b in boxes if b.holds(x, y)), None)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take series of the studies panel; files go to the window."""
        if event.mimeData().hasFormat(SERIES_MIME):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Light up the pane under the mouse."""
        if not event.mimeData().hasFormat(SERIES_MIME):
            event.ignore()
            return
        box = self.pane_at(event.position().x(), event.position().y())
        if box is None:
            event.ignore()
            return
        if self.scene.active != box.number:
            self.scene.active = box.number
            self.update()
        event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Say which series was dropped on which pane."""
        box = self.pane_at(event.position().x(), event.position().y())
        if box is None or not event.mimeData().hasFormat(SERIES_MIME):
            event.ignore()
            return
        event.acceptProposedAction()
        words = bytes(event.mimeData().data(SERIES_MIME).data()).decode("utf-8", "replace")
        key, _, uid = words.partition("\n")
        self.series_dropped.emit(box.number, key, uid)
