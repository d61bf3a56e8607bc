"""The one owner of what changes, made of parts: read it first, then the part you need.

Only the session mutates, and only on the thread that made it. Work runs in job queues on frozen
inputs; a result comes back through ``post`` and is accepted only if the study it was made from
is still open. Several studies can be open: one of them is active (tools, search and exports work
on it), and one may be the comparison. What belongs to one study is in `app.session.open_studies`.
"""

from __future__ import annotations

from app.core.kit.jobs import JobQueue
from app.core.lesions.analysis import LesionAnalysis
from app.core.study.study import Study
from app.session.alignment import Alignments
from app.session.derived import Derived
from app.session.edits import Edits
from app.session.jobs import Jobs, Post
from app.session.measuring import Measuring
from app.session.results import Results
from app.session.studies import Studies
from app.session.undo import Undo
from app.session.values import Values


class Session:
    """Open studies, results and history; each part announces what changes in it.

    Parameters
    ----------
    cpu
        Pool for reading and writing files.
    device
        The single device thread for networks.
    post
        Hands a callable to the thread that owns the session; called from workers. In the
        window this is a Qt bridge, in tests and the command line a plain queue.
    """

    def __init__(self, cpu: JobQueue, device: JobQueue, post: Post) -> None:
        self.jobs = Jobs(cpu, device, post)
        self.studies = Studies(self.jobs)
        self.history = Undo(self.studies, self.jobs)
        self.results = Results(self.studies, self.history, self.jobs)
        self.values = Values(self.studies, self.history, self.results, self.jobs)
        self.derived = Derived(self.studies, self.values, self.jobs)
        self.edits = Edits(self.studies, self.history, self.jobs)
        self.alignment = Alignments(self.studies, self.history, self.jobs)
        self.measuring = Measuring(self.studies, self.history, self.jobs)
        # In this order the parts say what a change did, and what another study holds.
        for part in (
            self.alignment, self.derived, self.measuring, self.studies, self.results, self.values,
        ):  # fmt: skip
            self.history.applied.connect(part.on_applied)
        for other in (self.measuring, self.derived, self.results, self.history):
            self.studies.switched.connect(other.on_switched)

    @property
    def study(self) -> Study | None:
        """The active study: what tools, search and exports work on."""
        return self.studies.active.study

    @property
    def analysis(self) -> LesionAnalysis | None:
        """Lesions of the active study."""
        return self.studies.active.content.analysis

    def shutdown(self, timeout_s: float = 10.0) -> bool:
        """Cancel all work and join the threads; return whether all of them ended."""
        return self.jobs.shutdown(timeout_s)
