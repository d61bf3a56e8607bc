"""The layouts a reader can choose of: the program's own, and those the reader saved."""

from __future__ import annotations

import json
import os
import re
import tempfile
from dataclasses import replace
from pathlib import Path

from app.config import config_folder
from app.core.kit.errors import KnownError
from app.core.kit.small_files import read_text
from viewers.space.geometry import Plane
from viewers.space.layouts import (
    Content,
    Layout,
    LayoutError,
    StudyRole,
    parse_layout,
    read_layouts,
)

#: A user's layout never takes the name of one of the program's own.
PREFIX = "my-"
#: Place in the menu: after the program's own layouts.
USER_ORDER = 500
LONGEST_TITLE = 60


def user_folder() -> Path:
    """Folder of this user's layouts."""
    return config_folder() / "layouts"


class LayoutStore:
    """The program's layouts and the user's, by name.

    Parameters
    ----------
    folder
        Where the user's layouts are; made when the first is saved.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = user_folder() if folder is None else folder
        #: What kept a file from being read, one error a file; the rest works.
        self.problems: list[KnownError] = []
        self._own = read_layouts()
        self._saved = self._read_saved()

    @property
    def layouts(self) -> dict[str, Layout]:
        """All layouts in the order of their menu: the program's, then the user's by title."""
        saved = sorted(self._saved.values(), key=lambda x: (x.title.casefold(), x.name))
        return {**self._own, **{x.name: x for x in saved}}

    def is_saved(self, name: str) -> bool:
        """Whether a layout is one of the user's."""
        return name in self._saved

    def named(self, title: str) -> Layout | None:
        """Return the user's layout that saving under this title would replace, if any."""
        return self._saved.get(layout_name(title))

    def save(self, layout: Layout, title: str) -> Layout:
        """Keep an arrangement under a title, in the place of one of the same title.

        Returns
        -------
        Layout
            The layout as it is now listed.

        Raises
        ------
        LayoutError
            If the title is empty, or the file cannot be written.
        """
        title = " ".join(title.split())[:LONGEST_TITLE].strip()
        if not title:
            raise LayoutError("A layout needs a name.", "Type a name and save again.")
        kept = replace(layout, name=layout_name(title), title=title, order=USER_ORDER)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            path = self.folder / f"{kept.name}.toml"
            # Whole or not at all: a half-written layout would be refused at the next start.
            handle, partial = tempfile.mkstemp(prefix=".new-", dir=self.folder)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(layout_toml(kept))
            Path(partial).replace(path)
        except OSError as error:
            raise LayoutError(
                f"The layout could not be saved: {error.strerror or error}.",
                "Check the free space and the rights of the folder for settings.",
            ) from error
        self._saved[kept.name] = kept
        return kept

    def remove(self, name: str) -> None:
        """Delete one of the user's layouts.

        Raises
        ------
        KeyError
            If it is not one of the user's.
        LayoutError
            If its file cannot be deleted.
        """
        layout = self._saved[name]
        try:
            (self.folder / f"{name}.toml").unlink(missing_ok=True)
        except OSError as error:
            raise LayoutError(
                f"The layout {layout.title} could not be removed: {error.strerror or error}.",
                "Check the rights of the folder for settings.",
            ) from error
        del self._saved[name]

    def _read_saved(self) -> dict[str, Layout]:
        found: dict[str, Layout] = {}
        try:
            paths = sorted(self.folder.glob("*.toml")) if self.folder.is_dir() else []
        except OSError:
            return {}
        for path in paths:
            try:
                layout = parse_layout(path.stem, read_text(path))
            except LayoutError as error:
                self.problems.append(error)
            except (OSError, ValueError):
                self.problems.append(
                    LayoutError(
                        f"The layout file {path.name} cannot be read.",
                        "Correct the file or remove it from the folder for settings.",
                    )
                )
            else:
                if layout.name in self._own:
                    self.problems.append(
                        LayoutError(
                            f"The layout file {path.name} has the name of a built-in layout.",
                            f"Rename it to {PREFIX}{path.name}.",
                        )
                    )
                else:
                    found[layout.name] = layout
        return found


def layout_name(title: str) -> str:
    """Name of a user's layout: its title in letters that any file system takes.

    Examples
    --------
    >>> layout_name("Brain, PET 2")
    'my-brain-pet-2'
    """
    slug = re.sub(r"[^\w]+", "-", title.casefold()).strip("-_")
    return f"{PREFIX}{slug or 'layout'}"


def layout_toml(layout: Layout) -> str:
    """Write a layout as the TOML that `parse_layout` reads."""

    def sizes(values: tuple[float, ...]) -> str:
        return f"[{', '.join(f'{x:g}' for x in values)}]"

    # A JSON string is a TOML string, but for DEL, which TOML wants escaped.
    title = json.dumps(layout.title, ensure_ascii=False).replace("\x7f", "\\u007f")
    lines = [f"title = {title}", f"order = {layout.order}"]
    lines += [f"rows = {sizes(layout.rows)}", f"columns = {sizes(layout.columns)}"]
    for pane in layout.panes:
        lines += ["", "[[panes]]", f'content = "{pane.content}"']
        if pane.content.is_slice:
            lines.append(f'plane = "{pane.plane}"')
        if pane.study is not StudyRole.ACTIVE:
            lines.append(f'study = "{pane.study}"')
        for key in ("row", "column", "row_span", "column_span"):
            value = getattr(pane, key)
            if value != 1 or not key.endswith("span"):
                lines.append(f"{key} = {value}")
    return "\n".join(lines) + "\n"


def with_pane(layout: Layout, number: int, content: Content, plane: Plane) -> Layout:
    """Return a layout in which one pane shows something else; its cells stay.

    Raises
    ------
    IndexError
        If there is no such pane.
    """
    old = layout.panes[number]
    plane = plane if content.is_slice else Plane.CORONAL
    new = replace(old, content=content, plane=plane)
    panes = tuple(new if n == number else pane for n, pane in enumerate(layout.panes))
    return replace(layout, panes=panes)
