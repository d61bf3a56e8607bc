"""The capabilities of a window: made in the order of the list, closed in reverse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QObject

from ui.frame.capability import Capability, Frame


class Capabilities(QObject):
    """Makes docks and controllers of capabilities, and undoes them.

    Parameters
    ----------
    frame
        What each controller is handed. Its actions hold those of the capabilities already: the
        welcome page, which is older than any controller, shows some.
    capabilities
        In the order of making.
    """

    def __init__(self, frame: Frame, capabilities: Sequence[Capability]) -> None:
        super().__init__(frame.window)
        self._frame = frame
        self._deaf: list[Callable[[], None]] = []
        self._unlist: dict[str, Callable[[], None]] = {}
        self._start(capabilities)

    def add(self, capability: Capability) -> None:
        """Make one capability more."""
        self._frame.actions.add(capability.actions)
        self._start((capability,))

    def remove(self, name: str) -> None:
        """Take a capability away: controller, docks, menu entries, actions.

        Raises
        ------
        KeyError
            If there is none of that name.
        """
        in_use = self._frame.in_use
        capability, controller = in_use.capabilities.pop(name), in_use.controllers.pop(name)
        controller.close()
        controller.deleteLater()
        for spec in capability.docks:
            self._unlist.pop(spec.name, _nothing)()
            self._frame.docks.remove(spec.name)
        self._frame.actions.remove(x.name for x in capability.actions)
        self._frame.refresh()

    def close(self) -> None:
        """Close all controllers, the last first."""
        self._stop_listening()
        for controller in reversed(self._frame.in_use.controllers.values()):
            controller.close()

    def _start(self, capabilities: Sequence[Capability]) -> None:
        frame = self._frame
        for capability in capabilities:
            if capability.name in frame.in_use.capabilities:
                raise ValueError(f"there is a capability {capability.name} already")
            frame.in_use.capabilities[capability.name] = capability
            self._make_docks(capability)
        for capability in capabilities:
            frame.in_use.controllers[capability.name] = capability.make(frame)
        # Behind the controllers, so that the actions are judged by what those know then.
        self._stop_listening()
        self._deaf = [event.connect(self._on_event) for event in self._events()]
        frame.refresh()

    def _make_docks(self, capability: Capability) -> None:
        frame = self._frame
        for spec in capability.docks:
            dock = frame.docks.add(spec, spec.make_panel(frame.actions))
            if spec.listed:
                entry = (dock.toggleViewAction(),)
                self._unlist[spec.name] = frame.menus.put("View", "docks", entry)
            if spec.go_to:
                name = spec.name
                frame.actions[spec.go_to].triggered.connect(
                    lambda _=False, name=name: frame.docks.wanted.emit(name)
                )

    def _events(self) -> tuple[Any, ...]:
        session = self._frame.session
        return (
            session.studies.active_changed,
            session.studies.list_changed,
            session.studies.comparison_changed,
            session.alignment.placed,
            session.results.changed,
            session.results.lesions_changed,
            session.derived.changed,
            session.derived.values_changed,
            session.results.saliency_changed,
            session.history.changed,
            session.measuring.changed,
        )

    def _on_event(self, *_: object) -> None:
        self._frame.refresh()

    def _stop_listening(self) -> None:
        for stop in self._deaf:
            stop()
        self._deaf = []


def _nothing() -> None:
    """Undo nothing."""
