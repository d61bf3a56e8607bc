"""Where an MR lies beside PET and CT: a pane asks for it whether or not there is a CT."""

from __future__ import annotations

from app.core.study.study import Study


def mr_space(study: Study | None, aligned: bool) -> str:
    """Which linked position an MR pane follows: that of the PET, of the CT, or its own.

    Parameters
    ----------
    study
        The study on screen.
    aligned
        Whether its PET and CT (or the MR in the CT's place) share their position.

    Returns
    -------
    str
        ``pet``, ``ct`` or ``mr``; ``mr`` where the MR has another frame of reference, or does not
        overlap.
    """
    if study is None or study.mr is None or study.ct is None:
        # It is what the CT panes show.
        return "pet" if aligned else "ct"
    main = study.pet or study.ct
    if study.mr.grid.same_space(main.grid) and study.mr.grid.overlaps(main.grid):
        return "pet"
    ct = study.ct.grid
    if study.mr.grid.same_space(ct) and study.mr.grid.overlaps(ct):
        return "pet" if aligned else "ct"
    return "mr"
