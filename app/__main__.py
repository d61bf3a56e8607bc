"""``python -m app`` is the same program as ``uptake``.

A packed program has no interpreter beside it: it starts itself as a decoding process.
"""

from __future__ import annotations

import sys

from app.cli import main as run
from app.io.decode.child_flag import CHILD_FLAG


def main() -> int:
    """Run the program, or the decoding process that a packed program asks for."""
    if sys.argv[1:2] == [CHILD_FLAG]:
        from app.io.decode.child import main as decode

        decode(sys.argv[2])
    return run()


if __name__ == "__main__":
    sys.exit(main())
