"""Actions for time frames and gates, and for pictures of screens: rows of the action table."""

from __future__ import annotations

#: Name, menu, text, tooltip, shortcuts, icon and whether it can be checked.
PHASE_SPECS: tuple[tuple[str, str, str, str, tuple[str, ...], str, bool], ...] = (
    (
        "phase_previous",
        "View",
        "Previous time frame or gate",
        "Show the time frame or gate before, round the ends",
        ("<",),
        "previous",
        False,
    ),
    (
        "phase_next",
        "View",
        "Next time frame or gate",
        "Show the time frame or gate after, round the ends",
        (">",),
        "next",
        False,
    ),
    (
        "phase_mean",
        "View",
        "Mean of time frames or gates",
        "Show the mean of all time frames or gates, weighted by their durations",
        ("Ctrl+Alt+M",),
        "",
        True,
    ),
    (
        "pictures",
        "View",
        "Pictures of screens…",
        "Look at the secondary captures that came with the study",
        ("Ctrl+Shift+I",),
        "",
        False,
    ),
)
