"""Pictures that are computed in the background and kept: MIP frames and thumbnails."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtGui import QImage, QPixmap

from app.core.kit.jobs import Job, JobContext, JobReport, JobState
from app.core.space.volume import Volume
from ui.frame.capability import Controller
from ui.studies.series_row import THUMBNAIL_PX

if TYPE_CHECKING:
    from viewers.make.mip_frames import MipFrames

#: Most thumbnails that are kept; each takes six kilobytes.
MOST_THUMBNAILS = 200


#: Ends of a job that brings nothing.
_WITHOUT_RESULT = (JobState.FAILED, JobState.CANCELLED)


class MipKeeper:
    """Makes the frames of the turning MIP once for each image, as long as that is in memory.

    What failed or was cancelled is made again when it is asked for the next time.

    Parameters
    ----------
    owner
        The controller whose jobs they are.
    """

    def __init__(self, owner: Controller) -> None:
        self._owner = owner
        self._made: WeakKeyDictionary[Volume, MipFrames] = WeakKeyDictionary()
        self._running: dict[int, Job] = {}
        self._waiting: dict[int, list[Callable[[MipFrames], object]]] = {}

    def give(self, image: Volume, take: Callable[[MipFrames], object]) -> None:
        """Hand the frames of an image to ``take``: at once if they are there, otherwise later."""
        if image in self._made:
            take(self._made[image])
            return
        key = id(image)
        self._waiting.setdefault(key, []).append(take)
        if key in self._running:
            return

        def work(context: JobContext) -> Any:
            from viewers.make.mip import compute_mip_frames

            return compute_mip_frames(image, context=context)

        def done(frames: Any) -> None:
            self._running.pop(key, None)
            self._made[image] = frames
            for waiting in self._waiting.pop(key, ()):
                waiting(frames)

        title = QCoreApplication.translate("pictures", "Preparing the turning MIP")
        self._running[key] = self._owner.run(title, work, done, ended=self._on_end, quiet=True)

    def _on_end(self, report: JobReport) -> None:
        if report.state not in _WITHOUT_RESULT:
            return
        for key in [k for k, job in self._running.items() if job.id == report.job_id]:
            del self._running[key]
            self._waiting.pop(key, None)

    def stop_all_but(self, images: Iterable[Volume]) -> None:
        """Cancel what is made for images that are no longer shown."""
        wanted = {id(x) for x in images}
        for key in [k for k in self._running if k not in wanted]:
            self._running.pop(key).cancel()
            self._waiting.pop(key, None)


class ThumbnailKeeper(QObject):
    """Makes thumbnails of images, one at a time, and keeps them by series UID.

    Signals
    -------
    made()
        There is a thumbnail more.
    """

    made = Signal()

    def __init__(self, owner: Controller) -> None:
        super().__init__(owner)
        self._owner = owner
        self._pictures: dict[str, QPixmap] = {}
        self._asked: set[str] = set()
        self._running: dict[int, frozenset[str]] = {}

    @property
    def pictures(self) -> Mapping[str, QPixmap]:
        """The thumbnails, by series UID."""
        return self._pictures

    def ask(self, images: Iterable[Volume]) -> None:
        """Make the thumbnails that are missing, in the background."""
        missing = [x for x in images if x.series_uid and x.series_uid not in self._asked]
        if not missing:
            return
        self._asked |= {x.series_uid for x in missing}

        def work(context: JobContext) -> Any:
            from viewers.film.thumbnails import thumbnail

            found = {}
            for n, image in enumerate(missing):
                context.progress(n / len(missing))
                found[image.series_uid] = thumbnail(image, *THUMBNAIL_PX)
            return found

        def done(found: Any) -> None:
            for uid, grey in found.items():
                rows, columns = grey.shape
                kind = QImage.Format.Format_Grayscale8
                # A copy: the array goes away. One pixmap per series, for every label that shows
                # it: Qt keeps what it draws of a pixmap, and would do so for each one anew.
                picture = QImage(grey.data, columns, rows, columns, kind).copy()
                self._pictures[uid] = QPixmap.fromImage(picture)
            while len(self._pictures) > MOST_THUMBNAILS:
                oldest = next(iter(self._pictures))
                del self._pictures[oldest]
                self._asked.discard(oldest)
            self.made.emit()

        title = QCoreApplication.translate("pictures", "Preparing thumbnails")
        job = self._owner.run(title, work, done, ended=self._on_end, quiet=True)
        self._running[job.id] = frozenset(x.series_uid for x in missing)

    def _on_end(self, report: JobReport) -> None:
        uids = self._running.pop(report.job_id, frozenset())
        if report.state in _WITHOUT_RESULT:
            self._asked -= uids
