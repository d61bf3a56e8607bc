"""Draws a scene: pictures, outlines and writing of every pane, and the crosshair over them."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen

from app.core.kit.errors import KnownError
from viewers.colour.palettes import Packed, palette
from viewers.paint import annotate
from viewers.paint.alignment import pane_marks, placement_key
from viewers.paint.annotate import ON_DARK, ON_LIGHT, Style
from viewers.paint.crosshair import cross_of, draw_cross, draw_handles
from viewers.paint.mark_painter import MarkPainter
from viewers.paint.overlays import OverlayPainter
from viewers.paint.pictures import PictureMaker
from viewers.paint.surface_pane import camera_of, surface_key, surface_picture
from viewers.paint.surface_render import SurfaceRenderer
from viewers.paint.swipe_line import draw_line
from viewers.paint.texts import colour_bar, is_compared, link_words, pane_corners
from viewers.scene.empty import NOTHING_OPEN, why_empty
from viewers.scene.followers import COMPARISON, scene_of
from viewers.scene.scene import MapKind, PaneBox, Scene
from viewers.scene.windowing import pane_scene
from viewers.space.geometry import PaneView, direction_letters
from viewers.space.layouts import Content

DESK_COLOUR = QColor(22, 25, 30)
EMPTY_COLOUR = QColor(14, 16, 20)
BORDER_COLOUR = QColor(44, 50, 58)
ACTIVE_COLOUR = QColor(74, 158, 255)


@dataclass(eq=False)
class _Layer:
    key: tuple[object, ...]
    image: QImage
    #: Which side of a flicker it shows: original or derived, and where the CT lies.
    side: tuple[object, ...]


class SceneRenderer:
    """Draws a scene with any painter, and keeps what it drew.

    Every pane has one layer (picture, overlays, writing) that is drawn again only when something
    in it changed; the crosshair goes over it. A scroll step in one plane therefore redraws the
    panes of that plane and only moves lines elsewhere. The layer of the other side of a flicker
    (original or derived, before or after an alignment) is kept too, so that going to and fro draws
    nothing.

    Parameters
    ----------
    scene
        What to draw.
    crosshair
        Whether to draw the crosshair, where there is writing.
    writing
        Whether to write texts, letters and bars, and to draw the crosshair. The mark of derived
        images is always written.
    """

    def __init__(self, scene: Scene, *, writing: bool = True, crosshair: bool = True) -> None:
        self.scene = scene
        self._writing, self._crosshair = writing, writing and crosshair
        self._pictures = PictureMaker()
        self._overlays = OverlayPainter()
        self._marks = MarkPainter()
        self._surfaces = SurfaceRenderer()
        self._layers: dict[int, _Layer] = {}
        #: The layers that a flicker goes back to.
        self._behind: dict[int, _Layer] = {}
        self._others: dict[int | str, SceneRenderer] = {}
        self._study_version = -1
        self._lowest_px = 0
        self._font = QFont()

    def paint(self, painter: QPainter, width: int, height: int, scale: float = 1.0) -> None:
        """Draw the whole desk; ``scale`` is device pixels per logical pixel."""
        scene = self.scene
        if self._study_version != scene.study_version:
            self._pictures.clear()
            self._layers.clear()
            self._behind.clear()
            self._study_version = scene.study_version
        painter.fillRect(0, 0, width, height, DESK_COLOUR)
        if scene.study is None:
            painter.fillRect(0, 0, width, height, EMPTY_COLOUR)
            annotate.draw_message(painter, width, height, *NOTHING_OPEN)
            return
        boxes = scene.boxes(width, height)
        # One size of writing and bars on the desk: that of its lowest pane.
        self._lowest_px = min(box.height for box in boxes)
        self._font = annotate.pane_font(self._lowest_px)
        shown = {box.number for box in boxes}
        self._layers = {n: x for n, x in self._layers.items() if n in shown}
        flickers = scene.derived is not None or scene.placements > 0
        self._behind = {n: x for n, x in self._behind.items() if n in shown and flickers}
        for box in boxes:
            self._of_pane(box)._paint_pane(painter, box, scale)
        self._others = {k: x for k, x in self._others.items() if k in scene.followers}

    def forget(self) -> None:
        """Let go of every image and picture: no study is open."""
        self._pictures.clear()
        self._overlays = OverlayPainter()
        self._layers.clear()
        self._behind.clear()
        self._others.clear()

    def _of_pane(self, box: PaneBox) -> SceneRenderer:
        """Return what draws a pane: for another study or series a renderer of its scene."""
        scene = scene_of(self.scene, box)
        if scene is self.scene:
            return self
        key = box.number if box.number in self.scene.followers else COMPARISON
        found = self._others.get(key)
        if found is None or found.scene is not scene:
            found = SceneRenderer(scene, writing=self._writing, crosshair=self._crosshair)
            self._others[key] = found
        if found._study_version != scene.study_version:
            found._pictures.clear()
            found._study_version = scene.study_version
        found._lowest_px, found._font = self._lowest_px, self._font
        return found

    def _paint_pane(self, painter: QPainter, box: PaneBox, scale: float) -> None:
        scene = self.scene
        # A pane that is not linked is drawn as if its window were that of the scene.
        self.scene = pane_scene(scene, box.number)
        painter.drawImage(box.x, box.y, self._layer(box, scale))
        self.scene = scene
        if self._crosshair:
            self._draw_crosshair(painter, box)
        if why_empty(scene, box.spec.content) is None:
            painter.setFont(self._font)
            light = style_of(scene, box.spec.content) is ON_LIGHT
            self._marks.paint(painter, scene, box, on_light=light)
        self._draw_border(painter, box)

    def close(self) -> None:
        """Free what VTK holds, on the thread that drew; it can draw again after that."""
        self._surfaces.close()

    def _layer(self, box: PaneBox, scale: float) -> QImage:
        scene = self.scene
        view = scene.pane_view(box.spec, box.width, box.height, scale)
        key = (box, scale, view, self._lowest_px, scene.study_version, *self._depends_on(box, view))
        layer, behind = self._layers.get(box.number), self._behind.get(box.number)
        if layer is not None and layer.key == key:
            return layer.image
        side = (scene.shows_derived(box.spec.content), *placement_key(scene))
        if layer is not None and layer.side != side:
            self._behind[box.number] = layer
        if behind is None or behind.key != key:
            behind = _Layer(key, self._draw_layer(box, view, scale), side)
        self._layers[box.number] = behind
        return behind.image

    def _depends_on(self, box: PaneBox, view: PaneView) -> tuple[object, ...]:
        """Everything besides the view that a pane's layer is made of."""
        scene, content = self.scene, box.spec.content
        said = (scene.patient_mark, is_compared(scene), link_words(scene))
        overlays = (scene.overlay_version, scene.overlays_hidden, *said)
        if content is Content.MIP:
            shown = (scene.pet_range, scene.palettes.mip, scene.unit)
            return (id(scene.mip), scene.mip_number, *shown, *overlays)
        if content is Content.SURFACE:
            return (*surface_key(scene), *overlays)
        depth_mm = view.depth_mm(scene.position(content))
        base = scene.base(content)
        display: tuple[object, ...] = (depth_mm, scene.slab, scene.show_uncertainty)
        if scene.derived is not None and scene.shows_derived(content):
            display += (scene.derived.id,)
        kind = scene.map_kind(content)
        if kind is not None:
            display += (kind, id(scene.map_volume(kind)), scene.map_limits[kind])
        if base is not Content.PET:
            display += (scene.ct_window, scene.mr_range, placement_key(scene))
        if base is not Content.CT:
            display += (scene.pet_range, scene.palettes)
        if base is Content.FUSED:
            display += (scene.fusion,)
        own = box.number in scene.own_windows
        return (*display, base, scene.unit, own, *overlays)

    def _draw_layer(self, box: PaneBox, view: PaneView, scale: float) -> QImage:
        message = why_empty(self.scene, box.spec.content)
        if message is None:
            try:
                image = self._bare_picture(box.spec.content, view)
            except KnownError as error:
                message = error.sentence, error.next_step
        if message is not None:
            image = QImage(view.width_px, view.height_px, QImage.Format.Format_RGB32)
            image.fill(EMPTY_COLOUR)
            image.setDevicePixelRatio(scale)
            painter = QPainter(image)
            annotate.draw_message(painter, box.width, box.height, *message)
            painter.setFont(self._font)
            annotate.draw_patient_mark(painter, box.width, self.scene.patient_mark)
            painter.end()
            return image
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_overlays(painter, box, view, scale)
        painter.end()
        image.setDevicePixelRatio(scale)
        painter = QPainter(image)
        painter.setFont(self._font)
        taken = annotate.draw_patient_mark(painter, box.width, self.scene.patient_mark)
        painter.translate(0, taken)
        if self._writing:
            self._draw_writing(painter, box, taken)
        else:
            self._draw_marks(painter, box, 0, 0.0)
        painter.end()
        return image

    def _bare_picture(self, content: Content, view: PaneView) -> QImage:
        if content is Content.SURFACE:
            return qimage(surface_picture(self._surfaces, self.scene, view))
        if content is Content.MIP:
            return qimage(self._pictures.mip_picture(self.scene, view))
        return qimage(self._pictures.slice_picture(self.scene, content, view))

    def _draw_overlays(self, painter: QPainter, box: PaneBox, view: PaneView, scale: float) -> None:
        scene, content = self.scene, box.spec.content
        if scene.overlays_hidden or content is Content.SURFACE:
            return
        # A CT that is not aligned has its own positions: nothing of the PET may lie on it.
        apart = scene.space(content) != "pet"
        # Two maps of one palette would be read as one.
        busy = content is Content.MIP or scene.map_kind(content) is MapKind.DEVIATION
        if scene.show_uncertainty and not busy and not apart:
            point = scene.position(content)
            colours = self._pictures.uncertainty_picture(scene, view, point)
            if colours is not None:
                painter.drawImage(0, 0, qimage(colours, clear=True))
        if scene.show_saliency and not apart:
            if content is Content.MIP:
                colours = self._pictures.saliency_mip_picture(scene, view)
            else:
                colours = self._pictures.saliency_picture(scene, view, scene.position(content))
            if colours is not None:
                painter.drawImage(0, 0, qimage(colours, clear=True))
        self._overlays.paint(painter, scene, content, view, scale)

    def _draw_writing(self, painter: QPainter, box: PaneBox, taken_px: int = 0) -> None:
        scene, spec = self.scene, box.spec
        style = style_of(scene, spec.content)
        draw_line(painter, scene, box)
        view = scene.pane_view(spec, box.width, box.height)
        size = (box.width, box.height - taken_px)
        if spec.content is Content.MIP and scene.mip is not None:
            right = scene.mip.right_lps(scene.mip_number)
        else:
            right = view.right_lps
        down = view.down_lps
        if spec.content is Content.SURFACE:
            right, down = camera_of(scene).right_lps, camera_of(scene).down_lps
        letters = tuple(direction_letters(d) for d in (-right, right, -down, down))
        annotate.draw_letters(
            painter, *size, (letters[0], letters[1], letters[2], letters[3]), style
        )
        annotate.draw_scale_bar(painter, *size, view.mm_per_px, style)
        kept_px = self._draw_colour_bar(painter, box)
        corners, room = pane_corners(scene, box), annotate.corner_rows(painter, box.height)
        annotate.draw_corners(painter, *size, corners, style, kept_px)
        rows = len(annotate.fit_lines(corners.top_left, room))
        self._draw_marks(painter, box, rows, kept_px)
        shown = scene.show_saliency and not scene.overlays_hidden
        if scene.saliency is not None and shown and scene.space(spec.content) == "pet":
            rows = len(annotate.fit_lines(corners.bottom_left, room))
            title = scene.saliency_title
            annotate.draw_legend(painter, size, palette("green"), title, rows, style)

    def _draw_colour_bar(self, painter: QPainter, box: PaneBox) -> float:
        scene, content = self.scene, box.spec.content
        shown = colour_bar(scene, content)
        if shown is None:
            return 0.0
        at, style = (box.width, self._lowest_px), style_of(scene, content)
        return annotate.draw_colour_bar(painter, at, *shown, style)

    def _draw_marks(self, painter: QPainter, box: PaneBox, rows: int, kept_px: float) -> None:
        top = annotate.MARGIN_PX + rows * QFontMetricsF(painter.font()).height()
        room = box.width - kept_px
        # A low pane has no height to spare: there the title is cut beside the word.
        low = annotate.corner_rows(painter, box.height) < 3
        for word, title in pane_marks(self.scene, box.spec.content):
            top = 2 + annotate.draw_mark(painter, word, title, top, room, two_lines=not low)

    def _draw_crosshair(self, painter: QPainter, box: PaneBox) -> None:
        at = self.crosshair_px(box)
        if at is None:
            return
        painter.save()
        painter.setClipRect(box.x, box.y, box.width, box.height)
        painter.translate(box.x, box.y)
        cross = cross_of(self.scene, box, at)
        # The lines end before the orientation letters, which stand in the middle of the edges.
        rim = annotate.MARGIN_PX + QFontMetricsF(self._font).height()
        band = annotate.patient_mark_px(self._font, self.scene.patient_mark, box.width)
        on_light = style_of(self.scene, box.spec.content) is ON_LIGHT
        draw_cross(painter, box, cross, rim, band, on_light=on_light)
        if self.scene.show_handles and box.spec.content.is_slice:
            draw_handles(painter, box, cross)
        painter.restore()

    def crosshair_px(self, box: PaneBox) -> tuple[float, float] | None:
        """Place of the crosshair in a pane (logical pixels), or ``None`` where it has none."""
        scene, content = self.scene, box.spec.content
        if why_empty(scene, content) is not None:
            return None
        view = scene.pane_view(box.spec, box.width, box.height)
        point = scene.position(content)
        if content is Content.MIP:
            assert scene.mip is not None
            row, column = scene.mip.project(scene.mip_number, point)
            x, y = mip_to_px(scene, view, float(row), float(column))
        elif content is Content.SURFACE:
            along, below = camera_of(scene).project(point).tolist()
            x, y = (float(v) for v in view.to_px((along, 0.0, -below)))
        else:
            x, y = (float(v) for v in view.to_px(point))
        return x, y

    def _draw_border(self, painter: QPainter, box: PaneBox) -> None:
        active = box.number == self.scene.active
        painter.setPen(QPen(ACTIVE_COLOUR if active else BORDER_COLOUR, 1))
        painter.drawRect(QRectF(box.x + 0.5, box.y + 0.5, box.width - 1, box.height - 1))


def style_of(scene: Scene, content: Content) -> Style:
    """Colours of the writing on a pane."""
    grounds = {Content.PET: scene.palettes.pet, Content.MIP: scene.palettes.mip}
    ground = grounds.get(scene.base(content))
    light = ground is not None and ground.light_ground
    return ON_LIGHT if light and scene.map_kind(content) is None else ON_DARK


def mip_to_px(scene: Scene, view: PaneView, row: float, column: float) -> tuple[float, float]:
    """Place of a MIP frame's pixel (fractional row and column) in a pane."""
    frames = scene.mip
    assert frames is not None
    along = (column - (frames.shape[1] - 1) / 2) * frames.column_mm
    up = frames.axis_lps_mm[2] - row * frames.row_mm
    x, y = view.to_px((along, 0.0, up))
    return float(x), float(y)


def px_to_mip(scene: Scene, view: PaneView, x_px: float, y_px: float) -> tuple[float, float]:
    """Fractional row and column of the MIP frame under a place in a pane."""
    frames = scene.mip
    assert frames is not None
    along, _, up = view.to_lps_mm(x_px, y_px, 0.0)
    row = (frames.axis_lps_mm[2] - up) / frames.row_mm
    return row, along / frames.column_mm + (frames.shape[1] - 1) / 2


def qimage(colours: Packed, *, clear: bool = False) -> QImage:
    """Wrap packed colours [rows, columns] as an image of their own memory."""
    rows, columns = colours.shape
    kinds = QImage.Format
    kind = kinds.Format_ARGB32_Premultiplied if clear else kinds.Format_RGB32
    return QImage(colours.data, columns, rows, columns * 4, kind)
