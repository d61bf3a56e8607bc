"""What the open study has to show, and which layouts are of use with it."""

from __future__ import annotations

from viewers.scene.scene import Scene
from viewers.space.layouts import Content, Layout


def available(scene: Scene) -> frozenset[Content]:
    """Return the contents that the open study (with its derived image) can fill panes with."""
    study = scene.study
    if study is None:
        return frozenset()
    found: set[Content] = set()
    made_ct = scene.derived_content is Content.CT
    if scene.under is not None or made_ct:
        found.add(Content.CT)
    if study.mr is not None:
        found.add(Content.MR)
    if study.pet is not None:
        found |= {Content.PET, Content.MIP}
        if study.ct is not None or made_ct:
            found.add(Content.FUSED)
    if scene.ct is not None or study.pet is not None:
        found.add(Content.SURFACE)
    if scene.derived is not None:
        found |= {Content.DERIVED, Content.DIFFERENCE}
        if scene.original() is not None:
            found.add(Content.ORIGINAL)
    return frozenset(found)


def is_offered(scene: Scene, layout: Layout, *, always: bool) -> bool:
    """Whether a layout is listed in menus and stepped through.

    One that needs a derived image or an MR which is not there is not, nor is one of which no slice
    pane could be filled; single panes that cannot be filled say why.

    Parameters
    ----------
    scene
        What is open.
    layout
        The layout.
    always
        Whether it is listed whatever is open (but a derived image): the default one and the
        user's own, which must not vanish.
    """
    if layout.needs_derived and scene.derived is None:
        return False
    if always or scene.study is None:
        return True
    there = available(scene)
    if layout.needs((Content.MR,)) and Content.MR not in there:
        return False
    return any(x.content in there and x.content.is_slice for x in layout.panes)
