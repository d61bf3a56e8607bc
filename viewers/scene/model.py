"""The panes without a widget: what they show, who may wish for what, and what changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

from app.core.kit.events import Event
from app.core.study.display_units import PetUnit
from app.core.study.study import Study
from viewers.colour.display import PaneWindow
from viewers.scene.followers import comparison_of
from viewers.scene.probe import Probe
from viewers.scene.scene import Scene
from viewers.scene.values import Crosshair, ViewState
from viewers.scene.wishes.beside import Beside
from viewers.scene.wishes.cine import Cine
from viewers.scene.wishes.display import Display
from viewers.scene.wishes.layouts import Layouts
from viewers.scene.wishes.navigation import Navigation
from viewers.scene.wishes.overlays import Overlays
from viewers.scene.wishes.stage import Stage
from viewers.scene.wishes.surface import Surface
from viewers.scene.wishes.tools import Tools
from viewers.space.layout_store import LayoutStore
from viewers.space.layouts import DEFAULT_LAYOUT


@dataclass(frozen=True)
class Place:
    """Where and how a study was looked at, so that it is found again so."""

    crosshair: Crosshair
    views: Mapping[tuple[str, str], ViewState]
    window: PaneWindow
    unit: PetUnit | None
    #: Of fused panes, in the PET's own unit.
    threshold: float


class SceneModel:
    """All that panes show, with or without a widget that draws them.

    Made before the window; a desk (`viewers.desk.desk.ReadingDesk`) is given it, draws it and
    tells it what a hand does. Used on the GUI thread only. Wishes are taken by its parts, each of
    which announces what it changed.

    Parameters
    ----------
    store
        Layouts to choose of; by default the program's own and this user's.

    Attributes
    ----------
    layouts, display, navigation, surface, overlays, beside, tools, cine
        The parts (`viewers.scene.wishes`).
    changed
        Something on the panes is other than before.
    study_shown
        Another study (or none) is shown, or the same anew; drags and drawings that were on their
        way are of no use any more.
    probe_changed
        What is under the mouse, or ``None`` when it leaves the images.
    lesion_clicked
        The id of the lesion under a click.
    doubt_clicked
        The study whose mark of doubtful numbers was clicked, and the place on the screen (pixels).
    pane_menu_wanted
        A right click in a pane, or the menu key: its number and the place on the screen (pixels).
    """

    def __init__(self, store: LayoutStore | None = None) -> None:
        store = LayoutStore() if store is None else store
        self._stage = Stage(Scene(store.layouts[DEFAULT_LAYOUT]))
        self.display = Display(self._stage)
        self.layouts = Layouts(self._stage, self.display, store)
        self.navigation = Navigation(self._stage, self.layouts)
        self.surface = Surface(self._stage, self.navigation)
        self.overlays = Overlays(self._stage, self.layouts)
        self.beside = Beside(self._stage, self.layouts)
        self.tools = Tools(self._stage)
        self.cine = Cine(self._stage, self.layouts, self.navigation)
        self.changed = self._stage.changed
        self.study_shown: Event[Study | None] = Event()
        self.probe_changed: Event[Probe | None] = Event()
        self.lesion_clicked: Event[str] = Event()
        self.doubt_clicked: Event[Study, tuple[int, int]] = Event()
        self.pane_menu_wanted: Event[int, tuple[int, int]] = Event()
        self._places: WeakKeyDictionary[Study, Place] = WeakKeyDictionary()

    @property
    def scene(self) -> Scene:
        """The state of all panes: a value that stays as it is, whatever is wished afterwards."""
        return self._stage.scene

    @property
    def study(self) -> Study | None:
        """The study that the panes show."""
        return self._stage.scene.study

    def set_study(self, study: Study | None) -> None:
        """Show a study (or none) where it was left, or from its middle.

        Outlines, maps, MIP, derived images, measurements and the comparison are dropped.
        """
        self._keep_places(study)
        self.tools.cancel()
        self.tools.set_marks((), None)
        self.cine.stop()
        self._stage.scene = replace(self._stage.scene, followers={})
        self.overlays.set_derived(None)
        before = self._stage.scene
        maximised = before.maximised if before.stays_with(study) else None
        self._stage.scene = replace(before.with_study(study), maximised=maximised)
        self.layouts.offer()
        scene = self._stage.scene
        self.changed.emit()
        self.study_shown.emit(study)
        if study is not None:
            self.navigation.cursor_changed.emit(scene.crosshair.pet)
        self.display.display_changed.emit()
        self.display.tell_window()
        self.navigation.planes_turned.emit(scene.tilt is not None)
        place = None if study is None else self._places.get(study)
        if place is not None:
            self._go_back(place)
        self.beside.shown_changed.emit()

    def replace_study(self, study: Study) -> None:
        """Show the same study with its CT or MR in another place; everything else stays.

        What was linked to it is linked still.
        """
        before = self._stage.scene.study
        self._stage.scene = self._stage.scene.with_placed(study)
        self.changed.emit()
        if before is not None and before is not study:
            self.beside.follow_replaced(before, study)

    def _keep_places(self, coming: Study | None) -> None:
        scene, compared = self._stage.scene, comparison_of(self._stage.scene)
        if scene.study is not None:
            self._places[scene.study] = _place(scene)
        if compared is not None and compared.origin is not None and compared.origin is coming:
            # Both change places: it is seen where and how it is seen now.
            self._places[coming] = replace(_place(compared), views=scene.views)

    def _go_back(self, place: Place) -> None:
        scene = self._stage.scene
        crosshair = replace(place.crosshair, pet=scene.crosshair.pet)
        self._stage.scene = replace(scene, views=place.views, crosshair=crosshair)
        self.navigation.move("pet", place.crosshair.pet)
        self.display.set_unit(place.unit)
        self.display.set_fusion(replace(scene.fusion, threshold=place.threshold))
        self.display.set_pet_range(*place.window.pet_range)
        self.display.set_ct_window(*place.window.ct_window)


def _place(scene: Scene) -> Place:
    unit, threshold = scene.unit.unit, scene.fusion.threshold
    return Place(scene.crosshair, scene.views, scene.window, unit, threshold)
