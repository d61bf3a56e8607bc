"""Names of the desk of former days, until the window speaks to the model; then this file goes."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QWidget

from viewers.desk.listening import Listening
from viewers.paint.words import in_words
from viewers.scene.model import SceneModel

_PARTS = ("layouts", "display", "navigation", "surface", "overlays", "beside")


class OldNames(QWidget):
    """Hands wishes on to the model's parts, and its announcements on as signals."""

    cursor_changed = Signal(object)
    moved = Signal()
    pet_range_changed = Signal(float, float)
    ct_window_changed = Signal(float, float)
    mip_turned = Signal(int)
    layout_changed = Signal(str)
    layouts_changed = Signal()
    display_changed = Signal()
    slab_changed = Signal(object)
    planes_turned = Signal(bool)
    link_changed = Signal()
    shown_changed = Signal()
    series_dropped = Signal(int, str, str)
    probe_changed = Signal(object)
    lesion_clicked = Signal(str)
    pane_menu_wanted = Signal(int, object)

    def __init__(self, model: SceneModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.hand, self.cine = model.tools, model.cine
        self.set_study, self.replace_study = model.set_study, model.replace_study
        listening = Listening(self)
        for part in (model, *(getattr(model, x) for x in _PARTS)):
            for name, event in vars(part).items():
                signal = getattr(self, name, None) if name.endswith(("ed", "wanted")) else None
                if signal is not None and hasattr(signal, "emit"):
                    listening.hold(event, _emitter(signal))

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_"):
            for part in _PARTS:
                if hasattr(getattr(self._model, part), name):
                    return getattr(getattr(self._model, part), name)
        raise AttributeError(name)

    def show_series(self, *args: Any) -> str:
        """Show a series in a pane, and return an empty text, or why not."""
        reason = self._model.beside.show_series(*args)
        return "" if reason is None else in_words(reason)


def _emitter(signal: Any) -> Any:
    def emit(*args: Any) -> None:
        signal.emit(*(QPoint(*x) if isinstance(x, tuple) and len(x) == 2 else x for x in args))

    return emit
