"""Pictures and movies: asked for here, drawn and written by a worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QDialog, QFileDialog

from app.core.kit.jobs import JobContext
from app.io.write.movies import MovieFormat, write_movie, write_picture
from ui.actions.spec import translated
from ui.frame.capability import Controller, Frame
from ui.pictures.dialogs import MovieDialog, PictureDialog

if TYPE_CHECKING:
    from viewers.film.filming import Film
    from viewers.scene.scene import PaneBox


class PictureController(Controller):
    """Saves and copies what the desk shows.

    What is drawn is frozen when it is asked for: the reader may read on meanwhile.
    """

    def __init__(self, frame: Frame) -> None:
        super().__init__(frame)
        self._folder = Path.home()
        self._copy = self._actions["copy_picture"]
        # Elsewhere Ctrl+C copies what is selected there.
        self._copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.on("copy_picture", self.copy)
        self.on("save_picture", self.ask_picture)
        self.on("save_movie", self.ask_movie)
        self.on_desk(lambda desk: desk.addAction(self._copy))

    # Pictures

    def copy(self) -> None:
        """Copy the whole desk to the clipboard, without patient text."""
        if self._session.study is None:
            return
        from viewers.film.filming import desk_picture, frozen

        desk = self._holder.show_desk()
        scene = frozen(self._scene.scene, patient_text=False)
        pixels = desk_picture(scene, desk.width(), desk.height(), desk.devicePixelRatioF())
        rows, columns = pixels.shape[:2]
        kind = QImage.Format.Format_RGB888
        # The clipboard outlives the array.
        image = QImage(pixels.tobytes(), columns, rows, columns * 3, kind).copy()
        QGuiApplication.clipboard().setImage(image)
        self._jobs.say(self.tr("Copied the panes without patient text."))

    def ask_picture(self) -> None:
        """Ask what to write and where, and write it in the background."""
        if self._session.study is None:
            return
        desk = self._holder.show_desk()
        boxes = self._scene.scene.boxes(desk.width(), desk.height())
        titles = [_pane_title(x) for x in boxes]
        dialog = PictureDialog(titles, None, self._window)
        try:
            if dialog.exec() != QDialog.DialogCode.Accepted:
                return
            pane, scale = dialog.pane, float(dialog.scale.currentData())
            patient_text = dialog.patient_text.isChecked()
        finally:
            dialog.deleteLater()
        path = self._ask_path(self.tr("Save picture"), "uptake.png", self.tr("PNG (*.png)"))
        if path is not None:
            box = None if pane is None else boxes[pane]
            self.save_picture(path, box, scale, patient_text=patient_text)

    def save_picture(
        self, path: Path, box: PaneBox | None, scale: float, *, patient_text: bool
    ) -> None:
        """Write all panes, or one, as PNG in the background."""
        if self._session.study is None:
            return
        from viewers.film.filming import desk_picture, frozen, pane_picture

        desk = self._holder.show_desk()
        scene = frozen(self._scene.scene, patient_text=patient_text)
        size = desk.width(), desk.height()

        def work(context: JobContext) -> tuple[Path, ...]:
            context.progress(0.1)
            pixels = (
                desk_picture(scene, *size, scale)
                if box is None
                else pane_picture(scene, box, scale)
            )
            context.progress(0.6)
            return write_picture(pixels, path)

        self._run(self.tr("Saving the picture"), work, path)

    # Movies

    def ask_movie(self) -> None:
        """Ask what moves, how and where, and write it in the background."""
        if self._session.study is None:
            return
        from viewers.film.filming import films_of

        films = films_of(self._scene.scene)
        if not films:
            self._jobs.say(self.tr("There is nothing to film yet: the MIP is being prepared."))
            return
        dialog = MovieDialog([self._film_title(x) for x in films], self._window)
        try:
            if dialog.exec() != QDialog.DialogCode.Accepted:
                return
            film = films[dialog.what.currentIndex()]
            film = replace(film, height_px=int(dialog.height_px.currentData()))
            kind, rate_hz = dialog.movie_format, float(dialog.rate_hz.value())
            patient_text = dialog.patient_text.isChecked()
        finally:
            dialog.deleteLater()
        series = kind is MovieFormat.PNG
        filters = self.tr("Folder of pictures (*)") if series else f"{kind.upper()} (*.{kind})"
        name = f"uptake-{film.content}" + ("" if series else f".{kind}")
        path = self._ask_path(self.tr("Save movie"), name, filters)
        if path is not None:
            self.save_movie(path, film, kind, rate_hz, patient_text=patient_text)

    def save_movie(
        self, path: Path, film: Film, kind: MovieFormat, rate_hz: float, *, patient_text: bool
    ) -> None:
        """Draw and write a movie in the background."""
        if self._session.study is None:
            return
        from viewers.film.filming import film_frames, frame_count, frozen

        scene = frozen(self._scene.scene, patient_text=patient_text)
        count = frame_count(scene, film)

        def work(context: JobContext) -> tuple[Path, ...]:
            frames = film_frames(scene, film, context)
            return write_movie(frames, count, path, kind, rate_hz, context)

        self._run(self.tr("Saving the movie"), work, path)

    def _film_title(self, film: Film) -> str:
        if film.content == "mip":
            return self.tr("Turning MIP")
        if film.content == "surface":
            return self.tr("Turning 3D view")
        return self.tr("Scroll: {0}").format(_content_title(film.content, film.plane))

    # Both

    def _ask_path(self, title: str, name: str, filters: str) -> Path | None:
        chosen, _ = QFileDialog.getSaveFileName(
            self._window, title, str(self._folder / name), filters
        )
        if not chosen:
            return None
        path = Path(chosen)
        self._folder = path.parent
        suffix = Path(name).suffix
        # Some dialogs leave the ending to the program.
        if suffix and path.suffix.lower() != suffix:
            path = path.with_name(path.name + suffix)
        return path

    def _run(self, title: str, work: Callable[[JobContext], Any], path: Path) -> None:
        def done(files: Any) -> None:
            place = files[0].parent.name if len(files) > 1 else path.name
            self._session.jobs.notice.emit(self.tr("Saved {0}.").format(place))

        self.run(title, work, done)


def _pane_title(box: PaneBox) -> str:
    title = _content_title(box.spec.content, box.spec.plane)
    compared = box.spec.study == "comparison"
    return translated("{0} (comparison)").format(title) if compared else title


def _content_title(content: str, plane: str) -> str:
    if content in ("mip", "surface"):
        return {"mip": "MIP", "surface": "3D"}[content]
    name = content.upper() if len(content) <= 3 else content.capitalize()
    return f"{name} {plane}"
