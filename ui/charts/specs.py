"""Actions of the charts."""

from __future__ import annotations

from ui.actions.plan import GO_TO
from ui.actions.spec import ActionSpec

CHART_SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "charts",
        "View",
        "Charts",
        "Histogram of the chosen lesion, its score, and the volumes of all lesions",
        keys=("G",),
        icon="charts",
        checkable=True,
        section="charts",
    ),
    ActionSpec(
        "go_charts",
        "View",
        "Go to the charts",
        "Give the keyboard to the charts; they are shown if they are hidden",
        keys=("Ctrl+5",),
        section="go",
        submenu=GO_TO,
    ),
)
