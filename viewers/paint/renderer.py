"""Draws a scene: pictures, outlines and writing of every pane, and the crosshair over them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QPaintDevice,
    QPainter,
    QPen,
    QRegion,
)

from app.core.kit.errors import KnownError
from app.core.study.study import Study
from viewers.colour.palettes import Packed, palette
from viewers.paint import annotate, bands
from viewers.paint.annotate import ON_DARK, ON_LIGHT, Style
from viewers.paint.crosshair import cross_of, crosshair_px, draw_cross, draw_handles
from viewers.paint.mark_painter import MarkPainter
from viewers.paint.overlays import OverlayPainter
from viewers.paint.pictures import PictureMaker
from viewers.paint.surface_pane import surface_picture
from viewers.paint.surface_render import SurfaceRenderer
from viewers.paint.swipe_line import draw_line
from viewers.paint.texts import colour_bar, pane_corners
from viewers.scene.empty import NOTHING_OPEN, why_empty
from viewers.scene.followers import FollowerScene, follower_of, scene_of
from viewers.scene.scene import PaneBox, Scene
from viewers.scene.shown import PaneShown, shown_in
from viewers.space.geometry import direction_letters
from viewers.space.layouts import Content

FloatArray = npt.NDArray[np.float64]

DESK_COLOUR = QColor(22, 25, 30)
EMPTY_COLOUR = QColor(14, 16, 20)
BORDER_COLOUR = QColor(44, 50, 58)
ACTIVE_COLOUR = QColor(74, 158, 255)


@dataclass(frozen=True, eq=False)
class _Layer:
    """A pane as it was drawn, and all that it was drawn from: the value, and the font's height.

    ``doubt`` is where its mark of doubt lies, in logical pixels from the pane's corner.
    """

    shown: PaneShown
    lowest_px: int
    image: QImage
    doubt: QRectF | None = None


@dataclass(frozen=True, eq=False)
class _Makers:
    """What makes the pictures of one study, and keeps what the next of them needs again."""

    origin: Study | None
    pictures: PictureMaker = field(default_factory=PictureMaker)
    overlays: OverlayPainter = field(default_factory=OverlayPainter)


class SceneRenderer:
    """Draws scenes with any painter, and keeps what it drew.

    Every pane has one layer (picture, overlays, writing), drawn from a `PaneShown` alone, and again
    only where that is another than before; the crosshair goes over it. A scroll step in one plane
    therefore redraws the panes of that plane and only moves lines elsewhere. The layer of the other
    side of a flicker (original or derived, before or after an alignment) is kept too, so that going
    to and fro draws nothing.

    Parameters
    ----------
    writing
        Whether to write texts, letters and bars, and to draw the crosshair. The mark of derived
        images is always written.
    crosshair
        Whether to draw the crosshair, where there is writing.
    """

    def __init__(self, *, writing: bool = True, crosshair: bool = True) -> None:
        self._writing, self._crosshair = writing, writing and crosshair
        self._marks = MarkPainter()
        self._surfaces = SurfaceRenderer()
        #: By follower; ``None`` is the active study.
        self._makers: dict[int | str | None, _Makers] = {}
        self._layers: dict[int, _Layer] = {}
        #: The layers that a flicker goes back to.
        self._behind: dict[int, _Layer] = {}
        self._lowest_px = 0
        self._font = QFont()

    def paint(
        self, painter: QPainter, scene: Scene, width: int, height: int, scale: float = 1.0
    ) -> None:
        """Draw the whole desk; ``scale`` is device pixels per logical pixel."""
        painter.fillRect(0, 0, width, height, DESK_COLOUR)
        if scene.study is None:
            painter.fillRect(0, 0, width, height, EMPTY_COLOUR)
            annotate.draw_message(painter, width, height, *NOTHING_OPEN)
            return
        boxes = scene.boxes(width, height)
        # One size of writing and bars on the desk: that of its lowest pane.
        self._lowest_px = min(box.height for box in boxes)
        self._font = annotate.pane_font(self._lowest_px)
        self._let_go(scene, {box.number for box in boxes})
        for box in boxes:
            self._paint_pane(painter, scene, box, scale)

    def _let_go(self, scene: Scene, numbers: set[int]) -> None:
        """Forget panes and followers that are gone, and a derived image's side of a flicker."""
        self._layers = {n: x for n, x in self._layers.items() if n in numbers}
        kept = (None, scene.derived)
        self._behind = {
            n: x for n, x in self._behind.items() if n in numbers and x.shown.scene.derived in kept
        }
        self._makers = {k: x for k, x in self._makers.items() if k is None or k in scene.followers}

    def forget(self) -> None:
        """Let go of every image and picture: another study is shown, or none."""
        self._makers.clear()
        self._layers.clear()
        self._behind.clear()

    def close(self) -> None:
        """Free what VTK holds, on the thread that drew; it can draw again after that."""
        self._surfaces.close()

    def doubt_at(self, box: PaneBox, x: float, y: float) -> bool:
        """Whether a place in the desk (logical pixels) is on a pane's mark of doubt, as drawn."""
        layer = self._layers.get(box.number)
        if layer is None or layer.doubt is None or layer.shown.box != box:
            return False
        return layer.doubt.contains(QPointF(x - box.x, y - box.y))

    def _paint_pane(self, painter: QPainter, main: Scene, box: PaneBox, scale: float) -> None:
        scene = scene_of(main, box)
        makers = self._makers_of(main, scene, box)
        painter.drawImage(box.x, box.y, self._layer(shown_in(main, box, scale), makers))
        if self._crosshair:
            self._draw_crosshair(painter, scene, box)
        if why_empty(scene, box.spec.content) is None:
            painter.setFont(self._font)
            light = style_of(scene, box.spec.content) is ON_LIGHT
            self._marks.paint(painter, scene, box, on_light=light)
        active = box.number == main.active
        painter.setPen(QPen(ACTIVE_COLOUR if active else BORDER_COLOUR, 1))
        painter.drawRect(QRectF(box.x + 0.5, box.y + 0.5, box.width - 1, box.height - 1))

    def _makers_of(self, main: Scene, scene: Scene, box: PaneBox) -> _Makers:
        key = follower_of(main, box)
        origin = scene.origin if isinstance(scene, FollowerScene) else None
        found = self._makers.get(key)
        if found is None or found.origin is not origin:
            found = self._makers[key] = _Makers(origin)
        return found

    def _layer(self, shown: PaneShown, makers: _Makers) -> QImage:
        number = shown.box.number
        layer, behind = self._layers.get(number), self._behind.get(number)
        if layer is not None and self._is(layer, shown):
            return layer.image
        if layer is not None and flickers(layer.shown, shown):
            self._behind[number] = layer
        if behind is None or not self._is(behind, shown):
            behind = _Layer(shown, self._lowest_px, *self._draw_layer(shown, makers))
        self._layers[number] = behind
        return behind.image

    def _is(self, layer: _Layer, shown: PaneShown) -> bool:
        return layer.lowest_px == self._lowest_px and layer.shown == shown

    def _draw_layer(self, shown: PaneShown, makers: _Makers) -> tuple[QImage, QRectF | None]:
        message = why_empty(shown.scene, shown.content)
        if message is None:
            try:
                image = self._bare_picture(shown, makers)
            except KnownError as error:
                message = error.sentence, error.next_step
        if message is not None:
            return self._message(shown, message), None
        with painting(image) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._draw_overlays(painter, shown, makers)
        image.setDevicePixelRatio(shown.scale)
        with painting(image) as painter:
            painter.setFont(self._font)
            taken = bands.draw_patient_mark(painter, shown.box.width, shown.scene.patient_mark)
            painter.translate(0, taken)
            if self._writing:
                doubt = self._draw_writing(painter, shown, taken)
            else:
                doubt = self._draw_marks(painter, shown, 0, 0.0)
        return image, None if doubt is None else doubt.translated(0, taken)

    def _message(self, shown: PaneShown, message: tuple[str, str]) -> QImage:
        view, box = shown.view, shown.box
        image = QImage(view.width_px, view.height_px, QImage.Format.Format_RGB32)
        image.fill(EMPTY_COLOUR)
        image.setDevicePixelRatio(shown.scale)
        with painting(image) as painter:
            annotate.draw_message(painter, box.width, box.height, *message)
            painter.setFont(self._font)
            bands.draw_patient_mark(painter, box.width, shown.scene.patient_mark)
        return image

    def _bare_picture(self, shown: PaneShown, makers: _Makers) -> QImage:
        scene, view = shown.scene, shown.view
        if shown.content is Content.SURFACE:
            return qimage(surface_picture(self._surfaces, scene, view))
        if shown.content is Content.MIP:
            return qimage(makers.pictures.mip_picture(scene, view))
        return qimage(makers.pictures.slice_picture(scene, shown.content, view))

    def _draw_overlays(self, painter: QPainter, shown: PaneShown, makers: _Makers) -> None:
        scene, content, view = shown.scene, shown.content, shown.view
        if content is Content.SURFACE:
            return
        point, pictures = scene.position(content), makers.pictures
        if scene.overlays.show_uncertainty:
            colours = pictures.uncertainty_picture(scene, view, point)
            if colours is not None:
                painter.drawImage(0, 0, qimage(colours, clear=True))
        if scene.overlays.show_saliency:
            if content is Content.MIP:
                colours = pictures.saliency_mip_picture(scene, view)
            else:
                colours = pictures.saliency_picture(scene, view, point)
            if colours is not None:
                painter.drawImage(0, 0, qimage(colours, clear=True))
        makers.overlays.paint(painter, scene, content, view, shown.scale)

    def _draw_writing(
        self, painter: QPainter, shown: PaneShown, taken_px: int = 0
    ) -> QRectF | None:
        scene, box, content = shown.scene, shown.box, shown.content
        style, view = style_of(scene, content), shown.letters_view
        draw_line(painter, scene, box)
        size = (box.width, box.height - taken_px)
        right, down = _directions(shown)
        letters = tuple(direction_letters(d) for d in (-right, right, -down, down))
        annotate.draw_letters(
            painter, *size, (letters[0], letters[1], letters[2], letters[3]), style
        )
        annotate.draw_scale_bar(painter, *size, view.mm_per_px, style)
        kept_px = self._draw_colour_bar(painter, shown)
        corners, room = pane_corners(shown), annotate.corner_rows(painter, box.height)
        annotate.draw_corners(painter, *size, corners, style, kept_px)
        rows = len(annotate.fit_lines(corners.top_left, room))
        doubt = self._draw_marks(painter, shown, rows, kept_px)
        over = scene.overlays
        if over.saliency is not None and over.show_saliency and content is not Content.SURFACE:
            rows = len(annotate.fit_lines(corners.bottom_left, room))
            title = over.saliency_title
            annotate.draw_legend(painter, size, palette("green"), title, rows, style)
        return doubt

    def _draw_colour_bar(self, painter: QPainter, shown: PaneShown) -> float:
        bar = colour_bar(shown.scene, shown.content)
        if bar is None:
            return 0.0
        at, style = (shown.box.width, self._lowest_px), style_of(shown.scene, shown.content)
        return annotate.draw_colour_bar(painter, at, *bar, style)

    def _draw_marks(
        self, painter: QPainter, shown: PaneShown, rows: int, kept_px: float
    ) -> QRectF | None:
        """Write the marks below the corner's rows; return where that of doubt lies."""
        top = annotate.MARGIN_PX + rows * QFontMetricsF(painter.font()).height()
        room = shown.box.width - kept_px
        # A low pane has no height to spare: there the title is cut beside the word.
        low = annotate.corner_rows(painter, shown.box.height) < 3
        for word, title in bands.pane_marks(shown.scene, shown.content):
            top = 2 + bands.draw_mark(painter, word, title, top, room, two_lines=not low)
        doubt = bands.doubt_mark(shown.scene, shown.content)
        return None if doubt is None else bands.draw_doubt(painter, doubt, top, room)

    def _draw_crosshair(self, painter: QPainter, scene: Scene, box: PaneBox) -> None:
        at = crosshair_px(scene, box)
        if at is None:
            return
        painter.save()
        painter.setClipRegion(self._free_of_doubt(box))
        painter.translate(box.x, box.y)
        cross = cross_of(scene, box, at)
        # The lines end before the orientation letters, which stand in the middle of the edges.
        rim = annotate.MARGIN_PX + QFontMetricsF(self._font).height()
        band = bands.patient_mark_px(self._font, scene.patient_mark, box.width)
        on_light = style_of(scene, box.spec.content) is ON_LIGHT
        draw_cross(painter, box, cross, rim, band, on_light=on_light)
        if scene.show_handles and box.spec.content.is_slice:
            draw_handles(painter, box, cross)
        painter.restore()

    def _free_of_doubt(self, box: PaneBox) -> QRegion:
        """Return a pane's place without its mark of doubt, which no line may cross out."""
        region, layer = QRegion(box.x, box.y, box.width, box.height), self._layers.get(box.number)
        if layer is None or layer.doubt is None:
            return region
        mark = layer.doubt.translated(box.x, box.y).toAlignedRect().adjusted(-1, -1, 1, 1)
        return region.subtracted(QRegion(mark))


@contextmanager
def painting(device: QPaintDevice) -> Iterator[QPainter]:
    """Paint on an image or a widget, which Qt has back afterwards, whatever happened meanwhile."""
    painter = QPainter(device)
    try:
        yield painter
    finally:
        painter.end()


def flickers(one: PaneShown, other: PaneShown) -> bool:
    """Whether two pictures of a pane are two sides of a flicker.

    One shows a derived image where the other does not, or an image at another place. Followers do
    not flicker.
    """
    if isinstance(one.scene, FollowerScene) or isinstance(other.scene, FollowerScene):
        return False
    derived = one.scene.shows_derived(one.content) != other.scene.shows_derived(other.content)
    return derived or one.scene.study is not other.scene.study


def _directions(shown: PaneShown) -> tuple[FloatArray, FloatArray]:
    """LPS directions to the right and down in a pane."""
    scene, view = shown.scene, shown.letters_view
    if shown.content is Content.MIP and scene.mip is not None:
        return scene.mip.right_lps(scene.mip_number), view.down_lps
    if shown.content is Content.SURFACE:
        return scene.camera.right_lps, scene.camera.down_lps
    return view.right_lps, view.down_lps


def style_of(scene: Scene, content: Content) -> Style:
    """Colours of the writing on a pane."""
    grounds = {Content.PET: scene.palettes.pet, Content.MIP: scene.palettes.mip}
    ground = grounds.get(scene.base(content))
    light = ground is not None and ground.light_ground
    return ON_LIGHT if light and scene.map_kind(content) is None else ON_DARK


def qimage(colours: Packed, *, clear: bool = False) -> QImage:
    """Wrap packed colours [rows, columns] as an image of their own memory."""
    rows, columns = colours.shape
    kinds = QImage.Format
    kind = kinds.Format_ARGB32_Premultiplied if clear else kinds.Format_RGB32
    return QImage(colours.data, columns, rows, columns * 4, kind)
