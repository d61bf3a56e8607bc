"""Actions for pictures and movies, and for pictures that came with a study."""

from __future__ import annotations

from ui.actions.situation import Situation, with_study
from ui.actions.spec import ActionSpec
from ui.pictures.screens import pictures_of


def with_pictures(situation: Situation) -> bool:
    """Whether pictures of screens came with the study."""
    return bool(pictures_of(situation.study))


PICTURE_SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "save_picture",
        "File",
        "Save picture…",
        "Write the panes, or one of them, as a PNG, with or without the patient's name",
        keys=("Ctrl+Shift+P",),
        section="pictures",
        when=with_study,
    ),
    ActionSpec(
        "copy_picture",
        "File",
        "Copy picture",
        "Copy the panes as they are shown to the clipboard, without the patient's name",
        keys=("Ctrl+C",),
        section="pictures",
        when=with_study,
    ),
    ActionSpec(
        "save_movie",
        "File",
        "Save movie…",
        "Write the turning MIP, the turning 3D view or a scroll through slices as a movie",
        keys=("Ctrl+Shift+M",),
        section="pictures",
        when=with_study,
    ),
)

SCREEN_SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "pictures",
        "View",
        "Pictures of screens…",
        "Look at the secondary captures that came with the study",
        keys=("Ctrl+Shift+I",),
        section="pictures",
        when=with_pictures,
    ),
)
