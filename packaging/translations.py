"""Write resources/translations/uptake_template.ts: every text of the program, to be translated.

Qt's ``lupdate`` reads the sources of ``ui`` and ``viewers``. What stands in tables and is
translated when it is shown (actions, gestures, columns, layouts), or goes through a short name for
`QCoreApplication.translate`, it cannot see: this script gathers that and hands it over.

Run as ``python packaging/translations.py [FILE]``.
"""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "resources" / "translations" / "uptake_template.ts"
ROOMS = ("ui", "viewers")

#: Context and source text, as `QCoreApplication.translate` is given them.
Text = tuple[str, str]


def sources() -> list[Path]:
    """Return the files whose texts are shown."""
    return sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def of_tables() -> Iterator[Text]:
    """Yield the texts that stand in tables, with the contexts in which they are translated."""
    from app.core.lesions.biomarkers import DEFINITIONS
    from app.core.lesions.saliency import SaliencyMethod
    from app.core.study.tracers import tracer_ranges
    from ui.actions.plan import LISTS, MENUS
    from ui.display.specs import CT_PRESETS
    from ui.keys import gestures as keys
    from ui.lesions.model import COLUMNS
    from ui.panes import gestures as mouse
    from ui.studies.header_form import FIELDS
    from ui.window.capabilities import CAPABILITIES, all_actions
    from viewers.colour.palette_files import PaletteUse, own_colour_maps
    from viewers.paint.words import WORDS
    from viewers.scene import fitting
    from viewers.space.layouts import read_layouts

    for spec in all_actions():
        yield from (("actions", x) for x in (spec.group, spec.text, spec.tip, spec.submenu) if x)
    yield from (("actions", x) for x in (*MENUS, *LISTS, *(name for name, _, _ in CT_PRESETS)))
    yield from (("docks", dock.title) for x in CAPABILITIES for dock in x.docks)
    rows = ((mouse.TITLE, keys.TITLE), *mouse.MOUSE, *keys.FIXED_KEYS)
    yield from (("gestures", x) for row in rows for x in row)
    yield from (("columns", x) for column in COLUMNS for x in (column.title, column.tip))
    yield from (("columns", definition) for _, _, definition in DEFINITIONS.values())
    yield from (("headers", field.name) for field in FIELDS)
    yield from (("saliency", str(method)) for method in SaliencyMethod)
    yield from (("layouts", layout.title) for layout in read_layouts().values())
    yield from (
        ("palettes", x.title) for x in own_colour_maps().values() if x.use is PaletteUse.UPTAKE
    )
    yield from (("tracers", words) for x in tracer_ranges() for words in (x.title, x.source))
    yield from (("panes", word) for word in WORDS)
    yield from (("fitting", word) for word in fitting.WORDS)


def short_names(tree: ast.Module) -> dict[str, str]:
    """Return a module's functions that only call ``translate``, with the context they name."""
    found = {}
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef) or len(node.args.args) != 1:
            continue
        returned = node.body[-1]
        call = returned.value if isinstance(returned, ast.Return) else None
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "QCoreApplication.translate":
            context, text = call.args[:2]
            if isinstance(context, ast.Constant) and isinstance(text, ast.Name):
                found[node.name] = str(context.value)
    return found


def of_short_names() -> Iterator[Text]:
    """Yield the texts that go through such functions, in their own or in another module."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sources()}
    of_module = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): short_names(tree)
        for path, tree in trees.items()
    }
    for path, tree in trees.items():
        names = dict(of_module[".".join(path.relative_to(ROOT).with_suffix("").parts)])
        nodes = list(ast.walk(tree))
        for node in nodes:
            if isinstance(node, ast.ImportFrom) and node.module in of_module:
                known = of_module[node.module]
                names |= {x.asname or x.name: known[x.name] for x in node.names if x.name in known}
        for node in nodes:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                text = node.args[0]
                if node.func.id in names and isinstance(text, ast.Constant):
                    yield names[node.func.id], str(text.value)


def gathered() -> list[Text]:
    """Return what ``lupdate`` cannot see, without repetition, in a fixed order."""
    return sorted({x for x in (*of_tables(), *of_short_names()) if x[1].strip()})


def lupdate() -> str | None:
    """Return the program, from this environment first; ``None`` where it is not installed."""
    beside = Path(sys.executable).parent / "pyside6-lupdate"
    return str(beside) if beside.exists() else shutil.which("pyside6-lupdate")


def write(path: Path) -> None:
    """Write the template.

    Raises
    ------
    RuntimeError
        If ``pyside6-lupdate`` is not installed or does not succeed.
    """
    program = lupdate()
    if program is None:
        raise RuntimeError("pyside6-lupdate is missing; install PySide6-Essentials.")
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        extra = Path(folder) / "tables.py"
        calls = (f"QCoreApplication.translate({c!r}, {_quoted(t)})\n" for c, t in gathered())
        extra.write_text("from PySide6.QtCore import QCoreApplication\n" + "".join(calls))
        # Merged with what is there, a text that is gone would stay; a translation starts anew.
        new = Path(folder) / "new.ts"
        command = [program, *map(str, sources()), str(extra), "-ts", str(new)]
        options = ["-locations", "none", "-sort-messages", "-source-language", "en", "-silent"]
        done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
        if done.returncode != 0 or not new.exists():
            raise RuntimeError(f"pyside6-lupdate did not succeed: {done.stderr.strip()}")
        path.write_text(new.read_text(encoding="utf-8"), encoding="utf-8")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else TEMPLATE)
