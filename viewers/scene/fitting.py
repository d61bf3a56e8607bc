"""Which series may be shown in which pane, and which series every pane shows."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.space.volume import Quantity, Volume
from app.core.study.study import Study
from viewers.colour.display import SUV_QUANTITIES
from viewers.scene.followers import scene_of, study_with
from viewers.scene.scene import Scene
from viewers.space.layouts import Content

#: What a PET may hold.
_PET = (*SUV_QUANTITIES, Quantity.BQML, Quantity.COUNTS)
#: What a pane takes, by what it shows; a fused pane takes one of its two images.
_TAKES = {
    Content.CT: (Quantity.HU, Quantity.MR),
    Content.MR: (Quantity.MR,),
    Content.PET: _PET,
    Content.MIP: _PET,
    Content.FUSED: (*_PET, Quantity.HU),
}
#: What panes are called in a sentence.
_PANES = {
    Content.CT: "CT",
    Content.MR: "MR",
    Content.PET: "PET",
    Content.MIP: "MIP",
    Content.FUSED: "fused",
}
_A_CT, _AN_MR, _A_PET, _OTHER_KIND = "a CT", "an MR", "a PET", "another kind of image"

PANE_GONE = "The pane is no longer there."
ONLY_ACTIVE = "The 3D pane shows the active study only."
ONLY_DERIVED = "A pane for derived images shows only the derived image and its original."
NOT_FUSED_KIND = "A fused pane takes a PET or a CT, and this series is {0}."
WRONG_KIND = "This series is {0}: it does not fit a {1} pane. Drop it on another pane."
OTHER_STUDY = "Only images of one study are fused; this series belongs to another study."
NOTHING_TO_FUSE = "The study has no {0} to fuse this series with."
NOT_ALIGNED = "PET and CT have different frames of reference or do not overlap: not fused."

#: All words of a `Reason`, for those who translate them (context ``fitting``).
WORDS = (
    *(PANE_GONE, ONLY_ACTIVE, ONLY_DERIVED, NOT_FUSED_KIND, WRONG_KIND, OTHER_STUDY),
    *(NOTHING_TO_FUSE, NOT_ALIGNED, *_PANES.values(), _A_CT, _AN_MR, _A_PET, _OTHER_KIND),
)


@dataclass(frozen=True)
class Reason:
    """Why a pane cannot show a series: a sentence in English, and the words for its ``{0}``.

    `viewers.paint.words.in_words` says it in the reader's language.
    """

    sentence: str
    words: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Say it in English."""
        return self.sentence.format(*self.words)


def why_not(content: Content, study: Study, image: Volume, usual: Study | None) -> Reason | None:
    """Say why a pane cannot show a series of a study, or return ``None`` where it can.

    Parameters
    ----------
    content
        What the pane is for.
    study
        The open study that the series belongs to.
    image
        The series.
    usual
        The study that the pane shows now.
    """
    if content is Content.SURFACE:
        return Reason(ONLY_ACTIVE)
    if content not in _PANES:
        return Reason(ONLY_DERIVED)
    if image.quantity not in _TAKES[content]:
        if content is Content.FUSED:
            return Reason(NOT_FUSED_KIND, (_kind(image),))
        return Reason(WRONG_KIND, (_kind(image), _PANES[content]))
    if content is not Content.FUSED:
        return None
    # Only images of one study are laid over each other.
    # A study is another one with a series in another's place where both list the same series.
    if usual is not None and usual.series is not study.series:
        return Reason(OTHER_STUDY)
    fused = study_with(study, image)
    if fused.pet is None or fused.ct is None:
        return Reason(NOTHING_TO_FUSE, ("PET" if fused.pet is None else "CT",))
    return None if fused.aligned else Reason(NOT_ALIGNED)


def shown_where(scene: Scene) -> dict[tuple[int, str], tuple[str, ...]]:
    """Names of the panes that show each series.

    Returns
    -------
    dict
        By ``id`` of the open study and series UID: names such as ``CT axial``, each once.
    """
    found: dict[tuple[int, str], dict[str, None]] = {}
    # The size does not matter: only which panes there are.
    for box in scene.boxes(1000, 1000):
        owner = scene_of(scene, box)
        origin = getattr(owner, "origin", None) or owner.study
        if origin is None:
            continue
        content, base = box.spec.content, owner.base(box.spec.content)
        name = "MIP" if base is Content.MIP else f"{_NAMES.get(base, base)} {box.spec.plane}"
        images: list[Volume | None] = []
        if base in (Content.PET, Content.MIP, Content.FUSED):
            images.append(owner.pet)
        if base in (Content.CT, Content.FUSED):
            images.append(owner.ct_of(content))
        for image in images:
            if image is not None:
                found.setdefault((id(origin), image.series_uid), {})[name] = None
    return {key: tuple(names) for key, names in found.items()}


_NAMES = {Content.CT: "CT", Content.PET: "PET", Content.FUSED: "fused"}


def _kind(image: Volume) -> str:
    if image.quantity is Quantity.HU:
        return _A_CT
    if image.quantity is Quantity.MR:
        return _AN_MR
    return _A_PET if image.quantity in _PET else _OTHER_KIND
