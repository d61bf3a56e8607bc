"""How the panes are arranged: layouts, the reader's own too, and which pane is active."""

from __future__ import annotations

from dataclasses import replace

from app.core.kit.events import Event
from viewers.scene.followers import COMPARISON, comparison_of, without_followers
from viewers.scene.offer import available, is_offered
from viewers.scene.scene import PaneBox
from viewers.scene.wishes.display import Display
from viewers.scene.wishes.stage import Stage
from viewers.space.geometry import Plane
from viewers.space.layout_store import LayoutStore, with_pane
from viewers.space.layouts import DEFAULT_LAYOUT, Content


class Layouts:
    """Takes wishes about layouts and panes.

    Attributes
    ----------
    layout_changed
        Name of the layout now shown.
    layouts_changed
        Other layouts can be used than before: a study or a derived image came or went, or a layout
        was saved or removed.
    layout_problems
        What of the reader's layouts could not be read; whoever shows the desk says so.
    """

    def __init__(self, stage: Stage, display: Display, store: LayoutStore) -> None:
        self._stage, self._display, self._store = stage, display, store
        self.layout_changed: Event[str] = Event()
        self.layouts_changed: Event[()] = Event()
        self.layout_problems = tuple(store.problems)
        self._offered = self.layout_names()

    # Which there are

    @property
    def layout_name(self) -> str:
        """Name of the present layout."""
        return self._stage.scene.layout.name

    def layout_names(self) -> tuple[str, ...]:
        """Names of the layouts that can be used now, in the order of their menu.

        Two studies need a comparison.
        """
        scene, store = self._stage.scene, self._store
        compared = comparison_of(scene) is not None
        return tuple(
            name
            for name, layout in store.layouts.items()
            if is_offered(scene, layout, always=name == DEFAULT_LAYOUT or store.is_saved(name))
            and (compared or not layout.needs_comparison)
        )

    def layout_title(self, name: str) -> str:
        """Title of a layout for menus."""
        return self._store.layouts[name].title

    def is_saved_layout(self, name: str) -> bool:
        """Whether a layout is one of the reader's own."""
        return self._store.is_saved(name)

    def saved_title(self, title: str) -> str | None:
        """Title of the reader's layout that saving under this title would replace, if any."""
        found = self._store.named(title)
        return None if found is None else found.title

    def offer(self, *, again: bool = False) -> None:
        """Say so where other layouts can be used than before, and leave one that cannot.

        ``again`` says so even where the names are the same.
        """
        names = self.layout_names()
        # Two studies are left when the comparison goes, not while they change places.
        if self.layout_name not in names and not self._stage.scene.layout.needs_comparison:
            self.set_layout(DEFAULT_LAYOUT)
        if again or names != self._offered:
            self._offered = names
            self.layouts_changed.emit()

    # Another one

    def set_layout(self, name: str) -> None:
        """Show another layout; panes show the series that are usual there.

        Raises
        ------
        KeyError
            If there is no such layout.
        """
        layout = self._store.layouts[name]
        scene = without_followers(self._stage.scene, lambda key, _: key != COMPARISON)
        self._stage.scene = replace(scene, layout=layout, maximised=None, own_windows={})
        self.activate(None)
        self._stage.changed.emit()
        self.layout_changed.emit(name)
        self._stage.shown_changed.emit()

    def set_pane(self, number: int, content: Content, plane: Plane) -> None:
        """Let a pane of the present arrangement show something else.

        Raises
        ------
        IndexError
            If there is no such pane.
        """
        scene = self._stage.scene
        self._stage.put(
            None, replace(scene, layout=with_pane(scene.layout, number, content, plane))
        )

    def has_content(self, content: Content) -> bool:
        """Whether the open study has what a pane of this content shows."""
        return content in available(self._stage.scene)

    def save_layout(self, title: str) -> str:
        """Keep the present arrangement as a layout of the reader, and return its name.

        Raises
        ------
        LayoutError
            If the title is empty, or the file cannot be written.
        """
        kept = self._store.save(self._stage.scene.layout, title)
        self._stage.scene = replace(self._stage.scene, layout=kept)
        self.layouts_changed.emit()
        self.layout_changed.emit(kept.name)
        return kept.name

    def remove_layout(self, name: str) -> None:
        """Forget a layout of the reader; the default one is shown in its place.

        Raises
        ------
        KeyError
            If it is not one of the reader's.
        LayoutError
            If its file cannot be deleted.
        """
        self._store.remove(name)
        self.offer(again=True)

    # Panes

    def activate(self, pane: int | None) -> None:
        """Make a pane the one that keys mean; what it is shown with is told if panes differ."""
        self._stage.put(None, replace(self._stage.scene, active=pane))
        if self._stage.scene.own_windows:
            self._display.tell_window()

    def active_pane(self) -> PaneBox:
        """Return the pane that keys act on (its size means nothing): the active, or the first."""
        boxes = self._boxes()
        return next((b for b in boxes if b.number == self._stage.scene.active), boxes[0])

    def active_slices(self) -> PaneBox | None:
        """Return the active pane if it shows slices, otherwise the first one that does."""
        slices = [b for b in self._boxes() if b.spec.content.is_slice]
        active = [b for b in slices if b.number == self._stage.scene.active]
        return next(iter((*active, *slices)), None)

    def activate_pane(self, steps: int) -> None:
        """Go on to another pane in the layout's order, round the ends; also while maximised."""
        scene = self._stage.scene
        count = len(scene.layout.panes)
        number = (self.active_pane().number + steps) % count
        if scene.maximised is not None:
            self._stage.scene = replace(scene, maximised=number)
        self.activate(number)

    def maximise(self, number: int | None) -> None:
        """Let one pane fill the desk, or show all again with ``None``."""
        self._stage.put(None, replace(self._stage.scene, maximised=number))

    def toggle_maximised(self) -> None:
        """Fill the desk with the active pane, or show all again."""
        alone = self._stage.scene.maximised is not None
        self.maximise(None if alone else self.active_pane().number)

    def _boxes(self) -> list[PaneBox]:
        # Only which panes there are is asked.
        return self._stage.scene.boxes(1000, 1000)
