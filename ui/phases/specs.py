"""Actions for time frames and gates."""

from __future__ import annotations

from ui.actions.situation import Situation
from ui.actions.spec import ActionSpec

FRAMES = "Time frames and gates"


def with_phases(situation: Situation) -> bool:
    """Whether the study has time frames or gates."""
    return situation.study is not None and bool(situation.study.phases)


PHASE_SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "phase_previous",
        "View",
        "Previous time frame or gate",
        "Show the time frame or gate before, round the ends",
        keys=("<",),
        icon="previous",
        section="frames",
        submenu=FRAMES,
        when=with_phases,
    ),
    ActionSpec(
        "phase_next",
        "View",
        "Next time frame or gate",
        "Show the time frame or gate after, round the ends",
        keys=(">",),
        icon="next",
        section="frames",
        submenu=FRAMES,
        when=with_phases,
    ),
    ActionSpec(
        "phase_mean",
        "View",
        "Mean of time frames or gates",
        "Show the mean of all time frames or gates, weighted by their durations",
        keys=("Ctrl+Alt+M",),
        checkable=True,
        section="frames",
        submenu=FRAMES,
        when=with_phases,
    ),
)
