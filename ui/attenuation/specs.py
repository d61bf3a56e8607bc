"""The action that makes an attenuation map."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from app.core.space.volume import Quantity, Volume
from app.core.study.study import Study
from ui.actions.situation import Situation
from ui.actions.spec import ActionSpec


@dataclass(frozen=True)
class AttenuationState:
    """Whether a map is made just now, and whether there is a synthetic CT to make one of."""

    making: bool = False
    synthetic: bool = False


def ct_of(study: Study | None) -> Volume | None:
    """Return a study's CT if it holds HU."""
    if study is None or study.ct is None or study.ct.quantity is not Quantity.HU:
        return None
    return study.ct


def why_no_map(situation: Situation) -> str:
    """Say why no map can be made now, or return an empty text."""
    state = situation.of(AttenuationState)
    if situation.study is None:
        return _tr("Open a study first.")
    if state.making:
        return _tr("It runs already; the bar below shows how far it is.")
    if ct_of(situation.study) is None and not state.synthetic:
        return _tr("This study has no CT. Open one with it, or make a CT from an MR first.")
    return ""


def _tr(words: str) -> str:
    return QCoreApplication.translate("attenuation", words)


ATTENUATION_SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "attenuation_map",
        "Tools",
        "Attenuation map (511 keV)",
        "Make the map of attenuation coefficients of the CT, or of the synthetic CT that is "
        "compared",
        section="values",
        why_not=why_no_map,
    ),
)
