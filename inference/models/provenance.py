"""What a result states about the software that made it."""

from __future__ import annotations

import platform
from importlib.metadata import version

import app


def software_versions() -> dict[str, str]:
    """Versions of the program, of Python, and of what the numbers come from."""
    libraries = {name: version(name) for name in ("torch", "numpy", "scipy")}
    return {"uptake": app.__version__, "python": platform.python_version(), **libraries}
