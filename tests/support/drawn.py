"""Which panes are drawn anew: the pictures that are made, as they are made."""

from __future__ import annotations

import pytest

from viewers.paint.pictures import PictureMaker
from viewers.scene.scene import Scene
from viewers.space.geometry import PaneView, Plane
from viewers.space.layouts import Content


def watch_pictures(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Content, Plane]]:
    """Return a list to which every picture of slices, or of a MIP, adds itself when it is made."""
    made: list[tuple[Content, Plane]] = []
    slices, mip = PictureMaker.slice_picture, PictureMaker.mip_picture

    def slice_picture(
        maker: PictureMaker, scene: Scene, content: Content, view: PaneView
    ) -> object:
        made.append((content, view.plane))
        return slices(maker, scene, content, view)

    def mip_picture(maker: PictureMaker, scene: Scene, view: PaneView) -> object:
        made.append((Content.MIP, view.plane))
        return mip(maker, scene, view)

    monkeypatch.setattr(PictureMaker, "slice_picture", slice_picture)
    monkeypatch.setattr(PictureMaker, "mip_picture", mip_picture)
    return made
