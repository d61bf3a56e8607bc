"""Documents as text: values that JSON knows, cells that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

from app.core.kit.text import whole


def plain_document(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return `plain` of a dictionary."""
    return {str(key): plain(x) for key, x in value.items()}


def plain(value: Any) -> Any:
    """Return a copy in which everything is what JSON knows; numbers not finite are ``None``."""
    if isinstance(value, Mapping):
        return {str(key): plain(x) for key, x in value.items()}
    if isinstance(value, str) or value is None or isinstance(value, bool):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, Sequence):
        return [plain(x) for x in value]
    if hasattr(value, "tolist"):  # NumPy scalars and arrays
        return plain(value.tolist())
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value)


def csv_cell(value: Any) -> str:
    """Return a value as the text of a cell: C locale, nothing that a spreadsheet would run."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()  # as in JSON
    if isinstance(value, str):
        # Names may come from a stranger's file; a spreadsheet would run a leading "=".
        value = whole(value)
        return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
    return repr(value)


def table_text(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """Return a table as CSV: a header, then a line per row; cells that a row lacks are empty."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: csv_cell(row.get(key)) for key in columns})
    return out.getvalue()
