"""Which series may be shown in which pane, and which series every pane shows."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

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


def why_not(content: Content, study: Study, image: Volume, usual: Study | None) -> str:
    """Say why a pane cannot show a series of a study, or return an empty text.

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
    names = {
        Content.CT: _tr("CT"),
        Content.MR: _tr("MR"),
        Content.PET: _tr("PET"),
        Content.MIP: _tr("MIP"),
        Content.FUSED: _tr("fused"),
    }
    if content is Content.SURFACE:
        return _tr("The 3D pane shows the active study only.")
    if content not in names:
        return _tr("A pane for derived images shows only the derived image and its original.")
    if image.quantity not in _TAKES[content]:
        kind = _kind(image)
        if content is Content.FUSED:
            return _tr("A fused pane takes a PET or a CT, and this series is {0}.").format(kind)
        said = _tr("This series is {0}: it does not fit a {1} pane. Drop it on another pane.")
        return said.format(kind, names[content])
    if content is not Content.FUSED:
        return ""
    # Only images of one study are laid over each other.
    if usual is not None and usual is not study and not _same_series(usual, study):
        return _tr("Only images of one study are fused; this series belongs to another study.")
    fused = study_with(study, image)
    if fused.pet is None or fused.ct is None:
        missing = "PET" if fused.pet is None else "CT"
        return _tr("The study has no {0} to fuse this series with.").format(missing)
    if not fused.aligned:
        return _tr("PET and CT have different frames of reference or do not overlap: not fused.")
    return ""


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
        return _tr("a CT")
    if image.quantity is Quantity.MR:
        return _tr("an MR")
    return _tr("a PET") if image.quantity in _PET else _tr("another kind of image")


def _same_series(a: Study, b: Study) -> bool:
    """Whether a study is another with one of its series in another's place."""
    return a.series is b.series


def _tr(words: str) -> str:
    return QCoreApplication.translate("fitting", words)
