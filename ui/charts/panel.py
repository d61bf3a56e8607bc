"""The panel of charts, which are made when it is first seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

if TYPE_CHECKING:
    from ui.charts.plots import Plots


class ChartsPanel(QWidget):
    """Holds the charts, which are made when the panel is first seen.

    Signals
    -------
    made()
        The charts are there and want their contents.
    """

    made = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumHeight(150)
        self.plots: Plots | None = None
        #: A chart of another part.
        self._beside: QWidget | None = None
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)

    def showEvent(self, event: QShowEvent) -> None:
        """Import pyqtgraph and make the charts, once."""
        super().showEvent(event)
        if self.plots is None:
            from ui.charts.plots import Plots

            self.plots = Plots()
            self._row.insertWidget(0, self.plots.widget, 3)
        self.made.emit()

    def show_beside(self, chart: QWidget | None, *, alone: bool = False) -> None:
        """Show another part's chart beside these (``alone``: in their place), or none.

        Without one these are as if it had never been. It is this panel's from then on.
        """
        if self.plots is None:
            return
        if chart is not None and chart is not self._beside:
            if self._beside is not None:
                self._beside.hide()
            self._row.addWidget(chart, 1)
            self._beside = chart
        if self._beside is not None:
            self._beside.setVisible(chart is not None)
        self.plots.widget.setVisible(chart is None or not alone)

    def remove_beside(self) -> None:
        """Take another part's chart away for good."""
        self.show_beside(None)
        if self._beside is not None:
            self._row.removeWidget(self._beside)
            self._beside.deleteLater()
            self._beside = None
