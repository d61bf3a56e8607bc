"""Actions that show reading matter."""

from __future__ import annotations

from ui.actions.spec import ActionSpec

HELP_SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "models",
        "Models",
        "Model cards…",
        "What the networks are, were trained on, and how good they are",
        keys=("Ctrl+M",),
        section="cards",
    ),
    ActionSpec(
        "guide",
        "Help",
        "User guide",
        "Read how the main job is done",
        keys=("F1",),
        section="pages",
    ),
    ActionSpec("about", "Help", "About Uptake", "Version, licence, intended use", section="pages"),
)
