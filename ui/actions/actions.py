"""The actions of the window, made from the tables that capabilities hand in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence

from ui.actions.plan import check_place, in_order
from ui.actions.situation import Situation
from ui.actions.spec import ActionSpec
from ui.kit.theme import icon

_NATIVE = QKeySequence.SequenceFormat.NativeText


class Actions(QObject):
    """Makes actions, gives them keys, and enables those that the situation allows.

    Nobody else enables an action: what one needs stands in its row (`ActionSpec.when`,
    `ActionSpec.why_not`).

    Signals
    -------
    changed()
        There are other actions than before.
    """

    changed = Signal()

    def __init__(self, parent: QObject, specs: Iterable[ActionSpec] = ()) -> None:
        super().__init__(parent)
        self._specs: dict[str, ActionSpec] = {}
        self._reasons: dict[str, str] = {}
        self._situation = Situation()
        self.by_name: dict[str, QAction] = {}
        self.add(specs)

    @property
    def specs(self) -> tuple[ActionSpec, ...]:
        """The rows of all actions, in the order of the menus."""
        return in_order(self._specs.values())

    def add(self, specs: Iterable[ActionSpec]) -> None:
        """Make actions.

        Raises
        ------
        ValueError
            If there is an action of that name, or no such place in the menus.
        """
        for spec in specs:
            if spec.name in self._specs:
                raise ValueError(f"there is an action {spec.name} already")
            check_place(spec)
            self._specs[spec.name] = spec
            self.by_name[spec.name] = self._make(spec)
            self._show_one(spec)
            self._show_tip(spec.name)
        self.changed.emit()

    def remove(self, names: Iterable[str]) -> None:
        """Take actions away, with their keys and their places in menus."""
        gone = [self.by_name.pop(name) for name in names]
        for action in gone:
            del self._specs[action.objectName()]
            self._reasons.pop(action.objectName(), None)
        self.changed.emit()
        for action in gone:
            for widget in action.associatedObjects():
                if hasattr(widget, "removeAction"):
                    widget.removeAction(action)
            action.setParent(None)
            action.deleteLater()

    def __contains__(self, name: object) -> bool:
        return name in self.by_name

    def __getitem__(self, name: str) -> QAction:
        return self.by_name[name]

    def trigger(self, name: str) -> None:
        """Do an action of another capability, where the window has it and it can be used."""
        if name in self.by_name:
            self.by_name[name].trigger()

    def spec(self, name: str) -> ActionSpec:
        """Return the row of an action."""
        return self._specs[name]

    def title(self, action: QAction) -> str:
        """Return what an action is called in lists: its own text, whatever it says just now."""
        return self._specs[action.objectName()].title

    # Keys and enablement

    def set_keys(self, name: str, keys: Sequence[QKeySequence]) -> None:
        """Give an action its keys, and say them in its tooltip."""
        self.by_name[name].setShortcuts(keys)
        self._show_tip(name)

    def show(self, situation: Situation) -> None:
        """Enable exactly the actions that can be used now; the others say why not."""
        self._situation = situation
        for spec in self._specs.values():
            self._show_one(spec)

    def _show_one(self, spec: ActionSpec) -> None:
        obstacle = spec.obstacle(self._situation)
        self.by_name[spec.name].setEnabled(obstacle is None)
        if self._reasons.get(spec.name, "") != (obstacle or ""):
            self._reasons[spec.name] = obstacle or ""
            self._show_tip(spec.name)

    def _show_tip(self, name: str) -> None:
        action, tip = self.by_name[name], self._specs[name].shown_tip
        keys = " / ".join(key.toString(_NATIVE) for key in action.shortcuts())
        said = f"{tip}  ({keys})" if keys else tip
        action.setToolTip(self._reasons.get(name) or said)

    def _make(self, spec: ActionSpec) -> QAction:
        action = QAction(spec.shown_text, self.parent())
        action.setObjectName(spec.name)
        action.setShortcuts([QKeySequence(key) for key in spec.keys])
        action.setStatusTip(spec.shown_tip)
        action.setCheckable(spec.checkable)
        if spec.values:
            action.setData(spec.values)
        if spec.icon:
            action.setIcon(icon(spec.icon))
        return action
