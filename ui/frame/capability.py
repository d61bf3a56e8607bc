"""What a part of the program is to the window: one value, and a controller with a life cycle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple, overload

from PySide6.QtCore import QObject, SignalInstance
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QMenu

from app.core.kit.events import Event
from app.core.kit.jobs import Job, JobContext, JobReport
from app.session.session import Session
from ui.actions.actions import Actions
from ui.actions.menu_bar import Entry, MenuBar
from ui.actions.situation import Situation
from ui.actions.spec import ActionSpec
from ui.frame.desk_holder import DeskHolder
from ui.frame.docks import Docks, DockSpec
from ui.frame.job_bar import JobBar
from ui.frame.problems import ProblemTeller
from ui.kit.banner import BannerArea
from ui.kit.settings import Settings
from viewers.scene.model import SceneModel

if TYPE_CHECKING:
    from viewers.desk.desk import ReadingDesk

Args = TypeVarTuple("Args")
Found = TypeVar("Found")


@dataclass(frozen=True)
class Section:
    """Rows of the sheet of shortcuts: keys or a gesture, and what they do; all translated.

    ``first`` are those that a reader needs all the time, at the panes.
    """

    title: str
    rows: tuple[tuple[str, str], ...]
    first: bool = False


@dataclass(frozen=True)
class Unsaved:
    """What would be lost: said in a sentence, and what keeps it."""

    said: str
    keep: Callable[[], None]


def no_rows() -> tuple[Section, ...]:
    """Add nothing to the sheet of shortcuts."""
    return ()


@dataclass(frozen=True)
class Capability:
    """One part of the program: what the window lists, and what makes its controller.

    Parameters
    ----------
    name
        Of no other capability.
    make
        Makes the controller from what the window hands to each.
    actions
        Rows of actions; each names its menu, section and submenu itself.
    docks
        Docks with their panels; the panels of all capabilities are made before any controller.
    sheet
        Sections of the sheet of shortcuts for gestures and fixed keys, translated when shown.
    """

    name: str
    make: Callable[[Frame], Controller]
    actions: tuple[ActionSpec, ...] = ()
    docks: tuple[DockSpec, ...] = ()
    sheet: Callable[[], tuple[Section, ...]] = no_rows


@dataclass
class InUse:
    """Which capabilities a window has, with their controllers and panels, in order of making."""

    capabilities: dict[str, Capability] = field(default_factory=dict)
    controllers: dict[str, Controller] = field(default_factory=dict)

    def sheet(self) -> tuple[Section, ...]:
        """Return the sections of the sheet of shortcuts beside those of the actions."""
        return tuple(x for capability in self.capabilities.values() for x in capability.sheet())


@dataclass(frozen=True)
class Frame:
    """What every controller is handed, and no more.

    Parameters
    ----------
    session
        Owner of studies, results and history: of what is so.
    scene
        Owner of what the panes show, whether there is a desk that draws it or not.
    actions, menus, docks, holder, jobs, problems, settings, window
        Parts of the window.
    in_use
        Which capabilities it has.
    """

    session: Session
    scene: SceneModel
    actions: Actions
    menus: MenuBar
    docks: Docks
    holder: DeskHolder
    jobs: JobBar
    problems: ProblemTeller
    settings: Settings
    window: QMainWindow
    in_use: InUse = field(default_factory=InUse)

    @property
    def banners(self) -> BannerArea:
        """The messages above the panes."""
        return self.holder.banners

    def controller(self, kind: type[Found]) -> Found:
        """Return the controller of a capability that was made before.

        Raises
        ------
        LookupError
            If there is none: it is not in the window's list, or further down in it.
        """
        return _only(kind, self.in_use.controllers.values())

    def panel(self, kind: type[Found]) -> Found:
        """Return the panel of a dock.

        Raises
        ------
        LookupError
            If no capability of the window has such a dock.
        """
        return _only(kind, self.docks.panels)

    def situation(self) -> Situation:
        """Return what is open, shown, running and chosen now."""
        states = (x.state() for x in self.in_use.controllers.values())
        return Situation.of_session(self.session, (x for x in states if x is not None))

    def refresh(self) -> None:
        """Enable the actions that can be used now; to be called where a state changed."""
        self.actions.show(self.situation())


class Controller(QObject):
    """Wires a part of the program to session, panes and panels, as long as it is there.

    What it connects through `listen`, `on` and `on_desk`, the jobs it starts through `run` or
    `own`, and what it hands to `at_close` is undone by `close`.

    Parameters
    ----------
    frame
        What the window hands to each controller.
    """

    def __init__(self, frame: Frame) -> None:
        super().__init__(frame.window)
        self.frame = frame
        self._session, self._scene, self._actions = frame.session, frame.scene, frame.actions
        self._holder, self._jobs, self._window = frame.holder, frame.jobs, frame.window
        self._undo: list[Callable[[], object]] = []
        self._owned: dict[int, tuple[Job, Callable[[JobReport], object] | None]] = {}
        self.listen(frame.session.jobs.changed, self._on_job)

    # What the window asks

    def state(self) -> object | None:
        """Return this part's share of the situation, a frozen value of a type of its own.

        It can be made without arguments: so it is where the capability is not there.
        """
        return None

    def unsaved(self) -> Unsaved | None:
        """Say what of the active study would be lost if it were closed now."""
        return None

    def fill_pane_menu(self, menu: QMenu, pane: int) -> None:
        """Add entries to the menu of a pane."""

    def close(self) -> None:
        """Hear nothing more, cancel what still runs, and take back what was put elsewhere."""
        while self._undo:
            self._undo.pop()()
        owned, self._owned = self._owned, {}
        for job, _ in owned.values():
            job.cancel()

    # What it owns

    def at_close(self, undo: Callable[[], object]) -> None:
        """Have something undone at the end; the last first."""
        self._undo.append(undo)

    @overload
    def listen(self, source: Event[*Args], slot: Callable[[*Args], object]) -> None: ...
    @overload
    def listen(self, source: SignalInstance, slot: Callable[..., object]) -> None: ...
    def listen(self, source: Any, slot: Callable[..., object]) -> None:
        """Hear an event of session or scene, or a signal, until the end."""
        connection = source.connect(slot)
        if isinstance(source, Event):
            self.at_close(connection)
        else:
            self.at_close(lambda: QObject.disconnect(connection))

    def on(self, name: str, act: Callable[[], object]) -> None:
        """Do something whenever an action is triggered."""
        self.listen(self._actions[name].triggered, lambda _checked=False: act())

    def on_toggle(self, name: str, act: Callable[[bool], object]) -> None:
        """Follow an action that is on or off."""
        self.listen(self._actions[name].toggled, act)

    def on_desk(self, connect: Callable[[ReadingDesk], object]) -> None:
        """Do something with the desk itself: now if there is one, otherwise when it is made.

        What the panes show is told to `Frame.scene`, with or without a desk.
        """
        if self._holder.desk is not None:
            connect(self._holder.desk)
        else:
            self.listen(self._holder.desk_made, connect)

    def put(self, menu: str, section: str, entries: Sequence[QAction | QMenu]) -> None:
        """Put entries of its own into a section of a menu."""
        put: Sequence[Entry] = tuple(entries)
        self.at_close(self.frame.menus.put(menu, section, put))

    # Jobs

    def run(
        self,
        title: str,
        work: Callable[[JobContext], Any],
        done: Callable[[Any], None],
        *,
        ended: Callable[[JobReport], object] | None = None,
        quiet: bool = False,
        on_device: bool = False,
    ) -> Job:
        """Run work in the background and hand its result to ``done``; see `own`."""
        job = self._session.jobs.run(title, work, done, on_device=on_device)
        return self.own(job, ended, quiet=quiet)

    def own(
        self,
        job: Job,
        ended: Callable[[JobReport], object] | None = None,
        *,
        quiet: bool = False,
    ) -> Job:
        """Show a job in the bar, or keep it quiet, and cancel it with this controller.

        ``ended`` is called once it is done, failed or was cancelled, before its result is taken;
        the actions are judged anew after it.
        """
        if quiet:
            self._jobs.keep_quiet(job.id)
        else:
            self._jobs.show_report(job.report)
        self._owned[job.id] = (job, ended)
        return job

    def _on_job(self, report: JobReport) -> None:
        if not report.state.ended or report.job_id not in self._owned:
            return
        _, ended = self._owned.pop(report.job_id)
        if ended is not None:
            ended(report)
            self.frame.refresh()


def _only(kind: type[Found], among: Any) -> Found:
    found = next((x for x in among if isinstance(x, kind)), None)
    if found is None:
        raise LookupError(f"this window has no {kind.__name__} yet")
    return found
